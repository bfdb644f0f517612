import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;

/**
 * Times the matrix products of libtorch (by DJL; MKL is linked into it) beside ours, in alternation in one JVM, one JSON line a shape: the best rate
 * of ROUNDS rounds, and the median of the rounds' ratios; on one thread by its processor time. Usage: {@code GemmPeers THREADS ROUNDS MxNxK[:ab]...};
 * a and b after the colon: that factor is transposed. Both must find the same product.
 */
public final class GemmPeers {

    private static final long ROUND_NANOS = 250_000_000L;
    private static final long WARM_UP_NANOS = 3_000_000_000L;

    private GemmPeers() { }

    /** See the class comment. */
    public static void main(String[] args) {
        int threads = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        System.setProperty("ai.djl.pytorch.num_threads", args[0]);
        try (Backend backend = Backends.open("vector", threads); NDManager manager = NDManager.newBaseManager("PyTorch")) {
            for (String shape : Arrays.copyOfRange(args, 2, args.length)) {
                measure(backend, manager, shape, rounds);
            }
        }
    }

    private static void measure(Backend backend, NDManager manager, String shape, int rounds) {
        String[] parts = shape.split(":");
        int[] sizes = Arrays.stream(parts[0].split("x")).mapToInt(Integer::parseInt).toArray();
        int m = sizes[0];
        int n = sizes[1];
        int k = sizes[2];
        boolean transposeA = parts.length > 1 && parts[1].contains("a");
        boolean transposeB = parts.length > 1 && parts[1].contains("b");
        float[] x = normal(m * k, 1);
        float[] y = normal(k * n, 2);
        Tensor a = transposeA ? backend.tensor(x, k, m) : backend.tensor(x, m, k);
        Tensor b = transposeB ? backend.tensor(y, n, k) : backend.tensor(y, k, n);
        Tensor c = backend.tensor(m, n);
        Runnable ours = () -> backend.gemm(transposeA, transposeB, 1, a, b, 0, c);
        int threads = backend.threads();
        double flops = 2.0 * m * n * k;
        try (NDManager inner = manager.newSubManager()) {
            NDArray left = transposeA ? inner.create(x, new Shape(k, m)).transpose() : inner.create(x, new Shape(m, k));
            NDArray right = transposeB ? inner.create(y, new Shape(n, k)).transpose() : inner.create(y, new Shape(k, n));
            Runnable libtorch = () -> left.matMul(right).close();
            agree(shape, c, ours, left, right);
            rate(threads, ours, flops, WARM_UP_NANOS);
            rate(threads, libtorch, flops, WARM_UP_NANOS);
            double[] best = new double[2];
            double[] ratios = new double[rounds];
            for (int r = 0; r < rounds; r++) {
                double first = rate(threads, ours, flops, ROUND_NANOS);
                double second = rate(threads, libtorch, flops, ROUND_NANOS);
                best[0] = Math.max(best[0], first);
                best[1] = Math.max(best[1], second);
                ratios[r] = first / second;
            }
            Arrays.sort(ratios);
            System.out.printf(Locale.ROOT, "{\"shape\": \"%s\", \"threads\": %d, \"ours\": %.1f, \"libtorch\": %.1f, \"ratio\": %.3f, "
                    + "\"jdk\": \"%s\"}%n",
                    shape, threads, best[0], best[1], ratios[rounds / 2], System.getProperty("java.version"));
        }
    }

    /** GFLOP/s over the time given. */
    private static double rate(int threads, Runnable product, double flops, long nanos) {
        long start = clock(threads);
        long now;
        long runs = 0;
        do {
            product.run();
            runs++;
            now = clock(threads);
        } while (now - start < nanos);
        return runs * flops / (now - start);
    }

    /** Wall time; on one thread its processor time, which neighbours on the machine disturb less. */
    private static long clock(int threads) {
        return threads > 1 ? System.nanoTime() : ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void agree(String shape, Tensor c, Runnable ours, NDArray left, NDArray right) {
        ours.run();
        float[] mine = c.toArray();
        float[] theirs;
        try (NDArray product = left.matMul(right)) {
            theirs = product.toFloatArray();
        }
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < mine.length; i++) {
            worst = Math.max(worst, Math.abs(mine[i] - theirs[i]));
            largest = Math.max(largest, Math.abs(theirs[i]));
        }
        if (!(worst <= 1e-5 * largest)) {
            throw new IllegalStateException(shape + ": the products differ by " + worst);
        }
    }

    private static float[] normal(int size, int seed) {
        Random random = new Random(seed);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
