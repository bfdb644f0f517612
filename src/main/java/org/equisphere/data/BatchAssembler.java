package org.equisphere.data;

/** Fills one batch from its indices: reads, augments and normalises each example. */
final class BatchAssembler {
    private final Dataset data;
    private final Augmentation augmentation;
    private final Normalization normalization;
    private final Mixup mixup;
    private final long seed;
    private final int length;
    /** [channels, 256]: the normalised value of every pixel value; null for vectors. */
    private final float[] table;

    /** @param mixup blends each batch once assembled, or null */
    BatchAssembler(Dataset data, Augmentation augmentation, Normalization normalization, Mixup mixup, long seed) {
        this.data = data;
        this.augmentation = augmentation;
        this.normalization = normalization;
        this.mixup = mixup;
        this.seed = seed;
        this.length = data.length();
        this.table = data instanceof ImageDataset images ? normalization.table(images.channels()) : null;
        if (table == null && !augmentation.isNone()) {
            throw new IllegalArgumentException(augmentation + " given for the vectors of " + data.name() + ", expected none: it changes images");
        }
    }

    /** One thread's own: bytes of one image before and after changes, and a random stream. */
    static final class Scratch {
        private final byte[] pixels;
        private final byte[] changed;
        private final RandomStream random = new RandomStream(0, RandomStream.AUGMENT, 0, 0);

        private Scratch(int imageBytes) {
            pixels = new byte[imageBytes];
            changed = new byte[imageBytes];
        }
    }

    Scratch newScratch() {
        return new Scratch(table == null ? 0 : length);
    }

    /**
     * Fills labels and examples of {@code batch.indices}.
     *
     * @param batch     modified
     * @param batchSize examples in a whole batch, for the position of each in the epoch
     */
    void fill(Batch batch, int batchSize, Scratch scratch) {
        for (int k = 0; k < batch.count; k++) {
            int i = batch.indices[k];
            batch.labels[k] = data.label(i);
            int at = k * length;
            if (data instanceof ImageDataset images) {
                images.pixels(i, scratch.pixels, 0);
                scratch.random.reset(seed, RandomStream.AUGMENT, batch.epoch, (long) batch.number * batchSize + k);
                augmentation.apply(scratch.pixels, scratch.changed, images.height(), images.width(), images.channels(), table, scratch.random,
                        batch.examples, at);
            } else {
                data.example(i, batch.examples, at);
                normalization.apply(batch.examples, at, length);
            }
        }
        if (mixup != null) {
            mixup.blend(batch, data.shape(), scratch.random);
        }
    }
}
