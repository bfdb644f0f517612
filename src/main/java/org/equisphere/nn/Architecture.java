package org.equisphere.nn;

import java.util.Arrays;
import java.util.Locale;

/**
 * A network family with its sizes, as a text that a model file can hold and a command line can take:
 * {@code resnet20}, {@code resnet32x2} (width factor 2), {@code resnet20-free} (parameter-free shortcuts), {@code resnet20-1x1},
 * {@code mlp:512,256}, {@code mlp} (no hidden layer).
 */
public final class Architecture {

    private final String text;
    private final int depth;
    private final int width;
    private final ResidualBlock.Shortcut shortcut;
    private final int[] hidden;

    private Architecture(String text, int depth, int width, ResidualBlock.Shortcut shortcut, int[] hidden) {
        this.text = text;
        this.depth = depth;
        this.width = width;
        this.shortcut = shortcut;
        this.hidden = hidden;
    }

    /**
     * Reads an architecture.
     *
     * @throws IllegalArgumentException that says what is wrong and what was expected
     */
    public static Architecture parse(String text) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        try {
            if (lower.equals("mlp") || lower.startsWith("mlp:")) {
                return parseMlp(lower);
            }
            if (lower.startsWith("resnet")) {
                return parseResNet(lower);
            }
        } catch (NumberFormatException e) {
            throw unknown(text);
        }
        throw unknown(text);
    }

    private static Architecture parseMlp(String text) {
        int[] hidden = text.equals("mlp") ? new int[0] : Arrays.stream(text.substring(4).split(",")).map(String::strip).mapToInt(Integer::parseInt).toArray();
        for (int h : hidden) {
            if (h < 1) {
                throw new IllegalArgumentException("network \"" + text + "\": hidden width " + h + ", expected at least 1");
            }
        }
        return new Architecture(text, 0, 0, null, hidden);
    }

    private static Architecture parseResNet(String text) {
        String sizes = text.substring("resnet".length());
        ResidualBlock.Shortcut shortcut = ResidualBlock.Shortcut.PROJECTION_3X3;
        if (sizes.endsWith("-free")) {
            shortcut = ResidualBlock.Shortcut.PARAMETER_FREE;
            sizes = sizes.substring(0, sizes.length() - "-free".length());
        } else if (sizes.endsWith("-1x1")) {
            shortcut = ResidualBlock.Shortcut.PROJECTION_1X1;
            sizes = sizes.substring(0, sizes.length() - "-1x1".length());
        }
        String[] parts = sizes.split("x", 2);
        int depth = Integer.parseInt(parts[0]);
        int width = parts.length == 1 ? 1 : Integer.parseInt(parts[1]);
        if (depth < 8 || (depth - 2) % 6 != 0) {
            throw new IllegalArgumentException("network \"" + text + "\": depth " + depth + ", expected 6k + 2: 8, 14, 20, 26, 32, 44, 56, 110, ...");
        }
        return new Architecture(text, depth, width, shortcut, null);
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException("unknown network \"" + text + "\", expected resnet<6k+2>, resnet<6k+2>x<width> "
                + "(with -free or -1x1 for another shortcut) or mlp:<width>,<width>,...");
    }

    /** The network for a given input and embedding dimension. */
    public Network build(int[] inputShape, int outputs) {
        return hidden != null ? Mlp.of(inputShape, hidden, outputs) : ResNet.of(inputShape, depth, width, shortcut, outputs);
    }

    /** The text {@link #parse} read, in lower case. */
    @Override
    public String toString() {
        return text;
    }
}
