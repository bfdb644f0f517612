package org.equisphere.cuda;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;

/**
 * The memory a backend took from its device. What belongs to a storage or labels is freed once nothing refers to that object any more: at the
 * next allocation, on the thread that allocates. The launcher frees everything else when it closes.
 */
final class DeviceMemory {

    private static final long RECLAIM_MILLISECONDS = 500;

    private final KernelLauncher launcher;
    private final Set<Lease> leases = new HashSet<>();
    private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();
    private long scratch;
    private long scratchBytes;

    DeviceMemory(KernelLauncher launcher) {
        this.launcher = launcher;
    }

    /** Memory that lives as long as its owner. */
    private static final class Lease extends PhantomReference<Object> {

        private final long address;

        Lease(Object owner, ReferenceQueue<Object> queue, long address) {
            super(owner, queue);
            this.address = address;
        }
    }

    /** Zeros; at least one byte, so that every owner has an address of its own. */
    long lease(Object owner, long bytes) {
        reclaim();
        long address = allocate(Math.max(bytes, 1));
        leases.add(new Lease(owner, unreachable, address));
        launcher.clear(address, bytes);
        return address;
    }

    private void reclaim() {
        for (Reference<?> lost = unreachable.poll(); lost != null; lost = unreachable.poll()) {
            giveBack(lost);
        }
    }

    private void giveBack(Reference<?> lost) {
        if (leases.remove(lost)) {
            launcher.free(((Lease) lost).address);
        }
    }

    /** Memory of undefined contents. Where it is short, what the garbage collector would find is given back first. */
    long allocate(long bytes) {
        try {
            return launcher.allocate(bytes);
        } catch (OutOfDeviceMemoryException e) {
            System.gc();
            return allocateAsItComesBack(bytes, e);
        }
    }

    /** The collector's finds come to the queue one by one, so that the first need not be all. */
    private long allocateAsItComesBack(long bytes, OutOfDeviceMemoryException none) {
        try {
            for (Reference<?> lost = unreachable.remove(RECLAIM_MILLISECONDS); lost != null; lost = unreachable.remove(RECLAIM_MILLISECONDS)) {
                giveBack(lost);
                reclaim();
                try {
                    return launcher.allocate(bytes);
                } catch (OutOfDeviceMemoryException still) {
                    none = still;
                }
            }
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
        }
        throw none;
    }

    /**
     * Scratch of undefined contents that the next caller may overwrite. Once it has grown to what a step needs it stays where it is.
     * Outgrown scratch is kept until the end, for a recorded step may use it; it grows to twice its size where there is room, so that
     * little is outgrown.
     */
    long scratch(long bytes) {
        if (bytes > scratchBytes) {
            long grown = Math.max(bytes, 2 * scratchBytes);
            try {
                scratch = allocate(grown);
            } catch (OutOfDeviceMemoryException e) {
                if (grown == bytes) {
                    throw e;
                }
                grown = bytes;
                scratch = allocate(grown);
            }
            scratchBytes = grown;
        }
        return scratch;
    }
}
