package org.equisphere.tensor;

/**
 * Who sees whom in the shifted-window attention of Liu et al. 2021 (section 3.2): tokens lie in a grid of height x width, cut into squares of
 * window x window tokens, the last row and column of squares smaller where the grid does not divide. The cut begins at {@code shift} rows and columns
 * and goes round the edge; a square that the edge divides has parts of its own. A token sees those of its part, itself included. Where
 * one window covers a side, that side is not shifted.
 *
 * <p>As in torchvision's {@code swin_transformer.py}, but that there a grid that does not divide is filled up with tokens of zeros,
 * which others see; here nothing is there.
 *
 * @param batch    images, at least 1
 * @param height   tokens of a column, at least 1
 * @param width    tokens of a row, at least 1
 * @param heads    at least 1
 * @param headSize numbers of a query, key or value of one head, at least 1
 * @param window   side of a square, at least 1
 * @param shift    0 up to, not including, window
 */
public record WindowAttention(int batch, int height, int width, int heads, int headSize, int window, int shift) {

    /** Checks the ranges. */
    public WindowAttention {
        if (batch < 1 || height < 1 || width < 1 || heads < 1 || headSize < 1 || window < 1 || shift < 0 || shift >= window) {
            throw new IllegalArgumentException("impossible attention: batch " + batch + ", " + height + "x" + width + " tokens, " + heads
                    + " heads of " + headSize + ", window " + window + ", shift " + shift);
        }
    }

    /** Numbers of a query, key or value of all heads. */
    public int channels() {
        return heads * headSize;
    }

    /** How many places one token of a window can have relative to another: (2 window - 1)^2. */
    public int relativePlaces() {
        return (2 * window - 1) * (2 * window - 1);
    }

    /** Windows from top to bottom. */
    public int windowsDown() {
        return (height + window - 1) / window;
    }

    /** Windows from left to right. */
    public int windowsAcross() {
        return (width + window - 1) / window;
    }

    /** Windows of the whole batch. */
    public int windows() {
        return batch * windowsDown() * windowsAcross();
    }

    /** By how many rows the windows are shifted. */
    public int shiftDown() {
        return windowsDown() == 1 ? 0 : shift;
    }

    /** By how many columns the windows are shifted. */
    public int shiftAcross() {
        return windowsAcross() == 1 ? 0 : shift;
    }

    /** What products of queries and keys are multiplied by. */
    public float scale() {
        return (float) (1 / Math.sqrt(headSize));
    }
}
