package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/** Text lists of images as ImageNet-LT and Places-LT give them (Liu et al. 2019): a path below a root, a space, and the label, one image a line. */
public final class ImageListReader {
    private ImageListReader() {}

    /**
     * Reads and decodes the images of the lists.
     *
     * @param train the training list; there are as many classes as its largest label plus 1, none of them empty
     * @param test  the test list, or null to hold out a part of the training list
     * @param root  the folder that paths in the lists are relative to
     */
    public static Splits read(Path train, Path test, Path root, ImageSize size) throws IOException {
        LabelledFiles trainFiles = list(train, root, 0);
        if (test == null) {
            return trainFiles.load(size).split(DataSource.HELD_OUT, Splits.HELD_OUT_SEED);
        }
        LabelledFiles testFiles = list(test, root, trainFiles.labels().classes());
        return new Splits(trainFiles.load(size), testFiles.load(size));
    }

    /** @param classes number of classes, or 0 to count them */
    private static LabelledFiles list(Path list, Path root, int classes) throws IOException {
        List<Path> files = new ArrayList<>();
        List<Integer> read = new ArrayList<>();
        int number = 0;
        for (String text : FormatInput.lines(list)) {
            String line = text.strip();
            number++;
            if (!line.isEmpty()) {
                int space = Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t'));
                read.add(label(list, number, line, space, classes));
                files.add(LabelledFiles.image(list, number, root, line.substring(0, space).strip()));
            }
        }
        if (files.isEmpty()) {
            throw DataFormatException.of(list, "number of images", 0, "at least 1");
        }
        int[] labels = read.stream().mapToInt(Integer::intValue).toArray();
        return new LabelledFiles(list.toString(), files, labels, Labels.numbered(classes > 0 ? classes : Labels.count(list, labels)));
    }

    private static int label(Path list, int number, String line, int space, int classes) throws DataFormatException {
        try {
            int label = Integer.parseInt(line.substring(space + 1));
            if (space > 0 && label >= 0 && (classes == 0 || label < classes)) {
                return label;
            }
        } catch (NumberFormatException e) {
            // Reported below, as every line that does not fit.
        }
        throw DataFormatException.of(list, "line " + number, '"' + line + '"', "a path, a space and a label "
                + (classes > 0 ? "in 0.." + (classes - 1) : "of 0 or more"));
    }
}
