package org.equisphere.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The kernels' own sources run on the host, in a process of their own (see {@code src/test/cuda/host_main.cpp}): a wild write ends that
 * process, not this one, and becomes an exception with the kernel, block and thread.
 */
final class HostLauncher implements KernelLauncher {

    /** Every allocation takes two or three of the 65530 mappings that Linux gives a process. */
    static final int MOST_ALLOCATIONS = 8_000;

    /** Orders wait here until they are many or an answer is needed. */
    private final ByteBuffer orders = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer answer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final byte[][] names = new byte[Kernel.values().length][];
    private final Process process;
    private final OutputStream out;
    private final InputStream in;
    private final Path complaints;
    private long mostBytes = Long.MAX_VALUE;
    private int allocations;
    private int launches;
    private long uploaded;
    private long downloaded;

    /**
     * @param device what {@link HostCompiler} made
     * @param shuffle the seed of a shuffled order of blocks and threads, or 0 for the natural one
     */
    HostLauncher(Path device, long shuffle) throws IOException {
        complaints = Files.createTempFile("emulated-device", ".txt");
        process = new ProcessBuilder(device.toAbsolutePath().toString()).redirectError(complaints.toFile()).start();
        out = process.getOutputStream();
        in = process.getInputStream();
        for (Kernel kernel : Kernel.values()) {
            names[kernel.ordinal()] = kernel.function().getBytes(StandardCharsets.US_ASCII);
        }
        order('O', 8).putLong(shuffle);
    }

    /** How many allocations have not been freed. */
    int allocations() {
        return allocations;
    }

    /** Refuses an allocation of more bytes from now on. */
    void refuseAbove(long bytes) {
        mostBytes = bytes;
    }

    /** How many kernels were launched. */
    int launches() {
        return launches;
    }

    /** How many bytes have been copied in. */
    long uploaded() {
        return uploaded;
    }

    /** How many bytes have been copied out. */
    long downloaded() {
        return downloaded;
    }

    @Override
    public String description() {
        return "emulated on the host";
    }

    @Override
    public int capability() {
        return 90;
    }

    @Override
    public long allocate(long bytes) {
        if (allocations == MOST_ALLOCATIONS) {
            throw new OutOfDeviceMemoryException(allocations + " allocations are out, and the host maps no more");
        }
        if (bytes > mostBytes) {
            throw new OutOfDeviceMemoryException(bytes + " bytes, at most " + mostBytes + " are given");
        }
        order('A', 8).putLong(bytes);
        long address = read(8).getLong();
        allocations++;
        return address;
    }

    @Override
    public void free(long address) {
        order('F', 8).putLong(address);
        allocations--;
    }

    @Override
    public void clear(long address, long bytes) {
        order('Z', 16).putLong(address).putLong(bytes);
    }

    @Override
    public void upload(long address, float[] source, int at, int count) {
        uploaded += 4L * count;
        order('W', 16).putLong(address).putLong(4L * count);
        for (int i = 0; i < count; i++) {
            room(4).putFloat(source[at + i]);
        }
    }

    @Override
    public void upload(long address, int[] source, int count) {
        uploaded += 4L * count;
        order('W', 16).putLong(address).putLong(4L * count);
        for (int i = 0; i < count; i++) {
            room(4).putInt(source[i]);
        }
    }

    @Override
    public void upload(long address, byte[] source, int count) {
        uploaded += count;
        order('W', 16).putLong(address).putLong(count);
        for (int i = 0; i < count; i++) {
            room(1).put(source[i]);
        }
    }

    @Override
    public void download(long address, float[] destination, int at, int count) {
        downloaded += 4L * count;
        order('R', 16).putLong(address).putLong(4L * count);
        int most = answer.capacity() / 4;
        for (int done = 0; done < count; done += most) {
            int now = Math.min(most, count - done);
            ByteBuffer floats = read(4 * now);
            for (int i = 0; i < now; i++) {
                destination[at + done + i] = floats.getFloat();
            }
        }
    }

    @Override
    public void download(long address, byte[] destination, int count) {
        downloaded += count;
        order('R', 16).putLong(address).putLong(count);
        for (int done = 0; done < count; done += answer.capacity()) {
            int now = Math.min(answer.capacity(), count - done);
            read(now).get(destination, done, now);
        }
    }

    @Override
    public double downloadDouble(long address) {
        order('R', 16).putLong(address).putLong(8);
        return read(8).getDouble();
    }

    @Override
    public void launch(Launch launch) {
        launches++;
        byte[] name = names[launch.kernel().ordinal()];
        ByteBuffer slots = launch.slots();
        int used = slots.position() / 8;
        ByteBuffer buffer = order('L', 4 + name.length + 32 + 8 * used).putInt(name.length).put(name);
        buffer.putInt(launch.gridX()).putInt(launch.gridY()).putInt(launch.gridZ());
        buffer.putInt(launch.blockX()).putInt(launch.blockY()).putInt(1).putInt(launch.kernel().dynamicShared()).putInt(used);
        for (int i = 0; i < 8 * used; i++) {
            buffer.put(slots.get(i));
        }
    }

    @Override
    public void synchronize() {
        order('S', 0);
        read(1);
    }

    /** The memory goes with the process. */
    @Override
    public void close() {
        allocations = 0;
        try (OutputStream orderly = out; InputStream last = in) {
            flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
                Files.deleteIfExists(complaints);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private ByteBuffer order(char what, int bytes) {
        return room(1 + bytes).put((byte) what);
    }

    private ByteBuffer room(int bytes) {
        if (orders.remaining() < bytes) {
            flush();
        }
        return orders;
    }

    private void flush() {
        try {
            out.write(orders.array(), 0, orders.position());
            out.flush();
            orders.clear();
        } catch (IOException e) {
            throw fault();
        }
    }

    private ByteBuffer read(int bytes) {
        flush();
        try {
            if (in.readNBytes(answer.array(), 0, bytes) != bytes) {
                throw fault();
            }
        } catch (IOException e) {
            throw fault();
        }
        return answer.clear();
    }

    /** What the device complained of before it ended. */
    private CudaException fault() {
        orders.clear();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
            return new CudaException("the emulated device ended: " + Files.readString(complaints).trim());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new CudaException("interrupted", e);
        } catch (IOException e) {
            return new CudaException("the emulated device ended", e);
        }
    }
}
