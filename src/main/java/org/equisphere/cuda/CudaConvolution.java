package org.equisphere.cuda;

import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/**
 * The convolutions of {@code convolution.cu}, where neither {@link CudaTensorConvolution} nor {@link CudaConvolution3} takes them: which tile,
 * how many parts.
 */
final class CudaConvolution {

    private static final Kernel[] FORWARD = {Kernel.CONV_FORWARD_16, Kernel.CONV_FORWARD_32, Kernel.CONV_FORWARD_64};
    private static final Kernel[] DATA = {Kernel.CONV_DATA_16, Kernel.CONV_DATA_32, Kernel.CONV_DATA_64};
    private static final Kernel[] WEIGHTS = {Kernel.CONV_WEIGHTS_16, Kernel.CONV_WEIGHTS_32, Kernel.CONV_WEIGHTS_64};
    /** Columns of a tile of each width; rows of it forward and backward to data, and backward to weights; threads for the latter. */
    private static final int[] COLUMNS = {16, 32, 64};
    private static final int[] ROWS = {256, 256, 128};
    private static final int WEIGHT_ROWS = 64;
    private static final int[] WEIGHT_THREADS = {64, 128, 256};
    /** Blocks that keep a large card busy, and the positions a block sums at least. */
    private static final int WANTED_BLOCKS = 512;
    private static final int LEAST_CHUNK = 128;
    private static final int SLAB = 16;
    /** The most numbers of a patch that {@code conv_.._few} take; threads of a block, which are its positions forward. */
    private static final int FEW = 32;
    private static final int FEW_THREADS = 256;
    /** Their columns of a block backward to weights, positions at a time, and two blocks for each multiprocessor of a large card. */
    private static final int FEW_COLUMNS = 16;
    private static final int FEW_STEP = 128;
    private static final int FEW_BLOCKS = 264;
    /** The most threads that add the parts of one weight. */
    private static final int MOST_SHARING = 32;

    private final Launch launch;
    private final DeviceMemory memory;
    /** Null on cards without tensor cores, and in float32. */
    private final CudaTensorConvolution tensor;
    private final CudaConvolution3 three;
    private final int[] geometry = new int[18];

    CudaConvolution(KernelLauncher launcher, Launch launch, DeviceMemory memory, CudaSettings settings) {
        this.launch = launch;
        this.memory = memory;
        tensor = settings.precision().on(launcher.capability()) == Precision.FP32 ? null : new CudaTensorConvolution(launch, memory, settings);
        three = new CudaConvolution3(launch, memory, settings);
    }

    void forward(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        if (tensor != null && tensor.forward(g, x, w, bias, residual, relu, y)) {
            return;
        }
        if (three.forward(g, x, w, bias, residual, relu, y)) {
            return;
        }
        if (g.patch() <= FEW) {
            launch.of(Kernel.CONV_FORWARD_FEW).grid(Launch.blocks(g.positions(), FEW_THREADS), 1, 1)
                    .memory(x).memory(w).optional(bias).optional(residual).flag(relu).memory(y).structure(geometry(g)).run();
            return;
        }
        int width = width(g.outChannels());
        launch.of(FORWARD[width]).grid(Launch.blocks(g.positions(), ROWS[width]), Launch.blocks(g.outChannels(), COLUMNS[width]), 1)
                .memory(x).memory(w).optional(bias).optional(residual).flag(relu).memory(y).structure(geometry(g)).run();
    }

    void backwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        if (tensor != null && tensor.backwardData(g, dy, w, dx, accumulate)) {
            return;
        }
        if (three.backwardData(g, dy, w, dx, accumulate)) {
            return;
        }
        int width = width(g.inChannels());
        long positions = (long) g.batch() * g.height() * g.width();
        launch.of(DATA[width]).grid(Launch.blocks(positions, ROWS[width]), Launch.blocks(g.inChannels(), COLUMNS[width]), 1)
                .memory(dy).memory(w).memory(dx).flag(accumulate).structure(geometry(g)).run();
    }

    /** The positions are summed in parts, whose number depends on the sizes alone, and the parts in a fixed order. */
    void backwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        int parts = tensor == null ? 0 : tensor.backwardWeights(g, x, dy, dw);
        if (parts == 0) {
            parts = three.backwardWeights(g, x, dy, dw);
        }
        if (parts == 0) {
            parts = backwardWeightsInParts(g, x, dy, dw);
        }
        if (parts > 1) {
            // Enough threads for a sum that each adds sixteen parts at most.
            int sharing = Math.max(1, Math.min(MOST_SHARING, Integer.highestOneBit(parts / 8)));
            launch.of(Kernel.CONV_WEIGHTS_FINISH).block(32, sharing).grid(Launch.blocks(dw.size(), 32), 1, 1)
                    .memory(memory.scratch(4L * parts * dw.size())).integer(parts).wide(dw.size()).memory(dw).run();
        }
    }

    private int backwardWeightsInParts(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        boolean few = g.patch() <= FEW;
        int width = width(g.outChannels());
        long rowTiles = Launch.blocks(g.patch(), WEIGHT_ROWS);
        long columnTiles = Launch.blocks(g.outChannels(), few ? FEW_COLUMNS : COLUMNS[width]);
        long wanted = Math.max(1, (few ? FEW_BLOCKS : WANTED_BLOCKS) / (rowTiles * columnTiles));
        long least = Math.max(LEAST_CHUNK, Launch.blocks(g.positions(), wanted));
        int step = few ? FEW_STEP : SLAB;
        int chunk = (int) Math.min(Launch.blocks(least, step) * step, Integer.MAX_VALUE / step * step);
        int parts = (int) Launch.blocks(g.positions(), chunk);
        long sums = parts == 1 ? CudaStorage.address(dw) : memory.scratch(4L * parts * dw.size());
        launch.of(few ? Kernel.CONV_WEIGHTS_FEW : WEIGHTS[width]).block(few ? FEW_THREADS : WEIGHT_THREADS[width], 1)
                .grid(rowTiles, columnTiles, parts).memory(x).memory(dy).integer(chunk).memory(sums).structure(geometry(g)).run();
        return parts;
    }

    /** The narrowest tile that holds the channels, else the widest. */
    private static int width(int channels) {
        return channels <= COLUMNS[0] ? 0 : channels <= COLUMNS[1] ? 1 : 2;
    }

    /** The words of {@code struct Geometry}. */
    private int[] geometry(Convolution g) {
        geometry[0] = g.batch();
        geometry[1] = g.height();
        geometry[2] = g.width();
        geometry[3] = g.inChannels();
        geometry[4] = g.outChannels();
        geometry[5] = g.kernel();
        geometry[6] = g.stride();
        geometry[7] = g.padding();
        geometry[8] = g.outHeight();
        geometry[9] = g.outWidth();
        geometry[10] = Launch.reciprocal(g.kernel());
        geometry[11] = Launch.reciprocal(g.inChannels());
        geometry[12] = Launch.reciprocal(g.outChannels());
        geometry[13] = Launch.reciprocal(g.outWidth());
        geometry[14] = Launch.reciprocal(g.outHeight() * g.outWidth());
        geometry[15] = Launch.reciprocal(g.width());
        geometry[16] = Launch.reciprocal(g.height() * g.width());
        geometry[17] = Launch.reciprocal(g.stride());
        return geometry;
    }
}
