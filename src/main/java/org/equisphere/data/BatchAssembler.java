package org.equisphere.data;

/** Fills one batch from its indices: draws, reads, augments and normalises each example; draws alone where examples are made elsewhere. */
final class BatchAssembler {
    private final Dataset data;
    private final Augmentation augmentation;
    private final Normalization normalization;
    private final Mixup mixup;
    private final long seed;
    private final int length;
    private final boolean drawsAlone;
    /** [channels, 256]: the normalised value of every pixel value; null for vectors. */
    private final float[] table;

    /** @param mixup blends each batch once assembled, or null */
    BatchAssembler(Dataset data, Augmentation augmentation, Normalization normalization, Mixup mixup, long seed, boolean drawsAlone) {
        this.data = data;
        this.augmentation = augmentation;
        this.normalization = normalization;
        this.mixup = mixup;
        this.seed = seed;
        this.length = data.length();
        this.drawsAlone = drawsAlone;
        this.table = data instanceof ImageDataset images ? normalization.table(images.channels()) : null;
        if (table == null && drawsAlone) {
            throw new IllegalArgumentException("draws alone asked for of the vectors of " + data.name() + ", expected images");
        }
        if (drawsAlone && !augmentation.cropsAndFlipsAlone()) {
            throw new IllegalArgumentException("draws alone asked for with " + augmentation + ", expected crop and mirror alone");
        }
        if (table == null && !augmentation.isNone()) {
            throw new IllegalArgumentException(augmentation + " given for " + data.name() + ", expected none: it changes an ImageDataset alone");
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
                scratch.random.reset(seed, RandomStream.AUGMENT, batch.epoch, (long) batch.number * batchSize + k);
                batch.draws[4 * k] = i;
                if (drawsAlone) {
                    augmentation.draw(scratch.random, batch.draws, 4 * k + 1);
                } else {
                    images.pixels(i, scratch.pixels, 0);
                    augmentation.apply(scratch.pixels, scratch.changed, images.height(), images.width(), images.channels(), table, scratch.random,
                            batch.draws, 4 * k + 1, batch.examples, at);
                }
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
