package org.equisphere.data;

import static org.equisphere.data.reader.FileForge.npy;
import static org.equisphere.data.reader.FileForge.write;
import static org.equisphere.data.Refusals.refuses;
import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
    private static final Path GOLDEN = Path.of("testdata", "data");

    @TempDir
    Path folder;

    private static float[] floats(int n) {
        float[] x = new float[n];
        for (int k = 0; k < n; k++) {
            x[k] = (float) (k * 0.25 - 1);
        }
        return x;
    }

    @Test
    void aFolderIsNoFile() throws IOException {
        refuses(() -> NpyFile.read(folder), folder.toString(), "a folder");
    }

    /** Files saved by NumPy hold 0.25 k - 1, or 3 k - 7 for integers: read, and written again, they are the same bytes. */
    @Test
    void readsAndRewritesNumpysOwnFiles() throws IOException {
        NpyFile f4 = NpyFile.read(GOLDEN.resolve("f4_3x5.npy"));
        assertArrayEquals(new int[] {3, 5}, f4.shape());
        assertEquals("float32", f4.dtype());
        assertArrayEquals(floats(15), f4.floats());
        Path again = folder.resolve("again.npy");
        NpyFile.write(again, f4.floats(), 3, 5);
        assertEquals(-1, Files.mismatch(GOLDEN.resolve("f4_3x5.npy"), again));

        NpyFile f8 = NpyFile.read(GOLDEN.resolve("f8_scalar.npy"));
        assertArrayEquals(new int[0], f8.shape());
        assertArrayEquals(new double[] {-1}, f8.doubles());
        NpyFile.write(again, f8.doubles());
        assertEquals(-1, Files.mismatch(GOLDEN.resolve("f8_scalar.npy"), again));

        NpyFile i4 = NpyFile.read(GOLDEN.resolve("i4_7.npy"));
        assertArrayEquals(new int[] {-7, -4, -1, 2, 5, 8, 11}, i4.ints());
        NpyFile.write(again, i4.ints(), 7);
        assertEquals(-1, Files.mismatch(GOLDEN.resolve("i4_7.npy"), again));

        NpyFile i8 = NpyFile.read(GOLDEN.resolve("i8_2x1x3.npy"));
        assertArrayEquals(new int[] {2, 1, 3}, i8.shape());
        assertArrayEquals(new long[] {-7, -4, -1, 2, 5, 8}, i8.longs());
        assertArrayEquals(new int[] {-7, -4, -1, 2, 5, 8}, i8.ints());
        NpyFile.write(again, i8.longs(), 2, 1, 3);
        assertEquals(-1, Files.mismatch(GOLDEN.resolve("i8_2x1x3.npy"), again));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void readsEveryVersion(int major) throws IOException {
        byte[] data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putDouble(1.5).putDouble(-0.1).array();
        Path file = write(folder, "v.npy", npy(major, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", data));
        assertArrayEquals(new double[] {1.5, -0.1}, NpyFile.read(file).doubles());
        assertArrayEquals(new float[] {1.5f, -0.1f}, NpyFile.read(file).floats());
    }

    /** More than one buffer's worth, of every type. */
    @Test
    void writesAndReadsLongArrays() throws IOException {
        SplittableRandom random = new SplittableRandom();
        int n = 400_003;
        Path file = folder.resolve("long.npy");
        double[] doubles = random.doubles(n).toArray();
        NpyFile.write(file, doubles, 1, n);
        assertArrayEquals(doubles, NpyFile.read(file).doubles());
        long[] longs = random.longs(n).toArray();
        NpyFile.write(file, longs, n);
        assertArrayEquals(longs, NpyFile.read(file).longs());
        int[] ints = random.ints(n).toArray();
        NpyFile.write(file, ints, n, 1);
        assertArrayEquals(ints, NpyFile.read(file).ints());
        NpyFile.write(file, new float[0], 0, 4);
        assertEquals(0, NpyFile.read(file).length());
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count(), "nothing is left beside the file");
        }
    }

    @Test
    void refusesOtherKindsByName() throws IOException {
        Path file = folder.resolve("kind.npy");
        String[][] kinds = {
            {"'>f4', 'fortran_order': False", "big-endian", "'>f4'"},
            {"'|O', 'fortran_order': False", "Python objects"},
            {"'<f2', 'fortran_order': False", "'<f2'", "float32"},
            {"[('a', '<f4')], 'fortran_order': False", "structured"},
            {"'<f4', 'fortran_order': True", "fortran_order", "ascontiguousarray"},
        };
        for (String[] kind : kinds) {
            Files.write(file, npy(1, "{'descr': " + kind[0] + ", 'shape': (2,), }", new byte[8]));
            String[] parts = kind.clone();
            parts[0] = "kind.npy";
            refuses(() -> NpyFile.read(file), parts);
        }
    }

    @Test
    void refusesHostileHeaders() throws IOException {
        Path file = folder.resolve("hostile.npy");
        String[] shapes = {"(2147483647, 2147483647, 2147483647)", "(99999999999,)", "(4294967296, 4294967296)", "(-1,)", "(1,,2)"};
        for (String shape : shapes) {
            Files.write(file, npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }", new byte[4]));
            refuses(() -> NpyFile.read(file), "hostile.npy", "shape");
        }
        Files.write(file, npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (500000000,), }", new byte[4]));
        refuses(() -> NpyFile.read(file), "data after the header is 4 bytes", "2000000000");
        byte[] longHeader = npy(2, "{}", new byte[0]);
        Arrays.fill(longHeader, 8, 12, (byte) 0xFF);
        Files.write(file, longHeader);
        refuses(() -> NpyFile.read(file), "header length at offset 8 is 4294967295");
        Files.write(file, npy(1, "{'descr': '<f4', 'shape': (1,), }", new byte[4]));
        refuses(() -> NpyFile.read(file), "fortran_order");
    }

    @Test
    void refusesWrongLengthsAndOtherFiles() throws IOException {
        byte[] sound = npy(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", new byte[8]);
        Path file = folder.resolve("cut.npy");
        for (int length : new int[] {0, 7, 9, 40, sound.length - 1, sound.length + 1}) {
            Files.write(file, Arrays.copyOf(sound, length));
            refuses(() -> NpyFile.read(file), "cut.npy", "expected");
        }
        sound[0] = 'P';
        Files.write(file, sound);
        refuses(() -> NpyFile.read(file), "not a .npy file");
        sound[0] = (byte) 0x93;
        sound[6] = 4;
        Files.write(file, sound);
        refuses(() -> NpyFile.read(file), "format version", "4.0");
        assertThrows(NoSuchFileException.class, () -> NpyFile.read(folder.resolve("absent.npy")));
    }

    @Test
    void refusesValuesOfAnotherType() throws IOException {
        Path file = folder.resolve("x.npy");
        NpyFile.write(file, new float[] {1}, 1);
        refuses(() -> NpyFile.read(file).ints(), "dtype", "float32", "int32 or int64");
        NpyFile.write(file, new long[] {1, 1L << 40}, 2);
        refuses(() -> NpyFile.read(file).ints(), "value 1", "1099511627776");
        refuses(() -> NpyFile.read(file).floats(), "int64");
        refusesArgument(() -> NpyFile.write(file, new float[5], 2, 3), "[2, 3]", "5 values");
    }

    @Test
    void anUnwritableFolderIsAnErrorAndLeavesNothing() {
        assertThrows(IOException.class, () -> NpyFile.write(folder.resolve("no/such/x.npy"), new float[1], 1));
    }
}
