package org.equisphere.cuda;

import static org.equisphere.cuda.CudaStorage.aligned;

import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/**
 * The 3 x 3 convolutions of {@code convolution3.cu}: which of them it takes, and with which tile. Every pass returns false, having queued
 * nothing, for sizes or addresses that {@link CudaConvolution} must take.
 */
final class CudaConvolution3 {

    private static final int KERNEL = 3;
    private static final WindowTile NARROW = new WindowTile(256, 16, 128, 384,
            Kernel.CONV3_FORWARD_256X16, Kernel.CONV3_DATA_256X16, Kernel.CONV3_DATA_STRIDE2_256X16);
    private static final WindowTile WIDE = new WindowTile(128, 32, 128, 320,
            Kernel.CONV3_FORWARD_128X32, Kernel.CONV3_DATA_128X32, Kernel.CONV3_DATA_STRIDE2_128X32);
    private static final WindowTile SMALL = new WindowTile(64, 32, 256, 320,
            Kernel.CONV3_FORWARD_64X32, Kernel.CONV3_DATA_64X32, Kernel.CONV3_DATA_STRIDE2_64X32);
    /** A block of these tiles has a quarter of the results of a product's large tile, and half as many threads. */
    private static final int BLOCKS_OF_A_LARGE_TILE = 8;
    private static final WeightTile WEIGHTS = new WeightTile(Kernel.CONV3_WEIGHTS, 288, 16, 16, 288, 128, 256);

    private final Launch launch;
    private final DeviceMemory memory;
    private final CudaSettings settings;
    /** Of kernels of 3 x 3 taps, and of those of one parity, 2 x 2 at most. */
    private final Canvas images = new Canvas(KERNEL);
    private final Canvas parities = new Canvas(2);

    CudaConvolution3(Launch launch, DeviceMemory memory, CudaSettings settings) {
        this.launch = launch;
        this.memory = memory;
        this.settings = settings;
    }

    boolean forward(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        if (!takes(g) || !(aligned(x) && aligned(w) && aligned(bias) && aligned(residual) && aligned(y))) {
            return false;
        }
        images.set(g);
        WindowTile tile = tile(images, 1);
        if (tile == null) {
            return false;
        }
        tile.of(launch, tile.forward(), images, 1)
                .memory(x).memory(w).optional(bias).optional(residual).flag(relu).memory(y).structure(images.words()).run();
        return true;
    }

    /** The forward form from the output's channels to the input's, where the stride is 2 in four parts. */
    boolean backwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        if (!takes(g) || g.stride() > 2 || !(aligned(dy) && aligned(w) && aligned(dx))) {
            return false;
        }
        return g.stride() == 1 ? backwardDataInOne(g, dy, w, dx, accumulate) : backwardDataByParity(g, dy, w, dx, accumulate);
    }

    private boolean backwardDataInOne(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        int padding = KERNEL - 1 - g.padding();
        images.set(g.batch(), g.height() - 2 * padding + KERNEL - 1, g.width() - 2 * padding + KERNEL - 1, g.outChannels(),
                g.height(), g.width(), g.inChannels(), 1, padding);
        WindowTile tile = tile(images, 1);
        if (tile == null) {
            return false;
        }
        tile.of(launch, tile.data(), images, 1).memory(dy).memory(w).optional(accumulate ? dx : null).memory(dx).structure(images.words()).run();
        return true;
    }

    /**
     * An input row meets the taps 0 and 2 or tap 1, and a column likewise: the inputs of either parity are a grid of their own. Zeros between the
     * outputs would be a kernel of nine taps for each input instead of 9 / 4 in the mean.
     */
    private boolean backwardDataByParity(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        int rows = (g.height() + 1) / 2;
        int columns = (g.width() + 1) / 2;
        parities.set(g.batch(), Math.max(rows, g.outHeight()), Math.max(columns, g.outWidth()), g.outChannels(), rows, columns, g.inChannels(), 1, 1);
        parities.store(g.outHeight(), g.outWidth());
        WindowTile tile = tile(parities, 4);
        if (tile == null) {
            return false;
        }
        tile.of(launch, tile.stride2(), parities, 4).memory(dy).memory(w).optional(accumulate ? dx : null).memory(dx)
                .integer(g.height()).integer(g.width()).integer(g.padding()).structure(parities.words()).run();
        return true;
    }

    /** Returns how many parts' sums are in scratch, 1 for those of all in dw, 0 where it does not take them. */
    int backwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        boolean taken = takes(g) && aligned(x) && aligned(dy) && aligned(dw);
        return taken ? WEIGHTS.run(launch, memory, images, g, x, dy, dw) : 0;
    }

    private static boolean takes(Convolution g) {
        return g.kernel() == KERNEL && g.inChannels() % 8 == 0 && g.outChannels() % 8 == 0 && Canvas.holds(g);
    }

    private WindowTile tile(Canvas canvas, int grids) {
        return WindowTile.choose(NARROW, WIDE, SMALL, canvas, grids, (long) BLOCKS_OF_A_LARGE_TILE * settings.largeTileBlocks());
    }
}
