package org.equisphere.data.reader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.equisphere.data.Normalization;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.Test;

/** The published files themselves, from the folder of the system property equisphere.data (../shared/data by default). */
class RealDataTest {

    private static Path data(String name) {
        Path path = Path.of(System.getProperty("equisphere.data", "../shared/data")).resolve(name);
        assumeTrue(Files.exists(path), () -> path.toAbsolutePath().normalize() + " is absent: set -Dequisphere.data=FOLDER");
        return path;
    }

    private static int[] constant(int length, int value) {
        int[] values = new int[length];
        Arrays.fill(values, value);
        return values;
    }

    /** Counts, names and the training mean and deviation everyone uses: 0.5071 0.4865 0.4409, 0.2673 0.2564 0.2762. */
    @Test
    void cifarHundred() throws IOException {
        Splits splits = CifarReader.cifar100(data("cifar-100-binary.tar.gz"));
        assertArrayEquals(constant(100, 500), splits.train().counts());
        assertArrayEquals(constant(100, 100), splits.test().counts());
        assertEquals("apple", splits.train().labelNames().get(0));
        assertEquals("worm", splits.train().labelNames().get(99));
        int[] families = new int[20];
        for (int c = 0; c < 100; c++) {
            families[splits.train().labelFamily(c)]++;
        }
        assertArrayEquals(constant(20, 5), families);
        Normalization n = Normalization.of(splits.train());
        assertArrayEquals(new float[] {0.5071f, 0.4865f, 0.4409f}, n.mean(), 5e-4f);
        assertArrayEquals(new float[] {0.2673f, 0.2564f, 0.2762f}, n.std(), 5e-4f);
    }

    /** Counts per digit and the mean 0.1307 and deviation 0.3081 everyone uses. */
    @Test
    void mnist() throws IOException {
        Splits splits = IdxReader.read(data("mnist"));
        assertArrayEquals(new int[] {28, 28, 1}, splits.train().shape());
        assertArrayEquals(new int[] {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, splits.train().counts());
        assertArrayEquals(new int[] {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, splits.test().counts());
        Normalization n = Normalization.of(splits.train());
        assertEquals(0.1307f, n.mean()[0], 5e-5f);
        assertEquals(0.3081f, n.std()[0], 5e-5f);
        assertTrue(splits.train().label(0) == 5 && splits.train().label(1) == 0);
    }
}
