package org.equisphere.cli;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import javax.imageio.ImageIO;
import org.equisphere.data.ReplacedFile;

/** Points on the circle or the sphere, seen from a fixed side: what lies behind is paler. */
final class SpherePlot {

    private static final int SIZE = 900;
    private static final double RADIUS = 0.40 * SIZE;
    private static final double TURN = 0.6;
    private static final double TILT = 0.45;

    private final int dimension;
    private final List<Mark> marks = new ArrayList<>();

    private record Mark(double x, double y, double depth, Color colour, boolean prototype, String name) {
    }

    /** @param dimension 2 or 3 */
    SpherePlot(int dimension) {
        this.dimension = dimension;
    }

    /** A prototype and the name of the label it stands for; the name may be empty. */
    void prototype(double[] point, int label, String name) {
        add(point, label, true, name);
    }

    /** The mean direction of a class's features. */
    void classMean(double[] point, int label) {
        add(point, label, false, "");
    }

    private void add(double[] p, int label, boolean prototype, String name) {
        double z = dimension == 3 ? p[2] : 0;
        double x = p[0];
        double y = p[1];
        if (dimension == 3) {
            double turned = x * Math.cos(TURN) - y * Math.sin(TURN);
            double away = x * Math.sin(TURN) + y * Math.cos(TURN);
            x = turned;
            y = z * Math.cos(TILT) - away * Math.sin(TILT);
            z = -(z * Math.sin(TILT) + away * Math.cos(TILT));
        }
        Color colour = Color.getHSBColor((float) (label * 0.618034 % 1), 0.75f, 0.8f);
        marks.add(new Mark(SIZE / 2.0 + RADIUS * x, SIZE / 2.0 - RADIUS * y, z, colour, prototype, name));
    }

    /** Draws a PNG. */
    void write(Path file) throws IOException {
        BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, SIZE, SIZE);
        g.setColor(new Color(246, 246, 250));
        Ellipse2D ball = new Ellipse2D.Double(SIZE / 2.0 - RADIUS, SIZE / 2.0 - RADIUS, 2 * RADIUS, 2 * RADIUS);
        g.fill(ball);
        g.setColor(Color.LIGHT_GRAY);
        g.draw(ball);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, marks.size() > 60 ? 12 : 18));
        marks.sort(Comparator.comparingDouble(Mark::depth));
        for (Mark mark : marks) {
            draw(g, mark);
        }
        g.setColor(Color.DARK_GRAY);
        g.drawString("circles: prototypes with their labels   crosses: class means of test features   pale: behind", 16, SIZE - 16);
        g.dispose();
        ReplacedFile.write(file, out -> {
            if (!ImageIO.write(image, "png", out)) {
                throw new IOException("this Java runtime writes no PNG");
            }
        });
    }

    private static void draw(Graphics2D g, Mark mark) {
        Color c = mark.colour;
        g.setColor(mark.depth < -1e-9 ? new Color(c.getRed(), c.getGreen(), c.getBlue(), 90) : c);
        g.setStroke(new BasicStroke(2.5f));
        double r = 8;
        if (mark.prototype) {
            g.draw(new Ellipse2D.Double(mark.x - r, mark.y - r, 2 * r, 2 * r));
            g.drawString(mark.name, (float) (mark.x + r + 3), (float) (mark.y - r));
        } else {
            g.draw(new Line2D.Double(mark.x - 5, mark.y - 5, mark.x + 5, mark.y + 5));
            g.draw(new Line2D.Double(mark.x - 5, mark.y + 5, mark.x + 5, mark.y - 5));
        }
    }
}
