package org.equisphere.nn;

import java.util.ArrayList;
import java.util.List;

/**
 * The CIFAR family of residual networks (He et al. 2016, section 4.2): a 3x3 stem, three stages of (depth - 2) / 6 basic blocks
 * with 16, 32 and 64 channels times the width factor, global average pooling and a dense layer to the embedding.
 */
public final class ResNet {

    /** Far above any that was trained (1202); a model file may not claim more. */
    private static final int DEEPEST = 9998;

    private ResNet() {
    }

    /**
     * Describes one.
     *
     * @param inputShape {height, width, channels}
     * @param depth      6k + 2 with k at least 1: 8, 14, 20, 32, 44, 56, 110, ...
     * @param width      multiplies the channels, at least 1
     * @param shortcut   what stands where the shape changes
     * @param outputs    the embedding's dimension
     */
    public static Network of(int[] inputShape, int depth, int width, ResidualBlock.Shortcut shortcut, int outputs) {
        requireSizes(depth, width);
        List<Layer> layers = new ArrayList<>();
        layers.add(new ConvNorm(Conv.of3x3("conv1", 16 * width, 1), new BatchNorm("bn1", true)));
        for (int stage = 1; stage <= 3; stage++) {
            int channels = (16 << (stage - 1)) * width;
            for (int block = 0; block < (depth - 2) / 6; block++) {
                int stride = stage > 1 && block == 0 ? 2 : 1;
                layers.add(new ResidualBlock("layer" + stage + "." + block, channels, stride, shortcut));
            }
        }
        layers.add(new GlobalAveragePool());
        layers.add(new Dense("fc", outputs, false));
        return new Network(inputShape, layers);
    }

    static void requireSizes(int depth, int width) {
        if (depth < 8 || depth > DEEPEST || (depth - 2) % 6 != 0) {
            throw new IllegalArgumentException("depth is " + depth + ", expected 6k + 2: 8, 14, 20, 26, 32, 44, 56, 110, ... up to " + DEEPEST);
        }
        if (width < 1) {
            throw new IllegalArgumentException("width is " + width + ", expected at least 1");
        }
    }
}
