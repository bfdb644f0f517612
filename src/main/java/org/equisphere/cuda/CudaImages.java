package org.equisphere.cuda;

import org.equisphere.tensor.ImageBank;
import org.equisphere.tensor.Tensor;

/** Images in a device's memory, and the launch of {@code augment.cu}. */
final class CudaImages implements ImageBank {

    private final CudaBackend owner;
    private final KernelLauncher launcher;
    private final DeviceMemory memory;
    private final Launch launch;
    private final int count;
    private final int height;
    private final int width;
    private final int channels;
    private final long images;
    private final long table;
    private long draws;
    private long partners;
    private int capacity;

    /** @param shape count, height, width, channels */
    CudaImages(CudaBackend owner, KernelLauncher launcher, DeviceMemory memory, Launch launch, int[] shape, float[] table) {
        this.owner = owner;
        this.launcher = launcher;
        this.memory = memory;
        this.launch = launch;
        count = shape[0];
        height = shape[1];
        width = shape[2];
        channels = shape[3];
        if (table.length != 256 * channels) {
            throw new IllegalArgumentException("a table of " + table.length + " numbers, expected 256 for each of " + channels + " channels");
        }
        images = memory.lease(this, (long) count * imageBytes());
        this.table = memory.lease(this, 4L * table.length);
        launcher.upload(this.table, table, 0, table.length);
    }

    private int imageBytes() {
        return height * width * channels;
    }

    @Override
    public void write(int first, byte[] pixels, int number) {
        if (first < 0 || number < 0 || first > count - number || (long) number * imageBytes() > pixels.length) {
            throw new IllegalArgumentException("images " + first + " .. " + (first + number) + " of " + pixels.length + " bytes, expected some of "
                    + count + ", " + imageBytes() + " bytes each");
        }
        launcher.upload(images + (long) first * imageBytes(), pixels, number * imageBytes());
    }

    @Override
    public void batch(int[] drawn, int[] with, int number, float lambda, Tensor out) {
        check(drawn, with, number, out);
        reserve(out.dimension(0));
        launcher.upload(draws, drawn, DRAW * number);
        if (with != null) {
            launcher.upload(partners, with, number);
        }
        launch.of(Kernel.AUGMENT).elements((long) number * imageBytes()).memory(images)
                .memory(draws).memory(with == null ? 0L : partners).real(lambda)
                .integer(number).integer(height).integer(width).integer(channels).memory(table).memory(out).run();
    }

    private void check(int[] drawn, int[] with, int number, Tensor out) {
        if (out.storage().owner() != owner || out.rank() != 4 || !out.hasShape(out.dimension(0), height, width, channels)
                || number < 0 || number > out.dimension(0) || drawn.length < DRAW * number || with != null && with.length < number) {
            throw new IllegalArgumentException("a batch of " + number + " with " + drawn.length + " draws does not fit " + out);
        }
        for (int b = 0; b < number; b++) {
            int image = drawn[DRAW * b];
            if (image < 0 || image >= count || with != null && (with[b] < 0 || with[b] >= number)) {
                throw new IllegalArgumentException("example " + b + " is image " + image + (with == null ? "" : " with example " + with[b])
                        + ", expected images below " + count + " and examples below " + number);
            }
        }
    }

    private void reserve(int batch) {
        if (batch > capacity) {
            draws = memory.lease(this, 4L * DRAW * batch);
            partners = memory.lease(this, 4L * batch);
            capacity = batch;
        }
    }
}
