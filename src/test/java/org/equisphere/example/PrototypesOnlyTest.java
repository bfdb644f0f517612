package org.equisphere.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.equisphere.assignment.Assignment;
import org.equisphere.assignment.LinearAssignment;
import org.equisphere.data.NpyFile;
import org.equisphere.interchange.PrototypeFile;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.Separation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prototypes and an assignment alone, for a training loop of your own in another framework. */
class PrototypesOnlyTest {

    @Test
    void spreadMeasureAssignSave(@TempDir Path folder) throws Exception {
        Prototypes prototypes = new PrototypeOptimizer(12, 3).seed(1).optimize().prototypes();
        double largestCosine = Separation.of(prototypes, 2).largestCosine();

        float[] directions = prototypes.toFloats();          // [12, 3]: where the classes point; here class 0 points to prototype 1, ...
        float[] shifted = new float[36];
        System.arraycopy(directions, 3, shifted, 0, 33);
        System.arraycopy(directions, 0, shifted, 33, 3);
        Assignment assignment = LinearAssignment.maximize(cosines(shifted, directions), 12, 12);

        NpyFile.write(folder.resolve("prototypes.npy"), prototypes.toArray(), 12, 3);
        Prototypes again = PrototypeFile.read(folder.resolve("prototypes.npy")); // .npz, .safetensors and torch.save's .pth, too

        assertEquals(1 / Math.sqrt(5), largestCosine, 1e-4, "twelve points: the icosahedron");
        assertEquals(1, assignment.columnOfRow(0));
        assertEquals(0, assignment.columnOfRow(11));
        assertTrue(Math.abs(again.get(7, 2) - prototypes.get(7, 2)) < 1e-6);
    }

    private static double[] cosines(float[] rows, float[] columns) {
        double[] products = new double[144];
        for (int i = 0; i < 144; i++) {
            for (int k = 0; k < 3; k++) {
                products[i] += rows[i / 12 * 3 + k] * columns[i % 12 * 3 + k];
            }
        }
        return products;
    }
}
