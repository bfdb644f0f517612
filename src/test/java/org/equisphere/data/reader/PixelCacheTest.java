package org.equisphere.data.reader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.equisphere.data.Pixels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelCacheTest {
    private static final int ROWS = 23;
    private static final int ROW_BYTES = 17;

    @TempDir
    Path folder;

    /** Rows come back the same however the file is cut into mapped parts: the last one whole, short, or one row each. */
    @Test
    void rowsLieInSeveralSegments() throws IOException {
        byte[] content = new byte[ROWS * ROW_BYTES];
        new SplittableRandom().nextBytes(content);
        int made = 0;
        for (int segmentBytes : new int[] {ROW_BYTES, 5 * ROW_BYTES + 3, 23 * ROW_BYTES, 1 << 20}) {
            int[] calls = new int[1];
            Pixels pixels = new PixelCache(folder, new byte[32], ROWS, ROW_BYTES, segmentBytes).open(out -> {
                calls[0]++;
                out.write(content);
            });
            made += calls[0];
            assertEquals(ROWS, pixels.rows());
            byte[] row = new byte[ROW_BYTES + 2];
            for (int r = ROWS - 1; r >= 0; r--) {
                pixels.read(r, row, 1);
                assertArrayEquals(Arrays.copyOfRange(content, r * ROW_BYTES, (r + 1) * ROW_BYTES), Arrays.copyOfRange(row, 1, 1 + ROW_BYTES));
                assertEquals(0, row[0] + row[ROW_BYTES + 1]);
            }
        }
        assertEquals(1, made, "made once");
    }
}
