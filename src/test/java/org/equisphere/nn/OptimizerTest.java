package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Optimisers against PyTorch's trajectories in double: testdata/nn/optimizers.py. */
class OptimizerTest {

    private static final Backend BACKEND = Backends.open("ejml", 1);
    private static final int SIZE = 7;

    /** Weights of seven learned numbers, set to the draws of stream 1. */
    private final Weights weights = new Network(new int[] {SIZE - 1}, List.of(new Dense("a", 1, false))).initialise(BACKEND, 1);
    private final Tensor gradients = BACKEND.tensor(SIZE);

    OptimizerTest() {
        weights.learned().set(Draws.floats(1, SIZE, 1, 0));
    }

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    @Test
    void sgd() {
        for (JsonNode c : cases("sgd", 4)) {
            weights.learned().set(Draws.floats(1, SIZE, 1, 0));
            follow(new Sgd(weights, gradients, c.get("momentum").doubleValue(), c.get("decay").doubleValue(), c.get("nesterov").booleanValue()), c);
        }
    }

    @Test
    void adamW() {
        for (JsonNode c : cases("adamw", 2)) {
            weights.learned().set(Draws.floats(1, SIZE, 1, 0));
            follow(new AdamW(weights, gradients, c.get("beta1").doubleValue(), c.get("beta2").doubleValue(), c.get("epsilon").doubleValue(),
                    c.get("decay").doubleValue()), c);
        }
    }

    private static JsonNode cases(String optimizer, int expected) {
        JsonNode cases = Golden.json("optimizers.json").get(optimizer);
        assertEquals(expected, cases.size());
        return cases;
    }

    private void follow(Optimizer optimizer, JsonNode golden) {
        JsonNode trajectory = golden.get("weights");
        for (int step = 0; step < trajectory.size(); step++) {
            advance(optimizer, step);
            Golden.assertClose("step " + step, Golden.doubles(trajectory.get(step)), weights.learned().toArray(), 1e-6);
        }
        assertEquals(trajectory.size(), optimizer.steps());
    }

    private void advance(Optimizer optimizer, int step) {
        float[] g = Draws.floats(2 + step, SIZE, 1, 0);
        float[] w = weights.learned().toArray();
        for (int i = 0; i < SIZE; i++) {
            g[i] += w[i];
        }
        gradients.set(g);
        optimizer.setRate(0.1 / (1 + step));
        optimizer.step();
    }

    @Test
    void resumesExactly() {
        AdamW whole = new AdamW(weights, gradients, 0.9, 0.999, 1e-8, 0.1);
        for (int step = 0; step < 4; step++) {
            advance(whole, step);
        }
        float[] middle = weights.learned().toArray();
        List<float[]> state = whole.state().stream().map(Tensor::toArray).toList();
        advance(whole, 4);
        float[] expected = weights.learned().toArray();

        weights.learned().set(middle);
        AdamW resumed = new AdamW(weights, gradients, 0.9, 0.999, 1e-8, 0.1);
        for (int i = 0; i < state.size(); i++) {
            resumed.state().get(i).set(state.get(i));
        }
        resumed.resume(4);
        advance(resumed, 4);
        assertArrayEquals(expected, weights.learned().toArray());
        assertEquals(5, resumed.steps());
    }

    /** Without gradients only decay moves: linear maps by rate * decay of themselves, the rest not at all. */
    @Test
    void decaysLinearMapsAlone() {
        Network network = Swin.of(new int[] {8, 8, 1}, Swin.Size.MICRO, 3);
        for (boolean adam : new boolean[] {true, false}) {
            Weights start = network.initialise(BACKEND, 1);
            BACKEND.addScaled(1, BACKEND.tensor(Draws.floats(1, start.learned().size(), 1, 0), start.learned().size()), start.learned());
            float[] before = start.learned().toArray();
            Tensor none = BACKEND.tensor(before.length);
            Optimizer optimizer = adam ? new AdamW(start, none, 0.9, 0.999, 1e-8, 0.5, true) : new Sgd(start, none, 0, 0.5, false, true);
            optimizer.setRate(0.1);
            optimizer.step();
            float[] after = start.learned().toArray();
            int spared = 0;
            for (Parameter p : network.parameters()) {
                boolean linear = p.name().matches(".*(qkv|proj|mlp[.][03]|reduction|head|features[.]0[.]0)[.]weight");
                spared += linear ? 0 : 1;
                for (int i = p.offset(); i < p.offset() + p.size(); i++) {
                    assertEquals(linear ? 0.95f * before[i] : before[i], after[i], linear ? 1e-6f : 0, p.name());
                }
            }
            assertEquals(network.parameters().size() - (1 + 4 * 4 + 1 + 1), spared);
        }
    }

    @Test
    void countsAStepThatIsReplayed() {
        AdamW adamW = new AdamW(weights, gradients, 0.9, 0.999, 1e-8, 0);
        for (int step = 0; step < 3; step++) {
            adamW.setRate(0.1);
        }
        assertEquals(3, adamW.steps(), "a replayed step runs no Java but for setRate");
    }

    @Test
    void rejectsBadSettings() {
        assertEquals("momentum is 1.0, expected 0 up to, not including, 1", message(() -> new Sgd(weights, gradients, 1, 0, false)));
        assertEquals("momentum is 0.999999999, expected 0 up to, not including, 1", message(() -> new Sgd(weights, gradients, 0.999999999, 0, false)),
                "1 as a float");
        assertEquals("weight decay is -1.0, expected at least 0", message(() -> new Sgd(weights, gradients, 0, -1, false)));
        assertEquals("momentum is NaN, expected 0 up to, not including, 1", message(() -> new Sgd(weights, gradients, Double.NaN, 0, false)));
        assertEquals("betas are 0.9, 1.0, expected 0 up to, not including, 1", message(() -> new AdamW(weights, gradients, 0.9, 1, 1e-8, 0)));
        assertEquals("betas are -0.1, 0.9, expected 0 up to, not including, 1", message(() -> new AdamW(weights, gradients, -0.1, 0.9, 1e-8, 0)));
        assertEquals("weight decay 0.0, epsilon 0.0, expected at least 0 and above 0", message(() -> new AdamW(weights, gradients, 0, 0, 0, 0)));
        assertEquals("weight decay -0.5, epsilon 1.0, expected at least 0 and above 0", message(() -> new AdamW(weights, gradients, 0, 0, 1, -0.5)));
    }

    private static String message(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}
