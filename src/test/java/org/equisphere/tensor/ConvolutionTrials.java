package org.equisphere.tensor;

import static org.equisphere.tensor.Samples.doubles;

import java.util.ArrayList;
import java.util.List;

/** Trials of the three convolutions, pooling and the shortcut. */
final class ConvolutionTrials {

    private static final int[][] CHANNELS =
        {{1, 3}, {3, 16}, {5, 17}, {16, 16}, {17, 32}, {32, 48}, {48, 64}, {64, 128}, {128, 5}, {1, 1}};
    private static final int[] BATCHES = {1, 2, 5};
    private static final int[][] IMAGES = {{7, 9}, {9, 5}, {3, 13}, {8, 8}};

    private final List<Trial> trials = new ArrayList<>();
    private final Samples samples;

    private ConvolutionTrials(Samples samples) {
        this.samples = samples;
    }

    static List<Trial> trials(Samples samples) {
        ConvolutionTrials made = new ConvolutionTrials(samples);
        int count = 0;
        for (int[] channels : CHANNELS) {
            for (int[] window : new int[][] {{1, 1, 0}, {1, 2, 0}, {3, 1, 1}, {3, 1, 0}, {3, 2, 1}, {3, 2, 0}}) {
                int[] image = IMAGES[count % IMAGES.length];
                made.convolutions(new Convolution(BATCHES[count % BATCHES.length], image[0], image[1], channels[0], channels[1],
                        window[0], window[1], window[2]), count++);
            }
        }
        made.convolutions(new Convolution(2, 11, 9, 3, 17, 5, 1, 2), 1);
        made.convolutions(new Convolution(2, 15, 13, 3, 16, 7, 2, 3), 2);
        made.convolutions(new Convolution(1, 13, 11, 5, 7, 5, 3, 1), 3);
        made.convolutions(new Convolution(2, 1, 1, 7, 5, 3, 1, 1), 4);
        made.convolutions(new Convolution(1, 1, 2, 3, 3, 3, 2, 2), 5);
        made.convolutions(new Convolution(3, 33, 31, 16, 16, 3, 1, 1), 6);
        made.convolutions(new Convolution(37, 6, 6, 8, 8, 3, 1, 1), 7);
        made.convolutions(new Convolution(2, 8, 12, 16, 16, 3, 1, 1), 8);
        made.convolutions(new Convolution(4, 8, 8, 64, 64, 3, 1, 1), 9);
        made.convolutions(new Convolution(5, 9, 7, 64, 80, 3, 1, 1), 3);
        made.convolutions(new Convolution(3, 7, 5, 128, 130, 1, 1, 0), 4);
        made.convolutions(new Convolution(3, 7, 5, 128, 130, 1, 2, 0), 0);
        made.convolutions(new Convolution(5, 9, 7, 32, 16, 3, 1, 2), 10);
        made.convolutions(new Convolution(3, 16, 16, 16, 32, 3, 2, 1), 5);
        made.convolutions(new Convolution(5, 7, 8, 32, 16, 3, 2, 1), 1);
        made.convolutions(new Convolution(2, 10, 10, 16, 48, 3, 2, 0), 0);
        made.convolutions(new Convolution(3, 5, 22, 16, 64, 3, 2, 2), 4);
        made.convolutions(new Convolution(3, 4, 4, 144, 208, 3, 1, 1), 6);
        made.convolutions(new Convolution(2, 5, 5, 72, 106, 3, 2, 1), 2);
        int[][] images = {{1, 1, 1, 1}, {2, 3, 5, 7}, {5, 8, 8, 64}, {3, 7, 1, 17}, {33, 16, 16, 16}, {2, 67, 63, 5}};
        for (int[] s : images) {
            made.pooling(s[0], s[1], s[2], s[3]);
            made.shortcut(s[0], s[1], s[2], s[3], s[3], 1);
            made.shortcut(s[0], s[1], s[2], s[3], 2 * s[3], 2);
            made.shortcut(s[0], s[1], s[2], s[3], 2 * s[3] + 3, 3);
        }
        return made.trials;
    }

    private Trial trial(String operation, Object detail) {
        Trial made = new Trial(operation, detail.toString());
        trials.add(made);
        return made;
    }

    /** The three passes; the bits of {@code kind} choose what is added: 1 bias, 2 residual, 4 ReLU, 8 accumulation. */
    private void convolutions(Convolution g, int kind) {
        float[] x = samples.normal(g.batch() * g.height() * g.width() * g.inChannels());
        float[] w = samples.normal(g.patch() * g.outChannels());
        float[] dy = samples.normal(g.positions() * g.outChannels());
        forward(g, x, w, (kind & 1) != 0, (kind & 2) != 0, (kind & 4) != 0);
        Trial data = trial("convolveBackwardData", g).input("dy", dy, outputShape(g)).input("w", w, weightShape(g));
        boolean accumulate = (kind & 1) != 0;
        if (accumulate) {
            float[] dx = samples.normal(x.length);
            data.modified("dx", dx, ReferenceMath.convolveBackwardData(g, doubles(dy), doubles(w), doubles(dx)), inputShape(g));
        } else {
            data.output("dx", ReferenceMath.convolveBackwardData(g, doubles(dy), doubles(w), null), inputShape(g));
        }
        data.call((b, t, l) -> () -> b.convolveBackwardData(g, t[0], t[1], t[2], accumulate));
        trial("convolveBackwardWeights", g).input("x", x, inputShape(g)).input("dy", dy, outputShape(g))
                .output("dw", ReferenceMath.convolveBackwardWeights(g, doubles(x), doubles(dy)), weightShape(g))
                .call((b, t, l) -> () -> b.convolveBackwardWeights(g, t[0], t[1], t[2]));
    }

    private void forward(Convolution g, float[] x, float[] w, boolean withBias, boolean withResidual, boolean relu) {
        float[] bias = withBias ? samples.normal(g.outChannels()) : null;
        float[] residual = withResidual ? samples.normal(g.positions() * g.outChannels()) : null;
        Expected e = ReferenceMath.convolve(g, doubles(x), doubles(w), withBias ? doubles(bias) : null,
                withResidual ? doubles(residual) : null, relu);
        String detail = g + (withBias ? " bias" : "") + (withResidual ? " residual" : "") + (relu ? " ReLU" : "");
        for (boolean fixed : new boolean[] {false, true}) {
            Trial made = trial(fixed ? "convolveFixed" : "convolve", detail).input("x", x, inputShape(g)).input("w", w, weightShape(g))
                    .output("y", e, outputShape(g));
            if (withBias) {
                made.input("bias", bias, g.outChannels());
            }
            if (withResidual) {
                made.input("residual", residual, outputShape(g));
            }
            made.call((b, t, l) -> {
                Tensor addedBias = withBias ? t[3] : null;
                Tensor addedResidual = withResidual ? t[t.length - 1] : null;
                if (fixed) {
                    FixedWeights weights = new FixedWeights(t[1]);
                    return () -> convolveFixed(b, g, t[0], weights, addedBias, addedResidual, relu, t[2]);
                }
                return () -> b.convolve(g, t[0], t[1], addedBias, addedResidual, relu, t[2]);
            });
        }
    }

    /** With weights that became others, then with what the first call made of them. */
    private static void convolveFixed(Backend b, Convolution g, Tensor x, FixedWeights w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        w.changed();
        b.convolveFixed(g, x, w, bias, residual, relu, y);
        b.fill(y, Float.NaN);
        b.convolveFixed(g, x, w, bias, residual, relu, y);
    }

    private static int[] inputShape(Convolution g) {
        return new int[] {g.batch(), g.height(), g.width(), g.inChannels()};
    }

    private static int[] weightShape(Convolution g) {
        return new int[] {g.kernel(), g.kernel(), g.inChannels(), g.outChannels()};
    }

    private static int[] outputShape(Convolution g) {
        return new int[] {g.batch(), g.outHeight(), g.outWidth(), g.outChannels()};
    }

    private void pooling(int n, int h, int w, int c) {
        String detail = n + "x" + h + "x" + w + "x" + c;
        float[] x = samples.normal(n * h * w * c);
        float[] dy = samples.normal(n * c);
        trial("averagePool", detail).input("x", x, n, h, w, c).output("y", ReferenceMath.averagePool(doubles(x), n, h * w, c), n, c)
                .call((b, t, l) -> () -> b.averagePool(t[0], t[1]));
        trial("averagePoolBackward", detail).input("dy", dy, n, c)
                .output("dx", ReferenceMath.averagePoolBackward(doubles(dy), n, h * w, c, null), n, h, w, c)
                .call((b, t, l) -> () -> b.averagePoolBackward(t[0], t[1], false));
        trial("averagePoolBackward", detail + " accumulating").input("dy", dy, n, c)
                .modified("dx", x, ReferenceMath.averagePoolBackward(doubles(dy), n, h * w, c, doubles(x)), n, h, w, c)
                .call((b, t, l) -> () -> b.averagePoolBackward(t[0], t[1], true));
    }

    private void shortcut(int n, int h, int w, int ci, int co, int stride) {
        String detail = n + "x" + h + "x" + w + "x" + ci + " to " + co + " stride " + stride;
        int[] outer = {n, (h + stride - 1) / stride, (w + stride - 1) / stride, co};
        float[] x = samples.normal(n * h * w * ci);
        float[] dy = samples.normal(Tensor.sizeOf(outer));
        trial("shortcut", detail).input("x", x, n, h, w, ci)
                .output("y", ReferenceMath.shortcut(doubles(x), n, h, w, ci, co, stride), outer)
                .call((b, t, l) -> () -> b.shortcut(t[0], stride, t[1]));
        trial("shortcutBackward", detail).input("dy", dy, outer)
                .output("dx", ReferenceMath.shortcutBackward(doubles(dy), n, h, w, ci, co, stride, null), n, h, w, ci)
                .call((b, t, l) -> () -> b.shortcutBackward(t[0], stride, t[1], false));
        trial("shortcutBackward", detail + " accumulating").input("dy", dy, outer)
                .modified("dx", x, ReferenceMath.shortcutBackward(doubles(dy), n, h, w, ci, co, stride, doubles(x)), n, h, w, ci)
                .call((b, t, l) -> () -> b.shortcutBackward(t[0], stride, t[1], true));
    }
}
