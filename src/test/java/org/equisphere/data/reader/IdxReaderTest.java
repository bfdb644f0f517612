package org.equisphere.data.reader;

import static org.equisphere.data.reader.FileForge.gzip;
import static org.equisphere.data.reader.FileForge.idxImages;
import static org.equisphere.data.reader.FileForge.idxLabels;
import static org.equisphere.data.reader.FileForge.write;
import static org.equisphere.data.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
    private static final int MAGIC = 0x803;

    @TempDir
    Path folder;

    @BeforeEach
    void writeSoundFiles() throws IOException {
        write(folder, "train-images-idx3-ubyte.gz", gzip(idxImages(MAGIC, 4, 3, 5)));
        write(folder, "train-labels-idx1-ubyte.gz", gzip(idxLabels(2, 0, 1, 2)));
        write(folder, "t10k-images-idx3-ubyte", idxImages(MAGIC, 2, 3, 5));
        write(folder, "t10k-labels-idx1-ubyte", idxLabels(1, 1));
    }

    @Test
    void readsPlainAndCompressedFiles() throws IOException {
        Splits splits = IdxReader.read(folder);
        assertArrayEquals(new int[] {3, 5, 1}, splits.train().shape());
        assertEquals(3, splits.train().classes());
        assertArrayEquals(new int[] {1, 1, 2}, splits.train().counts());
        assertArrayEquals(new int[] {0, 2, 0}, splits.test().counts());
        float[] example = new float[15];
        splits.train().example(3, example, 0);
        for (int k = 0; k < 15; k++) {
            assertEquals((45 + k) / 255f, example[k]);
        }
    }

    @Test
    void refusesAWrongMagicNumber() throws IOException {
        write(folder, "t10k-images-idx3-ubyte", idxImages(0xD03, 2, 3, 5));
        refuses(() -> IdxReader.read(folder), "t10k-images", "magic number", "0x00000d03", "0x00000803");
    }

    @Test
    void refusesDifferentNumbersOfImagesAndLabels() throws IOException {
        write(folder, "t10k-labels-idx1-ubyte", idxLabels(1, 1, 0));
        refuses(() -> IdxReader.read(folder), "t10k-images", "number of images", "is 2", "3, the number of labels");
    }

    @Test
    void refusesWrongLengths() throws IOException {
        byte[] images = idxImages(MAGIC, 2, 3, 5);
        write(folder, "t10k-images-idx3-ubyte", Arrays.copyOf(images, images.length - 1));
        refuses(() -> IdxReader.read(folder), "pixels", "29 bytes long", "30 bytes");
        write(folder, "t10k-images-idx3-ubyte", Arrays.copyOf(images, images.length + 1));
        refuses(() -> IdxReader.read(folder), "longer than declared", "offset 46");
        write(folder, "t10k-images-idx3-ubyte", Arrays.copyOf(images, 7));
        refuses(() -> IdxReader.read(folder), "number of images", "offset 4");
    }

    @Test
    void refusesHostileExtents() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(16).putInt(MAGIC).putInt(2).putInt(1 << 30).putInt(1 << 30);
        write(folder, "t10k-images-idx3-ubyte", header.array());
        refuses(() -> IdxReader.read(folder), "image height", "1073741824");
        write(folder, "train-labels-idx1-ubyte.gz", gzip(ByteBuffer.allocate(8).putInt(0x801).putInt(Integer.MAX_VALUE - 8).array()));
        refuses(() -> IdxReader.read(folder), "labels", "0 bytes long");
        write(folder, "train-labels-idx1-ubyte.gz", gzip(ByteBuffer.allocate(8).putInt(0x801).putInt(-5).array()));
        refuses(() -> IdxReader.read(folder), "number of labels", "-5");
    }

    @Test
    void refusesATruncatedGzip() throws IOException {
        byte[] whole = gzip(idxImages(MAGIC, 4, 3, 5));
        write(folder, "train-images-idx3-ubyte.gz", Arrays.copyOf(whole, whole.length - 20));
        refuses(() -> IdxReader.read(folder), "train-images", "damaged or ends early");
        write(folder, "train-images-idx3-ubyte.gz", Arrays.copyOf(whole, 5));
        refuses(() -> IdxReader.read(folder), "train-images", "not a gzip file");
    }

    @Test
    void refusesLabelsPastTheEnd() throws IOException {
        write(folder, "t10k-labels-idx1-ubyte", idxLabels(1, 3));
        refuses(() -> IdxReader.read(folder), "t10k-labels", "label 1", "is 3", "0..2");
        write(folder, "train-labels-idx1-ubyte.gz", gzip(idxLabels(0, 1, 255, 2)));
        refuses(() -> IdxReader.read(folder), "train-labels", "label 2", "is 255", "class 3 has no example");
    }

    @Test
    void namesTheMissingFile() throws IOException {
        Files.delete(folder.resolve("t10k-labels-idx1-ubyte"));
        NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> IdxReader.read(folder));
        assertEquals(folder.resolve("t10k-labels-idx1-ubyte").toString(), e.getFile());
    }
}
