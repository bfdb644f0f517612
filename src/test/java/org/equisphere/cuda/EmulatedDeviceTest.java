package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The emulated device shows the faults it is there for: each kernel of {@code testdata/cuda/faulty.cu} has one. */
final class EmulatedDeviceTest {

    private static final int N = 5;

    @TempDir
    static Path folder;

    private static Path device;

    @BeforeAll
    static void compile() throws Exception {
        String obstacle = HostCompiler.obstacle();
        Assumptions.assumeTrue(obstacle == null, () -> "the kernels cannot be emulated: " + obstacle);
        device = HostCompiler.device(Path.of("testdata", "cuda", "faulty.cu"), folder);
    }

    /** Launches one kernel on a vector of N numbers and reads it back. */
    private interface Call {
        Launch arguments(Launch launch, long x, long y);
    }

    private static float[] play(Kernel kernel, long shuffle, Call call) throws Exception {
        HostLauncher launcher = new HostLauncher(device, shuffle);
        try {
            long x = launcher.allocate(4 * N);
            long y = launcher.allocate(4 * 6);
            launcher.upload(x, new float[] {1, 2, 3, 4, 5}, 0, N);
            call.arguments(new Launch(launcher).of(kernel), x, y).run();
            float[] result = new float[6];
            launcher.download(y, result, 0, 6);
            return result;
        } finally {
            launcher.close();
        }
    }

    private static void complains(Kernel kernel, String what, Call call) {
        CudaException fault = assertThrows(CudaException.class, () -> play(kernel, 0, call));
        assertTrue(fault.getMessage().contains(what) && fault.getMessage().contains("kernel " + kernel.function()), fault.getMessage());
    }

    @Test
    void argumentsArriveAsTheyWereGiven() throws Exception {
        float[] got = play(Kernel.AUGMENT, 0, (launch, x, y) ->
                launch.integer(-7).wide(1L << 40).real(1.5f).real(2.25).memory(y).structure(new int[] {3, 4, 5}));
        assertArrayEquals(new float[] {-7, 1L << 40, 1.5f, 2.25f, 3, 5}, got);
    }

    @Test
    void writingPastTheEndShows() {
        complains(Kernel.FILL, "past the end", (launch, x, y) -> launch.memory(x).wide(N).real(7f));
    }

    @Test
    void readingBeforeTheBeginningShows() {
        complains(Kernel.COPY, "access at byte -6000 of 20", (launch, x, y) -> launch.memory(x).memory(y).wide(N));
    }

    @Test
    void anIndexOutsideSharedMemoryShows() {
        complains(Kernel.SGD_STEP, "outside an array",
                (launch, x, y) -> launch.memory(x).real(1f).real(1f).integer(0).memory(x).memory(x).memory(x).wide(N));
    }

    @Test
    void aReadOfFourThatIsNotAlignedShows() {
        complains(Kernel.ADD_BIAS, "not aligned", (launch, x, y) -> launch.memory(y).memory(x).wide(N).divisor(N).integer(0));
    }

    @Test
    void anIntThatOverflowsShows() {
        complains(Kernel.AVERAGE_POOL, "overflow of an int", (launch, x, y) -> launch.memory(y).integer(50_000));
    }

    @Test
    void aBarrierThatSomeNeverReachShows() {
        complains(Kernel.ADD_SCALED, "wait at a barrier", (launch, x, y) -> launch.real(1f).memory(x).memory(y).wide(N));
    }

    @Test
    void anExchangeWithLanesThatHaveLeftShows() {
        complains(Kernel.RELU_BACKWARD, "has left",
                (launch, x, y) -> launch.memory(x).memory(x).memory(y).wide(N).integer(0));
    }

    @Test
    void readingWhatNobodyWaitedForShows() throws Exception {
        float[] got = play(Kernel.GELU, 0, (launch, x, y) -> launch.memory(x).memory(y).wide(N));
        for (int i = 0; i < N; i++) {
            assertTrue(Float.isNaN(got[i]), Arrays.toString(got));
        }
    }

    @Test
    void aCopyThatIsNotAlignedShows() {
        complains(Kernel.GELU_BACKWARD, "a copy of 16 bytes is not aligned",
                (launch, x, y) -> launch.memory(x).memory(x).memory(y).wide(N).integer(0));
    }

    @Test
    void sharedMemoryThatTheLaunchDoesNotGiveShows() {
        complains(Kernel.SCALE_EXAMPLES, "needs 16 bytes of shared memory, 0 are given",
                (launch, x, y) -> launch.memory(x).memory(y).wide(N));
    }

    @Test
    void aMissingBarrierShowsInAShuffledOrder() throws Exception {
        int wrong = 0;
        for (long seed = 1; seed <= 8; seed++) {
            float[] got = play(Kernel.RELU, seed, (launch, x, y) -> launch.memory(x).memory(y).wide(N));
            wrong += Arrays.equals(new float[] {5, 4, 3, 2, 1}, Arrays.copyOf(got, N)) ? 0 : 1;
        }
        assertTrue(wrong > 0, "eight shuffled orders hid a missing barrier");
    }
}
