package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.Splits;

/**
 * Names a data set in one line, {@code kind:argument}, and opens it; an unknown kind is answered with a list of what there is.
 */
public final class DataSource {
    /** Share of the examples held out where a source has no test set of its own. */
    public static final double HELD_OUT = 0.2;
    /** Size of images from folders and lists where none is given. */
    public static final ImageSize IMAGE_SIZE = ImageSize.of(64);

    private final String spec;
    private final Kind kind;
    private final String argument;

    private DataSource(String spec, Kind kind, String argument) {
        this.spec = spec;
        this.kind = kind;
        this.argument = argument;
    }

    /** Opens what stands behind the colon. */
    private interface Opener {
        Splits open(String argument) throws IOException;
    }

    private enum Kind {
        CIFAR100("cifar100:PATH", a -> CifarReader.cifar100(Path.of(a))),
        CIFAR10("cifar10:PATH", a -> CifarReader.cifar10(Path.of(a))),
        IDX("idx:DIR", a -> IdxReader.read(Path.of(a))),
        NPY("npy:X.npy,Y.npy[,XTEST.npy,YTEST.npy]", NpyReader::read),
        SVHN("svhn:DIR", a -> SvhnReader.read(Path.of(a))),
        SVHN_EXTRA("svhn-extra:DIR", a -> SvhnReader.readWithExtra(Path.of(a))),
        STL10("stl10:DIR", a -> Stl10Reader.read(Path.of(a))),
        FOLDER("folder:DIR[@CROP[/RESIZE]]", DataSource::folder),
        TINY_IMAGENET("tiny-imagenet:DIR", a -> TinyImageNetReader.read(Path.of(a))),
        IMAGELIST("imagelist:TRAIN.txt[,TEST.txt]@ROOT[@CROP[/RESIZE]]", DataSource::imageList),
        SYNTHETIC("synthetic[:SEED[,TRAIN_PER_CLASS,TEST_PER_CLASS]]", DataSource::synthetic);

        final String form;
        final Opener opener;

        Kind(String form, Opener opener) {
            this.form = form;
            this.opener = opener;
        }

        String label() {
            return form.replaceAll("[:\\[].*", "");
        }

        boolean needsArgument() {
            return !form.contains("[:");
        }
    }

    /**
     * Reads a name; touches no file.
     *
     * @throws IllegalArgumentException when the kind is unknown (the nearest one is suggested) or its argument is missing or malformed
     */
    public static DataSource parse(String spec) {
        int colon = spec.indexOf(':');
        String label = colon < 0 ? spec : spec.substring(0, colon);
        String argument = colon < 0 ? "" : spec.substring(colon + 1);
        for (Kind kind : Kind.values()) {
            if (kind.label().equals(label)) {
                if (argument.isBlank() && (kind.needsArgument() || colon >= 0)) {
                    throw new IllegalArgumentException("data source is '" + spec + "', expected " + kind.form);
                }
                DataSource source = new DataSource(spec, kind, argument);
                source.checkArgument();
                return source;
            }
        }
        String meant = Spelling.nearest(label, Arrays.stream(Kind.values()).map(Kind::label).toList())
                .map(near -> "; did you mean '"
                        + Arrays.stream(Kind.values()).filter(kind -> kind.label().equals(near)).findFirst().orElseThrow().form + "'?")
                .orElse(".");
        throw new IllegalArgumentException("data source is '" + spec + "', of unknown kind '" + label + "'" + meant + " Expected one of "
                + Arrays.stream(Kind.values()).map(kind -> kind.form).collect(Collectors.joining(", ")));
    }

    private void checkArgument() {
        if (kind == Kind.SYNTHETIC) {
            syntheticNumbers(argument);
        } else if (kind == Kind.NPY) {
            NpyReader.paths(argument);
        } else if (kind == Kind.FOLDER) {
            imageSize(argument);
        } else if (kind == Kind.IMAGELIST) {
            imageLists(argument);
        }
    }

    /** The kind: "cifar100", "idx", ... */
    public String kind() {
        return kind.label();
    }

    /**
     * Reads the whole source.
     *
     * @throws DataFormatException when a file does not hold what its format promises
     * @throws IOException         when a file is missing or cannot be read; the message names source and file
     */
    public Splits open() throws IOException {
        try {
            return kind.opener.open(argument);
        } catch (NotDirectoryException e) {
            throw new DataFormatException(spec + ": " + e.getFile() + ": is not a folder", e);
        } catch (NoSuchFileException e) {
            throw new DataFormatException(spec + ": " + e.getFile() + ": " + (e.getReason() == null ? "no such file or folder" : e.getReason()), e);
        } catch (IllegalArgumentException e) {
            // parts of a source that do not fit one another, as a test set of another shape
            throw new DataFormatException(spec + ": " + e.getMessage(), e);
        }
    }

    /** What the shorter side of an image file is scaled to before the examples are cut out; 0 where that is their own size, or there are no files. */
    public int resize() {
        if (kind != Kind.FOLDER && kind != Kind.IMAGELIST) {
            return 0;
        }
        ImageSize size = imageSize(argument);
        return size.resize() == size.crop() ? 0 : size.resize();
    }

    @Override
    public String toString() {
        return spec;
    }

    /** The size behind the last @, {@link #IMAGE_SIZE} where there is none. */
    private static ImageSize imageSize(String argument) {
        String last = argument.substring(argument.lastIndexOf('@') + 1);
        return hasSize(argument) ? ImageSize.parse(last) : IMAGE_SIZE;
    }

    private static boolean hasSize(String argument) {
        return argument.matches(".*@\\d+(/\\d+)?");
    }

    private static String withoutSize(String argument) {
        return hasSize(argument) ? argument.substring(0, argument.lastIndexOf('@')) : argument;
    }

    private static Splits folder(String argument) throws IOException {
        return ImageFolderReader.read(Path.of(withoutSize(argument)), imageSize(argument));
    }

    private static Splits imageList(String argument) throws IOException {
        String[] lists = imageLists(argument);
        return ImageListReader.read(Path.of(lists[0]), lists[1] == null ? null : Path.of(lists[1]), Path.of(lists[2]), imageSize(argument));
    }

    /** {training list, test list or null, root}. */
    private static String[] imageLists(String argument) {
        imageSize(argument);
        String[] parts = withoutSize(argument).split("@", 2);
        String[] lists = parts[0].split(",", -1);
        if (parts.length < 2 || parts[1].isBlank() || lists.length > 2 || Arrays.stream(lists).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("data source is 'imagelist:" + argument + "', expected " + Kind.IMAGELIST.form);
        }
        return new String[] {lists[0], lists.length == 2 ? lists[1] : null, parts[1]};
    }

    private static Splits synthetic(String argument) {
        long[] numbers = syntheticNumbers(argument);
        return new SyntheticImages(numbers[0]).splits((int) numbers[1], (int) numbers[2]);
    }

    /** {seed, training examples, test examples per class}. */
    private static long[] syntheticNumbers(String argument) {
        long[] numbers = {0, SyntheticImages.TRAIN_PER_CLASS, SyntheticImages.TEST_PER_CLASS};
        String[] parts = argument.isEmpty() ? new String[0] : argument.split(",", -1);
        try {
            for (int k = 0; k < parts.length; k++) {
                numbers[k] = k == 0 ? Long.parseLong(parts[k].strip()) : Integer.parseInt(parts[k].strip());
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException("data source is 'synthetic:" + argument + "', expected " + Kind.SYNTHETIC.form, e);
        }
        if (parts.length == 2 || numbers[1] < 1 || numbers[2] < 1) {
            throw new IllegalArgumentException("data source is 'synthetic:" + argument + "', expected " + Kind.SYNTHETIC.form
                    + " with at least 1 example per class");
        }
        return numbers;
    }
}
