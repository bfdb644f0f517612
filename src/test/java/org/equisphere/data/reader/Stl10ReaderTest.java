package org.equisphere.data.reader;

import static org.equisphere.data.reader.FileForge.lines;
import static org.equisphere.data.reader.FileForge.write;
import static org.equisphere.data.Refusals.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Stl10ReaderTest {
    private static final int IMAGE = 96 * 96 * 3;

    @TempDir
    Path folder;

    /** Byte (image i, plane c, column x, row y) is i + 50 c + 3 x + y. */
    private static byte[] images(int count) {
        byte[] bytes = new byte[count * IMAGE];
        for (int k = 0; k < bytes.length; k++) {
            bytes[k] = (byte) (k / IMAGE + 50 * (k / 9216 % 3) + 3 * (k / 96 % 96) + k % 96);
        }
        return bytes;
    }

    @BeforeEach
    void writeSoundFiles() throws IOException {
        write(folder, "train_X.bin", images(3));
        write(folder, "train_y.bin", new byte[] {10, 1, 4});
        write(folder, "test_X.bin", images(1));
        write(folder, "test_y.bin", new byte[] {2});
        write(folder, "class_names.txt", lines("thing", 10));
    }

    @Test
    void turnsColumnsIntoRows() throws IOException {
        Splits splits = Stl10Reader.read(folder);
        ImageDataset train = (ImageDataset) splits.train();
        assertArrayEquals(new int[] {9, 0, 3}, new int[] {train.label(0), train.label(1), train.label(2)});
        assertEquals("thing9", train.labelNames().get(9));
        assertEquals(1, splits.test().size());
        byte[] bytes = new byte[IMAGE];
        train.pixels(2, bytes, 0);
        for (int k = 0; k < IMAGE; k++) {
            assertEquals((byte) (2 + 50 * (k % 3) + 3 * (k / 3 % 96) + k / 288), bytes[k]);
        }
    }

    @Test
    void refusesDamage() throws IOException {
        write(folder, "test_X.bin", Arrays.copyOf(images(1), IMAGE - 1));
        refuses(() -> Stl10Reader.read(folder), "test_X.bin", "27647 bytes", "27648");
        write(folder, "train_y.bin", new byte[] {10, 11, 4});
        refuses(() -> Stl10Reader.read(folder), "train_y.bin", "offset 1", "is 11", "1..10");
        write(folder, "train_y.bin", new byte[] {10, 0, 4});
        refuses(() -> Stl10Reader.read(folder), "is 0", "1..10");
        write(folder, "train_y.bin", new byte[] {10, 4});
        refuses(() -> Stl10Reader.read(folder), "train_X.bin", "2 labels");
        write(folder, "class_names.txt", lines("thing", 9));
        refuses(() -> Stl10Reader.read(folder), "class_names.txt", "is 9");
    }
}
