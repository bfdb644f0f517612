package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Three training steps and an evaluation of residual networks against PyTorch in double: testdata/nn/resnets.py. */
class PyTorchResNetTest {

    /** Relative errors, float against double, each several times the worst found. */
    private static final double FORWARD = 3e-6;
    private static final double GRADIENT = 5e-6;
    private static final double AFTER_STEPS = 1e-5;
    /** A movement is a small difference of large numbers. */
    private static final double MOVEMENT = 1e-4;

    private static final Backend BACKEND = Backends.open("ejml", 2);

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    static Stream<Arguments> cases() {
        return StreamSupport.stream(Golden.json("resnets.json").get("cases").spliterator(), false)
                .map(c -> Arguments.of("resnet" + c.get("depth").asText() + "-" + c.get("shortcut").asText(), c));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void trainsAsPyTorchDoes(String name, JsonNode golden) {
        int batch = golden.get("batch").intValue();
        int height = golden.get("height").intValue();
        int width = golden.get("width").intValue();
        int outputs = golden.get("outputs").intValue();
        Network network = Architecture.parse(name).build(new int[] {height, width, 3}, outputs);
        Weights weights = network.initialise(BACKEND, 0);
        start(weights, golden.get("tensors"));
        float[] before = weights.learned().toArray();
        float[] images = PyTorchLayout.images(Draws.floats(1, batch * 3 * height * width, 1, 0), batch, 3, height, width);

        TrainingPass pass = new TrainingPass(weights, batch);
        pass.input().set(images);
        float[] gradients = train(golden, weights, pass, batch, outputs);
        float[] movement = weights.learned().toArray();
        for (int i = 0; i < movement.length; i++) {
            movement[i] -= before[i];
        }
        checkSummaries(network, golden.get("tensors"), gradients, movement);
        if (golden.get("depth").intValue() == 8 && name.endsWith("3x3")) {
            checkWhole(network, golden.get("tensors"), gradients, movement);
        }
        checkStatistics(weights, golden.get("tensors"));
        InferencePass inference = new InferencePass(weights, batch);
        inference.input().set(images);
        inference.forward();
        Golden.assertClose("evaluation", Golden.doubles(golden.get("evaluation")), inference.output().toArray(), AFTER_STEPS);
    }

    /** Draws the start as PyTorch's side did; the names must be PyTorch's. */
    private static void start(Weights weights, JsonNode tensors) {
        assertEquals(tensors.size(), weights.network().parameters().size() + weights.network().statistics().size());
        for (JsonNode t : tensors) {
            int[] places = PyTorchLayout.places(Golden.ints(t.get("shape")));
            float[] drawn = Draws.floats(t.get("stream").intValue(), places.length, t.get("scale").doubleValue(), t.get("shift").doubleValue());
            weights.get(t.get("name").asText()).set(PyTorchLayout.toHere(drawn, places));
        }
    }

    /** Trains and checks losses and the first output. Returns the first step's gradients. */
    private static float[] train(JsonNode golden, Weights weights, TrainingPass pass, int batch, int outputs) {
        int[] labels = Golden.ints(golden.get("labels"));
        int classes = golden.get("classes").intValue();
        Tensor prototypes = BACKEND.tensor(Golden.floats(golden.get("prototypes")), classes, outputs);
        LabelVector held = BACKEND.labels(batch);
        held.set(labels, batch, classes);
        SquaredCosineLoss loss = new SquaredCosineLoss(BACKEND, prototypes, batch, Reduction.SUM);
        Sgd sgd = new Sgd(weights, pass.gradients(), golden.get("momentum").doubleValue(), golden.get("decay").doubleValue(), false);
        double[] losses = Golden.doubles(golden.get("losses"));
        float[] gradients = null;
        for (int step = 0; step < losses.length; step++) {
            pass.forward();
            if (step == 0) {
                Golden.assertClose("output", Golden.doubles(golden.get("output")), pass.output().toArray(), FORWARD);
            }
            loss.compute(pass.output(), held, pass.outputGradient());
            double sum = 0;
            for (float l : loss.losses().toArray()) {
                sum += l;
            }
            assertEquals(losses[step], sum, (step == 0 ? FORWARD : AFTER_STEPS) * losses[step], "loss of step " + step);
            pass.backward();
            gradients = gradients == null ? pass.gradients().toArray() : gradients;
            sgd.setRate(golden.get("rate").doubleValue());
            sgd.step();
        }
        return gradients;
    }

    private static Parameter find(Network network, String name) {
        return network.parameters().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    }

    private static float[] inPyTorchLayout(Network network, JsonNode tensor, float[] flat) {
        Parameter p = find(network, tensor.get("name").asText());
        float[] here = Arrays.copyOfRange(flat, p.offset(), p.offset() + p.size());
        return PyTorchLayout.toPyTorch(here, PyTorchLayout.places(Golden.ints(tensor.get("shape"))));
    }

    private static void checkSummaries(Network network, JsonNode tensors, float[] gradients, float[] movement) {
        for (JsonNode t : tensors) {
            if (t.has("gradient")) {
                checkSummary(t.get("name").asText() + " gradient", t.get("gradient"), inPyTorchLayout(network, t, gradients), GRADIENT);
                checkSummary(t.get("name").asText() + " movement", t.get("movement"), inPyTorchLayout(network, t, movement), MOVEMENT);
            }
        }
    }

    private static void checkSummary(String what, JsonNode golden, float[] found, double tolerance) {
        double[] draws = Draws.of(500, found.length);
        double squares = 0;
        double product = 0;
        for (int i = 0; i < found.length; i++) {
            squares += (double) found[i] * found[i];
            product += found[i] * draws[i];
        }
        double norm = golden.get("norm").doubleValue();
        assertEquals(norm, Math.sqrt(squares), tolerance * norm, what + ", norm");
        assertEquals(golden.get("product").doubleValue(), product, tolerance * norm, what + ", product");
    }

    /** Every tensor element by element: resnet8.npy holds the gradients, then the movements. */
    private static void checkWhole(Network network, JsonNode tensors, float[] gradients, float[] movement) {
        float[] whole = Golden.npy("resnet8.npy");
        assertEquals(2 * network.parameterCount(), whole.length);
        int at = 0;
        for (JsonNode t : tensors) {
            if (t.has("gradient")) {
                float[] gradient = inPyTorchLayout(network, t, gradients);
                String name = t.get("name").asText();
                Golden.assertClose(name + " gradient", part(whole, at, gradient.length), gradient, GRADIENT);
                Golden.assertClose(name + " movement", part(whole, network.parameterCount() + at, gradient.length),
                        inPyTorchLayout(network, t, movement), MOVEMENT);
                at += gradient.length;
            }
        }
        assertEquals(network.parameterCount(), at);
    }

    private static double[] part(float[] whole, int from, int count) {
        double[] part = new double[count];
        for (int i = 0; i < count; i++) {
            part[i] = whole[from + i];
        }
        return part;
    }

    private static void checkStatistics(Weights weights, JsonNode tensors) {
        int found = 0;
        for (JsonNode t : tensors) {
            if (t.has("statistic")) {
                String name = t.get("name").asText();
                Golden.assertClose(name, Golden.doubles(t.get("statistic")), weights.get(name).toArray(), AFTER_STEPS);
                found++;
            }
        }
        assertTrue(found == weights.network().statistics().size(), found + " statistics");
    }
}
