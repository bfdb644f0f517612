package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.DoubleBackend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses against PyTorch (testdata/nn/losses.py) and their gradients against finite differences. */
class LossTest {

    private static final Backend BACKEND = Backends.open("ejml", 1);
    private static final JsonNode GOLDEN = Golden.json("losses.json");
    private static final int[] LABELS = Golden.ints(GOLDEN.get("labels"));
    private static final int BATCH = LABELS.length;
    private static final int CLASSES = GOLDEN.get("classes").intValue();
    private static final int D = 4;

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    private interface Maker {
        Loss on(Backend backend);
    }

    static Stream<Arguments> losses() {
        return Stream.of(
                loss("squaredCosineSum", b -> new SquaredCosineLoss(b, targets(b), BATCH, Reduction.SUM)),
                loss("squaredCosineMean", b -> new SquaredCosineLoss(b, targets(b), BATCH, Reduction.MEAN)),
                loss("softmax", b -> new SoftmaxLoss(b, BATCH, 0)),
                loss("softmaxSmoothed", b -> new SoftmaxLoss(b, BATCH, 0.1)),
                loss("prototypeSoftmax", b -> new PrototypeSoftmaxLoss(b, targets(b), BATCH, 0.07, 0, null)),
                loss("prototypeSoftmaxSmoothedPrior", b -> new PrototypeSoftmaxLoss(b, targets(b), BATCH, 0.2, 0.1,
                        b.tensor(Draws.floats(4, CLASSES, 1, 0), CLASSES))),
                loss("softmaxPrior", b -> new SoftmaxLoss(b, BATCH, 0, b.tensor(Draws.floats(4, CLASSES, 1, 0), CLASSES))),
                loss("prototypeSoftmaxPlain", b -> new PrototypeSoftmaxLoss(b, targets(b), BATCH, 0.5, 0, null, false)),
                loss("mixed", LossTest::mixed),
                loss("dotRegression", b -> new DotRegressionLoss(b, targets(b), BATCH)));
    }

    /** 0.3 of the labels, 0.7 of the labels in reverse. */
    private static Loss mixed(Backend backend) {
        MixedLoss loss = new MixedLoss(backend, new PrototypeSoftmaxLoss(backend, targets(backend), BATCH, 0.2, 0, null), BATCH, D);
        int[] reversed = new int[BATCH];
        for (int i = 0; i < BATCH; i++) {
            reversed[i] = LABELS[BATCH - 1 - i];
        }
        loss.mix(reversed, BATCH, CLASSES, 0.3f);
        return loss;
    }

    private static Arguments loss(String name, Maker maker) {
        return Arguments.of(name, maker);
    }

    private static Tensor targets(Backend backend) {
        return backend.tensor(Golden.floats(GOLDEN.get("targets")), CLASSES, D);
    }

    /** What PyTorch's side fed: logits for the plain softmax, features otherwise. */
    private static Tensor output(Backend backend, String name) {
        return name.startsWith("softmax")
                ? backend.tensor(Draws.floats(2, BATCH * CLASSES, 3, 0), BATCH, CLASSES)
                : backend.tensor(Draws.floats(1, BATCH * D, 1, 0), BATCH, D);
    }

    private static LabelVector labels(Backend backend) {
        LabelVector labels = backend.labels(BATCH);
        labels.set(LABELS, BATCH, CLASSES);
        return labels;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void agreesWithPyTorch(String name, Maker maker) {
        Tensor output = output(BACKEND, name);
        Tensor gradient = BACKEND.tensor(output.shape());
        Loss loss = maker.on(BACKEND);
        loss.prepare(LABELS);
        loss.compute(output, labels(BACKEND), gradient);
        double sum = 0;
        for (float l : loss.losses().toArray()) {
            sum += l;
        }
        assertEquals(GOLDEN.get(name).get("loss").doubleValue(), sum, 1e-6 * sum);
        Golden.assertClose("gradient", Golden.doubles(GOLDEN.get(name).get("gradients").get(0)), gradient.toArray(), 2e-6);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("losses")
    void gradientIsTheDifference(String name, Maker maker) {
        DoubleBackend backend = new DoubleBackend();
        Tensor output = output(backend, name);
        Tensor gradient = backend.tensor(output.shape());
        LabelVector labels = labels(backend);
        Loss loss = maker.on(backend);
        loss.prepare(LABELS);
        loss.compute(output, labels, gradient);
        FiniteDifferences.check(name, output, DoubleBackend.get(gradient), 100, () -> {
            loss.compute(output, labels, gradient);
            double sum = 0;
            for (double l : DoubleBackend.get(loss.losses())) {
                sum += l;
            }
            return sum;
        });
    }

    /** NormFace: the cosine classifier under softmax. */
    @Test
    void cosineClassifierAgreesWithPyTorch() {
        Weights weights = new Network(new int[] {D}, List.of(new Given(BATCH), new CosineDense("a", CLASSES, 8))).initialise(BACKEND, 1);
        weights.get(Given.NAME).set(Draws.floats(1, BATCH * D, 1, 0));
        weights.get("a.weight").set(Draws.floats(5, CLASSES * D, 1, 0));
        TrainingPass pass = new TrainingPass(weights, BATCH);
        SoftmaxLoss loss = new SoftmaxLoss(BACKEND, BATCH, 0);
        pass.forward();
        loss.compute(pass.output(), labels(BACKEND), pass.outputGradient());
        pass.backward();
        JsonNode gradients = GOLDEN.get("normFace").get("gradients");
        Golden.assertClose("features", Golden.doubles(gradients.get(0)), pass.gradients().slice(0, BATCH * D).toArray(), 2e-6);
        Golden.assertClose("weight", Golden.doubles(gradients.get(1)), pass.gradients().slice(BATCH * D, CLASSES * D).toArray(), 2e-6);
    }

    /** For unit prototypes: gamma / n_y / 2 times the squared cosine loss, and absent classes as they are. */
    @Test
    void dotRegressionWeighsByRarity() {
        Tensor output = output(BACKEND, "dotRegression");
        Tensor gradient = BACKEND.tensor(BATCH, D);
        SquaredCosineLoss plain = new SquaredCosineLoss(BACKEND, targets(BACKEND), BATCH, Reduction.MEAN);
        DotRegressionLoss weighed = new DotRegressionLoss(BACKEND, targets(BACKEND), BATCH);
        plain.compute(output, labels(BACKEND), gradient);
        weighed.prepare(new int[] {3, 0, 3, 1, 3, 1});
        weighed.compute(output, labels(BACKEND), gradient);
        double[] factor = {2.0 / 3, 2, 2.0 / 3, 1, 2.0 / 3, 1};
        float[] found = weighed.losses().toArray();
        float[] base = plain.losses().toArray();
        for (int i = 0; i < BATCH; i++) {
            assertEquals(factor[i] * base[i] / 2, found[i], 1e-6 * found[i], "example " + i);
        }
        weighed.prepare(new int[] {2, 2, 2, 2, 2, 2});
        weighed.compute(output, labels(BACKEND), gradient);
        assertEquals(base[0] / 2, weighed.losses().toArray()[0], 1e-6 * base[0], "a class absent from the batch has factor 1");
    }

    /** What the blended loss hears before a step its own loss hears; before any second labels it is that loss. */
    @Test
    void aBlendOfNothingIsTheLossItself() {
        Tensor output = output(BACKEND, "dotRegression");
        Tensor gradient = BACKEND.tensor(BATCH, D);
        DotRegressionLoss plain = new DotRegressionLoss(BACKEND, targets(BACKEND), BATCH);
        MixedLoss blended = new MixedLoss(BACKEND, new DotRegressionLoss(BACKEND, targets(BACKEND), BATCH), BATCH, D);
        for (Loss loss : new Loss[] {plain, blended}) {
            loss.prepare(LABELS);
            loss.compute(output, labels(BACKEND), gradient);
        }
        assertArrayEquals(plain.losses().toArray(), blended.losses().toArray());
    }

    @Test
    void rejectsBadSettings() {
        assertEquals("label smoothing is 1.0, expected 0 up to, not including, 1", message(() -> new SoftmaxLoss(BACKEND, BATCH, 1)));
        assertEquals("label smoothing is -0.1, expected 0 up to, not including, 1",
                message(() -> new PrototypeSoftmaxLoss(BACKEND, targets(BACKEND), BATCH, 0.1, -0.1, null)));
        assertEquals("temperature is 0.0, expected above 0", message(() -> new PrototypeSoftmaxLoss(BACKEND, targets(BACKEND), BATCH, 0, 0, null)));
        DotRegressionLoss weighed = new DotRegressionLoss(BACKEND, targets(BACKEND), BATCH);
        assertEquals("3 labels, expected 6", message(() -> weighed.prepare(new int[3])));
        assertEquals("label 5 at 1 is not in 0..4", message(() -> weighed.prepare(new int[] {0, 5, 0, 0, 0, 0})));
        assertEquals("layer a: scale is -1.0, expected a positive number", message(() -> new CosineDense("a", 2, -1)));
        assertEquals("layer a: outputs is 0, expected at least 1", message(() -> new CosineDense("a", 0, 1)));
    }

    private static String message(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}
