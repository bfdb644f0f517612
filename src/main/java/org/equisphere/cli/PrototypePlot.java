package org.equisphere.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.equisphere.data.ReplacedFile;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.Separation;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Prototypes as a picture: the histogram of their pairwise angles, and beside it the points where they can be seen. */
final class PrototypePlot {

    private static final int BINS = 90;

    private PrototypePlot() {
    }

    /** Draws the histogram to {@code file}; for d = 2 and 3 the points to {@code NAME-points.png} beside it. */
    static void write(Prototypes prototypes, Path file) throws IOException {
        if (prototypes.count() > 1) {
            histogram(prototypes, file);
        }
        if (showsPoints(prototypes.dimension())) {
            SpherePlot plot = new SpherePlot(prototypes.dimension());
            for (int i = 0; i < prototypes.count(); i++) {
                plot.prototype(prototypes.row(i), i, "");
            }
            plot.write(points(file));
        }
    }

    /** Whether the points can be seen. */
    static boolean showsPoints(int dimension) {
        return dimension == 2 || dimension == 3;
    }

    /** Where the points go beside the histogram. */
    static Path points(Path file) {
        String name = file.getFileName().toString().replaceFirst("\\.png$", "");
        return file.resolveSibling(name + "-points.png");
    }

    private static void histogram(Prototypes prototypes, Path file) throws IOException {
        long[] counts = Separation.of(prototypes, 2, BINS).histogram();
        double[] angle = new double[BINS];
        double[] share = new double[BINS];
        double pairs = prototypes.count() * (prototypes.count() - 1) / 2.0;
        for (int bin = 0; bin < BINS; bin++) {
            angle[bin] = (bin + 0.5) * 180 / BINS;
            share[bin] = 100 * counts[bin] / pairs;
        }
        XYChart chart = new XYChartBuilder().width(720).height(420)
                .title("Angles between " + prototypes.count() + " prototypes in " + prototypes.dimension() + " dimensions")
                .xAxisTitle("angle, degrees").yAxisTitle("share of pairs, %").theme(Styler.ChartTheme.Matlab).build();
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.StepArea);
        chart.getStyler().setLegendVisible(false).setChartBackgroundColor(java.awt.Color.WHITE);
        chart.addSeries("angles", angle, share).setMarker(SeriesMarkers.NONE);
        ReplacedFile.write(file, out -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG));
    }
}
