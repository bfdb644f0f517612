package org.equisphere.data.reader;

import static org.equisphere.data.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.equisphere.data.Dataset;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of SciPy's savemat, and damaged copies of them. */
class SvhnReaderTest {
    private static final Path GOLDEN = Path.of("testdata", "data");

    @TempDir
    Path folder;

    private Splits read(byte[] train) throws IOException {
        Files.write(folder.resolve("train_32x32.mat"), train);
        Files.copy(GOLDEN.resolve("svhn_plain.mat"), folder.resolve("test_32x32.mat"), StandardCopyOption.REPLACE_EXISTING);
        return SvhnReader.read(folder);
    }

    private static byte[] golden(String name) throws IOException {
        return Files.readAllBytes(GOLDEN.resolve(name));
    }

    private static void check(Dataset data, int count) {
        int[] labels = {0, 1, 2};
        byte[] bytes = new byte[3072];
        assertEquals(count, data.size());
        for (int i = 0; i < count; i++) {
            assertEquals(labels[i], data.label(i), "label 10 is the digit 0");
            ((ImageDataset) data).pixels(i, bytes, 0);
            for (int k = 0; k < 3072; k++) {
                int h = k / 96;
                int w = k / 3 % 32;
                int c = k % 3;
                assertEquals((byte) (3 * h + 5 * w + 70 * c + 11 * i), bytes[k]);
            }
        }
    }

    @Test
    void readsCompressedAndPlainFilesInAnyOrder() throws IOException {
        Splits splits = read(golden("svhn_compressed.mat"));
        check(splits.train(), 3);
        check(splits.test(), 1);
        check(read(golden("svhn_reversed.mat")).train(), 3);
    }

    /** The extra images stand behind the training images; without their file the source says which is missing. */
    @Test
    void readsTheExtraImages() throws IOException {
        read(golden("svhn_plain.mat"));
        DataSource source = DataSource.parse("svhn-extra:" + folder);
        refuses(source::open, "svhn-extra:", "extra_32x32.mat", "no such file");
        Files.copy(GOLDEN.resolve("svhn_compressed.mat"), folder.resolve("extra_32x32.mat"));
        Splits splits = source.open();
        check(splits.train().subset(new int[] {0}), 1);
        check(splits.train().subset(new int[] {1, 2, 3}), 3);
        assertEquals(4, splits.train().size());
        check(splits.test(), 1);
    }

    @Test
    void refusesDamage() throws IOException {
        byte[] plain = golden("svhn_plain.mat");
        byte[] compressed = golden("svhn_compressed.mat");
        for (byte[] sound : new byte[][] {plain, compressed}) {
            for (int length = 0; length < sound.length - 8; length += 1 + length / 9) {
                byte[] cut = Arrays.copyOf(sound, length);
                refuses(() -> read(cut), "train_32x32.mat");
            }
        }
        byte[] flipped = compressed.clone();
        flipped[flipped.length / 2] ^= 4;
        refuses(() -> read(flipped), "train_32x32.mat");
    }

    @Test
    void refusesOtherVersions() throws IOException {
        byte[] hdf = new byte[600];
        System.arraycopy("MATLAB 7.3 MAT-file".getBytes("US-ASCII"), 0, hdf, 0, 19);
        refuses(() -> read(hdf), "7.3", "HDF5", "-v7");
        byte[] big = golden("svhn_plain.mat");
        big[126] = 'M';
        big[127] = 'I';
        refuses(() -> read(big), "big-endian");
        refuses(() -> read(new byte[600]), "not a MATLAB level 5 file");
    }

    @Test
    void refusesLabelsPastTheEndAndOtherShapes() throws IOException {
        byte[] plain = golden("svhn_plain.mat");
        int label = find(plain, 10.0);
        byte[] bad = plain.clone();
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putDouble(label, 11);
        refuses(() -> read(bad), "label 0", "is 11", "1..10");
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putDouble(label, 1.5);
        refuses(() -> read(bad), "element 0 of variable y", "1.5");
        byte[] renamed = plain.clone();
        for (int k = 128; k < 200; k++) {
            renamed[k] = renamed[k] == 'X' ? (byte) 'Z' : renamed[k];
        }
        refuses(() -> read(renamed), "variable X", "absent");
        byte[] hostile = plain.clone();
        // Dimensions begin after two tags of 8 bytes, 8 bytes of flags and the array's own tag.
        ByteBuffer.wrap(hostile).order(ByteOrder.LITTLE_ENDIAN).putInt(128 + 8 + 16 + 8, Integer.MAX_VALUE);
        refuses(() -> read(hostile), "length of the values of X");
    }

    private static int find(byte[] file, double value) {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 128; at + 8 <= file.length; at += 8) {
            if (buffer.getDouble(at) == value) {
                return at;
            }
        }
        throw new AssertionError("no " + value + " in the file");
    }
}
