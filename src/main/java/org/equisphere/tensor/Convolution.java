package org.equisphere.tensor;

/**
 * The geometry of a two-dimensional convolution: NHWC input {@code [batch, height, width, inChannels]}, HWIO weights
 * {@code [kernel, kernel, inChannels, outChannels]}, NHWC output {@code [batch, outHeight, outWidth, outChannels]}:
 *
 * <pre>y[n,i,j,o] = sum over a,b,c of x[n, i*stride + a - padding, j*stride + b - padding, c] * w[a,b,c,o]</pre>
 *
 * with zeros outside the input.
 *
 * @param batch       examples, at least 1
 * @param height      input height, at least 1
 * @param width       input width, at least 1
 * @param inChannels  input channels, at least 1
 * @param outChannels output channels, at least 1
 * @param kernel      the square kernel's side, at least 1
 * @param stride      at least 1
 * @param padding     zeros on each side, {@code 0 .. kernel - 1}
 */
public record Convolution(int batch, int height, int width, int inChannels, int outChannels, int kernel, int stride, int padding) {

    /** Checks the ranges. */
    public Convolution {
        if (batch < 1 || height < 1 || width < 1 || inChannels < 1 || outChannels < 1 || kernel < 1 || stride < 1
                || padding < 0 || padding >= kernel || height + 2 * padding < kernel || width + 2 * padding < kernel) {
            throw new IllegalArgumentException("impossible convolution: batch " + batch + ", " + height + "x" + width + "x" + inChannels
                    + " to " + outChannels + " channels, kernel " + kernel + ", stride " + stride + ", padding " + padding);
        }
    }

    /** Output height. */
    public int outHeight() {
        return (height + 2 * padding - kernel) / stride + 1;
    }

    /** Output width. */
    public int outWidth() {
        return (width + 2 * padding - kernel) / stride + 1;
    }

    /** Output positions of the whole batch: batch * outHeight * outWidth. */
    public int positions() {
        return batch * outHeight() * outWidth();
    }

    /** Weights that meet one output channel: kernel * kernel * inChannels. */
    public int patch() {
        return kernel * kernel * inChannels;
    }

    /** Floating-point operations of one pass (forward, backward-data or backward-weights alike), padding counted as work. */
    public long flops() {
        return 2L * positions() * patch() * outChannels;
    }
}
