package org.equisphere.tensor;

/** The working memory of one thread, kept between operations; contents are whatever the last operation left. */
final class Scratch {

    /** One for each thread that asks. */
    static final class OfThread extends ThreadLocal<Scratch> {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    }

    /** Floats that pass through the first cache together with those of three other arrays. */
    static final int STRIP = 1 << 10;

    private float[] first = new float[0];
    private float[] second = new float[0];
    private final float[][] strips = new float[4][RowLoops.room(STRIP)];
    private final float[] tile = new float[16 * 2 * 16];

    /**
     * Four arrays with {@link RowLoops#room} for {@link #STRIP} floats. C2 vectorises a loop over several arrays only where all indices are alike.
     */
    float[][] strips() {
        return strips;
    }

    /** An array of at least {@code size} floats. */
    float[] first(int size) {
        if (first.length < size) {
            first = new float[size];
        }
        return first;
    }

    /** Another array of at least {@code size} floats. */
    float[] second(int size) {
        if (second.length < size) {
            second = new float[size];
        }
        return second;
    }

    /** Room for the largest tile of {@link Tile} or {@link ProductTiles}. */
    float[] tile() {
        return tile;
    }
}
