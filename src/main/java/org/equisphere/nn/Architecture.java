package org.equisphere.nn;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network family with its sizes, as a text that a model file can hold and a command line can take:
 * {@code resnet20}, {@code resnet32x2} (width factor 2), {@code resnet20-free} (parameter-free shortcuts), {@code resnet20-1x1};
 * {@code resnet18}, 34, 50, 101 and 152, for large images ({@code resnet50-3x3} and other shortcuts name the family for small ones); {@code swin-t},
 * s, b, and {@code swin-micro}; {@code mlp:512,256}, {@code mlp} (no hidden layer). With {@code +norm} behind, the embedding is batch-normalised,
 * as the long-tail recipes have it.
 */
public final class Architecture {

    private static final Pattern RESNET = Pattern.compile("resnet(\\d{1,6})(?:x(\\d{1,6}))?(?:-(3x3|1x1|free))?(\\+norm)?");
    private static final Pattern IMAGENET = Pattern.compile("resnet(18|34|50|101|152)(?:x(\\d{1,6}))?(\\+norm)?");
    private static final Pattern SWIN = Pattern.compile("swin-(micro|t|s|b)(\\+norm)?");
    private static final Pattern MLP = Pattern.compile("mlp(?::(\\d{1,9}(?:,\\d{1,9})*))?(\\+norm)?");

    private final String text;
    private final Family family;
    private final boolean normalized;

    /** What is known before the input and the embedding are. */
    private interface Family {
        Network build(int[] inputShape, int outputs);
    }

    private Architecture(String text, Family family, boolean normalized) {
        this.text = text;
        this.family = family;
        this.normalized = normalized;
    }

    /**
     * Reads an architecture; case and white space do not matter.
     *
     * @throws IllegalArgumentException that says what is wrong and what was expected
     */
    public static Architecture parse(String text) {
        String lower = text.replaceAll("\\s", "").toLowerCase(Locale.ROOT);
        Matcher imageNet = IMAGENET.matcher(lower);
        if (imageNet.matches()) {
            return new Architecture(lower, imageNet(text, imageNet), imageNet.group(3) != null);
        }
        Matcher swin = SWIN.matcher(lower);
        if (swin.matches()) {
            Swin.Size size = Swin.Size.valueOf(swin.group(1).toUpperCase(Locale.ROOT));
            return new Architecture(lower, (inputShape, outputs) -> Swin.of(inputShape, size, outputs), swin.group(2) != null);
        }
        Matcher resNet = RESNET.matcher(lower);
        if (resNet.matches()) {
            return new Architecture(lower, resNet(text, resNet), resNet.group(4) != null);
        }
        Matcher mlp = MLP.matcher(lower);
        if (mlp.matches()) {
            return new Architecture(lower, mlp(text, mlp.group(1)), mlp.group(2) != null);
        }
        throw new IllegalArgumentException("unknown network \"" + text + "\", expected resnet<6k+2>, resnet<6k+2>x<width> "
                + "(with -free or -1x1 for another shortcut), resnet18, 34, 50, 101 or 152 (with x<width>), "
                + "swin-t, swin-s, swin-b, swin-micro or mlp:<width>,<width>,..., and +norm behind to normalise the embedding");
    }

    private static Family mlp(String text, String widths) {
        int[] hidden = widths == null ? new int[0] : Arrays.stream(widths.split(",")).mapToInt(Integer::parseInt).toArray();
        for (int width : hidden) {
            if (width < 1) {
                throw new IllegalArgumentException("network \"" + text + "\": hidden width is " + width + ", expected at least 1");
            }
        }
        return (inputShape, outputs) -> Mlp.of(inputShape, hidden, outputs);
    }

    private static Family resNet(String text, Matcher parts) {
        int depth = Integer.parseInt(parts.group(1));
        int width = width(parts);
        ResidualBlock.Shortcut shortcut = switch (parts.group(3) == null ? "3x3" : parts.group(3)) {
            case "1x1" -> ResidualBlock.Shortcut.PROJECTION_1X1;
            case "free" -> ResidualBlock.Shortcut.PARAMETER_FREE;
            default -> ResidualBlock.Shortcut.PROJECTION_3X3;
        };
        check(text, () -> {
            ResNet.requireDepth(depth);
            ResNet.requireWidth(width);
        });
        return (inputShape, outputs) -> ResNet.of(inputShape, depth, width, shortcut, outputs);
    }

    private static Family imageNet(String text, Matcher parts) {
        int depth = Integer.parseInt(parts.group(1));
        int width = width(parts);
        check(text, () -> ResNet.requireWidth(width));
        return (inputShape, outputs) -> ResNet.ofImageNet(inputShape, depth, width, outputs);
    }

    private static int width(Matcher parts) {
        return parts.group(2) == null ? 1 : Integer.parseInt(parts.group(2));
    }

    private static void check(String text, Runnable requirements) {
        try {
            requirements.run();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("network \"" + text + "\": " + e.getMessage(), e);
        }
    }

    /** The network for a given input and embedding dimension. */
    public Network build(int[] inputShape, int outputs) {
        Network network = family.build(inputShape, outputs);
        return normalized ? network.append(new BatchNorm(text.startsWith("swin") ? "head.norm" : "norm", false)) : network; // Swin has a "norm"
    }

    /** The text {@link #parse} read, in lower case. */
    @Override
    public String toString() {
        return text;
    }
}
