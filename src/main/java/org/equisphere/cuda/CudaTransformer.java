package org.equisphere.cuda;

import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;

/** Layer normalisation and window attention: the launches of {@code layernorm.cu} and {@code attention.cu}. */
final class CudaTransformer {

    /** Threads of a block for rows, numbers of a row that a lane holds, and blocks that a gradient's rows are shared out among. */
    private static final int ROW_THREADS = 256;
    private static final int NUMBERS_OF_LANE = 16;
    private static final int ROW_BLOCKS = 256;
    /** What a block of the kernels for small windows can hold. */
    private static final int SMALL_WINDOW = 7;
    private static final int SMALL_HEAD = 32;
    /** Windows, each of one head, and threads of a block of the forward kernel. */
    private static final int TEAMS = 5;
    private static final int TEAM_THREADS = 128;
    /** Threads of a gradient's block; how many it is shared out among, six for each of 128 multiprocessors; windows of a block at most. */
    private static final int SMALL_THREADS = 64;
    private static final int SMALL_BLOCKS = 768;
    private static final int MOST_WINDOWS = 64;
    /** Windows of a part of the bias's sums, and the parts there are at most, where windows are not small. */
    private static final int LEAST_CHUNK = 128;
    private static final int MOST_PARTS = 64;

    private final Launch launch;
    private final DeviceMemory memory;
    private final RowSplit split = new RowSplit();
    private final int[] geometry = new int[10];

    CudaTransformer(Launch launch, DeviceMemory memory) {
        this.launch = launch;
        this.memory = memory;
    }

    void layerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        int columns = gamma.size();
        int rows = x.size() / Math.max(columns, 1);
        int lanes = lanes(columns);
        launch.of(Kernel.LAYER_NORM).grid(Launch.blocks((long) rows * lanes, ROW_THREADS), 1, 1).block(ROW_THREADS, 1).memory(x).memory(gamma)
                .memory(beta).real(epsilon).memory(y).integer(rows).integer(columns).real(1.0 / columns).integer(lanes).run();
    }

    void layerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate, Tensor dgamma, Tensor dbeta) {
        int columns = gamma.size();
        int rows = x.size() / Math.max(columns, 1);
        int lanes = lanes(columns);
        boolean wide = columns > NUMBERS_OF_LANE * lanes;
        int rowsOfBlock = ROW_THREADS / lanes;
        int chunk = (int) Math.max(Launch.blocks(rows, (long) ROW_BLOCKS * rowsOfBlock), 1) * rowsOfBlock;
        split.of(rows, columns);
        int splits = wide ? split.splits : (int) Launch.blocks(rows, chunk);
        long partBytes = 8L * 2 * splits * columns;
        long parts = memory.scratch(partBytes + (wide ? 4L * 2 * rows : 0));
        long kept = parts + partBytes;
        launch.of(Kernel.LAYER_NORM_GRADIENT).grid(Launch.blocks(rows, chunk), 1, 1).block(ROW_THREADS, 1).memory(x).memory(gamma).real(epsilon)
                .memory(dy).memory(dx).flag(accumulate).memory(kept).memory(parts).integer(rows).integer(columns).real(1.0 / columns)
                .integer(lanes).integer(chunk).run();
        if (wide) {
            launch.of(Kernel.LAYER_NORM_SUMS).grid(Launch.blocks(columns, split.blockX), split.splits, 1).block(split.blockX, split.blockY)
                    .memory(x).memory(dy).memory(kept).integer(rows).integer(columns).integer(split.chunk).memory(parts).run();
        }
        sumParts(parts, splits, 2L * columns, dbeta, dgamma);
    }

    /** Lanes of a warp that share a row: eight, where it has a quad for each, or as many as hold it in their registers, up to all. */
    private static int lanes(int columns) {
        int quads = (int) Launch.blocks(Math.max(columns, 1), 4);
        int held = Integer.highestOneBit(2 * (int) Launch.blocks(4L * quads, NUMBERS_OF_LANE) - 1);
        return Math.min(Math.max(held, Math.min(Integer.highestOneBit(quads), 8)), 32);
    }

    /** The parts of each column in their order; the first columns go to {@code first}, the others to {@code second}. */
    private void sumParts(long parts, int splits, long columns, Tensor first, Tensor second) {
        launch.of(Kernel.SUM_PARTS).grid(Launch.blocks(columns, 8), 1, 1).memory(parts).integer(splits).wide(columns).memory(first)
                .integer(first.size()).memory(second).run();
    }

    void attention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        Launch kernel = small(g)
                ? launch.of(Kernel.SMALL_WINDOW_ATTENTION).grid(Launch.blocks((long) g.windows() * g.heads(), TEAMS), 1, 1).block(TEAM_THREADS, 1)
                : cells(Kernel.WINDOW_ATTENTION, g);
        kernel.memory(qkv).memory(bias).memory(y).real(g.scale()).structure(geometry(g)).run();
    }

    /** The bias's gradient is summed over the windows in parts, whose number depends on the sizes alone, and the parts in their order. */
    void attentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias) {
        int chunk = chunk(g);
        int count = (int) Launch.blocks(g.windows(), chunk);
        long partBytes = 8L * count * dbias.size();
        long keptBytes = small(g) ? 0 : 4L * 2 * g.windows() * g.heads() * g.window() * g.window();
        long parts = memory.scratch(partBytes + keptBytes);
        if (small(g)) {
            launch.of(Kernel.SMALL_WINDOW_ATTENTION_GRADIENT).grid((long) count * g.heads(), 1, 1).block(SMALL_THREADS, 1).memory(qkv).memory(bias)
                    .memory(dy).memory(dqkv).memory(parts).integer(chunk).real(g.scale()).structure(geometry(g)).run();
        } else {
            largeAttentionBackward(g, qkv, bias, dy, dqkv, parts, parts + partBytes, chunk);
        }
        sumParts(parts, count, dbias.size(), dbias, dbias);
    }

    private void largeAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, long parts, long kept, int chunk) {
        cells(Kernel.WINDOW_ATTENTION_ROWS, g).memory(qkv).memory(bias).memory(dy).memory(dqkv).memory(kept).real(g.scale())
                .structure(geometry(g)).run();
        cells(Kernel.WINDOW_ATTENTION_KEYS, g).memory(qkv).memory(bias).memory(dy).memory(dqkv).memory(kept).real(g.scale())
                .structure(geometry(g)).run();
        launch.of(Kernel.WINDOW_ATTENTION_BIAS).grid(g.relativePlaces(), g.heads(), Launch.blocks(g.windows(), chunk)).block(128, 1).memory(qkv)
                .memory(bias).memory(dy).memory(kept).memory(parts).integer(chunk).real(g.scale()).structure(geometry(g)).run();
    }

    private static boolean small(WindowAttention g) {
        return g.window() <= SMALL_WINDOW && g.headSize() <= SMALL_HEAD;
    }

    /** Windows of a part of the bias's sums. */
    private static int chunk(WindowAttention g) {
        return (int) (small(g) ? Math.min(Launch.blocks((long) g.windows() * g.heads(), SMALL_BLOCKS), MOST_WINDOWS)
                : Math.max(LEAST_CHUNK, Launch.blocks(g.windows(), MOST_PARTS)));
    }

    /** A warp for each window, head and cell, four a block. */
    private Launch cells(Kernel kernel, WindowAttention g) {
        return launch.of(kernel).grid(Launch.blocks((long) g.windows() * g.heads() * g.window() * g.window(), 4), 1, 1).block(128, 1);
    }

    /** The words of {@code struct Windows}. */
    private int[] geometry(WindowAttention g) {
        geometry[0] = g.batch();
        geometry[1] = g.height();
        geometry[2] = g.width();
        geometry[3] = g.heads();
        geometry[4] = g.headSize();
        geometry[5] = g.window();
        geometry[6] = g.shiftDown();
        geometry[7] = g.shiftAcross();
        geometry[8] = g.windowsDown();
        geometry[9] = g.windowsAcross();
        return geometry;
    }
}
