package org.equisphere.nn;

import java.util.ArrayList;
import java.util.List;

/**
 * Residual networks (He et al. 2016), each with global average pooling and a dense layer to the embedding at its end. The CIFAR family (section 4.2):
 * a 3x3 stem, three stages of (depth - 2) / 6 basic blocks with 16, 32 and 64 channels times the width factor. The ImageNet family (table 1):
 * a 7x7 stem of stride 2, 3x3 max pooling of stride 2, four stages of basic or bottleneck blocks with 64, 128, 256 and 512 channels times the width
 * factor, under torchvision's names.
 */
public final class ResNet {

    /** Far above any that was trained (1202); a model file may not claim more. */
    private static final int DEEPEST = 9998;

    private ResNet() {
    }

    /**
     * Describes one of the CIFAR family.
     *
     * @param inputShape {height, width, channels}
     * @param depth      6k + 2 with k at least 1: 8, 14, 20, 32, 44, 56, 110, ...
     * @param width      multiplies the channels, at least 1
     * @param shortcut   what stands where the shape changes
     * @param outputs    the embedding's dimension
     */
    public static Network of(int[] inputShape, int depth, int width, ResidualBlock.Shortcut shortcut, int outputs) {
        requireDepth(depth);
        requireWidth(width);
        List<Layer> layers = new ArrayList<>();
        layers.add(new ConvNorm(Conv.of3x3("conv1", 16 * width, 1), new BatchNorm("bn1", true)));
        for (int stage = 1; stage <= 3; stage++) {
            int channels = (16 << (stage - 1)) * width;
            for (int block = 0; block < (depth - 2) / 6; block++) {
                int stride = stage > 1 && block == 0 ? 2 : 1;
                layers.add(new ResidualBlock("layer" + stage + "." + block, channels, stride, shortcut));
            }
        }
        return ending(inputShape, layers, outputs);
    }

    /**
     * Describes one of the ImageNet family.
     *
     * @param inputShape {height, width, channels}
     * @param depth      18, 34, 50, 101 or 152
     * @param width      multiplies all channels, at least 1
     * @param outputs    the embedding's dimension
     */
    public static Network ofImageNet(int[] inputShape, int depth, int width, int outputs) {
        requireWidth(width);
        int[] blocks = blocks(depth);
        List<Layer> layers = new ArrayList<>();
        layers.add(new ConvNorm(new Conv("conv1", 64 * width, 7, 2, 3), new BatchNorm("bn1", true)));
        layers.add(new MaxPool(3, 2, 1));
        for (int stage = 0; stage < blocks.length; stage++) {
            for (int block = 0; block < blocks[stage]; block++) {
                String name = "layer" + (stage + 1) + "." + block;
                int channels = (64 << stage) * width;
                int stride = stage > 0 && block == 0 ? 2 : 1;
                layers.add(depth < 50 ? new ResidualBlock(name, channels, stride, ResidualBlock.Shortcut.PROJECTION_1X1)
                        : new BottleneckBlock(name, channels, stride));
            }
        }
        return ending(inputShape, layers, outputs);
    }

    /** Of each stage. */
    private static int[] blocks(int depth) {
        return switch (depth) {
            case 18 -> new int[] {2, 2, 2, 2};
            case 34, 50 -> new int[] {3, 4, 6, 3};
            case 101 -> new int[] {3, 4, 23, 3};
            case 152 -> new int[] {3, 8, 36, 3};
            default -> throw new IllegalArgumentException("depth is " + depth + ", expected 18, 34, 50, 101 or 152");
        };
    }

    private static Network ending(int[] inputShape, List<Layer> layers, int outputs) {
        layers.add(new GlobalAveragePool());
        layers.add(new Dense("fc", outputs, false));
        return new Network(inputShape, layers);
    }

    static void requireDepth(int depth) {
        if (depth < 8 || depth > DEEPEST || (depth - 2) % 6 != 0) {
            throw new IllegalArgumentException("depth is " + depth + ", expected 6k + 2: 8, 14, 20, 26, 32, 44, 56, 110, ... up to " + DEEPEST);
        }
    }

    static void requireWidth(int width) {
        if (width < 1) {
            throw new IllegalArgumentException("width is " + width + ", expected at least 1");
        }
    }
}
