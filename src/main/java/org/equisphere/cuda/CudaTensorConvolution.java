package org.equisphere.cuda;

import static org.equisphere.cuda.CudaStorage.aligned;

import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/**
 * The 3 x 3 convolutions of {@code convolution_tf32.cu}, on the tensor cores: factors of TF32, sums in float32. Every pass returns false, having
 * queued nothing, for sizes or addresses that it does not take.
 */
final class CudaTensorConvolution {

    private static final int KERNEL = 3;
    private static final int THREADS = 128;
    private static final WindowTile NARROW = new WindowTile(128, 16, THREADS, 256, Kernel.CONV3_FORWARD_128X16_TF32, Kernel.CONV3_DATA_128X16_TF32,
            Kernel.CONV3_DATA_STRIDE2_128X16_TF32);
    private static final WindowTile WIDE = new WindowTile(128, 32, THREADS, 320, Kernel.CONV3_FORWARD_128X32_TF32,
            Kernel.CONV3_DATA_128X32_TF32, null);
    private static final WindowTile SMALL = new WindowTile(64, 32, THREADS, 432, Kernel.CONV3_FORWARD_64X32_TF32, Kernel.CONV3_DATA_64X32_TF32,
            Kernel.CONV3_DATA_STRIDE2_64X32_TF32);
    /** A block of the wide tile has a quarter of the results of a product's large tile. */
    private static final int BLOCKS_OF_A_LARGE_TILE = 4;
    private static final WeightTile NARROW_WEIGHTS = new WeightTile(Kernel.CONV3_WEIGHTS_16_TF32, THREADS, 16, 16, 216, 64, 264);
    private static final WeightTile WIDE_WEIGHTS = new WeightTile(Kernel.CONV3_WEIGHTS_32_TF32, THREADS, 16, 32, 216, 64, 264);
    /** Both channels are a multiple of it. */
    private static final int CHANNELS = 16;

    private final Launch launch;
    private final DeviceMemory memory;
    private final CudaSettings settings;
    private final Canvas canvas = new Canvas(KERNEL);
    /** Of squares of 2 x 2 inputs, which meet 2 x 2 outputs where the stride is 2. */
    private final Canvas squares = new Canvas(2);

    CudaTensorConvolution(Launch launch, DeviceMemory memory, CudaSettings settings) {
        this.launch = launch;
        this.memory = memory;
        this.settings = settings;
    }

    boolean forward(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        if (!takes(g) || !(aligned(x) && aligned(w) && aligned(bias) && aligned(residual) && aligned(y))) {
            return false;
        }
        canvas.set(g);
        WindowTile tile = tile(canvas, many());
        if (tile == null) {
            return false;
        }
        tile.of(launch, tile.forward(), canvas, 1)
                .memory(x).memory(w).optional(bias).optional(residual).flag(relu).memory(y).structure(canvas.words()).run();
        return true;
    }

    boolean backwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        if (!takes(g) || g.stride() > 2 || !(aligned(dy) && aligned(w) && aligned(dx))) {
            return false;
        }
        return g.stride() == 1 ? data(g, dy, w, dx, accumulate) : stride2Data(g, dy, w, dx, accumulate);
    }

    /** The forward form from the output's channels to the input's. */
    private boolean data(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        canvas.set(g.batch(), g.outHeight(), g.outWidth(), g.outChannels(), g.height(), g.width(), g.inChannels(), 1, KERNEL - 1 - g.padding());
        WindowTile tile = tile(canvas, many());
        if (tile == null) {
            return false;
        }
        tile.of(launch, tile.data(), canvas, 1)
                .memory(dy).memory(w).optional(accumulate ? dx : null).memory(dx).structure(canvas.words()).run();
        return true;
    }

    /**
     * With the padding added, square (u, v) holds the rows 2u and 2u + 1 and the columns 2v and 2v + 1 of the input and meets the rows u - 1 and u
     * and the columns v - 1 and v of the output. The canvas has room for the outputs and for all that squares meet.
     */
    private boolean stride2Data(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        int first = g.padding() / 2;
        int rows = (g.height() - 1 + g.padding()) / 2 - first + 1;
        int columns = (g.width() - 1 + g.padding()) / 2 - first + 1;
        int before = 1 - first;
        squares.set(g.batch(), Math.max(g.outHeight(), rows + 1 - 2 * before), Math.max(g.outWidth(), columns + 1 - 2 * before), g.outChannels(),
                rows, columns, g.inChannels(), 1, before);
        squares.store(g.outHeight(), g.outWidth());
        // No kernel has the wide tile.
        WindowTile tile = tile(squares, Long.MAX_VALUE);
        if (tile == null) {
            return false;
        }
        tile.of(launch, tile.stride2(), squares, 1).memory(dy).memory(w).optional(accumulate ? dx : null).memory(dx)
                .integer(g.height()).integer(g.width()).integer(2 * first - g.padding()).structure(squares.words()).run();
        return true;
    }

    /** Returns how many parts' sums are in scratch, 1 for those of all in dw, 0 where it does not take them. */
    int backwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        WeightTile tile = g.outChannels() <= NARROW_WEIGHTS.outChannels() ? NARROW_WEIGHTS : WIDE_WEIGHTS;
        boolean taken = takes(g) && aligned(x) && aligned(dy) && aligned(dw);
        return taken ? tile.run(launch, memory, canvas, g, x, dy, dw) : 0;
    }

    private static WindowTile tile(Canvas canvas, long many) {
        return WindowTile.choose(NARROW, WIDE, SMALL, canvas, 1, many);
    }

    /** Of how many blocks on the wide tile is taken. */
    private long many() {
        return (long) BLOCKS_OF_A_LARGE_TILE * settings.largeTileBlocks();
    }

    private static boolean takes(Convolution g) {
        return g.kernel() == KERNEL && g.inChannels() % CHANNELS == 0 && g.outChannels() % CHANNELS == 0 && Canvas.holds(g);
    }
}
