package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against results of others: SciPy's and the OR-Library's. */
class AssignmentOracleTest {

    @Test
    void scipyAgrees() throws IOException {
        JsonNode cases = new ObjectMapper().readTree(Path.of("testdata/assignment/scipy_goldens.json").toFile()).get("cases");
        int infeasible = 0;
        for (JsonNode each : cases) {
            boolean maximal = each.get("maximize").asBoolean();
            int rows = each.get("cost").size();
            int cols = each.get("cost").get(0).size();
            double[] cost = new double[rows * cols];
            for (int k = 0; k < cost.length; k++) {
                JsonNode cell = each.get("cost").get(k / cols).get(k % cols);
                double forbidden = maximal ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
                cost[k] = cell.isNull() ? forbidden : cell.asDouble();
            }
            LinearAssignment solver = maximal ? LinearAssignment.maximizing() : LinearAssignment.minimizing();
            if (each.get("value").isNull()) {
                assertThrows(InfeasibleAssignmentException.class, () -> solver.solve(cost, rows, cols));
                infeasible++;
            } else {
                double expected = each.get("value").asDouble();
                assertEquals(expected, solver.solve(cost, rows, cols).value(), 1e-12 * Math.max(1, Math.abs(expected)));
            }
        }
        assertTrue(cases.size() == 64 && infeasible > 0, cases.size() + " cases, " + infeasible + " infeasible");
    }

    @ParameterizedTest
    @CsvSource({"100, 305", "200, 475", "300, 626", "400, 804", "500, 991", "600, 1176", "700, 1362", "800, 1552"})
    void orLibraryOptimaAreReproduced(int n, int optimum) throws IOException {
        Path file = Path.of(System.getProperty("equisphere.data", "../shared/data")).resolve("orlib/assign" + n + ".txt.gz");
        Assumptions.assumeTrue(Files.exists(file), "the OR-Library file " + file + " is not there; -Dequisphere.data names its folder");
        int[] cost = new int[n * n];
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file)); Scanner scanner = new Scanner(in)) {
            assertEquals(n, scanner.nextInt());
            for (int k = 0; k < cost.length; k++) {
                cost[k] = scanner.nextInt();
            }
        }
        assertEquals(optimum, LinearAssignment.minimize(cost, n, n).value());
    }
}
