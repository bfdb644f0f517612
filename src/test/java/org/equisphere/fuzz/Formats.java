package org.equisphere.fuzz;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.reader.DataSource;
import org.equisphere.data.reader.ForgedFiles;
import org.equisphere.data.reader.ImageDecoder;
import org.equisphere.data.reader.ImageSize;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Splits;
import org.equisphere.interchange.StateDict;
import org.equisphere.interchange.TensorArchive;
import org.equisphere.model.Classifier;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;
import org.equisphere.train.RunDescription;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.TrainingSettings;

/** Every format this library reads, with small sound files to damage. One line of {@link #all} adds a reader. */
final class Formats {

    private static final Path TESTDATA = Path.of("testdata");
    private static final Path EXCHANGE = TESTDATA.resolve("interchange");

    private Formats() {
    }

    static List<Format> all() throws Exception {
        return List.of(
                new Format("model", models(), Formats::sealModel, file("m.eqs", Formats::readModel)),
                new Format("checkpoint", List.of(checkpoint()), Formats::sealCheckpoint, Formats::checkpoints),
                new Format("npy", npys(), file("x.npy", Formats::readNpy)),
                new Format("npy features", List.of(ForgedFiles.npyFeatures()), source("npy:%s/x.npy,%s/y.npy", "x.npy", ForgedFiles.vectors())),
                new Format("npy labels", List.of(ForgedFiles.npyLabels()), source("npy:%s/x.npy,%s/y.npy", "y.npy", ForgedFiles.vectors())),
                new Format("IDX labels", List.of(ForgedFiles.idxLabels()), source("idx:%s", "train-labels-idx1-ubyte", ForgedFiles.idx())),
                new Format("IDX images", List.of(ForgedFiles.idxImages()), source("idx:%s", "train-images-idx3-ubyte", ForgedFiles.idx())),
                new Format("CIFAR-10 batch", List.of(ForgedFiles.cifarBatch()), source("cifar10:%s", "data_batch_1.bin", ForgedFiles.cifar10())),
                new Format("CIFAR-10 names", List.of(ForgedFiles.cifarNames()), source("cifar10:%s", "batches.meta.txt", ForgedFiles.cifar10())),
                new Format("CIFAR-100 tar", List.of(ForgedFiles.cifar100Tar()), Formats::sealTar, source("cifar100:%s/c.tar", "c.tar", List.of())),
                new Format("CIFAR-100 tar in gzip", List.of(ForgedFiles.cifar100Tar()),
                        tar -> gzip(sealTar(tar)), source("cifar100:%s/c.tar.gz", "c.tar.gz", List.of())),
                new Format("CIFAR-100 gzip", List.of(gzip(ForgedFiles.cifar100Tar())), source("cifar100:%s/c.tar.gz", "c.tar.gz", List.of())),
                new Format("MAT", mats("plain", "reversed"), source("svhn:%s", "test_32x32.mat", svhn())),
                new Format("MAT compressed", mats("compressed"), source("svhn:%s", "test_32x32.mat", svhn())),
                new Format("STL-10 labels", List.of(new byte[] {1, 10}), source("stl10:%s", "train_y.bin", ForgedFiles.stl10())),
                new Format("PNG", images("png"), Formats::sealPng, file("i.png", image -> ImageDecoder.read(image, ImageSize.of(8)))),
                new Format("JPEG", images("jpg"), file("i.jpg", image -> ImageDecoder.read(image, new ImageSize(8, 10)))),
                new Format("image list", List.of("a.png 0\na.png 0\na.png 0\nb.png 1\n".getBytes(StandardCharsets.UTF_8)),
                        source("imagelist:%s/list.txt@%s@4", "list.txt", ForgedFiles.images("", "a.png", "b.png"))),
                new Format("annotations", List.of("a.png\tn1\t0\t0\nb.png\tn2\t0\t0\n".getBytes(StandardCharsets.UTF_8)),
                        source("tiny-imagenet:%s", "val/val_annotations.txt",
                                ForgedFiles.images("", "train/n1/images/a.png", "train/n2/images/b.png", "val/images/a.png", "val/images/b.png"))),
                new Format("safetensors", List.of(exported(), Files.readAllBytes(EXCHANGE.resolve("kinds.safetensors"))),
                        file("x.safetensors", TensorArchive::read)),
                new Format("safetensors model", List.of(exported()), file("x.safetensors", Formats::importModel)),
                new Format("npz", exchanged("packed.npz", "resnet8.npz"), file("x.npz", TensorArchive::read)),
                new Format("torch.save", exchanged("tensor.pth", "view.pth", "checkpoint.pth", "parameter.pth"), file("x.pth", TensorArchive::read)),
                new Format("pickle", List.of(pickle()), file("x.pth", Formats::readPickle)),
                new Format("words", List.of("n1\tred fox, Vulpes\nn2\tdhole\n".getBytes(StandardCharsets.UTF_8)),
                        source("tiny-imagenet:%s", "words.txt", tinyImageNet())));
    }

    /** A reader of one file. */
    private interface FileReader {
        void read(Path file) throws Exception;
    }

    private static Format.Place file(String name, FileReader reader) {
        return folder -> content -> {
            Path file = folder.resolve(name);
            Files.write(file, content);
            reader.read(file);
        };
    }

    /** A data source whose other files are sound. */
    private static Format.Place source(String spec, String name, List<ForgedFiles.Named> others) {
        return folder -> {
            for (ForgedFiles.Named other : others) {
                Files.createDirectories(folder.resolve(other.name()).getParent());
                Files.write(folder.resolve(other.name()), other.content());
            }
            DataSource source = DataSource.parse(spec.replace("%s", folder.toString()));
            Path damaged = folder.resolve(name);
            return content -> {
                Files.write(damaged, content);
                readAll(source.open());
            };
        };
    }

    private static void readAll(Splits splits) {
        float[] example = new float[splits.train().length()];
        for (int i = 0; i < splits.train().size(); i++) {
            splits.train().example(i, example, 0);
        }
    }

    private static List<byte[]> models() throws IOException {
        List<byte[]> models = new ArrayList<>();
        models.add(Files.readAllBytes(TESTDATA.resolve("model/v1-mlp-inner-products.eqs")));
        models.add(Files.readAllBytes(TESTDATA.resolve("model/v1-mlp-prototypes.eqs")));
        models.add(Files.readAllBytes(TESTDATA.resolve("model/v1-mlp-softmax.eqs")));
        try (var in = new GZIPInputStream(Files.newInputStream(TESTDATA.resolve("model/v1-resnet8.eqs.gz")))) {
            models.add(in.readAllBytes());
        }
        return models;
    }

    /** What is read is used, too: a file that is accepted must not break the first prediction. */
    private static void readModel(Path file) throws IOException {
        Classifier classifier = Classifier.load(file);
        int size = Tensor.sizeOf(classifier.contents().inputShape());
        if (size <= 1 << 12) {
            classifier.predict(new float[size]);
        }
    }

    private static byte[] sealModel(byte[] damaged) {
        int body = Math.max(0, damaged.length - 32);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(damaged, body));
            byte[] sealed = Arrays.copyOf(damaged, body + 32);
            System.arraycopy(digest, 0, sealed, body, 32);
            return sealed;
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] sealCheckpoint(byte[] damaged) {
        int body = Math.max(0, damaged.length - 8);
        CRC32C crc = new CRC32C();
        crc.update(damaged, 0, body);
        return ByteBuffer.allocate(body + 8).put(damaged, 0, body).putLong(crc.getValue()).array();
    }

    private static final TrainingSettings SETTINGS = TrainingSettings.builder().network("mlp:4").dimension(2).batch(4).epochs(3).build();
    private static final Prototypes CORNERS = Prototypes.of(new double[] {1, 0, 0, 1, -1, 0}, 3, 2);

    private static Splits points() {
        return ForgedFiles.points(24, 3);
    }

    /** Taken in the middle of the second epoch. */
    private static byte[] checkpoint() throws Exception {
        Path file = Files.createTempFile("fuzz", ".checkpoint");
        try (Backend backend = Backends.open("ejml", 1)) {
            Trainer trainer = new Trainer(SETTINGS, backend).prototypes(CORNERS).checkpointTo(file);
            trainer.listener(new TrainingListener() {
                @Override
                public void stepped(int epoch, int step, int steps, double loss) {
                    if (epoch == 2 && step == 3) {
                        trainer.stop();
                    }
                }
            }).fit(points());
            throw new IllegalStateException("the run was not stopped");
        } catch (InterruptedException e) {
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    /** Thrown once a checkpoint has been taken, so that no training follows. */
    private static final class Taken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Taken() {
            super(null, null, false, false);
        }
    }

    private static Format.Reading checkpoints(Path folder) {
        Splits points = points();
        Backend backend = Backends.open("ejml", 1);
        Path file = folder.resolve("c.bin");
        return content -> {
            Files.write(file, content);
            try {
                new Trainer(SETTINGS, backend).prototypes(CORNERS).resumeFrom(file).listener(new TrainingListener() {
                    @Override
                    public void started(RunDescription run) {
                        throw new Taken();
                    }
                }).fit(points);
            } catch (Taken e) {
                return;
            }
        };
    }

    private static List<byte[]> npys() throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String name : List.of("f4_3x5", "f8_scalar", "i4_7", "i8_2x1x3")) {
            files.add(Files.readAllBytes(TESTDATA.resolve("data/" + name + ".npy")));
        }
        return files;
    }

    private static void readNpy(Path file) throws IOException {
        NpyFile npy = NpyFile.read(file);
        if (npy.dtype().startsWith("float")) {
            npy.doubles();
            npy.floats();
        } else {
            npy.longs();
            npy.ints();
        }
    }

    private static List<byte[]> exchanged(String... names) throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String name : names) {
            files.add(Files.readAllBytes(EXCHANGE.resolve(name)));
        }
        return files;
    }

    /** A model file of ours as safetensors. */
    private static byte[] exported() throws IOException {
        Path file = Files.createTempFile("fuzz", ".safetensors");
        try {
            StateDict.of(Classifier.load(TESTDATA.resolve("model/v1-mlp-prototypes.eqs")).contents()).write(file);
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    private static void importModel(Path file) throws IOException {
        TensorArchive archive = TensorArchive.read(file);
        try {
            StateDict.classifier(archive);
        } catch (IllegalArgumentException e) {
            if (e.getClass() != IllegalArgumentException.class) {
                throw new IllegalStateException("not of our making", e);
            }
            throw new DataFormatException(e.getMessage(), e);
        }
    }

    private static final Path CHECKPOINT = EXCHANGE.resolve("checkpoint.pth");
    private static final String PICKLE = "checkpoint/data.pkl";

    private static byte[] pickle() throws IOException {
        try (ZipFile zip = new ZipFile(CHECKPOINT.toFile())) {
            return zip.getInputStream(zip.getEntry(PICKLE)).readAllBytes();
        }
    }

    /** Reads a damaged pickle among sound storages. */
    private static void readPickle(Path pickle) throws IOException {
        Path file = pickle.resolveSibling("y.pth");
        try (ZipFile sound = new ZipFile(CHECKPOINT.toFile()); ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (ZipEntry entry : Collections.list(sound.entries())) {
                zip.putNextEntry(new ZipEntry(entry.getName()));
                zip.write(entry.getName().equals(PICKLE) ? Files.readAllBytes(pickle) : sound.getInputStream(entry).readAllBytes());
            }
        }
        TensorArchive.read(file);
    }

    private static List<byte[]> mats(String... names) throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String name : names) {
            files.add(Files.readAllBytes(TESTDATA.resolve("data/svhn_" + name + ".mat")));
        }
        return files;
    }

    private static List<ForgedFiles.Named> svhn() throws IOException {
        return List.of(new ForgedFiles.Named("train_32x32.mat", mats("plain").get(0)));
    }

    private static List<ForgedFiles.Named> tinyImageNet() throws IOException {
        List<ForgedFiles.Named> files = new ArrayList<>(ForgedFiles.images("", "train/n1/images/a.png", "train/n2/images/b.png", "val/images/a.png"));
        files.add(new ForgedFiles.Named("val/val_annotations.txt", "a.png\tn1\n".getBytes(StandardCharsets.UTF_8)));
        return files;
    }

    private static List<byte[]> images(String format) throws IOException {
        List<byte[]> images = new ArrayList<>();
        int[] kinds = format.equals("png")
                ? new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_4BYTE_ABGR,
                        BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_USHORT_GRAY}
                : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY};
        for (int kind : kinds) {
            images.add(ForgedFiles.image(kind, format));
        }
        return images;
    }

    /** Right checksums for as many chunks as still follow one another. */
    private static byte[] sealPng(byte[] png) {
        ByteBuffer bytes = ByteBuffer.wrap(png);
        for (int at = 8; at >= 0 && at + 12 <= png.length; ) {
            int length = bytes.getInt(at);
            if (length < 0 || length > png.length - at - 12) {
                break;
            }
            CRC32 crc = new CRC32();
            crc.update(png, at + 4, length + 4);
            bytes.putInt(at + 8 + length, (int) crc.getValue());
            at += 12 + length;
        }
        return png;
    }

    /** Right checksums for every header where a header can be. */
    private static byte[] sealTar(byte[] tar) {
        for (int at = 0; at + 512 <= tar.length; at += 512) {
            if (tar[at + 257] == 'u' && tar[at + 258] == 's') {
                Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
                int sum = 0;
                for (int k = 0; k < 512; k++) {
                    sum += tar[at + k] & 0xFF;
                }
                byte[] digits = String.format(java.util.Locale.ROOT, "%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(digits, 0, tar, at + 148, 8);
            }
        }
        return tar;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
