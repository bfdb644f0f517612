package org.equisphere.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.StringJoiner;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * One kernel launch being put together: kernel, grid, block, arguments in order, {@link #run}. One object serves all launches of a
 * backend, so that a launch allocates nothing.
 *
 * <p>Every argument takes a slot of eight bytes; a structure takes several and must be the last.
 */
final class Launch {

    /** The most arguments of a kernel, and the slots they may take. */
    static final int MOST_ARGUMENTS = 24;
    static final int MOST_SLOTS = 40;

    private final KernelLauncher launcher;
    private final ByteBuffer slots = ByteBuffer.allocateDirect(8 * MOST_SLOTS).order(ByteOrder.nativeOrder());
    /** The tensors and labels among the arguments: so their memory is not given back for an allocation that comes before the launch. */
    private final Object[] owners = new Object[MOST_ARGUMENTS];
    private Kernel kernel;
    private long gridX;
    private long gridY;
    private long gridZ;
    private int blockX;
    private int blockY;
    private int arguments;

    Launch(KernelLauncher launcher) {
        this.launcher = launcher;
    }

    /** Begins a launch of one block of 256 threads. */
    Launch of(Kernel chosen) {
        kernel = chosen;
        arguments = 0;
        slots.clear();
        Arrays.fill(owners, null);
        return grid(1, 1, 1).block(256, 1);
    }

    /** Blocks of 256 threads for {@code n} elements, four a thread. */
    Launch elements(long n) {
        return grid(blocks(n, 1024), 1, 1);
    }

    Launch grid(long x, long y, long z) {
        gridX = x;
        gridY = y;
        gridZ = z;
        return this;
    }

    Launch block(int x, int y) {
        blockX = x;
        blockY = y;
        return this;
    }

    /** ceil(n / size). */
    static long blocks(long n, long size) {
        return (n + size - 1) / size;
    }

    Launch memory(Tensor x) {
        owners[arguments] = x;
        return memory(CudaStorage.address(x));
    }

    /** The address of a tensor, or null for none. */
    Launch optional(Tensor x) {
        return x == null ? memory(0L) : memory(x);
    }

    Launch memory(LabelVector labels) {
        owners[arguments] = labels;
        return memory(((CudaLabels) labels).address());
    }

    Launch memory(long address) {
        return wide(address);
    }

    Launch wide(long value) {
        slots.putLong(value);
        arguments++;
        return this;
    }

    Launch integer(int value) {
        slots.putInt(value).putInt(0);
        arguments++;
        return this;
    }

    Launch flag(boolean value) {
        return integer(value ? 1 : 0);
    }

    Launch real(float value) {
        slots.putFloat(value).putInt(0);
        arguments++;
        return this;
    }

    Launch real(double value) {
        slots.putDouble(value);
        arguments++;
        return this;
    }

    /** A number to divide by and its reciprocal: two arguments. */
    Launch divisor(int value) {
        return integer(value).integer(reciprocal(value));
    }

    /** floor(2^32 / divisor), 2^32 - 1 for a divisor of 1, as an unsigned int: what {@code Divider} of {@code lanes.cuh} takes. */
    static int reciprocal(int divisor) {
        return (int) Math.min((1L << 32) / divisor, 0xFFFFFFFFL);
    }

    /** The last argument: a structure of ints. */
    Launch structure(int[] words) {
        for (int word : words) {
            slots.putInt(word);
        }
        if (words.length % 2 != 0) {
            slots.putInt(0);
        }
        arguments++;
        return this;
    }

    /** Queues it; nothing to do is no launch. */
    void run() {
        if (gridX > 0 && gridY > 0 && gridZ > 0) {
            if (gridX > Integer.MAX_VALUE || gridY > 65535 || gridZ > 65535) {
                throw new CudaException("too many blocks: " + this);
            }
            launcher.launch(this);
        }
    }

    Kernel kernel() {
        return kernel;
    }

    int gridX() {
        return (int) gridX;
    }

    int gridY() {
        return (int) gridY;
    }

    int gridZ() {
        return (int) gridZ;
    }

    int blockX() {
        return blockX;
    }

    int blockY() {
        return blockY;
    }

    /** How many arguments there are; the i-th starts at slot i. */
    int arguments() {
        return arguments;
    }

    /** The slots, native order; {@link ByteBuffer#position} is where they end. Not to be modified. */
    ByteBuffer slots() {
        return slots;
    }

    /** Kernel, launch shape and arguments; tensors by their shapes, numbers as they are. */
    @Override
    public String toString() {
        StringJoiner list = new StringJoiner(", ", "(", ")");
        for (int i = 0; i < arguments; i++) {
            list.add(owners[i] instanceof Tensor ? owners[i].toString() : "0x" + Long.toHexString(slots.getLong(8 * i)));
        }
        return "kernel " + kernel.function() + list + " on " + gridX + " x " + gridY + " x " + gridZ + " blocks of " + blockX + " x " + blockY
                + " threads";
    }
}
