package org.equisphere.data;

import java.util.Arrays;
import java.util.List;

/** Labelled 8-bit images of one size, (height, width, channels) each, kept as they were decoded. */
public final class ImageDataset extends IndexedDataset {
    private final Pixels pixels;
    private final int height;
    private final int width;
    private final int channels;

    /**
     * @param name   where the images come from
     * @param pixels [labelOfImage.length, height, width, channels], row-major, 8 bits unsigned; kept, not copied
     * @param labelOfImage the class of each image; kept, not copied
     * @throws IllegalArgumentException when the lengths disagree or a label is not one of the classes
     */
    public ImageDataset(String name, byte[] pixels, int height, int width, int channels, int[] labelOfImage, Labels labels) {
        this(name, Pixels.heap(checkLength(name, pixels, height, width, channels, labelOfImage), height * width * channels),
                height, width, channels, labelOfImage, labels);
    }

    /**
     * Images that may lie outside the heap.
     *
     * @throws IllegalArgumentException when there are not as many labels as images or a label is not one of the classes
     */
    public ImageDataset(String name, Pixels pixels, int height, int width, int channels, int[] labelOfImage, Labels labels) {
        this(name, pixels, height, width, channels, labelOfImage, null, labels);
        checkLabels(name, labelOfImage, labels.classes());
        if (pixels.rows() != labelOfImage.length) {
            throw new IllegalArgumentException(name + ": " + labelOfImage.length + " labels for " + pixels.rows() + " images");
        }
    }

    private ImageDataset(String name, Pixels pixels, int height, int width, int channels, int[] labelOfRow, int[] rows, Labels labels) {
        super(name, labels, labelOfRow, rows);
        this.pixels = pixels;
        this.height = height;
        this.width = width;
        this.channels = channels;
    }

    /**
     * One set of the examples of several, in order; a single one is returned as it is, of several the pixels are copied.
     *
     * @throws IllegalArgumentException when there is none, sizes or classes differ, or there are more than 2^31 - 9 bytes in all
     */
    public static ImageDataset join(String name, List<ImageDataset> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        long bytes = parts.stream().mapToLong(part -> (long) part.size() * part.length()).sum();
        if (bytes == 0 || bytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(name + ": joined images have " + bytes + " bytes, expected 1.." + (Integer.MAX_VALUE - 8));
        }
        ImageDataset first = parts.get(0);
        byte[] pixels = new byte[(int) bytes];
        int[] labels = new int[(int) (bytes / first.length())];
        int n = 0;
        for (ImageDataset part : parts) {
            if (!Arrays.equals(part.shape(), first.shape()) || !part.labels().equals(first.labels())) {
                throw new IllegalArgumentException(name + ": shape or classes of " + part + " differ from those of " + first);
            }
            for (int i = 0; i < part.size(); i++, n++) {
                part.pixels(i, pixels, n * first.length());
                labels[n] = part.label(i);
            }
        }
        return new ImageDataset(name, pixels, first.height, first.width, first.channels, labels, first.labels());
    }

    private static byte[] checkLength(String name, byte[] pixels, int height, int width, int channels, int[] labels) {
        if (height < 1 || width < 1 || channels < 1) {
            throw new IllegalArgumentException(name + ": image size is " + height + "x" + width + "x" + channels + ", expected at least 1x1x1");
        }
        long expected = (long) labels.length * height * width * channels;
        if (pixels.length != expected) {
            throw new IllegalArgumentException(name + ": pixels has " + pixels.length + " bytes, expected " + expected + " for "
                    + labels.length + " images of " + height + "x" + width + "x" + channels);
        }
        return pixels;
    }

    /** Rows of pixels. */
    public int height() {
        return height;
    }

    /** Pixels of a row. */
    public int width() {
        return width;
    }

    /** 3 for RGB, 1 for grey. */
    public int channels() {
        return channels;
    }

    @Override
    public int[] shape() {
        return new int[] {height, width, channels};
    }

    @Override
    public int length() {
        return height * width * channels;
    }

    /**
     * Copies the stored bytes of image i.
     *
     * @param out modified: length() unsigned bytes (height, width, channels) from {@code at} on
     */
    public void pixels(int i, byte[] out, int at) {
        pixels.read(row(i), out, at);
    }

    @Override
    public void example(int i, float[] out, int at) {
        byte[] bytes = new byte[length()];
        pixels(i, bytes, 0);
        for (int k = 0; k < bytes.length; k++) {
            out[at + k] = (bytes[k] & 0xFF) / 255f;
        }
    }

    @Override
    public ImageDataset subset(int[] indices) {
        return new ImageDataset(name(), pixels, height, width, channels, labelOfRow(), rowsOf(indices), labels());
    }
}
