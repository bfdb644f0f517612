package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of testdata/nn, each made by the Python script of its name. */
final class Golden {

    private static final Path FOLDER = Path.of("testdata", "nn");

    private Golden() {
    }

    static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(FOLDER.resolve(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The elements of an .npy file of little-endian float32. */
    static float[] npy(String name) {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(FOLDER.resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
            int header = file.getShort(8);
            String description = new String(file.array(), 10, header, StandardCharsets.US_ASCII);
            assertTrue(description.contains("'<f4'") && description.contains("'fortran_order': False"), description);
            file.position(10 + header);
            float[] values = new float[file.remaining() / Float.BYTES];
            file.asFloatBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static double[] doubles(JsonNode list) {
        double[] values = new double[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).doubleValue();
        }
        return values;
    }

    static float[] floats(JsonNode list) {
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(i).doubleValue();
        }
        return values;
    }

    static int[] ints(JsonNode list) {
        int[] values = new int[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).intValue();
        }
        return values;
    }

    /** |found - expected| / |expected| as vectors. */
    static double relativeError(double[] expected, float[] found) {
        assertEquals(expected.length, found.length);
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            error += (found[i] - expected[i]) * (found[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        return Math.sqrt(error / size);
    }

    /** Fails when the relative error is above the tolerance, or NaN. */
    static void assertClose(String what, double[] expected, float[] found, double tolerance) {
        double error = relativeError(expected, found);
        assertTrue(error <= tolerance, what + ": relative error " + error + ", allowed " + tolerance);
    }
}
