package org.equisphere.nn;

/**
 * The basic residual block (He et al. 2016, fig. 2): relu( norm(conv3x3( relu(norm(conv3x3(x))) )) + shortcut(x) ). Where the shape
 * changes, the shortcut is one of {@link Shortcut}; elsewhere it is x itself.
 *
 * @param name     parameters are {@code name.conv1.weight}, {@code name.bn1.*}, {@code name.conv2.weight}, {@code name.bn2.*} and, with a
 *                 projection, {@code name.downsample.0.weight}, {@code name.downsample.1.*}
 * @param channels output channels
 * @param stride   of the first convolution and of the shortcut
 * @param shortcut what stands where the shape changes
 */
public record ResidualBlock(String name, int channels, int stride, Shortcut shortcut) implements Layer {

    /** How a block's input reaches its output where the shape changes. */
    public enum Shortcut {
        /** A 3x3 convolution with batch normalisation, as in the published recipes' ResNet-32. */
        PROJECTION_3X3,
        /** A 1x1 convolution with batch normalisation (option B of He et al.). */
        PROJECTION_1X1,
        /** Positions left out and channels of zeros: no parameters (option A of He et al.). */
        PARAMETER_FREE
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int[] output = second().declare(blueprint, first().declare(blueprint, input));
        if (changesShape(input)) {
            around().declare(blueprint, input);
        }
        return output;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal residual = changesShape(input.exampleShape()) ? around().plan(plan, input) : input;
        return second().plan(plan, first().plan(plan, input), residual);
    }

    private boolean changesShape(int[] input) {
        return stride != 1 || input[2] != channels;
    }

    private ConvNorm first() {
        return new ConvNorm(Conv.of3x3(name + ".conv1", channels, stride), new BatchNorm(name + ".bn1", true));
    }

    private ConvNorm second() {
        return new ConvNorm(Conv.of3x3(name + ".conv2", channels, 1), new BatchNorm(name + ".bn2", true));
    }

    private Layer around() {
        if (shortcut == Shortcut.PARAMETER_FREE) {
            return new Subsample("block " + name, channels, stride);
        }
        String conv = name + ".downsample.0";
        return new ConvNorm(shortcut == Shortcut.PROJECTION_1X1 ? Conv.of1x1(conv, channels, stride) : Conv.of3x3(conv, channels, stride),
                new BatchNorm(name + ".downsample.1", false));
    }
}
