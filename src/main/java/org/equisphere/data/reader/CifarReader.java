package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.Dataset;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/**
 * CIFAR-10 and CIFAR-100 in their binary version (Krizhevsky 2009): a folder, or the published {@code .tar.gz} read as it is, in one pass.
 * A record is its label bytes (CIFAR-10 one; CIFAR-100 the coarse, then the fine label) and 3072 bytes: the red, green and blue plane of
 * 32x32 pixels.
 */
public final class CifarReader {
    private static final int SIDE = 32;
    private static final int IMAGE = 3 * SIDE * SIDE;
    private static final int COARSE_CLASSES = 20;

    private final int classes;
    private final int labelBytes;
    private final String trainPattern;
    private final String testPattern;
    private final String namesFile;

    private CifarReader(int classes, int labelBytes, String trainPattern, String testPattern, String namesFile) {
        this.classes = classes;
        this.labelBytes = labelBytes;
        this.trainPattern = trainPattern;
        this.testPattern = testPattern;
        this.namesFile = namesFile;
    }

    /**
     * Reads CIFAR-10: data_batch_N.bin, N from 1 on (five are published), test_batch.bin and, where present, batches.meta.txt.
     *
     * @param path the folder with these files, or a .tar.gz or .tar of them
     * @throws DataFormatException when a file is missing, there twice, of a wrong length or holds a label past the end
     */
    public static Splits cifar10(Path path) throws IOException {
        return new CifarReader(10, 1, "data_batch_\\d+\\.bin", "test_batch\\.bin", "batches.meta.txt").read(path);
    }

    /**
     * Reads CIFAR-100 with its 100 fine labels: train.bin, test.bin and, where present, fine_label_names.txt. The coarse labels become the
     * families of {@link Dataset#labelFamily}.
     *
     * @param path the folder with these files, or a .tar.gz or .tar of them
     * @throws DataFormatException when a file is missing, there twice, of a wrong length, holds a label past the end, or a fine label under two
     *                             coarse ones
     */
    public static Splits cifar100(Path path) throws IOException {
        return new CifarReader(100, 2, "train\\.bin", "test\\.bin", "fine_label_names.txt").read(path);
    }

    /** The images of one file. */
    private record Part(byte[] pixels, int[] labels) {}

    /** What has been found so far, by base name, so that the order inside an archive does not matter. */
    private static final class Contents {
        final Map<String, Part> train = new TreeMap<>();
        final Map<String, Part> test = new TreeMap<>();
        final List<String> seen = new ArrayList<>();
        List<String> names;
        /** coarseOf[fine], -1 while unknown. */
        final int[] coarseOf;

        Contents(int classes) {
            coarseOf = new int[classes];
            Arrays.fill(coarseOf, -1);
        }
    }

    private Splits read(Path path) throws IOException {
        Contents contents = new Contents(classes);
        if (Files.isDirectory(path)) {
            readFolder(path, contents);
        } else {
            try (FormatInput in = FormatInput.open(path)) {
                TarReader tar = new TarReader(in);
                while (tar.next()) {
                    readFile(tar.name(), tar.size(), tar.content(), contents);
                }
            }
        }
        String kind = "CIFAR-" + classes;
        require(path, contents, contents.train, trainPattern);
        require(path, contents, contents.test, testPattern);
        Labels labels = labels(path, contents);
        return new Splits(join(kind + " train", contents.train, labels), join(kind + " test", contents.test, labels));
    }

    private void readFolder(Path folder, Contents contents) throws IOException {
        List<Path> files;
        try (var listing = Files.list(folder)) {
            files = listing.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            String base = file.getFileName().toString();
            if (base.matches(trainPattern) || base.matches(testPattern) || base.equals(namesFile)) {
                try (FormatInput in = FormatInput.open(file)) {
                    readFile(base, Files.size(file), in, contents);
                }
            } else {
                contents.seen.add(base);
            }
        }
    }

    /** Reads one file or archive member if it is one of ours; {@code in} stands at its first byte. */
    private void readFile(String memberName, long size, FormatInput in, Contents contents) throws IOException {
        String base = memberName.substring(memberName.lastIndexOf('/') + 1);
        contents.seen.add(base);
        if (base.matches(trainPattern)) {
            put(contents.train, base, size, in, contents);
        } else if (base.matches(testPattern)) {
            put(contents.test, base, size, in, contents);
        } else if (base.equals(namesFile)) {
            String text = new String(in.array(size, base), StandardCharsets.UTF_8);
            contents.names = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        }
    }

    private void put(Map<String, Part> parts, String base, long size, FormatInput in, Contents contents) throws IOException {
        if (parts.containsKey(base)) {
            throw in.error("members called " + base, in.position(), "a second one", "one");
        }
        parts.put(base, readImages(base, size, in, contents));
    }

    private Part readImages(String base, long size, FormatInput in, Contents contents) throws IOException {
        int recordBytes = labelBytes + IMAGE;
        if (size % recordBytes != 0 || size == 0) {
            throw in.error("length of " + base, in.position(), size + " bytes", "a positive multiple of " + recordBytes
                    + ", the record of CIFAR-" + classes);
        }
        long start = in.position();
        byte[] records = in.array(size, base);
        int count = records.length / recordBytes;
        int[] labels = new int[count];
        byte[] planes = new byte[IMAGE];
        for (int r = 0; r < count; r++) {
            int at = r * recordBytes;
            labels[r] = label(records, at, start, in, base + " record " + r, contents);
            // In place: record r's pixels end up at r * IMAGE, before its own record begins, so later records are untouched.
            System.arraycopy(records, at + labelBytes, planes, 0, IMAGE);
            PixelOrder.fromRowPlanes(planes, SIDE, SIDE, 3, records, r * IMAGE);
        }
        return new Part(Arrays.copyOf(records, count * IMAGE), labels);
    }

    private int label(byte[] records, int at, long start, FormatInput in, String record, Contents contents) throws IOException {
        int label = records[at + labelBytes - 1] & 0xFF;
        if (label >= classes) {
            throw in.error("label of " + record, start + at + labelBytes - 1, label, "0.." + (classes - 1));
        }
        if (labelBytes == 2) {
            int coarse = records[at] & 0xFF;
            if (coarse >= COARSE_CLASSES) {
                throw in.error("coarse label of " + record, start + at, coarse, "0.." + (COARSE_CLASSES - 1));
            }
            if (contents.coarseOf[label] >= 0 && contents.coarseOf[label] != coarse) {
                throw in.error("coarse label of " + record, start + at, coarse, contents.coarseOf[label]
                        + ", as for every image of fine label " + label + " before");
            }
            contents.coarseOf[label] = coarse;
        }
        return label;
    }

    private void require(Path path, Contents contents, Map<String, Part> parts, String pattern) throws DataFormatException {
        if (parts.isEmpty()) {
            throw DataFormatException.of(path, "content", contents.seen, "a file " + pattern.replace("\\d+", "N").replace("\\", "")
                    + " of CIFAR-" + classes + " (binary version)");
        }
        for (int i = 1; i <= parts.size() && pattern.contains("\\d+"); i++) {
            String batch = pattern.replace("\\d+", Integer.toString(i)).replace("\\", "");
            if (!parts.containsKey(batch)) {
                throw DataFormatException.of(path, "batches", List.copyOf(parts.keySet()), batch + " too, as batches count from 1 on");
            }
        }
    }

    private Labels labels(Path path, Contents contents) throws DataFormatException {
        List<String> names = contents.names == null ? Labels.numbered(classes).names() : contents.names;
        if (names.size() != classes) {
            throw DataFormatException.of(path, "number of lines of " + namesFile, names.size(), classes + ", one name per class");
        }
        if (labelBytes == 1) {
            return Labels.named(names);
        }
        List<Integer> family = new ArrayList<>();
        for (int coarse : contents.coarseOf) {
            // A fine class without images stays outside the known superclasses.
            family.add(coarse >= 0 ? coarse : COARSE_CLASSES);
        }
        return new Labels(names, family);
    }

    /** Puts the parts together in the order of their names. */
    private static ImageDataset join(String name, Map<String, Part> parts, Labels labels) {
        List<ImageDataset> list = new ArrayList<>();
        for (Part part : parts.values()) {
            list.add(new ImageDataset(name, part.pixels, SIDE, SIDE, 3, part.labels, labels));
        }
        return ImageDataset.join(name, list);
    }
}
