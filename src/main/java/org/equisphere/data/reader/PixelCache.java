package org.equisphere.data.reader;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Pixels;
import org.equisphere.data.ReplacedFile;

/**
 * Decoded images in a memory-mapped file, for sets larger than memory: a header of 64 bytes (magic, rows, bytes per row, key), then the rows. The
 * file's name is the key, so a changed source never meets an old cache; one with a wrong header or length is made anew.
 */
final class PixelCache {
    private static final System.Logger LOG = System.getLogger(PixelCache.class.getName());
    /** The digit grows where images decode to other samples: 1 had those of a JPEG converted through its colour profile. */
    private static final byte[] MAGIC = "EQPIXEL2".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER = 64;
    private static final int SEGMENT_BYTES = 1 << 30;

    private final Path file;
    private final byte[] key;
    private final int rows;
    private final int rowBytes;
    private final int segmentBytes;

    /** @param key 32 bytes that name the content */
    PixelCache(Path folder, byte[] key, int rows, int rowBytes) {
        this(folder, key, rows, rowBytes, SEGMENT_BYTES);
    }

    /** @param segmentBytes largest part mapped at once, at least one row */
    PixelCache(Path folder, byte[] key, int rows, int rowBytes, int segmentBytes) {
        this.file = folder.resolve(HexFormat.of().formatHex(key, 0, 12) + ".pixels");
        this.key = key;
        this.rows = rows;
        this.rowBytes = rowBytes;
        this.segmentBytes = segmentBytes;
    }

    /** The folder of the system property {@code equisphere.cache}; by default .cache/equisphere in the user's home. */
    static Path folder() {
        String chosen = System.getProperty("equisphere.cache");
        return chosen != null ? Path.of(chosen) : Path.of(System.getProperty("user.home"), ".cache", "equisphere");
    }

    /**
     * Maps the rows, made first where they are not there yet.
     *
     * @param content writes all rows in order
     */
    Pixels open(ReplacedFile.Content content) throws IOException {
        if (!isSound()) {
            long bytes = HEADER + (long) rows * rowBytes;
            LOG.log(Level.INFO, "decoding {0} images into {1} ({2} MB)", rows, file, bytes >> 20);
            Files.createDirectories(file.getParent());
            ReplacedFile.write(file, out -> {
                out.write(header().array());
                content.writeTo(out);
            });
        }
        return map();
    }

    private ByteBuffer header() {
        return ByteBuffer.allocate(HEADER).put(MAGIC).putLong(rows).putLong(rowBytes).put(key).position(0);
    }

    private boolean isSound() throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) != HEADER + (long) rows * rowBytes) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer stored = ByteBuffer.allocate(HEADER);
            NpyFile.fill(channel, stored, file);
            return stored.flip().equals(header());
        }
    }

    private Pixels map() throws IOException {
        int rowsPerSegment = segmentBytes / rowBytes;
        MappedByteBuffer[] segments = new MappedByteBuffer[(rows + rowsPerSegment - 1) / rowsPerSegment];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (int s = 0; s < segments.length; s++) {
                int first = s * rowsPerSegment;
                long bytes = (long) Math.min(rowsPerSegment, rows - first) * rowBytes;
                segments[s] = channel.map(FileChannel.MapMode.READ_ONLY, HEADER + (long) first * rowBytes, bytes);
            }
        }
        return new Pixels() {
            @Override
            public int rows() {
                return rows;
            }

            @Override
            public void read(int row, byte[] out, int at) {
                segments[row / rowsPerSegment].get(row % rowsPerSegment * rowBytes, out, at, rowBytes);
            }
        };
    }
}
