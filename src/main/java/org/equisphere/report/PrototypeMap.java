package org.equisphere.report;

import java.util.ArrayList;
import java.util.List;
import org.equisphere.data.Labels;
import org.equisphere.sphere.Prototypes;

/**
 * The assigned prototypes on their first two principal axes, each with its label's name, a line to the prototype nearest to it in all dimensions,
 * and a cross where the mean of the label's examples fell. Colours are families, where there are any.
 */
final class PrototypeMap {

    private static final int WIDTH = 920;
    private static final int HEIGHT = 640;
    private static final int MARGIN = 56;
    private static final double LETTER = 5.3;
    private static final double LINE = 10;
    /** More names than this cover one another; they stay under the pointer. */
    private static final int MOST_NAMES = 250;

    private final Prototypes targets;
    private final Labels labels;
    private final int[] nearest;
    private final boolean families;
    private final double[][] at;
    private final double[][] means;
    private final List<double[]> taken = new ArrayList<>();
    private final double share;

    /**
     * @param means   [labels, d], of any length; zero where a label has no examples, and then it is shown at its prototype
     * @param nearest of each label's prototype, the label of the nearest other one
     */
    PrototypeMap(Prototypes targets, double[] means, Labels labels, int[] nearest) {
        this.targets = targets;
        this.labels = labels;
        this.nearest = nearest;
        this.families = FamilyCoherence.hasFamilies(labels);
        int n = targets.count();
        int d = targets.dimension();
        double[] rows = targets.toArray();
        PrincipalAxes axes = PrincipalAxes.of(rows, n, d);
        this.share = axes.share();
        double[] unit = normalised(means, d);
        this.at = new double[n][];
        this.means = new double[n][];
        for (int label = 0; label < n; label++) {
            at[label] = axes.place(rows, label * d);
            this.means[label] = Double.isNaN(unit[label * d]) ? at[label].clone() : axes.place(unit, label * d);
        }
        scale();
    }

    private static double[] normalised(double[] rows, int d) {
        double[] unit = rows.clone();
        for (int i = 0; i < rows.length; i += d) {
            double squared = 0;
            for (int k = i; k < i + d; k++) {
                squared += rows[k] * rows[k];
            }
            for (int k = i; k < i + d; k++) {
                unit[k] /= Math.sqrt(squared);
            }
        }
        return unit;
    }

    /** Places everything within the picture, both axes at one scale. */
    private void scale() {
        double reachX = 1e-9;
        double reachY = 1e-9;
        for (double[][] points : new double[][][] {at, means}) {
            for (double[] p : points) {
                reachX = Math.max(reachX, Math.abs(p[0]));
                reachY = Math.max(reachY, Math.abs(p[1]));
            }
        }
        double scale = Math.min((WIDTH / 2.0 - MARGIN) / reachX, (HEIGHT / 2.0 - MARGIN / 2.0) / reachY);
        for (double[][] points : new double[][][] {at, means}) {
            for (double[] p : points) {
                p[0] = WIDTH / 2.0 + scale * p[0];
                p[1] = HEIGHT / 2.0 - scale * p[1];
            }
        }
    }

    /** The share of the prototypes' scatter that the two axes hold. */
    double share() {
        return share;
    }

    Markup markup() {
        Markup svg = new Markup();
        svg.open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 " + WIDTH + " " + HEIGHT,
                "role", "img", "id", "prototype-map", "aria-label", "Prototypes on their first two principal axes");
        int n = targets.count();
        for (int a = 0; a < n; a++) {
            int b = nearest[a];
            boolean siblings = families && labels.family().get(a).equals(labels.family().get(b));
            svg.empty("line", "class", "near", "style", siblings ? stroke(a) + ";stroke-opacity:.9" : "",
                    "x1", at[a][0], "y1", at[a][1], "x2", at[b][0], "y2", at[b][1]);
        }
        for (int a = 0; a < n; a++) {
            taken.add(new double[] {at[a][0] - 4, at[a][1] - 4, at[a][0] + 4, at[a][1] + 4});
        }
        for (int a = 0; a < n; a++) {
            point(svg, a);
        }
        for (int a = 0; a < n && n <= MOST_NAMES; a++) {
            name(svg, a);
        }
        return svg.close("svg");
    }

    private void point(Markup svg, int label) {
        double x = means[label][0];
        double y = means[label][1];
        svg.empty("path", "class", "cross", "style", stroke(label), "d", Markup.format("M%.1f %.1fl6 6m-6 0l6 -6", x - 3, y - 3));
        int near = nearest[label];
        svg.open("circle", "class", "prototype", "style", "fill:" + colour(label), "cx", at[label][0], "cy", at[label][1], "r", 4)
                .leaf("title", labels.names().get(label) + ", nearest: " + labels.names().get(near) + " at "
                        + Markup.format("%.1f", Angles.degrees(Angles.cosine(targets, label, near))) + " degrees").close("circle");
    }

    /** Beside its point, on the side where nothing stands yet; left out where all sides are taken. */
    private void name(Markup svg, int label) {
        String name = labels.names().get(label);
        double wide = LETTER * name.length();
        double x = at[label][0];
        double y = at[label][1];
        double[][] corners = {{x + 6, y - 5}, {x - 6 - wide, y - 5}, {x - wide / 2, y - 16}, {x - wide / 2, y + 6}, {x + 4, y - 14}, {x + 4, y + 4},
            {x - 4 - wide, y - 14}, {x - 4 - wide, y + 4}};
        for (double[] corner : corners) {
            double[] box = {corner[0], corner[1], corner[0] + wide, corner[1] + LINE};
            if (box[0] >= 0 && box[2] <= WIDTH && box[1] >= 0 && box[3] <= HEIGHT && taken.stream().noneMatch(other -> overlap(box, other))) {
                taken.add(box);
                svg.leaf("text", name, "class", "name", "x", box[0], "y", box[3] - 1.5);
                return;
            }
        }
    }

    private static boolean overlap(double[] a, double[] b) {
        return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
    }

    private String stroke(int label) {
        return "stroke:" + colour(label);
    }

    /** Hues a golden angle apart; lightness is the page's, which knows day from night. */
    private String colour(int label) {
        int hue = (int) Math.round((families ? labels.family().get(label) : label) * 137.508) % 360;
        return "hsl(" + hue + " 62% var(--tone))";
    }
}
