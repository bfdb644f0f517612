package org.equisphere.cli;

import java.util.Random;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Network;
import org.equisphere.sphere.GaussianPotentialBenchmark;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;

/** What {@link InTurn} times, made anew by the classes of each class path. */
public final class InTurnWork {

    private InTurnWork() {
    }

    /**
     * Work by its description: {@code train:NETWORK,BATCH,SIDE} and {@code predict:NETWORK,BATCH,SIDE} on random images,
     * {@code product:MxNxK} with {@code :t} behind if the first factor lies transposed and {@code :n} if the second does, as in
     * {@code GemmBenchmark}, or {@code potential:NxD}, value and gradient.
     */
    public static Runnable of(String work, int threads) {
        String[] parts = work.split(":");
        switch (parts[0]) {
            case "train":
            case "predict":
                return networkWork(parts[0].equals("train"), parts[1].split(","), threads);
            case "product":
                return product(parts[1].split("x"), parts.length > 2 ? parts[2] : "", threads);
            case "potential":
                GaussianPotentialBenchmark benchmark = new GaussianPotentialBenchmark();
                benchmark.size = parts[1];
                benchmark.kernel = "best";
                benchmark.threads = threads;
                benchmark.plan();
                return benchmark::valueAndGradient;
            default:
                throw new IllegalArgumentException("work is train:, predict:, product: or potential:, not " + work);
        }
    }

    private static Runnable networkWork(boolean train, String[] named, int threads) {
        int batch = Integer.parseInt(named[1]);
        int side = Integer.parseInt(named[2]);
        Network network = Architecture.parse(named[0]).build(new int[] {side, side, 3}, 50);
        Backend backend = Backends.open("vector", threads);
        return train ? BenchCommand.trainingStep(backend, network, batch) : BenchCommand.prediction(backend, network, batch);
    }

    private static Runnable product(String[] sizes, String transposed, int threads) {
        int m = Integer.parseInt(sizes[0]);
        int n = Integer.parseInt(sizes[1]);
        int k = Integer.parseInt(sizes[2]);
        boolean a = transposed.contains("t");
        boolean b = transposed.contains("n");
        Backend backend = Backends.open("vector", threads);
        Tensor first = a ? normal(backend, k, m) : normal(backend, m, k);
        Tensor second = b ? normal(backend, n, k) : normal(backend, k, n);
        Tensor c = backend.tensor(m, n);
        return () -> backend.gemm(a, b, 1, first, second, 0, c);
    }

    private static Tensor normal(Backend backend, int rows, int columns) {
        Random random = new Random(rows + columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return backend.tensor(values, rows, columns);
    }
}
