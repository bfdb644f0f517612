package org.equisphere.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Swin transformers (Liu et al. 2021): patches of 4 x 4 pixels as tokens, stages of blocks with attention in windows, every second one shifted, patch
 * merging between the stages, and a dense layer to the embedding. Names are those of torchvision's {@code swin_transformer.py}.
 */
public final class Swin {

    private static final int PATCH = 4;
    /** Width of a block's two dense layers over its channels. */
    private static final int EXPANSION = 4;

    /** Published sizes, and one for tests and small images. */
    public enum Size {
        /** 32 and 64 channels, windows of 4: for images of 32 x 32. */
        MICRO(32, 4, 0.1, new int[] {2, 2}, new int[] {2, 4}),
        /** The paper's Swin-T. */
        T(96, 7, 0.2, new int[] {2, 2, 6, 2}, new int[] {3, 6, 12, 24}),
        /** The paper's Swin-S. */
        S(96, 7, 0.3, new int[] {2, 2, 18, 2}, new int[] {3, 6, 12, 24}),
        /** The paper's Swin-B. */
        B(128, 7, 0.5, new int[] {2, 2, 18, 2}, new int[] {4, 8, 16, 32});

        private final int channels;
        private final int window;
        private final double drop;
        private final int[] blocks;
        private final int[] heads;

        /**
         * @param drop   probability of leaving out a branch of the last block; 0 for the first, growing evenly
         * @param blocks of each stage
         * @param heads  of each stage
         */
        Size(int channels, int window, double drop, int[] blocks, int[] heads) {
            this.channels = channels;
            this.window = window;
            this.drop = drop;
            this.blocks = blocks;
            this.heads = heads;
        }

        @Override
        public String toString() {
            return "swin-" + name().toLowerCase(Locale.ROOT);
        }
    }

    private Swin() {
    }

    /**
     * Describes one.
     *
     * @param inputShape {height, width, channels}, at least 4 x 4; pixels beyond a multiple of 4 are left out
     * @param outputs    the embedding's dimension
     */
    public static Network of(int[] inputShape, Size size, int outputs) {
        List<Layer> layers = new ArrayList<>();
        layers.add(new Conv("features.0.0", size.channels, PATCH, PATCH, 0, true));
        layers.add(new LayerNorm("features.0.2"));
        int made = 0;
        int all = Arrays.stream(size.blocks).sum();
        for (int stage = 0; stage < size.blocks.length; stage++) {
            if (stage > 0) {
                layers.add(new PatchMerging("features." + 2 * stage));
            }
            for (int block = 0; block < size.blocks[stage]; block++) {
                String name = "features." + (2 * stage + 1) + "." + block;
                layers.addAll(block(name, size, stage, block % 2 == 0 ? 0 : size.window / 2, size.drop * made++ / (all - 1)));
            }
        }
        layers.add(new LayerNorm("norm"));
        layers.add(new GlobalAveragePool());
        layers.add(new Pointwise("head", outputs, true));
        return new Network(inputShape, layers);
    }

    private static List<Layer> block(String name, Size size, int stage, int shift, double drop) {
        int channels = size.channels << stage;
        return List.of(
                new Residual(List.of(new LayerNorm(name + ".norm1"),
                        new ShiftedWindowAttention(name + ".attn", size.heads[stage], size.window, shift)), drop),
                new Residual(List.of(new LayerNorm(name + ".norm2"), new Pointwise(name + ".mlp.0", EXPANSION * channels, true), new Gelu(),
                        new Pointwise(name + ".mlp.3", channels, true)), drop));
    }
}
