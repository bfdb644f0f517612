package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/**
 * Tiny-ImageNet as published: train/WNID/images/*.JPEG of 64x64, val/images/*.JPEG with their classes in val/val_annotations.txt (file,
 * tab, WNID, tab, a box), and words.txt (WNID, tab, names). The validation images are the test set: the published test images have no labels.
 */
public final class TinyImageNetReader {
    private static final ImageSize SIZE = ImageSize.of(64);

    private TinyImageNetReader() {}

    /** Reads and decodes everything; the classes are the WNIDs in their order, named by their first word where words.txt is present. */
    public static Splits read(Path folder) throws IOException {
        List<String> wnids = ImageFolderReader.classes(folder.resolve("train"));
        Labels labels = Labels.named(names(folder.resolve("words.txt"), wnids));
        LabelledFiles train = ImageFolderReader.list(folder.resolve("train"), wnids);
        LabelledFiles named = new LabelledFiles(train.name(), train.files(), train.labelOfFile(), labels);
        LabelledFiles test = validation(folder.resolve("val"), wnids, labels);
        return new Splits(named.load(SIZE), test.load(SIZE));
    }

    private static LabelledFiles validation(Path val, List<String> wnids, Labels labels) throws IOException {
        Path annotations = val.resolve("val_annotations.txt");
        Map<String, Integer> labelOf = new HashMap<>();
        for (String wnid : wnids) {
            labelOf.put(wnid, labelOf.size());
        }
        List<String> lines = FormatInput.lines(annotations);
        List<Path> files = new ArrayList<>();
        int[] labelOfFile = new int[lines.size()];
        for (int k = 0; k < labelOfFile.length; k++) {
            String[] fields = lines.get(k).split("\t");
            if (fields.length < 2 || !labelOf.containsKey(fields[1])) {
                throw DataFormatException.of(annotations, "line " + (k + 1), '"' + lines.get(k) + '"',
                        "an image, a tab, and one of the " + wnids.size() + " training classes");
            }
            labelOfFile[k] = labelOf.get(fields[1]);
            files.add(LabelledFiles.image(annotations, k + 1, val.resolve("images"), fields[0]));
        }
        return new LabelledFiles(val.toString(), files, labelOfFile, labels);
    }

    private static List<String> names(Path words, List<String> wnids) throws IOException {
        Map<String, String> nameOf = new HashMap<>();
        if (Files.exists(words)) {
            for (String line : FormatInput.lines(words)) {
                String[] fields = line.split("\t");
                if (fields.length > 1) {
                    nameOf.put(fields[0], fields[1].replaceAll(",.*", "").strip());
                }
            }
        }
        return wnids.stream().map(wnid -> nameOf.getOrDefault(wnid, wnid)).toList();
    }
}
