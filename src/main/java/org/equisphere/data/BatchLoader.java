package org.equisphere.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * Deals a data set out in batches, epoch after epoch, assembled on background threads while the caller works on the batch before.
 *
 * <pre>{@code
 * try (BatchLoader loader = BatchLoader.of(train).batch(128).shuffle(seed).dropLast(true)
 *         .augmentation(Augmentation.cropAndFlip(4)).normalization(normalization).open()) {
 *     for (int epoch = 0; epoch < epochs; epoch++) {
 *         for (Batch batch; (batch = loader.next()) != null; ) {
 *             step(batch);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>The order of an epoch is drawn from (seed, epoch); crop and mirror of an example from (seed, epoch, its position in the order): the same
 * bits for any number of threads. Batches lie in a ring of reused buffers, so that none is allocated once the loader runs. One thread calls
 * {@link #next}; {@link #close} may come from any.
 */
public final class BatchLoader implements AutoCloseable {
    private final Dataset data;
    private final int batchSize;
    private final boolean shuffled;
    private final long seed;
    private final int batchesPerEpoch;
    private final BatchAssembler assembler;
    private final Batch[] ring;
    private final Thread[] threads;

    // Everything below is guarded by `this`. Batches are counted through all epochs from the last seek on.
    private final boolean[] ready;
    private final int[] order;
    private int orderEpoch = -1;
    private int firstEpoch;
    private long claimed;
    private long delivered;
    private int deliveredEpoch;
    private int assembling;
    private boolean paused;
    private boolean closed;
    private Throwable failure;

    private BatchLoader(Builder settings) {
        data = settings.data;
        batchSize = settings.batch;
        shuffled = settings.shuffled;
        seed = settings.seed;
        batchesPerEpoch = settings.dropLast ? data.size() / batchSize : (data.size() + batchSize - 1) / batchSize;
        if (batchesPerEpoch == 0) {
            throw new IllegalArgumentException("batch size is " + batchSize + ", expected at most the " + data.size()
                    + " examples of " + data.name() + " when the last incomplete batch is dropped");
        }
        assembler = new BatchAssembler(data, settings.augmentation, settings.normalization,
                settings.mixes() ? new Mixup(settings.mixup, settings.cutmix, seed) : null, seed, settings.drawsAlone);
        ring = new Batch[settings.threads + 2];
        for (int k = 0; k < ring.length; k++) {
            ring[k] = new Batch(batchSize, settings.drawsAlone ? 0 : data.length(), settings.mixes());
        }
        ready = new boolean[ring.length];
        order = new int[data.size()];
        threads = new Thread[settings.threads];
        for (int k = 0; k < threads.length; k++) {
            threads[k] = new Thread(this::work, "equisphere-loader-" + k);
            threads[k].setDaemon(true);
            threads[k].start();
        }
    }

    /** Begins the description of a loader. */
    public static Builder of(Dataset data) {
        return new Builder(data);
    }

    /** What a loader deals and how. Defaults: batches of 128 in the order of the data, the last one kept, nothing changed, one thread. */
    public static final class Builder {
        private final Dataset data;
        private int batch = 128;
        private boolean shuffled;
        private long seed;
        private boolean dropLast;
        private double mixup;
        private boolean drawsAlone;
        private double cutmix;
        private int threads = 1;
        private Augmentation augmentation = Augmentation.none();
        private Normalization normalization = Normalization.identity();

        private Builder(Dataset data) {
            this.data = Objects.requireNonNull(data, "data");
            if (data.size() == 0) {
                throw new IllegalArgumentException(data.name() + " has 0 examples, expected at least 1");
            }
        }

        /** Examples per batch, at least 1. */
        public Builder batch(int size) {
            batch = atLeastOne(size, "batch size");
            return this;
        }

        /** A new random order every epoch; the seed also names the augmentation's draws. */
        public Builder shuffle(long seed) {
            this.shuffled = true;
            this.seed = seed;
            return this;
        }

        /** Whether an incomplete last batch of an epoch is left out. */
        public Builder dropLast(boolean drop) {
            dropLast = drop;
            return this;
        }

        /** Threads that assemble batches, at least 1. The result does not depend on it. */
        public Builder threads(int count) {
            threads = atLeastOne(count, "number of loader threads");
            return this;
        }

        /** Random changes to images; only {@link Augmentation#none()} suits vectors. */
        public Builder augmentation(Augmentation changes) {
            augmentation = Objects.requireNonNull(changes, "augmentation");
            return this;
        }

        /** Blends the examples of each batch, lambda ~ Beta(alpha, alpha); 0 for none. */
        public Builder mixup(double alpha) {
            mixup = zeroOrMore(alpha, "mixup alpha");
            return this;
        }

        /** Pastes a box of one image of each batch into another, lambda ~ Beta(alpha, alpha) of the area staying; 0 for none. With mixup, either. */
        public Builder cutmix(double alpha) {
            cutmix = zeroOrMore(alpha, "CutMix alpha");
            if (alpha > 0 && !(data instanceof ImageDataset)) {
                throw new IllegalArgumentException("CutMix of the vectors of " + data.name() + ", expected images");
            }
            return this;
        }

        private boolean mixes() {
            return mixup > 0 || cutmix > 0;
        }

        private static double zeroOrMore(double alpha, String name) {
            if (!(alpha >= 0 && alpha < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(name + " is " + alpha + ", expected 0 or more");
            }
            return alpha;
        }

        /** What is done to every example before it is handed out. */
        public Builder normalization(Normalization scale) {
            normalization = Objects.requireNonNull(scale, "normalization");
            return this;
        }

        /**
         * Whether the draws tell all that is done to an image: index, crop, mirror and mixup do; a box cut out or erased, or colours changed, do not.
         */
        public boolean drawsTellAll() {
            return data instanceof ImageDataset && augmentation.cropsAndFlipsAlone() && cutmix == 0;
        }

        /** Whether batches hold no examples, only what they are to be made by: for images that lie on a device. */
        public Builder drawsAlone(boolean alone) {
            drawsAlone = alone;
            return this;
        }

        /** Starts the threads on epoch 0. */
        public BatchLoader open() {
            return new BatchLoader(this);
        }

        private static int atLeastOne(int value, String what) {
            if (value < 1) {
                throw new IllegalArgumentException(what + " is " + value + ", expected at least 1");
            }
            return value;
        }
    }

    /** Where the examples come from. */
    public Dataset data() {
        return data;
    }

    /** Examples of a batch; the last of an epoch may have fewer. */
    public int batchSize() {
        return batchSize;
    }

    /** Batches of one epoch. */
    public int batchesPerEpoch() {
        return batchesPerEpoch;
    }

    /** The epoch that the next call of {@link #next} deals from. */
    public synchronized int epoch() {
        return deliveredEpoch;
    }

    /**
     * The next batch, valid until the next call; null once when the epoch is over, after which the next epoch begins.
     *
     * @throws InterruptedException  when the calling thread is interrupted while it waits
     * @throws IllegalStateException when a loader thread failed (its error is the cause) or the loader is closed
     */
    public synchronized Batch next() throws InterruptedException {
        int epoch = epochOf(delivered);
        if (epoch != deliveredEpoch) {
            deliveredEpoch = epoch;
            return null;
        }
        int slot = (int) (delivered % ring.length);
        while (!ready[slot] && failure == null && !closed) {
            wait();
        }
        checkUsable();
        ready[slot] = false;
        delivered++;
        notifyAll();
        return ring[slot];
    }

    /**
     * Goes to a batch of an epoch, from wherever the loader stands: resumed training sees the batches it would have seen.
     * The batch last returned is no longer valid.
     *
     * @param epoch 0 or more
     * @param batch of that epoch, from 0; the number of batches for its end
     * @throws InterruptedException when the calling thread is interrupted while batches under way are finished
     */
    public synchronized void seek(int epoch, int batch) throws InterruptedException {
        if (epoch < 0 || batch < 0 || batch > batchesPerEpoch) {
            throw new IllegalArgumentException("batch " + batch + " of epoch " + epoch + ", expected 0.." + batchesPerEpoch + " of epoch 0 or more");
        }
        paused = true;
        try {
            while (assembling > 0 && failure == null && !closed) {
                wait();
            }
            checkUsable();
            Arrays.fill(ready, false);
            firstEpoch = epoch;
            deliveredEpoch = epoch;
            claimed = batch;
            delivered = batch;
        } finally {
            paused = false;
            notifyAll();
        }
    }

    private void checkUsable() {
        if (failure != null) {
            throw new IllegalStateException("assembling a batch of " + data.name() + " failed: " + failure, failure);
        }
        if (closed) {
            throw new IllegalStateException("the loader of " + data.name() + " is closed");
        }
    }

    private int epochOf(long batch) {
        return firstEpoch + (int) (batch / batchesPerEpoch);
    }

    /** The life of a loader thread. */
    private void work() {
        BatchAssembler.Scratch scratch = assembler.newScratch();
        try {
            for (int slot; (slot = claim()) >= 0; ) {
                assembler.fill(ring[slot], batchSize, scratch);
                finish(slot);
            }
        } catch (Throwable e) {
            fail(e);
        }
    }

    /** Takes the next batch in order, with its indices; waits while every buffer holds a batch not yet used. Returns -1 when closed. */
    private synchronized int claim() throws InterruptedException {
        // One buffer is the caller's, one waits finished, the threads fill the others.
        while (!closed && (paused || claimed - delivered >= ring.length - 1)) {
            wait();
        }
        if (closed) {
            return -1;
        }
        int slot = (int) (claimed % ring.length);
        Batch batch = ring[slot];
        batch.epoch = epochOf(claimed);
        batch.number = (int) (claimed % batchesPerEpoch);
        int from = batch.number * batchSize;
        batch.count = Math.min(batchSize, data.size() - from);
        System.arraycopy(orderOf(batch.epoch), from, batch.indices, 0, batch.count);
        claimed++;
        assembling++;
        return slot;
    }

    /** The order of an epoch. Batches are claimed in order, so one array serves. */
    private int[] orderOf(int epoch) {
        if (epoch != orderEpoch) {
            for (int i = 0; i < order.length; i++) {
                order[i] = i;
            }
            if (shuffled) {
                new RandomStream(seed, RandomStream.SHUFFLE, epoch).shuffle(order);
            }
            orderEpoch = epoch;
        }
        return order;
    }

    private synchronized void finish(int slot) {
        ready[slot] = true;
        assembling--;
        notifyAll();
    }

    private synchronized void fail(Throwable error) {
        failure = error;
        closed = true;
        notifyAll();
    }

    /** Ends the threads; a caller waiting in {@link #next} gets an error. Safe to call twice. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive() && thread != Thread.currentThread()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
