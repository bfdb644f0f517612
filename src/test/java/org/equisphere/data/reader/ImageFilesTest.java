package org.equisphere.data.reader;

import static org.equisphere.data.reader.FileForge.write;
import static org.equisphere.data.Refusals.refuses;
import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.Dataset;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Image folders, Tiny-ImageNet, image lists, and the cache behind them. */
class ImageFilesTest {
    @TempDir
    Path folder;

    /** A PNG of one grey level. */
    private static byte[] png(int side, int level) throws IOException {
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int k = 0; k < side * side; k++) {
            image.setRGB(k % side, k / side, level * 0x010101);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static int level(Dataset data, int i) {
        byte[] bytes = new byte[data.length()];
        ((ImageDataset) data).pixels(i, bytes, 0);
        for (byte b : bytes) {
            assertEquals(bytes[0], b);
        }
        return bytes[0] & 0xFF;
    }

    private static int[] levels(Dataset data) {
        int[] levels = new int[data.size()];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = level(data, i);
        }
        return levels;
    }

    private static int[] labels(Dataset data) {
        int[] labels = new int[data.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = data.label(i);
        }
        return labels;
    }

    private void writeTrainAndVal() throws IOException {
        write(folder, "train/b cat/2.png", png(9, 20));
        write(folder, "train/b cat/deep/1.PNG", png(5, 10));
        write(folder, "train/a dog/x.png", png(12, 30));
        write(folder, "train/a dog/notes.txt", new byte[3]);
        write(folder, "train/a dog/.hidden.png", new byte[3]);
        write(folder, "val/a dog/v.png", png(8, 40));
        write(folder, "val/b cat/v.png", png(8, 50));
    }

    @Test
    void readsClassFoldersInTheOrderOfTheirNames() throws IOException {
        writeTrainAndVal();
        Splits splits = DataSource.parse("folder:" + folder + "@6/8").open();
        assertEquals(List.of("a dog", "b cat"), splits.train().labelNames());
        assertArrayEquals(new int[] {6, 6, 3}, splits.train().shape());
        assertArrayEquals(new int[] {0, 1, 1}, labels(splits.train()));
        assertArrayEquals(new int[] {30, 20, 10}, levels(splits.train()));
        assertArrayEquals(new int[] {40, 50}, levels(splits.test()));
    }

    /** As what notebooks and file managers leave beside the images. */
    @Test
    void leavesOutHiddenFoldersAtAnyDepth() throws IOException {
        writeTrainAndVal();
        write(folder, "train/a dog/.ipynb_checkpoints/x.png", png(4, 60));
        write(folder, "train/b cat/deep/.cache/more/1.png", png(4, 70));
        write(folder, "train/b cat/.deep/broken.png", new byte[3]);
        assertArrayEquals(new int[] {30, 20, 10}, levels(ImageFolderReader.read(folder, ImageSize.of(4)).train()));
        Path hidden = folder.resolve(".hidden");
        Files.createDirectories(hidden);
        Files.move(folder.resolve("train"), hidden.resolve("train"));
        Files.move(folder.resolve("val"), hidden.resolve("val"));
        assertArrayEquals(new int[] {30, 20, 10}, levels(ImageFolderReader.read(hidden, ImageSize.of(4)).train()), "above the classes");
    }

    @Test
    void holdsOutAPartWithoutATestFolder() throws IOException {
        for (int k = 0; k < 10; k++) {
            write(folder, "a/" + k + ".png", png(4, k));
            write(folder, "b/" + k + ".png", png(4, 100 + k));
        }
        Splits splits = ImageFolderReader.read(folder, ImageSize.of(4));
        assertArrayEquals(new int[] {8, 8}, splits.train().counts());
        assertArrayEquals(new int[] {2, 2}, splits.test().counts());
    }

    @Test
    void aClassMayBeCalledTrain() throws IOException {
        for (int k = 0; k < 10; k++) {
            write(folder, "bus/" + k + ".png", png(4, k));
            write(folder, "train/" + k + ".png", png(4, 100 + k));
        }
        Splits splits = ImageFolderReader.read(folder, ImageSize.of(4));
        assertEquals(List.of("bus", "train"), splits.train().labelNames());
        assertArrayEquals(new int[] {8, 8}, splits.train().counts());
    }

    @ParameterizedTest
    @CsvSource({"Train,Test", "TRAIN,Val", "train,valid"})
    void partsMayBeWrittenAsTheyOftenAre(String train, String test) throws IOException {
        write(folder, train + "/a/0.png", png(4, 1));
        write(folder, train + "/b/0.png", png(4, 2));
        write(folder, test + "/a/0.png", png(4, 3));
        write(folder, test + "/b/0.png", png(4, 4));
        Splits splits = ImageFolderReader.read(folder, ImageSize.of(4));
        assertEquals(List.of("a", "b"), splits.train().labelNames());
        assertArrayEquals(new int[] {1, 2}, levels(splits.train()));
        assertArrayEquals(new int[] {3, 4}, levels(splits.test()));
    }

    /** Neither of two is taken without a word. */
    @ParameterizedTest
    @CsvSource({"train,Train", "test,TEST"})
    void refusesTwoFoldersForOnePart(String one, String other) throws IOException {
        for (String part : new String[] {"train", one, other}) {
            write(folder, part + "/a/0.png", png(4, 1));
            write(folder, part + "/b/0.png", png(4, 2));
        }
        assumeTrue(Files.list(folder).count() == (one.equals("train") ? 2 : 3), "names differ in case here");
        refuses(() -> ImageFolderReader.read(folder, ImageSize.of(4)), "\"" + one + "\"", "[" + other + ", " + one + "]");
    }

    @Test
    void aTrainingFolderWithoutClassFoldersIsNoClass() throws IOException {
        write(folder, "train/0.png", png(4, 1));
        write(folder, "test/0.png", png(4, 2));
        refuses(() -> ImageFolderReader.read(folder, ImageSize.of(4)), "train", "class folders is 0");
    }

    @Test
    void refusesToHoldOutNothing() throws IOException {
        write(folder, "a/0.png", png(4, 1));
        write(folder, "a/1.png", png(4, 2));
        write(folder, "b/0.png", png(4, 3));
        refuses(() -> DataSource.parse("folder:" + folder).open(), "folder:" + folder, "share 0.2", "2 examples", "at least 3");
    }

    /** As torchvision's ImageFolder: a class kept elsewhere, a folder below it, a single file. */
    @Test
    void followsSymbolicLinks() throws IOException {
        writeTrainAndVal();
        write(folder, "elsewhere/one.png", png(5, 60));
        write(folder, "elsewhere/more/two.png", png(5, 70));
        Files.createSymbolicLink(folder.resolve("train/c fox"), folder.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("train/a dog/y"), folder.resolve("elsewhere/more"));
        write(folder, "val/c fox/v.png", png(8, 80));
        Splits splits = ImageFolderReader.read(folder, ImageSize.of(4));
        assertEquals(List.of("a dog", "b cat", "c fox"), splits.train().labelNames());
        assertArrayEquals(new int[] {30, 70, 20, 10, 70, 60}, levels(splits.train()));
        Files.createSymbolicLink(folder.resolve("elsewhere/round"), folder.resolve("elsewhere"));
        assertTrue(assertThrows(IOException.class, () -> ImageFolderReader.read(folder, ImageSize.of(4))).getMessage().contains("round"));
    }

    @Test
    void refusesBadFolders() throws IOException {
        writeTrainAndVal();
        Files.createDirectories(folder.resolve("train/empty"));
        refuses(() -> ImageFolderReader.read(folder, ImageSize.of(4)), "empty", "number of images is 0");
        Files.delete(folder.resolve("train/empty"));
        write(folder, "val/c bird/x.png", png(4, 0));
        refuses(() -> ImageFolderReader.read(folder, ImageSize.of(4)), "val", "[c bird]");
        Files.createDirectories(folder.resolve("nothing"));
        refuses(() -> ImageFolderReader.read(folder.resolve("nothing"), ImageSize.of(4)), "class folders is 0");
        refuses(() -> DataSource.parse("folder:" + folder.resolve("absent")).open(), "folder:", "absent");
    }

    @Test
    void tellsAFileFromNothing() throws IOException {
        write(folder, "root.png", png(4, 0));
        refuses(() -> DataSource.parse("folder:" + folder.resolve("root.png")).open(), "folder:", "root.png: is not a folder");
        refuses(() -> DataSource.parse("folder:" + folder.resolve("absent")).open(), "folder:", "absent: no such file or folder");
    }

    @Test
    void namesTheDamagedImage() throws IOException {
        writeTrainAndVal();
        write(folder, "train/b cat/2.png", Arrays.copyOf(png(9, 20), 50));
        refuses(() -> ImageFolderReader.read(folder, ImageSize.of(4)), "2.png", "PNG chunk", "ends too early");
    }

    @Test
    void readsTinyImageNetsLayout() throws IOException {
        write(folder, "words.txt", "n02\tgoldfish, Carassius\nn01\tkit fox\nn09\tother\n".getBytes());
        write(folder, "train/n02/images/n02_0.JPEG", png(64, 7));
        write(folder, "train/n02/n02_boxes.txt", new byte[2]);
        write(folder, "train/n01/images/n01_0.JPEG", png(64, 8));
        write(folder, "val/images/val_0.JPEG", png(64, 1));
        write(folder, "val/images/val_1.JPEG", png(64, 2));
        write(folder, "val/val_annotations.txt", "val_1.JPEG\tn01\t0\t0\t62\t63\nval_0.JPEG\tn02\t0\t0\t1\t1\n".getBytes());
        Splits splits = DataSource.parse("tiny-imagenet:" + folder).open();
        assertEquals(List.of("kit fox", "goldfish"), splits.train().labelNames());
        assertArrayEquals(new int[] {8, 7}, levels(splits.train()));
        assertArrayEquals(new int[] {2, 1}, levels(splits.test()));
        assertArrayEquals(new int[] {0, 1}, labels(splits.test()));

        write(folder, "val/val_annotations.txt", "val_1.JPEG\tn77\t0\n".getBytes());
        refuses(() -> TinyImageNetReader.read(folder), "val_annotations.txt", "line 1", "n77");
        write(folder, "val/val_annotations.txt", "val_9.JPEG\tn01\t0\n".getBytes());
        refuses(() -> TinyImageNetReader.read(folder), "line 1", "val_9.JPEG");
    }

    private Path list(String text) throws IOException {
        return write(folder, "list.txt", text.getBytes());
    }

    @Test
    void readsImageLists() throws IOException {
        writeTrainAndVal();
        list("train/a dog/x.png 1\ntrain/b cat/2.png\t0\n\ntrain/b cat/2.png 0\n");
        write(folder, "test.txt", "val/a dog/v.png 1\n".getBytes());
        String spec = "imagelist:" + folder + "/list.txt," + folder + "/test.txt@" + folder + "@5";
        Splits splits = DataSource.parse(spec).open();
        assertArrayEquals(new int[] {30, 20, 20}, levels(splits.train()));
        assertArrayEquals(new int[] {1, 0, 0}, labels(splits.train()));
        assertArrayEquals(new int[] {40}, levels(splits.test()));
        list("train/a dog/x.png 0\n".repeat(3));
        assertEquals(64, DataSource.parse("imagelist:" + folder + "/list.txt@" + folder).open().train().shape()[0]);
    }

    /** As editors of Windows save it. */
    @Test
    void aListMayBeginWithAByteOrderMark() throws IOException {
        writeTrainAndVal();
        Path marked = write(folder, "list.txt", "\uFEFFtrain/a dog/x.png 0\ntrain/b cat/2.png 1\n".getBytes(StandardCharsets.UTF_8));
        Path alone = write(folder, "alone.txt", "\uFEFF".getBytes(StandardCharsets.UTF_8));
        ImageSize size = ImageSize.of(4);
        assertArrayEquals(new int[] {30, 20}, levels(ImageListReader.read(marked, marked, folder, size).train()));
        refuses(() -> ImageListReader.read(alone, null, folder, size), "alone.txt: number of images is 0");
        Path second = write(folder, "second.txt", "\n\uFEFFtrain/a dog/x.png 0\n".getBytes(StandardCharsets.UTF_8));
        refuses(() -> ImageListReader.read(second, null, folder, size), "second.txt", "image of line 2");
    }

    @Test
    void aFolderIsNoList() {
        refuses(() -> DataSource.parse("imagelist:" + folder + "@" + folder).open(), folder + ": content is a folder, expected a text");
    }

    @Test
    void refusesBadLists() throws IOException {
        writeTrainAndVal();
        ImageSize size = ImageSize.of(4);
        for (String line : new String[] {"val/a dog/v.png", "val/a dog/v.png -1", "0", "val/a dog/v.png 1x"}) {
            Path bad = list("val/a dog/v.png 0\n" + line + "\n");
            refuses(() -> ImageListReader.read(bad, null, folder, size), "list.txt", "line 2", line);
        }
        refuses(() -> ImageListReader.read(list("no/such.png 0\n"), null, folder, size), "image of line 1", "such.png");
        refuses(() -> ImageListReader.read(list("val/a dog/v.png 7\nval/a dog/v.png 0\n"), null, folder, size), "label 0 is 7", "class 1");
        refuses(() -> ImageListReader.read(list("\nval/a dog/v.png 0\n \nno/such.png 0\n"), null, folder, size), "image of line 4", "such.png");
        refuses(() -> ImageListReader.read(list(" \n"), null, folder, size), "number of images is 0");
        Path test = write(folder, "test.txt", "val/a dog/v.png 1\n".getBytes());
        refuses(() -> ImageListReader.read(list("val/a dog/v.png 0\n"), test, folder, size), "test.txt", "line 1", "0..0");
        refusesArgument(() -> DataSource.parse("imagelist:a.txt"), "imagelist:a.txt", "@ROOT");
        refusesArgument(() -> DataSource.parse("imagelist:a,b,c@root"), "TEST.txt");
        refusesArgument(() -> DataSource.parse("folder:x@0"), "0/0");
    }

    @Test
    void theCacheHoldsTheSameAndIsMadeOnce() throws IOException {
        for (int k = 0; k < 300; k++) {
            write(folder, "c/" + String.format("%03d", k) + ".png", png(4, k % 256));
        }
        LabelledFiles files = ImageFolderReader.list(folder, List.of("c"));
        Path cache = folder.resolve("cache");
        ImageDataset heap = files.load(ImageSize.of(4), true, cache);
        assertEquals(false, Files.exists(cache));
        assertArrayEquals(levels(heap), levels(files.load(ImageSize.of(4), false, cache)));
        Path file = only(cache);
        // Marked with another first pixel, the file shows that it is used again and not made again.
        byte[] content = Files.readAllBytes(file);
        Arrays.fill(content, 64, 64 + 48, (byte) 99);
        Files.write(file, content);
        assertEquals(99, level(files.load(ImageSize.of(4), false, cache), 0));
        Files.write(file, Arrays.copyOf(content, content.length - 1));
        assertEquals(0, level(files.load(ImageSize.of(4), false, cache), 0), "a cache of a wrong length is made anew");
        content[0] ^= 1;
        Files.write(file, content);
        assertEquals(0, level(files.load(ImageSize.of(4), false, cache), 0), "a cache with a wrong header is made anew");
        content[0] ^= 1;
        content[7] = '1';
        Files.write(file, content);
        assertEquals(0, level(files.load(ImageSize.of(4), false, cache), 0), "a cache of images decoded otherwise is made anew");
        write(folder, "c/000.png", png(5, 77));
        assertEquals(77, level(files.load(ImageSize.of(4), false, cache), 0), "a changed image has another cache");
    }

    /** 256 of these images, the size of a block before, are more bytes than an array has. */
    @Test
    void imagesOfManyPixelsAreCached() throws IOException {
        write(folder, "images/a.png", png(3, 41));
        LabelledFiles files = ImageFolderReader.list(folder, List.of("images"));
        ImageDataset cached = files.load(ImageSize.of(1700), false, folder.resolve("cache"));
        byte[] pixels = new byte[cached.length()];
        cached.pixels(0, pixels, 0);
        assertEquals(41, pixels[pixels.length - 1]);
    }

    @Test
    void aFailedCacheLeavesNothing() throws IOException {
        write(folder, "c/1.png", png(4, 1));
        write(folder, "c/2.png", new byte[9]);
        LabelledFiles files = ImageFolderReader.list(folder, List.of("c"));
        Path cache = folder.resolve("cache");
        assertThrows(DataFormatException.class, () -> files.load(ImageSize.of(4), false, cache));
        try (var left = Files.list(cache)) {
            assertEquals(0, left.count());
        }
    }

    private static Path only(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size());
            return all.get(0);
        }
    }
}
