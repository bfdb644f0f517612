package org.equisphere.cuda;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;

/**
 * A main class that uses the whole path through JCuda and says what it found, a line a finding. {@link DriverLauncherTest} runs it with the
 * emulated driver as {@code libcuda.so.1}.
 */
final class DriverCheck {

    private DriverCheck() {
    }

    /**
     * Of one argument, a folder for machine code, tries everything, or only what is another matter where every kernel is waited for; of none,
     * starts until a start succeeds.
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            while (!starts()) {
                continue;
            }
            return;
        }
        if (Boolean.getBoolean(DriverLauncher.SYNCHRONOUS)) {
            everyKernelAwaited();
            return;
        }
        System.out.println("obstacle " + Driver.obstacle(0, KernelModules.text("elementwise")).orElse("none"));
        System.out.println("no device " + Driver.obstacle(3, KernelModules.text("elementwise")).orElse("none"));
        System.out.println("newer ptx " + Driver.obstacle(0, ".version 8.4\n.target sm_75\n").orElse("none"));
        System.out.println("newer card " + Driver.obstacle(0, ".version 8.0\n.target sm_90\n").orElse("none"));
        DriverLauncher launcher = new DriverLauncher(0, CudaSettings.standard());
        try (Backend cuda = new CudaBackend(launcher, CudaSettings.standard()); Backend cpu = Backends.open("ejml", 2)) {
            System.out.println(cuda.description());
            System.out.println("training " + training(cuda, cpu));
            System.out.println("copies " + copies(cuda));
            System.out.println("potential " + potential(cuda, cpu));
            System.out.println("other thread " + otherThread(cuda));
            System.out.println("shared memory " + sharedMemory(launcher));
            System.out.println("fp32 for bf16 " + fp32ForBf16());
            System.out.println("refusal " + refusal(launcher));
            System.out.println("forgotten steps " + forgottenSteps(cuda, launcher));
            System.out.println("failing step " + failingStep(cuda));
            System.out.println("two at once " + twoAtOnce(cuda, cpu));
        }
        System.out.println("left " + launcher.allocations());
        System.out.println("lost " + lostDevice());
        MachineCode code = MachineCode.of(UnknownCode::new, Path.of(arguments[0]), 75);
        try (Backend cuda = new CudaBackend(new DriverLauncher(0, CudaSettings.standard(), capability -> code), CudaSettings.standard());
                Backend cpu = Backends.open("ejml", 1)) {
            System.out.println(cuda.description());
            System.out.println("potential " + potential(cuda, cpu));
        }
        try (Stream<Path> kept = Files.list(Path.of(arguments[0]))) {
            System.out.println("kept " + kept.count());
        }
    }

    private static void everyKernelAwaited() {
        DriverLauncher launcher = new DriverLauncher(0, CudaSettings.standard());
        try (Backend cuda = new CudaBackend(launcher, CudaSettings.standard()); Backend cpu = Backends.open("ejml", 2)) {
            System.out.println("training " + training(cuda, cpu));
            System.out.println("graphs " + launcher.graphs());
            System.out.println("refusal " + refusal(launcher));
        }
    }

    /** A kernel whose launch gives it more shared memory than a source may ask for: 2 * 3. */
    private static boolean sharedMemory(DriverLauncher launcher) {
        long[] at = new long[3];
        for (int i = 0; i < at.length; i++) {
            at[i] = launcher.allocate(4);
            launcher.upload(at[i], new float[] {i + 2}, 0, 1);
        }
        new Launch(launcher).of(Kernel.GEMM_NN_128X256_TF32).integer(1).integer(1).integer(1).real(1f).memory(at[0]).memory(at[1]).real(0f)
                .memory(at[2]).run();
        float[] product = new float[1];
        launcher.download(at[2], product, 0, 1);
        for (long address : at) {
            launcher.free(address);
        }
        return product[0] == 6;
    }

    /** A card without such cores: a library of products in float32 is not passed over for the precision that was asked for. */
    private static boolean fp32ForBf16() {
        DriverLauncher launcher = new DriverLauncher(0, new CudaSettings(64, 4096, true, Precision.BF16));
        launcher.close();
        return launcher.description().contains(" in bf16 asked for, fp32 on this card") && !launcher.description().contains("(bf16)");
    }

    /** Steps that were recorded and dropped keep neither their tensors nor their graphs. */
    private static boolean forgottenSteps(Backend cuda, DriverLauncher launcher) throws InterruptedException {
        int memory = launcher.allocations();
        int graphs = launcher.graphs();
        for (int i = 0; i < 9; i++) {
            Tensor x = cuda.tensor(5);
            Runnable step = cuda.recorded(() -> cuda.addScaled(2, x, x));
            step.run();
            step.run();
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while ((launcher.allocations() > memory + 1 || launcher.graphs() > graphs + 1) && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(10);
            cuda.tensor(1);
            cuda.recorded(() -> { });
        }
        return launcher.allocations() <= memory + 1 && launcher.graphs() <= graphs + 1;
    }

    /** A step that fails while it is recorded can be recorded again. */
    private static boolean failingStep(Backend cuda) {
        Tensor x = cuda.tensor(new float[] {1}, 1);
        int[] runs = new int[1];
        Runnable step = cuda.recorded(() -> {
            cuda.addScaled(1, x, x);
            if (++runs[0] == 2) {
                throw new IllegalStateException("the second run");
            }
        });
        step.run();
        try {
            step.run();
            return false;
        } catch (IllegalStateException e) {
            step.run();
            return x.toArray()[0] == 4;
        }
    }

    /**
     * After an error that no context outlives a backend still closes, and another opens. A copy and a launch that only report the error say after
     * which kernel.
     */
    private static String lostDevice() {
        DriverLauncher launcher = new DriverLauncher(0, CudaSettings.standard());
        try (Backend cuda = new CudaBackend(launcher, CudaSettings.standard())) {
            cuda.labels(3);
            cuda.recorded(() -> { });
            Tensor x = cuda.tensor(3);
            cuda.fill(x, 1);
            return message(() -> launcher.clear(0, 8)) + "; " + message(x::toArray) + "; " + message(() -> cuda.relu(x, x));
        }
    }

    private static String message(Runnable failing) {
        try {
            failing.run();
            return "no error";
        } catch (CudaException e) {
            return e.getMessage();
        }
    }

    private static boolean starts() {
        try {
            new DriverLauncher(0, CudaSettings.standard()).close();
            System.out.println("started");
            return true;
        } catch (OutOfDeviceMemoryException e) {
            System.out.println(e.getMessage());
            return false;
        }
    }

    /** Makes machine code that the driver refuses. */
    private static final class UnknownCode implements KernelCompiler {

        @Override
        public String version() {
            return "a compiler for another card";
        }

        @Override
        public boolean knows(int capability) {
            return true;
        }

        @Override
        public byte[] compile(String module, String source, Map<String, String> headers, int capability) {
            return "\u007fELF for another card".getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** Four steps: plain, recorded, replayed twice. */
    private static boolean training(Backend cuda, Backend cpu) {
        ResidualTraining expected = new ResidualTraining(cpu, 1, 16, 2, 12, 10, 8, 3);
        ResidualTraining got = new ResidualTraining(cuda, 1, 16, 2, 12, 10, 8, 3);
        boolean alike = true;
        for (int step = 0; step < 4; step++) {
            double wanted = expected.step(0.05f);
            alike &= Math.abs(got.step(0.05f) - wanted) <= 1e-4 * wanted;
        }
        return alike;
    }

    /** Two backends of one card, each on a thread of its own, record and replay steps side by side. */
    private static boolean twoAtOnce(Backend cuda, Backend cpu) throws InterruptedException {
        boolean[] alike = new boolean[2];
        Thread other = new Thread(() -> {
            try (Backend second = new CudaBackend(new DriverLauncher(0, CudaSettings.standard()), CudaSettings.standard());
                    Backend plain = Backends.open("ejml", 1)) {
                alike[1] = training(second, plain);
            }
        });
        other.start();
        alike[0] = training(cuda, cpu);
        other.join();
        return alike[0] && alike[1];
    }

    /** More than the staging memory holds at once, to and fro. */
    private static boolean copies(Backend cuda) {
        float[] values = new float[PinnedStaging.HALF / 2 + 77];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return Arrays.equals(values, cuda.tensor(values, values.length).toArray());
    }

    private static boolean potential(Backend cuda, Backend cpu) {
        float[] points = {1, 0, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0};
        double expected = cpu.gaussianPotential(cpu.tensor(points, 4, 3), 2, null);
        return Math.abs(cuda.gaussianPotential(cuda.tensor(points, 4, 3), 2, null) - expected) <= 1e-6;
    }

    private static boolean otherThread(Backend cuda) throws InterruptedException {
        float[] seen = new float[1];
        Thread thread = new Thread(() -> {
            Tensor x = cuda.tensor(new float[] {3}, 1);
            cuda.addScaled(2, x, x);
            seen[0] = x.toArray()[0];
        });
        thread.start();
        thread.join();
        return seen[0] == 9;
    }

    /** An address that was never allocated. */
    private static String refusal(DriverLauncher launcher) {
        return message(() -> launcher.clear(64, 8));
    }
}
