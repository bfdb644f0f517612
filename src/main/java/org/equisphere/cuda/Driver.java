package org.equisphere.cuda;

import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The driver and its devices before a context exists. Loading this class's callees loads JCuda's natives. */
final class Driver {

    private Driver() {
    }

    /** Loads JCuda's natives and starts the driver. */
    private static int start() {
        PrivateNatives.load(() -> JCudaDriver.setExceptionsEnabled(false));
        return cuInit(0);
    }

    /**
     * Why the device cannot run a PTX, or empty.
     *
     * @throws LinkageError where the natives do not load
     */
    static Optional<String> obstacle(int device, String ptx) {
        int started = start();
        if (started == CUresult.CUDA_ERROR_NO_DEVICE) {
            return Optional.of("the NVIDIA driver finds no GPU (CUDA_VISIBLE_DEVICES may hide it)");
        }
        if (started != CUresult.CUDA_SUCCESS) {
            return Optional.of("the NVIDIA driver does not start: " + CUresult.stringFor(started));
        }
        int[] number = new int[1];
        check(cuDriverGetVersion(number), "cuDriverGetVersion");
        int least = KernelModules.leastDriver(ptx);
        if (number[0] < least) {
            return Optional.of("the kernels need a driver for CUDA " + version(least) + " or later, this one is for CUDA "
                    + version(number[0]));
        }
        check(cuDeviceGetCount(number), "cuDeviceGetCount");
        if (device < 0 || device >= number[0]) {
            return Optional.of("there is no device " + device + " among the " + number[0] + " that the driver finds");
        }
        CUdevice found = device(device);
        int capability = capability(found);
        if (capability < KernelModules.leastCapability(ptx)) {
            return Optional.of(name(found) + " has compute capability " + capability / 10 + "." + capability % 10 + ", the kernels need "
                    + KernelModules.leastCapability(ptx) / 10 + "." + KernelModules.leastCapability(ptx) % 10);
        }
        return Optional.empty();
    }

    static CUdevice device(int number) {
        CUdevice device = new CUdevice();
        check(cuDeviceGet(device, number), "cuDeviceGet");
        return device;
    }

    static String name(CUdevice device) {
        byte[] name = new byte[256];
        check(cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        return new String(name, StandardCharsets.UTF_8).trim();
    }

    /** Major times ten plus minor. */
    static int capability(CUdevice device) {
        return 10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check(cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
        return value[0];
    }

    /** CUDA version of the driver in words: 12.4. */
    static String driverVersion() {
        int[] number = new int[1];
        check(cuDriverGetVersion(number), "cuDriverGetVersion");
        return version(number[0]);
    }

    private static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    /** What looks at the results of calls. */
    interface Check {

        /** @throws CudaException unless the result is success */
        void check(int result, Object call);
    }

    /**
     * The plain {@link Check}.
     *
     * @throws CudaException unless the result is success
     * @throws OutOfDeviceMemoryException where it is that memory is short; says how much is free where a context is current
     */
    static void check(int result, Object call) {
        if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            long[] free = new long[1];
            long[] total = new long[1];
            boolean known = cuMemGetInfo(free, total) == CUresult.CUDA_SUCCESS;
            throw new OutOfDeviceMemoryException(call + ": out of memory"
                    + (known ? ", " + (free[0] >> 20) + " of " + (total[0] >> 20) + " MiB are free" : ""));
        }
        if (result != CUresult.CUDA_SUCCESS) {
            throw new CudaException(call + " failed: " + CUresult.stringFor(result));
        }
    }
}
