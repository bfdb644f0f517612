package org.equisphere.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.equisphere.data.ReplacedFile;
import org.equisphere.model.Classifier;
import org.equisphere.model.Readout;
import org.equisphere.sphere.Prototypes;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.TrainedNetwork;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The pictures of a run: {@code curves.png}, and {@code sphere.png} where the sphere can be seen. */
final class RunPlots {

    private static final int WIDTH = 520;
    private static final int HEIGHT = 380;

    private RunPlots() {
    }

    /**
     * Draws into a run's folder.
     *
     * @param means [classes, d]: mean features of the test examples, of any length; one of length 0, of a class without examples, is not shown
     */
    static void write(Path folder, TrainedNetwork trained, Classifier classifier, double[] means) throws IOException {
        List<XYChart> charts = new ArrayList<>();
        charts.add(chart("Training loss", "mean loss of an example", trained.history(), EpochSummary::loss));
        charts.add(chart(trained.settings().holdout() > 0 ? "Held-out accuracy" : "Test accuracy",
                "top-1, %", trained.history(), e -> 100 * e.top1()));
        if (trained.settings().head().dynamic()) {
            charts.add(chart("Labels moved to another prototype", "labels", trained.history(), EpochSummary::labelsMoved));
        }
        ReplacedFile.write(folder.resolve("curves.png"),
                out -> BitmapEncoder.saveBitmap(charts, 1, charts.size(), out, BitmapEncoder.BitmapFormat.PNG));
        if (classifier.contents().readout() instanceof Readout.Nearest nearest && trained.settings().dimension() <= 3
                && trained.settings().dimension() >= 2) {
            SpherePlot plot = new SpherePlot(trained.settings().dimension());
            Prototypes prototypes = nearest.prototypes();
            int[] of = nearest.prototypeOfLabel();
            for (int label = 0; label < of.length; label++) {
                plot.prototype(prototypes.row(of[label]), label, classifier.labelNames().get(label));
            }
            int d = trained.settings().dimension();
            for (int label = 0; label < of.length; label++) {
                double[] mean = Arrays.copyOfRange(means, label * d, (label + 1) * d);
                double length = Math.sqrt(Arrays.stream(mean).map(v -> v * v).sum());
                if (length > 0) {
                    plot.classMean(Arrays.stream(mean).map(v -> v / length).toArray(), label);
                }
            }
            plot.write(folder.resolve("sphere.png"));
        }
    }

    private static XYChart chart(String title, String unit, List<EpochSummary> history, ToDoubleFunction<EpochSummary> value) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title)
                .xAxisTitle("epoch").yAxisTitle(unit).theme(Styler.ChartTheme.Matlab).build();
        chart.getStyler().setLegendVisible(false).setChartBackgroundColor(java.awt.Color.WHITE);
        double[] x = history.stream().mapToDouble(EpochSummary::epoch).toArray();
        double[] y = history.stream().mapToDouble(value).toArray();
        chart.addSeries(title, x, y).setMarker(SeriesMarkers.CIRCLE);
        return chart;
    }
}
