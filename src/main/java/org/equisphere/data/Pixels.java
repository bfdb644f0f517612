package org.equisphere.data;

/** Stored 8-bit images, all of one size, each a row of bytes (height, width, channels). Safe to read from any number of threads. */
public interface Pixels {

    /** Number of images. */
    int rows();

    /** Copies image {@code row} into {@code out}, from {@code at} on. */
    void read(int row, byte[] out, int at);

    /**
     * Images in one array.
     *
     * @param values      [rows, rowBytes]; kept, not copied
     * @param rowBytes    bytes of one image
     */
    static Pixels heap(byte[] values, int rowBytes) {
        return new Pixels() {
            @Override
            public int rows() {
                return values.length / rowBytes;
            }

            @Override
            public void read(int row, byte[] out, int at) {
                System.arraycopy(values, row * rowBytes, out, at, rowBytes);
            }
        };
    }
}
