package org.equisphere.data.reader;

import static org.equisphere.data.reader.FileForge.cifar;
import static org.equisphere.data.reader.FileForge.gzip;
import static org.equisphere.data.reader.FileForge.lines;
import static org.equisphere.data.reader.FileForge.tar;
import static org.equisphere.data.reader.FileForge.tarHeader;
import static org.equisphere.data.reader.FileForge.write;
import static org.equisphere.data.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarReaderTest {
    private static final byte[] TRAIN = cifar(new int[][] {{3, 42}, {19, 99}, {3, 7}});
    private static final byte[] TEST = cifar(new int[][] {{19, 99}, {3, 42}});

    @TempDir
    Path folder;

    private Path archive(byte[] tar) throws IOException {
        return write(folder, "cifar.tar.gz", gzip(tar));
    }

    private static byte[] soundTar() throws IOException {
        return tar("cifar-100-binary/", new byte[0], "cifar-100-binary/test.bin", TEST, "cifar-100-binary/readme.html", lines("x", 9),
                "cifar-100-binary/fine_label_names.txt", lines("class", 100), "cifar-100-binary/train.bin", TRAIN);
    }

    private static void checkHundred(Splits splits) {
        ImageDataset train = (ImageDataset) splits.train();
        assertEquals(3, train.size());
        assertEquals(2, splits.test().size());
        assertEquals(100, train.classes());
        assertArrayEquals(new int[] {32, 32, 3}, train.shape());
        assertArrayEquals(new int[] {42, 99, 7}, new int[] {train.label(0), train.label(1), train.label(2)});
        assertEquals("class42", train.labelNames().get(42));
        assertEquals(3, train.labelFamily(42));
        assertEquals(3, train.labelFamily(7));
        assertEquals(19, train.labelFamily(99));
        assertEquals(20, train.labelFamily(0), "a class without images is in no known superclass");
        checkPixels(train);
    }

    /** Planes become channels: byte (record r, plane p, pixel q) is r + 7p + q. */
    private static void checkPixels(ImageDataset images) {
        float[] example = new float[3072 + 2];
        byte[] bytes = new byte[3072];
        for (int r = 0; r < images.size(); r++) {
            images.example(r, example, 2);
            images.pixels(r, bytes, 0);
            for (int q = 0; q < 1024; q++) {
                for (int p = 0; p < 3; p++) {
                    int expected = (r + 7 * p + q) & 0xFF;
                    assertEquals(expected / 255f, example[2 + 3 * q + p]);
                    assertEquals((byte) expected, bytes[3 * q + p]);
                }
            }
        }
    }

    @Test
    void readsTheArchiveAsItIs() throws IOException {
        checkHundred(CifarReader.cifar100(archive(soundTar())));
    }

    @Test
    void readsAFolder() throws IOException {
        write(folder, "train.bin", TRAIN);
        write(folder, "test.bin", TEST);
        write(folder, "fine_label_names.txt", lines("class", 100));
        checkHundred(CifarReader.cifar100(folder));
    }

    @Test
    void joinsTheBatchesOfCifarTenInTheirOrder() throws IOException {
        byte[] all = cifar(new int[][] {{9}, {0}, {5}});
        byte[] second = Arrays.copyOfRange(all, 3073, 2 * 3073);
        byte[] third = Arrays.copyOfRange(all, 2 * 3073, 3 * 3073);
        Path file = archive(tar("b/data_batch_2.bin", second, "b/data_batch_3.bin", third, "b/test_batch.bin", second,
                "b/data_batch_1.bin", Arrays.copyOf(all, 3073), "b/batches.meta.txt", lines("n", 10)));
        ImageDataset train = (ImageDataset) CifarReader.cifar10(file).train();
        assertArrayEquals(new int[] {9, 0, 5}, new int[] {train.label(0), train.label(1), train.label(2)});
        assertEquals("n5", train.labelNames().get(5));
        checkPixels(train);
    }

    @Test
    void refusesBatchesWithOneLeftOutAndOneThereTwice() throws IOException {
        byte[] batch = cifar(new int[][] {{3}});
        Path gap = archive(tar("data_batch_1.bin", batch, "data_batch_3.bin", batch, "test_batch.bin", batch));
        refuses(() -> CifarReader.cifar10(gap), "cifar.tar.gz", "[data_batch_1.bin, data_batch_3.bin]", "data_batch_2.bin too");
        Path twice = archive(tar("a/train.bin", TRAIN, "test.bin", TEST, "b/train.bin", TRAIN));
        refuses(() -> CifarReader.cifar100(twice), "cifar.tar.gz", "members called train.bin", "a second one");
    }

    @Test
    void followsLongNamesAndPassesOverExtendedHeaders() throws IOException {
        String longName = "a/".repeat(80) + "train.bin";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tarHeader("././@LongLink", longName.length(), 'L'));
        out.write(Arrays.copyOf(longName.getBytes("UTF-8"), 512));
        out.write(Arrays.copyOf(tar("short", TRAIN), 512 + (TRAIN.length + 511) / 512 * 512));
        out.write(tarHeader("pax", 30, 'x'));
        out.write(new byte[512]);
        out.write(tar("test.bin", TEST));
        assertEquals(3, CifarReader.cifar100(archive(out.toByteArray())).train().size());
    }

    @Test
    void refusesAWrongLength() throws IOException {
        Path file = archive(tar("train.bin", Arrays.copyOf(TRAIN, TRAIN.length - 1), "test.bin", TEST));
        refuses(() -> CifarReader.cifar100(file), "cifar.tar.gz", "train.bin", "9221 bytes", "multiple of 3074");
    }

    @Test
    void refusesALabelPastTheEnd() throws IOException {
        byte[] bad = TRAIN.clone();
        bad[3074 + 1] = (byte) 100;
        Path file = archive(tar("train.bin", bad, "test.bin", TEST));
        refuses(() -> CifarReader.cifar100(file), "train.bin record 1", "is 100", "0..99", "offset " + (512 + 3075));
        write(folder, "data_batch_1.bin", cifar(new int[][] {{10}}));
        refuses(() -> CifarReader.cifar10(folder), "data_batch_1.bin record 0", "offset 0", "is 10", "0..9");
    }

    @Test
    void refusesACoarseLabelThatContradictsOthers() throws IOException {
        Path file = archive(tar("train.bin", TRAIN, "test.bin", cifar(new int[][] {{4, 42}})));
        refuses(() -> CifarReader.cifar100(file), "coarse label", "is 4", "expected 3", "fine label 42");
    }

    @Test
    void refusesATruncatedArchive() throws IOException {
        byte[] whole = gzip(soundTar());
        Path file = write(folder, "cut.tar.gz", Arrays.copyOf(whole, whole.length / 2));
        refuses(() -> CifarReader.cifar100(file), "cut.tar.gz", "damaged or ends early");
    }

    @Test
    void refusesADamagedArchive() throws IOException {
        byte[] flipped = gzip(soundTar());
        flipped[flipped.length - 6] ^= 1;
        Path file = write(folder, "flipped.tar.gz", flipped);
        refuses(() -> CifarReader.cifar100(file), "flipped.tar.gz", "damaged");
    }

    @Test
    void refusesWhatIsNoArchive() throws IOException {
        Path plain = write(folder, "plain.tar.gz", lines("no gzip", 400));
        refuses(() -> CifarReader.cifar100(plain), "plain.tar.gz", "not a gzip file");
        Path text = write(folder, "text.tar", lines("no tar", 400));
        refuses(() -> CifarReader.cifar100(text), "text.tar", "not a tar archive");
    }

    @Test
    void refusesAnArchiveWithoutTheMembers() throws IOException {
        Path file = archive(tar("data_batch_1.bin", TRAIN));
        refuses(() -> CifarReader.cifar100(file), "[data_batch_1.bin]", "train.bin");
    }

    @Test
    void refusesAWrongNumberOfNames() throws IOException {
        Path file = archive(tar("train.bin", TRAIN, "test.bin", TEST, "fine_label_names.txt", lines("c", 99)));
        refuses(() -> CifarReader.cifar100(file), "fine_label_names.txt", "is 99", "100");
    }

    @Test
    void aLyingSizeClaimsNoMemory() throws IOException {
        byte[] header = tarHeader("train.bin", 3074L * 600_000, '0');
        Path file = write(folder, "lie.tar", header);
        refuses(() -> CifarReader.cifar100(file), "train.bin", "0 bytes long", "ends too early");
    }
}
