package org.equisphere.data.reader;

import static org.equisphere.data.reader.FileForge.cifar;
import static org.equisphere.data.reader.FileForge.write;
import static org.equisphere.data.Refusals.refuses;
import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSourceTest {
    @TempDir
    Path folder;

    private String npy(float[] x, int features, long... labels) throws IOException {
        NpyFile.write(folder.resolve("x.npy"), x, x.length / features, features);
        NpyFile.write(folder.resolve("y.npy"), labels, labels.length);
        return folder.resolve("x.npy") + "," + folder.resolve("y.npy");
    }

    @Test
    void opensSyntheticImages() throws IOException {
        Splits splits = DataSource.parse("synthetic:12,2,1").open();
        assertEquals(200, splits.train().size());
        assertEquals(100, splits.test().size());
        assertEquals("synthetic:12 train", splits.train().name());
        assertEquals("synthetic", DataSource.parse("synthetic").kind());
    }

    @Test
    void opensCifarFolders() throws IOException {
        write(folder, "data_batch_1.bin", cifar(new int[][] {{1}, {2}}));
        write(folder, "test_batch.bin", cifar(new int[][] {{1}}));
        assertEquals(2, DataSource.parse("cifar10:" + folder).open().train().size());
    }

    @Test
    void holdsOutAFifthOfTwoFilesAndTakesFourAsTheyAre() throws IOException {
        float[] x = new float[40];
        long[] y = new long[20];
        for (int i = 0; i < 20; i++) {
            x[2 * i] = i;
            y[i] = i % 2;
        }
        String two = npy(x, 2, y);
        Splits held = DataSource.parse("npy:" + two).open();
        assertArrayEquals(new int[] {8, 8}, held.train().counts());
        assertArrayEquals(new int[] {2, 2}, held.test().counts());
        Splits four = DataSource.parse("npy:" + two + "," + two).open();
        assertEquals(20, four.train().size());
        assertEquals(20, four.test().size());
    }

    /** As in lists of images: a stray large label is an error, not a thousand empty classes. */
    @Test
    void refusesTrainingLabelsWithGaps() throws IOException {
        String gaps = npy(new float[12], 2, 0, 1, 5, 5, 1, 0);
        refuses(() -> DataSource.parse("npy:" + gaps).open(), "y.npy", "label 2 is 5", "class 2 has no example");
        NpyFile.write(folder.resolve("train.npy"), new int[] {1, 2, 3, 3, 2, 1}, 6);
        String from1 = folder.resolve("x.npy") + "," + folder.resolve("train.npy");
        NpyFile.write(folder.resolve("test.npy"), new int[] {1, 1, 1, 3, 3, 3}, 6);
        Splits splits = DataSource.parse("npy:" + from1 + "," + folder.resolve("x.npy") + "," + folder.resolve("test.npy")).open();
        assertArrayEquals(new int[] {0, 2, 2, 2}, splits.train().counts(), "labels may begin above 0");
        assertArrayEquals(new int[] {0, 3, 0, 3}, splits.test().counts(), "a test set may lack some");
    }

    @Test
    void refusesBadArrays() throws IOException {
        String labelPastTheEnd = "npy:" + npy(new float[6], 2, 0, 1, 2147483647L);
        refuses(() -> DataSource.parse(labelPastTheEnd).open(), "y.npy", "label 2", "2147483647");
        String negative = "npy:" + npy(new float[6], 2, 0, -1, 1);
        refuses(() -> DataSource.parse(negative).open(), "label 1", "-1");
        String fewer = "npy:" + npy(new float[6], 2, 0, 1);
        refuses(() -> DataSource.parse(fewer).open(), "y.npy", "shape", "[2]", "[3]");
        String notFinite = "npy:" + npy(new float[] {1, 2, 3, Float.POSITIVE_INFINITY}, 2, 0, 1);
        refuses(() -> DataSource.parse(notFinite).open(), "x.npy", "feature 1 of vector 1", "Infinity");
        NpyFile.write(folder.resolve("flat.npy"), new float[3], 3);
        refuses(() -> DataSource.parse("npy:" + folder.resolve("flat.npy") + "," + folder.resolve("y.npy")).open(), "flat.npy", "[3]");
        String two = npy(new float[6], 2, 0, 1, 1);
        NpyFile.write(folder.resolve("wide.npy"), new float[9], 3, 3);
        refuses(() -> DataSource.parse("npy:" + two + "," + folder.resolve("wide.npy") + "," + folder.resolve("y.npy")).open(),
                "wide.npy", "number of features is 3", "2");
    }

    @Test
    void namesTheSpecAndSuggestsTheNearestKind() {
        refusesArgument(() -> DataSource.parse("cifar-100:x"), "'cifar-100:x'", "did you mean 'cifar100:PATH'");
        refusesArgument(() -> DataSource.parse("Sinthetic"), "did you mean 'synthetic");
        refusesArgument(() -> DataSource.parse("numpy:a,b"), "did you mean 'npy:");
        refusesArgument(() -> DataSource.parse("idx:"), "'idx:'", "idx:DIR");
        refusesArgument(() -> DataSource.parse("idx"), "'idx'", "idx:DIR");
        refusesArgument(() -> DataSource.parse("npy:a.npy"), "npy:a.npy", "two or four files");
        refusesArgument(() -> DataSource.parse("npy:a.npy,"), "two or four files");
        refusesArgument(() -> DataSource.parse("synthetic:x"), "synthetic:x", "SEED");
        refusesArgument(() -> DataSource.parse("synthetic:1,2"), "synthetic:1,2");
        refusesArgument(() -> DataSource.parse("synthetic:1,2,3,4"), "synthetic:1,2,3,4");
    }

    @Test
    void namesTheMissingFile() {
        refuses(() -> DataSource.parse("cifar100:" + folder.resolve("none.tar.gz")).open(), "cifar100:", "none.tar.gz", "no such file");
        refuses(() -> DataSource.parse("idx:" + folder).open(), "idx:", "train-labels-idx1-ubyte", "no such file");
        refuses(() -> DataSource.parse("npy:" + folder.resolve("a.npy") + "," + folder.resolve("b.npy")).open(), "a.npy", "no such file");
    }
}
