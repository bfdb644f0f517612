package org.equisphere.cuda;

import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/** The convolutions of {@code convolution_tf32.cu}, on the tensor cores: factors of TF32, sums in float32. */
final class CudaTensorConvolution {

    private static final Kernel[] FORWARD = {Kernel.CONV_FORWARD_16_TF32, Kernel.CONV_FORWARD_32_TF32, Kernel.CONV_FORWARD_64_TF32};
    private static final Kernel[] DATA = {Kernel.CONV_DATA_16_TF32, Kernel.CONV_DATA_32_TF32, Kernel.CONV_DATA_64_TF32};
    private static final Kernel[] WEIGHTS = {Kernel.CONV_WEIGHTS_16_TF32, Kernel.CONV_WEIGHTS_32_TF32};
    /** Columns and rows of a tile forward and backward to data. */
    private static final int[] COLUMNS = {16, 32, 64};
    private static final int[] ROWS = {128, 64, 64};
    /** Rows of a tile backward to weights, and positions of its slab. */
    private static final int WEIGHT_ROWS = 144;
    private static final int SLAB = 32;
    /** Two blocks for each multiprocessor of a large card. */
    private static final int WANTED_BLOCKS = 264;
    /** What a slab takes of one tap, the most taps of a kernel, and the bytes of a copy. */
    private static final int CHANNELS = 16;
    private static final int MOST_TAPS = 25;
    private static final int QUAD = 16;

    private final Launch launch;
    private final DeviceMemory memory;

    CudaTensorConvolution(Launch launch, DeviceMemory memory) {
        this.launch = launch;
        this.memory = memory;
    }

    /** Whether the kernels take this convolution of these tensors, null among them for none. */
    boolean takes(Convolution g, Tensor... tensors) {
        boolean taken = g.inChannels() % CHANNELS == 0 && g.outChannels() % CHANNELS == 0 && g.kernel() * g.kernel() <= MOST_TAPS;
        for (Tensor x : tensors) {
            taken = taken && (x == null || CudaStorage.address(x) % QUAD == 0);
        }
        return taken;
    }

    void forward(Convolution g, int[] geometry, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        int width = width(g.outChannels());
        launch.of(FORWARD[width]).block(128, 1)
                .grid(Launch.blocks(g.positions(), ROWS[width]), Launch.blocks(g.outChannels(), COLUMNS[width]), 1)
                .memory(x).memory(w).optional(bias).optional(residual).flag(relu).memory(y).structure(geometry).run();
    }

    void backwardData(Convolution g, int[] geometry, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        int width = width(g.inChannels());
        long positions = (long) g.batch() * g.height() * g.width();
        launch.of(DATA[width]).block(128, 1)
                .grid(Launch.blocks(positions, ROWS[width]), Launch.blocks(g.inChannels(), COLUMNS[width]), 1)
                .memory(dy).memory(w).memory(dx).flag(accumulate).structure(geometry).run();
    }

    /** The positions are summed in parts, whose number depends on the sizes alone. Returns their number, their sums in scratch or, if one, in dw. */
    int backwardWeights(Convolution g, int[] geometry, Tensor x, Tensor dy, Tensor dw) {
        int columns = weightColumns(g);
        long rowTiles = Launch.blocks(g.patch(), WEIGHT_ROWS);
        long columnTiles = Launch.blocks(g.outChannels(), columns);
        long wanted = Math.max(1, WANTED_BLOCKS / (rowTiles * columnTiles));
        int chunk = (int) (Launch.blocks(Launch.blocks(g.positions(), wanted), SLAB) * SLAB);
        int parts = (int) Launch.blocks(g.positions(), chunk);
        long sums = parts == 1 ? CudaStorage.address(dw) : memory.scratch(4L * parts * dw.size());
        launch.of(WEIGHTS[columns / 32]).block(128, 1).grid(rowTiles, columnTiles, parts)
                .memory(x).memory(dy).integer(chunk).memory(sums).structure(geometry).run();
        return parts;
    }

    private static int weightColumns(Convolution g) {
        return g.outChannels() > 16 ? 32 : 16;
    }

    /** The narrowest tile that holds the channels, else the widest. */
    private static int width(int channels) {
        return channels <= COLUMNS[0] ? 0 : channels <= COLUMNS[1] ? 1 : 2;
    }
}
