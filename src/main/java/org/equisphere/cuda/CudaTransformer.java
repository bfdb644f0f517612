package org.equisphere.cuda;

import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;

/** Layer normalisation and window attention: the launches of {@code layernorm.cu} and {@code attention.cu}. */
final class CudaTransformer {

    /** What a block of the kernels for small windows can hold. */
    private static final int SMALL_WINDOW = 7;
    private static final int SMALL_HEAD = 32;
    /** Threads of such a block; blocks that the gradient is shared out among, five for each of 128 multiprocessors; windows of a block at most. */
    private static final int SMALL_THREADS = 64;
    private static final int SMALL_BLOCKS = 640;
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
        launch.of(Kernel.LAYER_NORM).grid(Launch.blocks(rows, 4), 1, 1).block(128, 1).memory(x).memory(gamma).memory(beta).real(epsilon)
                .memory(y).integer(rows).integer(columns).run();
    }

    void layerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate, Tensor dgamma, Tensor dbeta) {
        int columns = gamma.size();
        int rows = x.size() / Math.max(columns, 1);
        split.of(rows, columns);
        long partBytes = 8L * 2 * Math.max(split.splits, 1) * columns;
        long parts = memory.scratch(partBytes + 4L * 2 * rows);
        long kept = parts + partBytes;
        launch.of(Kernel.LAYER_NORM_GRADIENT).grid(Launch.blocks(rows, 4), 1, 1).block(128, 1).memory(x).memory(gamma).real(epsilon)
                .memory(dy).memory(dx).flag(accumulate).memory(kept).integer(rows).integer(columns).run();
        launch.of(Kernel.LAYER_NORM_SUMS).grid(Launch.blocks(columns, split.blockX), split.splits, 1).block(split.blockX, split.blockY)
                .memory(x).memory(dy).memory(kept).integer(rows).integer(columns).integer(split.chunk).memory(parts).run();
        launch.of(Kernel.BN_GRADIENT_FINISH).grid(Launch.blocks(columns, 32), 1, 1).block(32, 8)
                .memory(parts).integer(split.splits).integer(columns).memory(dgamma).memory(dbeta).run();
    }

    void attention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        Launch kernel = small(g)
                ? launch.of(Kernel.SMALL_WINDOW_ATTENTION).grid((long) g.windows() * g.heads(), 1, 1).block(SMALL_THREADS, 1)
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
        launch.of(Kernel.BIAS_FINISH).grid(Launch.blocks(dbias.size(), 32), 1, 1).block(32, 8)
                .memory(parts).integer(count).integer(dbias.size()).memory(dbias).run();
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
