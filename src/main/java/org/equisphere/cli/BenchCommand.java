package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.Network;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.Sgd;
import org.equisphere.nn.SquaredCosineLoss;
import org.equisphere.nn.TrainingPass;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Times what training and prediction are made of on this machine. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Time a training step, prediction and matrix products on this machine, in about a minute.",
        footer = {"", "Example:", "  equisphere bench --network resnet32 --batch 128 --threads 2 --json"})
final class BenchCommand implements Callable<Integer> {

    private static final int CLASSES = 100;
    private static final int MOST_SIDE = 4096;
    private static final int LONGEST_SECONDS = 3600;
    private static final int[] GEMM_SIZES = {256, 1024, 2048};

    @Mixin
    private OutputOptions output;

    @Mixin
    private BackendOptions backends;

    @Option(names = "--network", completionCandidates = KnownNetworks.class, defaultValue = "resnet32", paramLabel = "NET",
            description = "As for train (default ${DEFAULT-VALUE}).")
    private String network;

    @Option(names = "--side", defaultValue = "32", paramLabel = "S",
            description = "Height and width of the images, which have three channels (default ${DEFAULT-VALUE}); resnet18 and the like are for 224.")
    private int side;

    @Option(names = "--batch", defaultValue = "128", paramLabel = "B", description = "Examples of a batch (default ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--dim", defaultValue = "50", paramLabel = "D", description = "Dimension of the embedding (default ${DEFAULT-VALUE}).")
    private int dimension;

    @Option(names = "--seconds", defaultValue = "8", paramLabel = "S",
            description = "Time for each figure, after as long a warm-up (default ${DEFAULT-VALUE}).")
    private double seconds;

    @Override
    public Integer call() {
        Network described;
        try {
            if (batch < 2 || dimension < 1 || !(seconds > 0 && seconds <= LONGEST_SECONDS)) {
                throw new IllegalArgumentException("--batch is " + batch + ", --dim is " + dimension + ", --seconds is " + seconds
                        + ", expected at least 2, at least 1, and above 0 up to " + LONGEST_SECONDS);
            }
            if (side < 1 || side > MOST_SIDE) {
                throw new IllegalArgumentException("--side is " + side + ", expected 1 to " + MOST_SIDE);
            }
            described = KnownNetworks.parse(output, network).build(new int[] {side, side, 3}, dimension);
        } catch (IllegalArgumentException e) {
            throw output.badUsage(e.getMessage());
        }
        String name;
        double train;
        try (Backend backend = backends.open(output)) {
            name = backend.name();
            train = batch / medianSeconds(trainingStep(backend, described, batch));
        }
        // An open backend keeps the last operands of each operation, so all that training took.
        try (Backend backend = Backends.open(name, backends.threads(output))) {
            double infer = batch / medianSeconds(prediction(backend, described, batch));
            double one = 1000 * medianSeconds(prediction(backend, described, 1));
            ObjectNode result = output.object();
            result.put("backend", backend.description()).put("network", network).put("side", side).put("batch", batch)
                    .put("threads", backend.threads())
                    .put("jvm", System.getProperty("java.vm.name") + " " + Runtime.version())
                    .put("train_images_per_s", train).put("infer_images_per_s", infer).put("infer_one_image_ms", one);
            ObjectNode gemm = result.putObject("gemm_gflops");
            StringBuilder rates = new StringBuilder();
            for (int n : GEMM_SIZES) {
                double gflops = 2.0 * n * n * n / medianSeconds(product(backend, n)) / 1e9;
                gemm.put(String.valueOf(n), gflops);
                rates.append(String.format(Locale.ROOT, "  %d: %.1f", n, gflops));
            }
            result.put("peak_rss_mb", peakMegabytes());
            output.result(result, String.format(Locale.ROOT, "%s, %dx%d, batch %d on %s%n  training    %.0f images/s%n"
                    + "  prediction  %.0f images/s%n  one image   %.2f ms%n  products, GFLOP/s %s%n  peak memory %.0f MB",
                    network, side, side, batch, backend.description(), train, infer, one, rates, peakMegabytes()));
        }
        return 0;
    }

    /** A step of training on noise: both passes, squared cosine loss, SGD with momentum. */
    static Runnable trainingStep(Backend backend, Network described, int batch) {
        int dimension = described.outputShape()[0];
        Weights weights = described.initialise(backend, 1);
        TrainingPass pass = new TrainingPass(weights, batch);
        Tensor targets = backend.tensor(new PrototypeOptimizer(CLASSES, dimension).seed(1).optimize().prototypes().toFloats(), CLASSES, dimension);
        SquaredCosineLoss loss = new SquaredCosineLoss(backend, targets, batch, Reduction.SUM);
        Sgd sgd = new Sgd(weights, pass.gradients(), 0.9, 1e-4, false);
        LabelVector labels = backend.labels(batch);
        int[] values = new int[batch];
        Arrays.setAll(values, i -> i % CLASSES);
        labels.set(values, batch, CLASSES);
        pass.input().set(noise(pass.input().size()));
        Runnable step = backend.recorded(() -> {
            pass.forward();
            loss.compute(pass.output(), labels, pass.outputGradient());
            pass.backward();
            sgd.step();
        });
        return () -> {
            sgd.setRate(1e-4);
            step.run();
            backend.synchronize();
        };
    }

    /** Prediction of a batch of noise. */
    static Runnable prediction(Backend backend, Network described, int batch) {
        InferencePass pass = new InferencePass(described.initialise(backend, 1), batch);
        pass.input().set(noise(pass.input().size()));
        Runnable forward = backend.recorded(pass::forward);
        return () -> {
            forward.run();
            backend.synchronize();
        };
    }

    private static Runnable product(Backend backend, int n) {
        Tensor a = backend.tensor(noise(n * n), n, n);
        Tensor b = backend.tensor(noise(n * n), n, n);
        Tensor c = backend.tensor(n, n);
        return () -> {
            backend.gemm(false, false, 1, a, b, 0, c);
            backend.synchronize();
        };
    }

    private static float[] noise(int size) {
        SplittableRandom random = new SplittableRandom(7);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** The median over runs of the given time, after a warm-up as long: the compiler needs seconds to be done. */
    private double medianSeconds(Runnable work) {
        repeat(work);
        double[] times = repeat(work);
        return times[times.length / 2];
    }

    private double[] repeat(Runnable work) {
        double[] times = new double[16];
        int count = 0;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (count < 3 || System.nanoTime() < end) {
            long start = System.nanoTime();
            work.run();
            if (count == times.length) {
                times = Arrays.copyOf(times, 2 * count);
            }
            times[count++] = (System.nanoTime() - start) / 1e9;
        }
        double[] sorted = Arrays.copyOf(times, count);
        Arrays.sort(sorted);
        return sorted;
    }

    /** The most memory this process has held, as the kernel counts it; what Java holds now where there is no /proc. */
    static double peakMegabytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
                }
            }
        } catch (IOException e) {
            // not Linux: told by the JVM below
        }
        return Runtime.getRuntime().totalMemory() / 1048576.0;
    }
}
