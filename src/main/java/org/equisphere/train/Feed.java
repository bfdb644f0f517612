package org.equisphere.train;

import org.equisphere.data.Batch;
import org.equisphere.data.BatchLoader;
import org.equisphere.data.Dataset;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Normalization;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.ImageBank;
import org.equisphere.tensor.Tensor;

/**
 * The batches of a data set on their way into a network: assembled by a loader's threads or, where a device keeps the images, made there of the
 * loader's draws.
 */
final class Feed implements AutoCloseable {

    /** Bytes of images written at once, about. */
    private static final int PIECE = 1 << 22;

    private final BatchLoader loader;
    private final ImageBank bank;

    /** @param settings of the loader; normalised by {@code normalization} here */
    Feed(BatchLoader.Builder settings, Dataset data, Normalization normalization, Backend backend) {
        bank = settings.drawsTellAll() && data instanceof ImageDataset images ? bank(images, normalization, backend) : null;
        loader = settings.normalization(normalization).drawsAlone(bank != null).open();
    }

    /** All images on the device, or null where it keeps none. */
    private static ImageBank bank(ImageDataset images, Normalization normalization, Backend backend) {
        int length = images.length();
        ImageBank bank = backend.imageBank(images.size(), images.height(), images.width(), images.channels(),
                normalization.table(images.channels())).orElse(null);
        byte[] piece = bank == null ? null : new byte[Math.min(images.size(), Math.max(1, PIECE / length)) * length];
        for (int first = 0, count; bank != null && first < images.size(); first += count) {
            count = Math.min(piece.length / length, images.size() - first);
            for (int i = 0; i < count; i++) {
                images.pixels(first + i, piece, i * length);
            }
            bank.write(first, piece, count);
        }
        return bank;
    }

    /** As {@link BatchLoader#next}. */
    Batch next() throws InterruptedException {
        return loader.next();
    }

    int batchesPerEpoch() {
        return loader.batchesPerEpoch();
    }

    void seek(int epoch, int batch) throws InterruptedException {
        loader.seek(epoch, batch);
    }

    /** Places a batch's examples, blended where the loader mixes. */
    void examples(Batch batch, Tensor input, boolean mixed) {
        if (bank == null) {
            input.set(batch.examples());
        } else {
            bank.batch(batch.draws(), mixed ? batch.partners() : null, batch.count(), batch.lambda(), input);
        }
    }

    /** Places a batch's examples as they were before any were blended. */
    void originals(Batch batch, Tensor input) {
        if (bank == null) {
            input.set(batch.originals());
        } else {
            bank.batch(batch.draws(), null, batch.count(), 1, input);
        }
    }

    @Override
    public void close() {
        loader.close();
    }
}
