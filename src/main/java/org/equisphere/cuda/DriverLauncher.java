package org.equisphere.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemAllocAsync;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;

/**
 * A card through the CUDA driver API. It retains the device's primary context, which cuBLAS and other users of the card share, and makes
 * it current on whatever thread calls. Kernels are compiled for the card where that can be done, and come from the jar's PTX elsewhere, a module
 * at the first use of one of its kernels.
 */
final class DriverLauncher implements KernelLauncher {

    /** System property: {@code true} waits for every kernel and records no step, so that an error names the kernel that made it. */
    static final String SYNCHRONOUS = "equisphere.cuda.synchronous";

    /** What gives back what this object took with itself, the last taken first. */
    private final Deque<Runnable> returns = new ArrayDeque<>();
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();
    private final Address anchor = new Address();
    private final Map<String, CUmodule> modules = new HashMap<>();
    private final CUfunction[] functions = new CUfunction[Kernel.values().length];
    private final Map<Long, CUdeviceptr> allocations = new HashMap<>();
    private final Set<StepRecording.Graph> graphs = new HashSet<>();
    private final ReferenceQueue<StepRecording> forgotten = new ReferenceQueue<>();
    private final boolean synchronous = Boolean.getBoolean(SYNCHRONOUS);
    private final boolean pool;
    private final PinnedStaging staging;
    private final DevicePointers pointers;
    private final Cublas cublas;
    private final MachineCode machineCode;
    private final String description;
    private final int capability;
    /** The arguments' pointers for each number of arguments; all launches of a backend come with one object's slots. */
    private final Pointer[] parameters = new Pointer[Launch.MOST_ARGUMENTS + 1];
    private ByteBuffer parametersOf;
    private Kernel last;
    private boolean closed;

    /** @throws CudaException when the device cannot be used */
    DriverLauncher(int number, CudaSettings settings) {
        this(number, settings, MachineCode::ofCard);
    }

    /** @param code what compiles for a card of the given capability */
    DriverLauncher(int number, CudaSettings settings, IntFunction<MachineCode> code) {
        CUdevice device = Driver.device(number);
        Driver.check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
        returns.push(() -> cuDevicePrimaryCtxRelease(device));
        try {
            enter();
            Driver.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
            returns.push(() -> cuStreamDestroy(stream));
            pool = Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) != 0;
            staging = new PinnedStaging(stream, this::check);
            returns.push(staging::close);
            Driver.check(cuMemAlloc(anchor, 256), "allocating 256 bytes");
            returns.push(() -> cuMemFree(anchor));
            pointers = new DevicePointers(anchor, anchor.value());
            StringBuilder words = new StringBuilder(Driver.name(device)).append(", driver for CUDA ").append(Driver.driverVersion());
            capability = Driver.capability(device);
            Precision precision = settings.precision().on(capability);
            cublas = openCublas(settings.library(), precision, words);
            if (settings.precision() != Precision.FP32) {
                words.append(" in ").append(settings.precision().word())
                        .append(precision == settings.precision() ? "" : " asked for, fp32 on this card");
            }
            machineCode = code.apply(capability);
            description = words.append(", ").append(machineCode.description()).toString();
        } catch (RuntimeException | Error e) {
            returns.forEach(Runnable::run);
            throw e;
        }
    }

    /** A device pointer that tells its address. */
    private static final class Address extends CUdeviceptr {
        long value() {
            return getNativePointer();
        }
    }

    /** Opens cuBLAS where it is wanted and loads, and says in words what serves; null for the own kernels. */
    private Cublas openCublas(boolean wanted, Precision precision, StringBuilder words) {
        String reason = CudaSettings.LIBRARY + " is false";
        if (wanted && precision == Precision.BF16) {
            reason = "bf16";
        } else if (wanted) {
            try {
                Cublas opened = new Cublas(stream, precision == Precision.TF32);
                returns.push(opened::close);
                words.append(", matrix products by cuBLAS");
                return opened;
            } catch (LinkageError e) {
                reason = "JCublas2 or its libcublas.so.12 does not load";
            } catch (CudaException e) {
                reason = e.getMessage();
            }
        }
        words.append(", own matrix products (").append(reason).append(')');
        return null;
    }

    /** Makes the context current on this thread; another library may have set its own. */
    private void enter() {
        if (closed) {
            throw new IllegalStateException("this backend is closed");
        }
        check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public int capability() {
        return capability;
    }

    /** How many allocations have not been freed. */
    int allocations() {
        return allocations.size();
    }

    /** How many recorded steps' graphs have not been destroyed. */
    int graphs() {
        return graphs.size();
    }

    @Override
    public long allocate(long bytes) {
        enter();
        Address made = new Address();
        check(pool ? cuMemAllocAsync(made, bytes, stream) : cuMemAlloc(made, bytes), "allocating " + bytes + " bytes");
        allocations.put(made.value(), made);
        return made.value();
    }

    @Override
    public void free(long address) {
        enter();
        check(release(allocations.remove(address)), "freeing memory");
    }

    private int release(CUdeviceptr pointer) {
        return pool ? cuMemFreeAsync(pointer, stream) : cuMemFree(pointer);
    }

    @Override
    public void clear(long address, long bytes) {
        enter();
        if (bytes > 0) {
            check(cuMemsetD8Async(pointers.at(address), (byte) 0, bytes, stream), "cuMemsetD8Async");
        }
    }

    @Override
    public void upload(long address, float[] source, int at, int count) {
        enter();
        int most = PinnedStaging.HALF / Float.BYTES;
        for (int done = 0, now; done < count; done += now) {
            now = Math.min(most, count - done);
            staging.next().asFloatBuffer().put(source, at + done, now);
            staging.send(pointers.at(address + 4L * done), 4L * now);
        }
    }

    @Override
    public void upload(long address, int[] source, int count) {
        enter();
        int most = PinnedStaging.HALF / Integer.BYTES;
        for (int done = 0, now; done < count; done += now) {
            now = Math.min(most, count - done);
            staging.next().asIntBuffer().put(source, done, now);
            staging.send(pointers.at(address + 4L * done), 4L * now);
        }
    }

    @Override
    public void upload(long address, byte[] source, int count) {
        enter();
        for (int done = 0, now; done < count; done += now) {
            now = Math.min(PinnedStaging.HALF, count - done);
            staging.next().put(source, done, now);
            staging.send(pointers.at(address + done), now);
        }
    }

    @Override
    public void download(long address, float[] destination, int at, int count) {
        enter();
        int most = PinnedStaging.HALF / Float.BYTES;
        for (int done = 0, now; done < count; done += now) {
            now = Math.min(most, count - done);
            ByteBuffer half = staging.next();
            staging.receive(pointers.at(address + 4L * done), 4L * now);
            half.asFloatBuffer().get(destination, at + done, now);
        }
    }

    @Override
    public void download(long address, byte[] destination, int count) {
        enter();
        for (int done = 0, now; done < count; done += now) {
            now = Math.min(PinnedStaging.HALF, count - done);
            ByteBuffer half = staging.next();
            staging.receive(pointers.at(address + done), now);
            half.get(destination, done, now);
        }
    }

    @Override
    public double downloadDouble(long address) {
        enter();
        ByteBuffer half = staging.next();
        staging.receive(pointers.at(address), Double.BYTES);
        return half.getDouble(0);
    }

    @Override
    public void launch(Launch launch) {
        enter();
        Kernel kernel = launch.kernel();
        int result = cuLaunchKernel(function(kernel), launch.gridX(), launch.gridY(), launch.gridZ(),
                launch.blockX(), launch.blockY(), 1,
                kernel.dynamicShared(), stream,
                parameters(launch), null);
        if (result == CUresult.CUDA_SUCCESS && synchronous) {
            result = cuStreamSynchronize(stream);
        }
        check(result, launch);
        last = kernel;
    }

    private CUfunction function(Kernel kernel) {
        CUfunction function = functions[kernel.ordinal()];
        if (function == null) {
            CUmodule module = modules.get(kernel.module());
            if (module == null) {
                module = load(kernel.module());
                modules.put(kernel.module(), module);
            }
            function = new CUfunction();
            Driver.check(cuModuleGetFunction(function, module, kernel.function()), "finding the kernel " + kernel.function());
            if (kernel.dynamicShared() > 0) {
                Driver.check(cuFuncSetAttribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                        kernel.dynamicShared()), "shared memory for the kernel " + kernel.function());
            }
            functions[kernel.ordinal()] = function;
        }
        return function;
    }

    private CUmodule load(String name) {
        CUmodule module = new CUmodule();
        Optional<byte[]> code = machineCode.of(name);
        if (code.isPresent()) {
            int result = cuModuleLoadData(module, code.get());
            if (result == CUresult.CUDA_SUCCESS) {
                return module;
            }
            machineCode.refused(name, CUresult.stringFor(result));
        }
        check(cuModuleLoadData(module, KernelModules.image(name)), "loading the PTX of the module " + name);
        return module;
    }

    /** Pointers to the slots of the arguments, made once for each number of them. */
    private Pointer parameters(Launch launch) {
        if (parametersOf != launch.slots()) {
            Arrays.fill(parameters, null);
            parametersOf = launch.slots();
        }
        int count = launch.arguments();
        if (parameters[count] == null) {
            Pointer[] slots = new Pointer[count];
            for (int i = 0; i < count; i++) {
                ByteBuffer whole = launch.slots().duplicate().clear();
                slots[i] = Pointer.to(whole.position(8 * i).slice());
            }
            parameters[count] = Pointer.to(slots);
        }
        return parameters[count];
    }

    @Override
    public boolean multiply(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, long a, long b, float beta, long c) {
        if (cublas == null) {
            return false;
        }
        enter();
        cublas.multiply(transposeA, transposeB, m, n, k, alpha, pointers.at(a), pointers.at(b), beta, pointers.at(c));
        return true;
    }

    @Override
    public void synchronize() {
        enter();
        check(cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    /** For a call that may report an earlier kernel's error: which that was the driver does not say. */
    private void check(int result, Object call) {
        if (result != CUresult.CUDA_SUCCESS) {
            boolean late = last != null && !synchronous && result != CUresult.CUDA_ERROR_OUT_OF_MEMORY;
            Driver.check(result, !late ? call : call + " after kernel " + last.function() + " (start with -D" + SYNCHRONOUS
                    + "=true to learn which kernel failed)");
        }
    }

    /** Destroys the graphs of steps that nobody can reach any more first. */
    @Override
    public Runnable recorded(Runnable step) {
        enter();
        if (synchronous) {
            return step;
        }
        for (Reference<?> lost = forgotten.poll(); lost != null; lost = forgotten.poll()) {
            StepRecording.Graph graph = (StepRecording.Graph) lost;
            graphs.remove(graph);
            graph.destroy();
        }
        StepRecording recording = new StepRecording(step, stream, this::enter, this::check, forgotten);
        graphs.add(recording.graph());
        return recording;
    }

    /** Unchecked: after an error of the device every call reports that error, and the rest is to be given back all the same. */
    @Override
    public void close() {
        closed = true;
        cuCtxSetCurrent(context);
        cuStreamSynchronize(stream);
        graphs.forEach(StepRecording.Graph::destroy);
        allocations.values().forEach(this::release);
        allocations.clear();
        cuStreamSynchronize(stream);
        modules.values().forEach(module -> cuModuleUnload(module));
        returns.forEach(Runnable::run);
    }
}
