package org.equisphere.nn;

/**
 * The bottleneck block (He et al. 2016, fig. 5): 1x1, 3x3 and 1x1 convolutions, each normalised, the last with four times the channels, and the
 * shortcut. The stride is the 3x3 convolution's, as in torchvision ("v1.5"). Where the shape changes, the shortcut is a normalised 1x1 convolution.
 *
 * @param name     parameters are {@code name.conv1.weight}, {@code name.bn1.*} up to {@code conv3}, {@code bn3}, and where the shape changes
 *                 {@code name.downsample.0.weight}, {@code name.downsample.1.*}
 * @param channels of the 3x3 convolution; the output has four times as many
 * @param stride   of the 3x3 convolution and of the shortcut
 */
public record BottleneckBlock(String name, int channels, int stride) implements Layer {

    private static final int EXPANSION = 4;

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int[] output = third().declare(blueprint, second().declare(blueprint, first().declare(blueprint, input)));
        if (changesShape(input)) {
            around().declare(blueprint, input);
        }
        return output;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal residual = changesShape(input.exampleShape()) ? around().plan(plan, input) : input;
        return third().plan(plan, second().plan(plan, first().plan(plan, input)), residual);
    }

    private boolean changesShape(int[] input) {
        return stride != 1 || input[2] != EXPANSION * channels;
    }

    private ConvNorm first() {
        return new ConvNorm(Conv.of1x1(name + ".conv1", channels, 1), new BatchNorm(name + ".bn1", true));
    }

    private ConvNorm second() {
        return new ConvNorm(Conv.of3x3(name + ".conv2", channels, stride), new BatchNorm(name + ".bn2", true));
    }

    private ConvNorm third() {
        return new ConvNorm(Conv.of1x1(name + ".conv3", EXPANSION * channels, 1), new BatchNorm(name + ".bn3", true));
    }

    private ConvNorm around() {
        return new ConvNorm(Conv.of1x1(name + ".downsample.0", EXPANSION * channels, stride), new BatchNorm(name + ".downsample.1", false));
    }
}
