package org.equisphere.data.reader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/**
 * Images sorted into one folder per class (ImageNet's layout): DIR/train/CLASS/... with DIR/test, DIR/val, DIR/valid or DIR/validation beside it, or
 * DIR/CLASS/..., of which a part is held out. Train, Test and so on in any case. A folder train without class folders in it and with others beside it
 * is a class, of trains. Classes are the folders in the order of their names; PNG and JPEG files at any depth below, symbolic links followed, count,
 * other files do not, nor do files and folders whose names begin with a dot.
 */
public final class ImageFolderReader {

    private static final String TRAIN = "train";
    private static final List<String> TEST_FOLDERS = List.of("test", "val", "valid", "validation");

    private ImageFolderReader() {}

    /**
     * Reads and decodes everything.
     *
     * @throws DataFormatException when a class folder holds no image, a test class is unknown, two folders differ in the case of
     *                             train or of test alone, or an image is damaged
     */
    public static Splits read(Path folder, ImageSize size) throws IOException {
        Path train = part(folder, TRAIN);
        if (train == null || !isSplit(folder, train)) {
            return list(folder, classes(folder)).load(size).split(DataSource.HELD_OUT, Splits.HELD_OUT_SEED);
        }
        List<String> names = classes(train);
        Path test = null;
        for (String name : TEST_FOLDERS) {
            test = test == null ? part(folder, name) : test;
        }
        ImageDataset trainImages = list(train, names).load(size);
        return test == null ? trainImages.split(DataSource.HELD_OUT, Splits.HELD_OUT_SEED)
                : new Splits(trainImages, list(test, sameClasses(test, names)).load(size));
    }

    /** The folder of that name in any case, or null. */
    private static Path part(Path folder, String name) throws IOException {
        List<String> found = folders(folder).stream().filter(name::equalsIgnoreCase).toList();
        if (found.size() > 1) {
            throw DataFormatException.of(folder, "folders named \"" + name + "\" in some case", found, "one of them");
        }
        return found.isEmpty() ? null : folder.resolve(found.get(0));
    }

    private static boolean isSplit(Path folder, Path train) throws IOException {
        return !folders(train).isEmpty() || folders(folder).stream().map(name -> name.toLowerCase(Locale.ROOT))
                .allMatch(name -> name.equals(TRAIN) || TEST_FOLDERS.contains(name));
    }

    /** The class folders, in the order of their names. */
    static List<String> classes(Path folder) throws IOException {
        List<String> names = folders(folder);
        if (names.isEmpty()) {
            throw DataFormatException.of(folder, "number of class folders", 0, "at least 1");
        }
        return names;
    }

    private static List<String> folders(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw Files.exists(folder) ? new NotDirectoryException(folder.toString()) : new NoSuchFileException(folder.toString());
        }
        try (var entries = Files.list(folder)) {
            return entries.filter(entry -> Files.isDirectory(entry) && !isHidden(entry))
                    .map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static List<String> sameClasses(Path test, List<String> names) throws IOException {
        List<String> found = classes(test);
        if (!found.equals(names)) {
            List<String> odd = new ArrayList<>(found);
            odd.removeAll(names);
            List<String> missing = new ArrayList<>(names);
            missing.removeAll(found);
            throw DataFormatException.of(test, "set of class folders", "different: not among the training classes " + odd
                    + ", missing " + missing, "the " + names.size() + " training classes");
        }
        return names;
    }

    /** The images of each class folder, in the order of their paths. */
    static LabelledFiles list(Path folder, List<String> names) throws IOException {
        List<Path> files = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (int c = 0; c < names.size(); c++) {
            int before = files.size();
            Path top = folder.resolve(names.get(c));
            try (var below = Files.walk(top, FileVisitOption.FOLLOW_LINKS)) {
                below.filter(file -> isImage(file) && !isHiddenBelow(top, file) && Files.isRegularFile(file)).sorted().forEach(files::add);
            } catch (UncheckedIOException e) {
                throw new IOException("cannot list " + top + ": " + e.getCause(), e);
            }
            if (files.size() == before) {
                throw DataFormatException.of(top, "number of images", 0,
                        "at least one PNG or JPEG file in every class folder");
            }
            for (int k = before; k < files.size(); k++) {
                labels.add(c);
            }
        }
        return new LabelledFiles(folder.toString(), files, labels.stream().mapToInt(Integer::intValue).toArray(), Labels.named(names));
    }

    private static boolean isHidden(Path path) {
        return path.getFileName().toString().startsWith(".");
    }

    private static boolean isHiddenBelow(Path top, Path file) {
        return StreamSupport.stream(top.relativize(file).spliterator(), false).anyMatch(ImageFolderReader::isHidden);
    }

    private static boolean isImage(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".png") || name.endsWith(".jpg") || name.endsWith(".jpeg");
    }
}
