package org.equisphere.cuda;

import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/** Pooling, patch merging and the shortcut: the launches of {@code pooling.cu}. */
final class CudaPooling {

    private final Launch launch;
    private final DeviceMemory memory;
    private final RowSplit split = new RowSplit();
    private final int[] windows = new int[18];

    CudaPooling(Launch launch, DeviceMemory memory) {
        this.launch = launch;
        this.memory = memory;
    }

    /** Large images are shared out among blocks as rows of four channels a thread are. */
    void average(Tensor x, Tensor y) {
        int images = x.dimension(0);
        int area = x.dimension(1) * x.dimension(2);
        int channels = x.dimension(3);
        int quads = quads(channels);
        split.of(area, quads);
        int splits = Math.max(split.splits, 1);
        long parts = splits == 1 ? 0 : memory.scratch(8L * splits * y.size());
        launch.of(Kernel.AVERAGE_POOL).grid((long) images * splits * Launch.blocks(quads, split.blockX), 1, 1).block(split.blockX, split.blockY)
                .memory(x).integer(area).integer(channels).integer(split.chunk).integer(splits).memory(parts).memory(y).run();
        if (splits > 1) {
            launch.of(Kernel.AVERAGE_POOL_FINISH).grid(Launch.blocks(y.size(), 256), 1, 1)
                    .memory(parts).integer(images).integer(area).integer(channels).integer(splits).memory(y).run();
        }
    }

    void averageBackward(Tensor dy, Tensor dx, boolean accumulate) {
        int area = dx.dimension(1) * dx.dimension(2);
        int channels = dx.dimension(3);
        if (dx.size() > 0) {
            launch.of(Kernel.AVERAGE_POOL_BACKWARD).elements(dx.size()).memory(dy).memory(dx)
                    .integer(dx.dimension(0)).integer(area).integer(channels)
                    .integer(Launch.reciprocal(channels)).integer(Launch.reciprocal(area)).flag(accumulate).run();
        }
    }

    void shortcut(Tensor x, int stride, Tensor y) {
        if (y.size() > 0) {
            int groups = groups(y);
            groups(Kernel.SHORTCUT, groups).memory(x).memory(y).integer(groups).integer(x.dimension(3)).structure(kept(x, stride, y, y)).run();
        }
    }

    void shortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        if (dx.size() > 0) {
            int groups = groups(dx);
            groups(Kernel.SHORTCUT_BACKWARD, groups).memory(dy).memory(dx).integer(groups).integer(dy.dimension(3)).flag(accumulate)
                    .structure(kept(dx, stride, dy, dx)).run();
        }
    }

    void max(Convolution g, Tensor x, Tensor y) {
        int groups = groups(y);
        groups(Kernel.MAX_POOL, groups).memory(x).memory(y).integer(groups).structure(windows(g)).run();
    }

    /** Every window's places are found once, though up to {@code ceil(kernel / stride)^2} windows share a number. */
    void maxBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        int[] words = windows(g);
        int outer = groups(dy);
        long places = memory.scratch(fitsByte(g) ? 4L * outer : 16L * outer);
        groups(Kernel.MAX_POOL_PLACES, outer).memory(x).memory(places).integer(outer).structure(words).run();
        int down = (int) Launch.blocks((long) g.height() + g.padding(), g.stride());
        int across = (int) Launch.blocks((long) g.width() + g.padding(), g.stride());
        long squares = (long) g.batch() * down * across * quads(g.inChannels());
        if (g.kernel() <= 2L * g.stride() && fitsByte(g) && squares <= Integer.MAX_VALUE) {
            groups(Kernel.MAX_POOL_BACKWARD_PAIRS, (int) squares).memory(places).memory(dy).memory(dx).integer((int) squares).flag(accumulate)
                    .divisor(down).divisor(across).structure(words).run();
        } else {
            int inner = groups(x);
            groups(Kernel.MAX_POOL_BACKWARD, inner).memory(places).memory(dy).memory(dx).integer(inner).flag(accumulate).structure(words).run();
        }
    }

    void mergePatches(Tensor x, Tensor y) {
        if (y.size() > 0) {
            int groups = y.size() / y.dimension(3) * 4 * quads(x.dimension(3));
            groups(Kernel.MERGE_PATCHES, groups).memory(x).memory(y).integer(groups).structure(squares(x)).run();
        }
    }

    void mergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate) {
        if (dx.size() > 0) {
            int groups = groups(dx);
            groups(Kernel.MERGE_PATCHES_BACKWARD, groups).memory(dy).memory(dx).integer(groups).flag(accumulate).structure(squares(dx)).run();
        }
    }

    /** One thread a group. */
    private Launch groups(Kernel kernel, int groups) {
        return launch.of(kernel).grid(Launch.blocks(groups, 256), 1, 1);
    }

    /** Groups of four channels of a tensor [.., channels]. */
    private static int groups(Tensor x) {
        int channels = x.dimension(3);
        return x.size() / channels * quads(channels);
    }

    private static int quads(int channels) {
        return (int) Launch.blocks(channels, 4);
    }

    private static boolean fitsByte(Convolution g) {
        return (long) Math.min(g.kernel(), g.height()) * Math.min(g.kernel(), g.width()) <= 256;
    }

    private int[] windows(Convolution g) {
        windows(g.batch(), g.height(), g.width(), g.inChannels(), g.outHeight(), g.outWidth());
        windows[6] = g.kernel();
        windows[7] = g.stride();
        windows[8] = g.padding();
        windows[10] = Math.min(g.kernel(), g.width());
        windows[11] = fitsByte(g) ? 1 : 0;
        windows[17] = Launch.reciprocal(g.stride());
        return windows;
    }

    /** Patch merging's squares, of which the kernels know that they are 2 x 2. */
    private int[] squares(Tensor x) {
        int height = x.dimension(1);
        int width = x.dimension(2);
        return windows(x.dimension(0), height, width, x.dimension(3), (height + 1) / 2, (width + 1) / 2);
    }

    /** The places of {@code in} that a shortcut keeps in {@code out}; the groups are those of {@code written}, one of the two. */
    private int[] kept(Tensor in, int stride, Tensor out, Tensor written) {
        windows(in.dimension(0), in.dimension(1), in.dimension(2), written.dimension(3), out.dimension(1), out.dimension(2));
        windows[7] = stride;
        windows[17] = Launch.reciprocal(stride);
        return windows;
    }

    /** The words of {@code struct Windows} that a square has, too. */
    private int[] windows(int images, int height, int width, int channels, int outHeight, int outWidth) {
        int quads = quads(channels);
        windows[0] = images;
        windows[1] = height;
        windows[2] = width;
        windows[3] = channels;
        windows[4] = outHeight;
        windows[5] = outWidth;
        windows[9] = quads;
        windows[12] = Launch.reciprocal(quads);
        windows[13] = Launch.reciprocal(width);
        windows[14] = Launch.reciprocal(height);
        windows[15] = Launch.reciprocal(outWidth);
        windows[16] = Launch.reciprocal(outHeight);
        return windows;
    }
}
