package org.equisphere.tensor;

import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws every kernel of a ResNet's training step under the machine's roofs, which it measures: arithmetic by matrix products of 1024x1024, memory by adding
 * 64 MB to 64 MB. Convolutions count the operations of the definition, of which Winograd's need 4/9, so that they may stand above the roof of arithmetic.
 * Arguments: picture.png, backend, batch, threads, blocks a stage (5: ResNet-32), seconds.
 */
public final class Roofline {

    private Roofline() {
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        String picture = arguments.length > 0 ? arguments[0] : "bench/pictures/roofline.png";
        String name = arguments.length > 1 ? arguments[1] : "vector";
        int batch = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 128;
        int threads = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 2;
        int blocks = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 5;
        double seconds = arguments.length > 5 ? Double.parseDouble(arguments[5]) : 20;
        try (Backend backend = Backends.open(name, threads)) {
            double arithmetic = arithmetic(backend);
            double memory = memory(backend);
            Map<String, StepShapes.Kind> kinds = StepShapes.measure(backend, batch, blocks, seconds);
            System.out.printf(Locale.ROOT, "%s: roofs %.0f GFLOP/s, %.1f GB/s%n", backend.description(), arithmetic, memory);
            kinds.forEach((kind, k) -> System.out.printf(Locale.ROOT, "%-26s %7.2f FLOP/byte %8.1f GFLOP/s %5.0f %% of its roof%n", kind, k.intensity(), k.rate(),
                    100 * k.rate() / Math.min(arithmetic, memory * k.intensity())));
            draw(picture, backend.description(), arithmetic, memory, kinds);
        }
    }

    /** The best rate of a large product, GFLOP/s. */
    private static double arithmetic(Backend backend) {
        int n = 1024;
        Tensor a = backend.tensor(n, n);
        Tensor b = backend.tensor(n, n);
        Tensor c = backend.tensor(n, n);
        return 2.0 * n * n * n / best(200, () -> backend.gemm(false, false, 1, a, b, 0, c));
    }

    /** The best rate of y += x, GB/s. */
    private static double memory(Backend backend) {
        Tensor x = backend.tensor(16 << 20);
        Tensor y = backend.tensor(16 << 20);
        return 12.0 * x.size() / best(60, () -> backend.addScaled(1, x, y));
    }

    private static long best(int runs, Runnable work) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            work.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    private static void draw(String picture, String machine, double arithmetic, double memory, Map<String, StepShapes.Kind> kinds) throws IOException {
        XYChart chart = new XYChartBuilder().width(1100).height(750).title("A training step's kernels under the roofs; " + machine)
                .xAxisTitle("FLOP for each byte that must move").yAxisTitle("GFLOP/s").build();
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter).setXAxisLogarithmic(true).setYAxisLogarithmic(true)
                .setLegendPosition(Styler.LegendPosition.OutsideE).setChartBackgroundColor(Color.WHITE).setMarkerSize(9);
        double ridge = arithmetic / memory;
        XYSeries roof = chart.addSeries("roofs measured", new double[] {0.05, ridge, 200}, new double[] {0.05 * memory, arithmetic, arithmetic});
        roof.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line).setMarker(SeriesMarkers.NONE).setLineColor(Color.BLACK);
        Map<String, List<StepShapes.Kind>> families = new LinkedHashMap<>();
        kinds.forEach((name, kind) -> families.computeIfAbsent(name.substring(0, 16).strip(), f -> new ArrayList<>()).add(kind));
        families.forEach((family, members) -> chart.addSeries(family, members.stream().mapToDouble(StepShapes.Kind::intensity).toArray(),
                members.stream().mapToDouble(StepShapes.Kind::rate).toArray()));
        BitmapEncoder.saveBitmap(chart, picture, BitmapEncoder.BitmapFormat.PNG);
    }
}
