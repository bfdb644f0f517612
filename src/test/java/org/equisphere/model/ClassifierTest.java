package org.equisphere.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.equisphere.data.Normalization;
import org.equisphere.data.reader.ImageDecoder;
import org.equisphere.data.reader.ImageSize;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.PrototypeSoftmaxLoss;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierTest {

    private static final int[] IMAGE = {8, 8, 3};

    @TempDir
    private Path folder;

    private static Classifier images(Readout readout) {
        Architecture architecture = Architecture.parse("resnet8");
        Normalization normalization = new Normalization(new float[] {0.5f, 0.4f, 0.3f}, new float[] {0.2f, 0.3f, 0.4f});
        Network network = architecture.build(IMAGE, 3);
        if (readout instanceof Readout.Softmax) {
            network = network.append(new org.equisphere.nn.Dense("classifier", 5, false));
        }
        try (Backend backend = Backends.host(1)) {
            Weights weights = network.initialise(backend, 5);
            return Classifier.of(new ModelContents(architecture, IMAGE, 3, List.of("a", "b", "c", "ä", "日本"), normalization, readout,
                    weights.learned().toArray(), weights.statistics().toArray(), Map.of("seed", "5", "note", "of the test")));
        }
    }

    private static Readout nearest() {
        Prototypes prototypes = new PrototypeOptimizer(7, 3).seed(1).optimize().prototypes();
        return new Readout.Nearest(prototypes, new int[] {3, 1, 6, 0, 2});
    }

    private static Readout inner() {
        return new Readout.Nearest(((Readout.Nearest) nearest()).prototypes(), new int[] {3, 1, 6, 0, 2}, false);
    }

    private static float[] examples(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] examples = new float[count * 8 * 8 * 3];
        for (int i = 0; i < examples.length; i++) {
            examples[i] = (float) random.nextDouble();
        }
        return examples;
    }

    @Test
    void aSavedModelPredictsTheSame() throws IOException {
        for (Readout readout : List.of(nearest(), inner(), new Readout.Softmax())) {
            Classifier made = images(readout);
            Path file = folder.resolve("model.eqs");
            made.save(file);
            Classifier loaded = Classifier.load(file);
            assertEquals(made.labelNames(), loaded.labelNames());
            assertEquals(made.provenance(), loaded.provenance());
            for (int i = 0; i < 5; i++) {
                float[] example = examples(1, i);
                assertArrayEquals(made.scores(example), loaded.scores(example));
                assertEquals(made.predict(example), loaded.predict(example));
            }
            byte[] first = Files.readAllBytes(file);
            loaded.save(file);
            assertArrayEquals(first, Files.readAllBytes(file), "saving again changed the file");
            try (var files = Files.list(folder)) {
                assertEquals(1, files.count(), "something was left beside the model");
            }
        }
    }

    /** The whole path of a large network: save, load, and predict one image and several at once. */
    @Test
    void aTransformerIsAClassifierLikeAnyOther() throws IOException {
        Architecture architecture = Architecture.parse("swin-micro");
        int[] shape = {20, 28, 3};
        Classifier made;
        try (Backend backend = Backends.host(1)) {
            Weights weights = architecture.build(shape, 3).initialise(backend, 5);
            made = Classifier.builder(architecture, weights, List.of("a", "b", "c", "d", "e"))
                    .nearest(((Readout.Nearest) nearest()).prototypes(), new int[] {3, 1, 6, 0, 2}).build();
        }
        Path file = folder.resolve("swin.eqs");
        made.save(file);
        Classifier loaded = Classifier.load(file);
        float[] two = new float[2 * 20 * 28 * 3];
        for (int i = 0; i < two.length; i++) {
            two[i] = (float) Math.abs(Math.sin(i * 0.7));
        }
        float[] first = Arrays.copyOf(two, two.length / 2);
        assertArrayEquals(made.scores(first), loaded.scores(first));
        Prediction alone = loaded.predict(first);
        Prediction together = loaded.predict(two, 2).get(0);
        assertEquals(alone, together);
        assertEquals(5, loaded.scores(loaded.example(new java.awt.image.BufferedImage(40, 50, java.awt.image.BufferedImage.TYPE_INT_RGB))).length);
    }

    @Test
    void scoresAreCosinesOfTheEmbeddingToTheAssignedPrototypes() {
        Readout.Nearest readout = (Readout.Nearest) nearest();
        Classifier classifier = images(readout);
        float[] example = examples(1, 9);
        float[] embedding = classifier.embed(example);
        double norm = 0;
        for (float v : embedding) {
            norm += v * v;
        }
        assertEquals(1, norm, 1e-5);
        float[] scores = classifier.scores(example);
        for (int label = 0; label < 5; label++) {
            double[] p = readout.prototypes().row(readout.prototypeOfLabel()[label]);
            assertEquals(p[0] * embedding[0] + p[1] * embedding[1] + p[2] * embedding[2], scores[label], 1e-5);
        }
        List<Prediction> top = classifier.top(example, 5);
        for (int k = 1; k < 5; k++) {
            assertTrue(top.get(k - 1).score() >= top.get(k).score());
        }
        assertEquals(classifier.predict(example), top.get(0));
        double[] p = classifier.probabilities(example, 0.1);
        assertEquals(1, Arrays.stream(p).sum(), 1e-12);
        assertTrue(p[top.get(0).label()] >= p[top.get(1).label()]);
    }

    /** Unit prototypes: all inner products of an example are its cosines times the one length of its feature. */
    @Test
    void theBestLabelIsTheSameByCosinesAndByInnerProducts() {
        Classifier cosines = images(nearest());
        Classifier inner = images(inner());
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            float[] example = examples(1, 1000 + i);
            for (int k = 0; k < example.length; k++) {
                example[k] *= 1 + i % 7;
            }
            float[] c = cosines.scores(example);
            float[] p = inner.scores(example);
            double length = p[0] / c[0];
            for (int label = 0; label < 5; label++) {
                assertEquals(length * c[label], p[label], 1e-4 * length, "label " + label);
            }
            assertEquals(cosines.top(example, 5).stream().map(Prediction::label).toList(),
                    inner.top(example, 5).stream().map(Prediction::label).toList());
            assertArrayEquals(cosines.embed(example), inner.embed(example));
            seen.add(inner.predict(example).label());
            assertTrue(length > 0 && Math.abs(length - 1) > 1e-3, "a feature of length " + length + " shows nothing");
        }
        assertTrue(seen.size() > 1, "one label for all examples shows nothing");
    }

    /** Minus the logarithm of the label's probability is what the loss that the model was trained by says of the same feature. */
    @Test
    void probabilitiesAreThoseOfTheLoss() {
        for (Readout readout : List.of(nearest(), inner())) {
            Classifier classifier = images(readout).withTemperature(0.2);
            ModelContents contents = classifier.contents();
            float[] example = examples(1, 77);
            try (Backend backend = Backends.host(1)) {
                InferencePass pass = new InferencePass(contents.network().weights(backend, contents.learned(), contents.statistics()), 1);
                float[] input = example.clone();
                contents.normalization().apply(input, 0, input.length);
                pass.input().set(input);
                pass.forward();
                Tensor targets = backend.tensor(((Readout.Nearest) readout).targets(), 5, 3);
                Loss loss = new PrototypeSoftmaxLoss(backend, targets, 1, 0.2, 0, null, ((Readout.Nearest) readout).normalized());
                LabelVector labels = backend.labels(1);
                for (int label = 0; label < 5; label++) {
                    labels.set(new int[] {label}, 1, 5);
                    loss.compute(pass.output(), labels, backend.tensor(1, 3));
                    assertEquals(loss.losses().toArray()[0], -Math.log(classifier.probabilities(example)[label]), 1e-4, readout + ", label " + label);
                }
            }
        }
    }

    @Test
    void theTemperatureIsKept() throws IOException {
        assertEquals(0.07, images(nearest()).contents().temperature());
        assertEquals(1, images(inner()).contents().temperature());
        assertEquals(1, images(new Readout.Softmax()).contents().temperature());
        Classifier fitted = images(inner()).withTemperature(0.25);
        assertEquals("of the test", fitted.provenance().get("note"));
        assertArrayEquals(fitted.probabilities(examples(1, 1), 0.25), fitted.probabilities(examples(1, 1)));
        Path file = folder.resolve("model.eqs");
        fitted.save(file);
        assertEquals(0.25, Classifier.load(file).contents().temperature());
        for (String wrong : new String[] {"-0.2", "zero", "NaN "}) {
            String told = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).replace("0.25", wrong);
            byte[] body = told.substring(0, told.length() - 32).getBytes(StandardCharsets.ISO_8859_1);
            Path damaged = folder.resolve("damaged.eqs");
            Files.write(damaged, body);
            Files.write(damaged, sha256(body), StandardOpenOption.APPEND);
            String message = assertThrows(ModelFormatException.class, () -> Classifier.load(damaged)).getMessage();
            assertTrue(message.contains("damaged.eqs")
                    && message.contains("confidence_temperature is \"" + wrong + "\", expected a number above 0"), message);
        }
        assertThrows(IllegalArgumentException.class, () -> fitted.withTemperature(0));
    }

    private static byte[] sha256(byte[] body) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(body);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void manyAtOnceAgreeWithOneByOne() {
        Classifier classifier = images(nearest());
        int count = 71;
        float[] all = examples(count, 4);
        List<Prediction> together = classifier.predict(all, count);
        for (int i = 0; i < count; i++) {
            assertEquals(classifier.predict(Arrays.copyOfRange(all, i * 192, (i + 1) * 192)), together.get(i));
        }
    }

    /** 43,000 examples and 50,000 labels have more scores than an array holds. */
    @Test
    void predictionsOfManyTakeNoMemoryForAllScores() {
        int labels = 50_000;
        int count = 43_000;
        Architecture architecture = Architecture.parse("mlp");
        Classifier classifier;
        try (Backend backend = Backends.host(1)) {
            Weights weights = ModelContents.network(architecture, new int[] {1}, 1, new Readout.Softmax(), labels).initialise(backend, 1);
            classifier = Classifier.builder(architecture, weights, IntStream.range(0, labels).mapToObj(String::valueOf).toList()).softmax(1).build();
        }
        float[] examples = new float[count];
        for (int i = 0; i < count; i++) {
            examples[i] = (float) Math.sin(i);
        }
        List<Prediction> found = classifier.predict(examples, count);
        assertEquals(count, found.size());
        for (int i : new int[] {0, 1, 31, 32, count - 1}) {
            assertEquals(classifier.predict(new float[] {examples[i]}), found.get(i));
        }
    }

    @Test
    void impossibleCountsAreNamed() {
        Classifier classifier = images(nearest());
        assertEquals(List.of(), classifier.predict(new float[0], 0));
        String message = assertThrows(IllegalArgumentException.class, () -> classifier.predict(new float[0], -1)).getMessage();
        assertTrue(message.contains("0 values for -1 examples"), message);
        message = assertThrows(IllegalArgumentException.class, () -> classifier.embed(new float[0], -1)).getMessage();
        assertTrue(message.contains("-1"), message);
        try (Backend backend = Backends.host(1)) {
            message = assertThrows(IllegalArgumentException.class, () -> classifier.predictor(backend, 12_000_000)).getMessage();
            assertTrue(message.contains("12000000"), message);
            message = assertThrows(IllegalArgumentException.class, () -> classifier.predictor(backend, -1)).getMessage();
            assertTrue(message.contains("-1"), message);
        }
    }

    @Test
    void manyThreadsPredictAtOnce() throws Exception {
        Classifier classifier = images(nearest());
        List<float[]> inputs = new ArrayList<>();
        List<float[]> expected = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            inputs.add(examples(1, i));
            expected.add(classifier.scores(inputs.get(i)));
        }
        ExecutorService pool = Executors.newFixedThreadPool(16);
        try {
            List<Callable<Void>> calls = new ArrayList<>();
            for (int k = 0; k < 400; k++) {
                int i = k % 8;
                calls.add(() -> {
                    assertArrayEquals(expected.get(i), classifier.scores(inputs.get(i)));
                    return null;
                });
            }
            for (Future<Void> done : pool.invokeAll(calls)) {
                done.get();
            }
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void oneFlippedBitAnywhereIsNoticed() throws IOException {
        Path file = folder.resolve("model.eqs");
        images(nearest()).save(file);
        byte[] whole = Files.readAllBytes(file);
        SplittableRandom random = new SplittableRandom(2);
        for (int trial = 0; trial < 200; trial++) {
            int at = trial < 60 ? trial : trial < 100 ? whole.length - 1 - (trial - 60) : random.nextInt(whole.length);
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            String message = assertThrows(ModelFormatException.class, () -> Classifier.load(file), "byte " + at).getMessage();
            assertTrue(message.contains("model.eqs"), message);
        }
    }

    @Test
    void aCutOffForeignOrMissingFileIsRefused() throws IOException {
        Path file = folder.resolve("model.eqs");
        images(nearest()).save(file);
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 3, 8, 11, 40, whole.length / 2, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThrows(ModelFormatException.class, () -> Classifier.load(file), "length " + length);
        }
        Files.writeString(file, "not a model, but some text that is long enough to look at");
        assertTrue(assertThrows(ModelFormatException.class, () -> Classifier.load(file)).getMessage().contains("EQUISPHR"));
        assertThrows(NoSuchFileException.class, () -> Classifier.load(folder.resolve("nothing.eqs")));
    }

    /** Sparse files of 3 GB: more than an array holds. */
    @Test
    void aHugeFileIsRefused() throws IOException {
        Path file = folder.resolve("huge.eqs");
        for (String start : new String[] {"", "EQUISPHR"}) {
            try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
                huge.writeBytes(start);
                huge.setLength(3L << 30);
            }
            String message = assertThrows(ModelFormatException.class, () -> Classifier.load(file)).getMessage();
            assertTrue(message.contains("huge.eqs") && message.contains(start.isEmpty() ? "EQUISPHR" : "3221225472 bytes"), message);
        }
    }

    @Test
    void fewerThanNoProvenanceEntriesAreRefused() throws IOException {
        Path file = folder.resolve("model.eqs");
        ModelContents contents = images(nearest()).contents();
        Classifier.of(new ModelContents(contents.architecture(), IMAGE, 3, contents.labelNames(), contents.normalization(), contents.readout(),
                contents.learned(), contents.statistics(), Map.of())).save(file);
        byte[] body = Files.readAllBytes(file);
        body = Arrays.copyOf(body, body.length - 32);
        Arrays.fill(body, body.length - 4, body.length, (byte) -1);
        assertRefused(file, body, "number of provenance entries is -1, expected at least 0");
    }

    @Test
    void ofEqualScoresTheLowerLabelIsBetter() {
        ModelContents c = images(new Readout.Softmax()).contents();
        Classifier undecided = Classifier.of(new ModelContents(c.architecture(), IMAGE, c.dimension(), c.labelNames(), c.normalization(), c.readout(),
                new float[c.learned().length], c.statistics(), Map.of()));
        assertEquals(List.of(0, 1, 2), undecided.top(examples(1, 1), 3).stream().map(Prediction::label).toList());
        assertEquals(0, undecided.predict(examples(1, 1)).label());
        assertEquals(List.of(0, 0), undecided.predict(examples(2, 1), 2).stream().map(Prediction::label).toList());
    }

    /** With a right digest, so that the field itself is what is looked at. */
    private static void assertRefused(Path file, byte[] body, String expected) throws IOException {
        Files.write(file, body);
        Files.write(file, sha256(body), StandardOpenOption.APPEND);
        String message = assertThrows(ModelFormatException.class, () -> Classifier.load(file)).getMessage();
        assertTrue(message.contains("model.eqs") && message.contains(expected), message);
    }

    /** Places as the package description gives them: first the version, then the architecture's text, shape and dimension. */
    @Test
    void otherVersionsAndFieldsOutOfRangeAreRefused() throws IOException {
        Path file = folder.resolve("model.eqs");
        Classifier classifier = images(nearest());
        classifier.save(file);
        byte[] whole = Files.readAllBytes(file);
        byte[] body = Arrays.copyOf(whole, whole.length - 32);
        assertRefused(file, with(body, 8, 0), "format version 0, this library reads version 1");
        assertRefused(file, with(body, 8, 2), "format version 2, this library reads version 1");
        int dimension = 8 + 4 + 4 + classifier.contents().architecture().toString().length() + 4 + 3 * 4;
        assertRefused(file, with(body, dimension, 0), "dimension is 0, expected at least 1");
        assertRefused(file, with(body, dimension + 4, 0), "number of labels is 0, expected at least 1");
        assertRefused(file, with(body, dimension + 8, -1), "length of label name 0 is -1, expected 0.." + (body.length - dimension - 12));
        assertRefused(file, Arrays.copyOf(body, body.length + 1), "1 bytes too many");
    }

    private static byte[] with(byte[] body, int at, int value) {
        byte[] changed = body.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return changed;
    }

    @Test
    void aMissingFolderIsNamed() throws IOException {
        Path file = folder.resolve("missing").resolve("model.eqs");
        String message = assertThrows(IOException.class, () -> images(nearest()).save(file)).getMessage();
        assertTrue(message.contains("model.eqs"), message);
    }

    @Test
    void badInputsAreNamed() {
        Classifier classifier = images(nearest());
        float[] example = examples(1, 1);
        example[100] = Float.NaN;
        String message = assertThrows(IllegalArgumentException.class, () -> classifier.predict(example)).getMessage();
        assertTrue(message.contains("element 100") && message.contains("NaN"), message);
        message = assertThrows(IllegalArgumentException.class, () -> classifier.predict(new float[5])).getMessage();
        assertTrue(message.contains("5 values") && message.contains("192"), message);
        assertThrows(IllegalArgumentException.class, () -> classifier.top(examples(1, 1), 6));
        assertThrows(IllegalArgumentException.class, () -> classifier.top(examples(1, 1), 0));
        for (double temperature : new double[] {0, -1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> classifier.probabilities(examples(1, 1), temperature));
        }
        assertEquals(classifier.predict(examples(1, 3)), classifier.predict(examples(1, 3)), "a refused call spoilt the next");
    }

    /** logits = |h| W'u + b, u being the embedding: the same factor |h| for every label. */
    @Test
    void aSoftmaxClassifierEmbedsWhatItsLastLayerReads() {
        Classifier classifier = images(new Readout.Softmax());
        float[] u = classifier.embed(examples(1, 1));
        float[] logits = classifier.scores(examples(1, 1));
        float[] learned = classifier.contents().learned();
        int c = logits.length;
        int weights = learned.length - c - u.length * c;
        double length = 0;
        for (float v : u) {
            length += v * v;
        }
        assertEquals(1, length, 1e-5);
        double[] factors = new double[c];
        for (int label = 0; label < c; label++) {
            double product = 0;
            for (int k = 0; k < u.length; k++) {
                product += learned[weights + k * c + label] * u[k];
            }
            factors[label] = (logits[label] - learned[learned.length - c + label]) / product;
            assertEquals(factors[0], factors[label], 1e-3 * Math.abs(factors[0]), "label " + label);
        }
        assertTrue(factors[0] > 0);
    }

    @Test
    void partsThatDoNotFitAreRefused() {
        ModelContents good = images(nearest()).contents();
        assertThrows(IllegalArgumentException.class, () -> new ModelContents(good.architecture(),
                IMAGE, 3, List.of("a"), good.normalization(), good.readout(), good.learned(), good.statistics(), Map.of()));
        assertThrows(IllegalArgumentException.class, () -> new ModelContents(good.architecture(),
                IMAGE, 3, good.labelNames(), good.normalization(), good.readout(), new float[3], good.statistics(), Map.of()));
        Prototypes two = Prototypes.of(new double[] {1, 0, 0, 1}, 2, 2);
        assertThrows(IllegalArgumentException.class, () -> new Readout.Nearest(two, new int[] {0, 0}));
        assertThrows(IllegalArgumentException.class, () -> new Readout.Nearest(two, new int[] {0, 2}));
        assertThrows(IllegalArgumentException.class, () -> new ModelContents(good.architecture(), IMAGE, 3, good.labelNames(),
                new Normalization(new float[] {0.5f}, new float[] {0.2f}), good.readout(), good.learned(), good.statistics(), Map.of()));
    }

    private static Classifier taking(int... shape) {
        Architecture architecture = Architecture.parse("mlp:4");
        try (Backend backend = Backends.host(1)) {
            return Classifier.builder(architecture, architecture.build(shape, 3).initialise(backend, 1), List.of("a", "b", "c", "d", "e"))
                    .nearest(((Readout.Nearest) nearest()).prototypes(), new int[] {3, 1, 6, 0, 2}).build();
        }
    }

    /** A grey PNG of the input's size as ImageIO reads it, all 256 levels. */
    @Test
    void aGreyPictureIsSeenAsItIsStored() throws IOException {
        BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 256; i++) {
            grey.getRaster().setSample(i % 16, i / 16, 0, i);
        }
        Path file = folder.resolve("grey.png");
        ImageIO.write(grey, "png", file.toFile());
        BufferedImage read = ImageIO.read(file.toFile());
        assertEquals(BufferedImage.TYPE_BYTE_GRAY, read.getType());
        float[] one = taking(16, 16, 1).example(read);
        float[] three = taking(16, 16, 3).example(read);
        for (int i = 0; i < 256; i++) {
            assertEquals(i / 255f, one[i]);
            assertEquals(i / 255f, three[3 * i + i % 3]);
        }
    }

    /** Pictures in memory, at scales that need their filter widened, become what the readers of image files make of them for training. */
    @Test
    void picturesBecomeWhatTrainingSees() throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_BYTE_GRAY}) {
            BufferedImage picture = new BufferedImage(93, 71, type);
            for (int i = 0; i < 93 * 71; i++) {
                for (int band = 0; band < picture.getRaster().getNumBands(); band++) {
                    picture.getRaster().setSample(i % 93, i / 93, band, random.nextInt(256));
                }
            }
            Path file = folder.resolve("picture.png");
            ImageIO.write(picture, "png", file.toFile());
            byte[] seen = ImageDecoder.read(file, ImageSize.of(8));
            float[] example = taking(8, 8, 3).example(ImageIO.read(file.toFile()));
            for (int i = 0; i < seen.length; i++) {
                assertEquals((seen[i] & 0xFF) / 255f, example[i], "type " + type + ", value " + i);
            }
        }
    }

    @Test
    void whatPicturesAreScaledToIsKept() throws IOException {
        Classifier scaling = taking(8, 12, 3).withResize(20);
        Path file = folder.resolve("model.eqs");
        scaling.save(file);
        assertEquals(20, Classifier.load(file).contents().resize());
        assertEquals(0, scaling.withResize(0).contents().resize());
        for (int side : new int[] {11, -1, 10_000}) {
            String message = assertThrows(IllegalArgumentException.class, () -> scaling.withResize(side)).getMessage();
            assertEquals("image_resize is \"" + side + "\", expected a side that covers the input, up to 9999 pixels", message);
        }
        assertThrows(IllegalArgumentException.class, () -> taking(4).withResize(20));
    }

    @Test
    void aClassifierOfVectorsTakesNoPicture() {
        Classifier vectors = taking(4);
        String message = assertThrows(IllegalArgumentException.class,
                () -> vectors.example(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB))).getMessage();
        assertTrue(message.contains("[4]"), message);
    }

    /** Two threads, one path: each save is whole, none is in the other's way. */
    @Test
    void savesAtOnceToOneFileDoNotMeet() throws Exception {
        Path file = folder.resolve("model.eqs");
        Classifier classifier = taking(4);
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            Callable<Void> saves = () -> {
                for (int k = 0; k < 100; k++) {
                    classifier.save(file);
                    Classifier.load(file);
                }
                return null;
            };
            for (Future<Void> done : pool.invokeAll(List.of(saves, saves))) {
                done.get();
            }
        } finally {
            pool.shutdown();
        }
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count(), "something was left beside the model");
        }
    }

    /** A model goes to its file piece by piece: a second copy of a large one would not fit beside it. */
    @Test
    void savingTakesLittleMemory() throws IOException {
        Classifier classifier = taking(400_000);
        Path file = folder.resolve("model.eqs");
        classifier.save(file);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        classifier.save(file);
        long taken = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertTrue(Files.size(file) > 6_000_000 && taken < 1_000_000, taken + " bytes taken for a file of " + Files.size(file));
    }

    /** The file's bytes and the numbers in them: a second copy of either would not fit beside a large one. */
    @Test
    void loadingTakesTwiceTheFile() throws IOException {
        Path file = folder.resolve("model.eqs");
        taking(400_000).save(file);
        Classifier.load(file);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        Classifier.load(file);
        long taken = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertTrue(taken < 2 * Files.size(file) + 1_000_000, taken + " bytes taken for a file of " + Files.size(file));
    }

    /** What accessors hand out of a classifier's small arrays is the caller's to change. */
    @Test
    void aClassifierCannotBeChangedThroughItsContents() {
        Classifier classifier = images(nearest());
        float[] example = examples(1, 3);
        classifier.contents().inputShape()[0] = 9;
        classifier.contents().normalization().mean()[0] = 7;
        classifier.contents().normalization().std()[0] = 7;
        ((Readout.Nearest) classifier.contents().readout()).prototypeOfLabel()[0] = 5;
        assertArrayEquals(images(nearest()).scores(example), classifier.scores(example));
    }

    @Test
    void anInputShapeIsThatOfAVectorOrAnImage() {
        ModelContents good = taking(4).contents();
        for (int[] shape : new int[][] {{}, {2, 2}, {1, 2, 2, 1}}) {
            String message = assertThrows(IllegalArgumentException.class, () -> new ModelContents(good.architecture(), shape, 3, good.labelNames(),
                    good.normalization(), good.readout(), good.learned(), good.statistics(), Map.of())).getMessage();
            assertTrue(message.contains(Arrays.toString(shape)) && message.contains("{height, width, channels} or {features}"), message);
        }
    }

    @Test
    void imagesOfAnySizeAreFitted() {
        Classifier classifier = images(nearest());
        BufferedImage same = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        same.setRGB(3, 2, 0x3366CC);
        float[] example = classifier.example(same);
        int at = (2 * 8 + 3) * 3;
        assertEquals(0x33 / 255f, example[at]);
        assertEquals(0x66 / 255f, example[at + 1]);
        assertEquals(0xCC / 255f, example[at + 2]);
        BufferedImage wide = new BufferedImage(40, 16, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 16; y++) {
            for (int x = 12; x < 28; x++) {
                wide.setRGB(x, y, 0xFFFFFF);
            }
        }
        for (float v : classifier.example(wide)) {
            assertTrue(v >= 0.5f, "the middle of the picture is white, got " + v);
        }
    }
}
