package org.equisphere.cuda;

import java.util.Arrays;
import jcuda.driver.CUdeviceptr;

/**
 * JCuda's pointer objects for device addresses, made once each: calls that take pointers then allocate nothing once warm. An open-addressed
 * table that starts afresh when it is half full of addresses.
 */
final class DevicePointers {

    private static final int SLOTS = 1 << 13;

    private final CUdeviceptr anchor;
    private final long anchorAddress;
    private final long[] addresses = new long[SLOTS];
    private final CUdeviceptr[] pointers = new CUdeviceptr[SLOTS];
    private int used;

    /** @param anchor a real allocation: JCuda looks for a native address in places, so all pointers are offsets from one */
    DevicePointers(CUdeviceptr anchor, long anchorAddress) {
        this.anchor = anchor;
        this.anchorAddress = anchorAddress;
    }

    CUdeviceptr at(long address) {
        int slot = (int) ((address * 0x9E3779B97F4A7C15L) >>> (64 - 13));
        while (pointers[slot] != null && addresses[slot] != address) {
            slot = (slot + 1) % SLOTS;
        }
        if (pointers[slot] == null) {
            if (++used > SLOTS / 2) {
                Arrays.fill(pointers, null);
                used = 1;
            }
            addresses[slot] = address;
            pointers[slot] = anchor.withByteOffset(address - anchorAddress);
        }
        return pointers[slot];
    }
}
