package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.SphericalCodes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;
import org.equisphere.train.HeadSettings.HeadKind;
import org.junit.jupiter.api.Test;

class BestEpochTest {

    private static void fill(Tensor tensor, float value) {
        float[] values = new float[tensor.size()];
        Arrays.fill(values, value);
        tensor.set(values);
    }

    /**
     * Offers one epoch after the other, weights and statistics being its number; the best is set back, also by another process
     * that goes on after the second.
     */
    @Test
    void theFirstOfTheBestIsSetBack() throws IOException {
        double[][] runs = {{0, 0, 0}, {0.5, 0.7, 0.7}, {0.7, 0.5, 0.9}, {Double.NaN, 0.1, 0.1}};
        int[] best = {1, 2, 3, 1};
        for (int run = 0; run < runs.length; run++) {
            try (Backend backend = Backends.host(1)) {
                Weights weights = Architecture.parse("resnet8").build(new int[] {8, 8, 3}, 2).initialise(backend, 1);
                PrototypeHead head = new PrototypeHead(SphericalCodes.polygon(5), 5,
                        HeadSettings.builder(HeadKind.DYNAMIC).momentum(0).build(), false, null, 1);
                int[][] assigned = new int[4][];
                BestEpoch kept = new BestEpoch(weights, head);
                for (int epoch = 1; epoch <= 3; epoch++) {
                    fill(weights.learned(), epoch);
                    fill(weights.statistics(), -epoch);
                    float[] features = new float[10];
                    for (int label = 0; label < 5; label++) {
                        features[2 * label] = (float) Math.cos(label + epoch * label * label);
                        features[2 * label + 1] = (float) Math.sin(label + epoch * label * label);
                    }
                    head.observe(backend.tensor(features, 5, 2), backend.labels(5), new int[] {0, 1, 2, 3, 4}, 5);
                    head.reassign();
                    assigned[epoch] = head.prototypeOfLabel();
                    kept.offer(epoch, runs[run][epoch - 1]);
                    if (epoch == 2) {
                        ByteArrayOutputStream saved = new ByteArrayOutputStream();
                        kept.save(new DataOutputStream(saved));
                        kept = new BestEpoch(weights, head);
                        kept.load(new DataInputStream(new ByteArrayInputStream(saved.toByteArray())));
                    }
                }
                assertEquals(3, Arrays.stream(assigned).skip(1).map(Arrays::toString).distinct().count(), "an assignment for each epoch");
                assertEquals(best[run], kept.restore(), "run " + run);
                float[] learned = new float[weights.learned().size()];
                Arrays.fill(learned, best[run]);
                assertArrayEquals(learned, weights.learned().toArray());
                float[] statistics = new float[weights.statistics().size()];
                Arrays.fill(statistics, -best[run]);
                assertArrayEquals(statistics, weights.statistics().toArray());
                assertArrayEquals(assigned[best[run]], head.prototypeOfLabel());
            }
        }
    }
}
