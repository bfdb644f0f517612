package org.equisphere.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.equisphere.tensor.DirectionAverages;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/** Directions in a device's memory, and the launch of {@code directions.cu}. */
final class CudaDirections implements DirectionAverages {

    private final CudaBackend owner;
    private final KernelLauncher launcher;
    private final DeviceMemory memory;
    private final Launch launch;
    private final int classes;
    private final int dimension;
    private final double momentum;
    private final long directions;
    private final long seen;
    private final long skipped;

    CudaDirections(CudaBackend owner, KernelLauncher launcher, DeviceMemory memory, Launch launch, int classes, int dimension, double momentum) {
        this.owner = owner;
        this.launcher = launcher;
        this.memory = memory;
        this.launch = launch;
        this.classes = classes;
        this.dimension = dimension;
        this.momentum = momentum;
        directions = memory.lease(this, bytes());
        seen = memory.lease(this, 4L * classes);
        skipped = memory.lease(this, 8);
    }

    private int bytes() {
        return Math.multiplyExact(8 * classes, dimension);
    }

    @Override
    public void update(Tensor features, LabelVector labels) {
        if (features.storage().owner() != owner || labels.owner() != owner || features.rank() != 2 || features.dimension(1) != dimension
                || labels.size() < features.dimension(0)) {
            throw new IllegalArgumentException("features " + features + " with " + labels.size() + " labels, expected [n, " + dimension
                    + "] with n labels of this backend");
        }
        launch.of(Kernel.CLASS_DIRECTIONS).grid(classes, 1, 1).block(128, 1).memory(features).memory(labels)
                .integer(features.dimension(0)).integer(dimension).real(momentum).memory(directions).memory(seen)
                .memory(memory.scratch(bytes())).memory(skipped).run();
    }

    @Override
    public void write(double[] values, boolean[] seenBefore) {
        check(values, seenBefore);
        ByteBuffer buffer = ByteBuffer.allocate(bytes()).order(ByteOrder.nativeOrder());
        buffer.asDoubleBuffer().put(values);
        launcher.upload(directions, buffer.array(), bytes());
        int[] flags = new int[classes];
        for (int c = 0; c < classes; c++) {
            flags[c] = seenBefore[c] ? 1 : 0;
        }
        launcher.upload(seen, flags, classes);
    }

    @Override
    public int read(double[] values, boolean[] seenBefore) {
        check(values, seenBefore);
        bytes(directions, bytes()).asDoubleBuffer().get(values);
        ByteBuffer flags = bytes(seen, 4 * classes);
        for (int c = 0; c < classes; c++) {
            seenBefore[c] = flags.getInt() != 0;
        }
        ByteBuffer counts = bytes(skipped, 8);
        launcher.clear(skipped, 8);
        int zeros = counts.getInt();
        int notFinite = counts.getInt();
        if (notFinite > 0) {
            throw new IllegalArgumentException("features: " + notFinite + " rows have a number that is NaN or infinite, expected finite numbers");
        }
        return zeros;
    }

    private void check(double[] values, boolean[] seenBefore) {
        if (values.length != classes * dimension || seenBefore.length != classes) {
            throw new IllegalArgumentException(values.length + " numbers for " + seenBefore.length + " classes, expected " + classes * dimension
                    + " for " + classes);
        }
    }

    private ByteBuffer bytes(long address, int count) {
        byte[] got = new byte[count];
        launcher.download(address, got, count);
        return ByteBuffer.wrap(got).order(ByteOrder.nativeOrder());
    }
}
