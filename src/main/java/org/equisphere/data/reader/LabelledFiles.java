package org.equisphere.data.reader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.IntStream;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Pixels;

/**
 * Image files and their classes, not yet decoded.
 *
 * @param name   where they come from
 * @param files  PNG or JPEG files
 * @param labelOfFile the class of each file
 */
record LabelledFiles(String name, List<Path> files, int[] labelOfFile, Labels labels) {
    /**
     * Bytes of the images that are decoded between two writes to a cache file: enough for every processor, little beside a heap that was too small.
     */
    private static final int BLOCK = 1 << 26;

    /**
     * The image a line of a list names.
     *
     * @param number of the line, from 1
     * @throws DataFormatException when there is no such file
     */
    static Path image(Path list, int number, Path folder, String name) throws DataFormatException {
        try {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
        } catch (InvalidPathException e) {
            // Reported below, as every name without a file.
        }
        throw DataFormatException.of(list, "image of line " + number, folder + "/" + name, "a file that exists");
    }

    /** Decodes once: into memory where a third of the heap holds the images, otherwise into a mapped cache file that later runs use again. */
    ImageDataset load(ImageSize size) throws IOException {
        long bytes = (long) files.size() * size.bytes();
        return load(size, bytes <= Math.min(Runtime.getRuntime().maxMemory() / 3, Integer.MAX_VALUE - 8), PixelCache.folder());
    }

    /** @param cacheFolder where a set not kept on the heap goes */
    ImageDataset load(ImageSize size, boolean onHeap, Path cacheFolder) throws IOException {
        Pixels pixels = onHeap ? heap(size) : cached(size, cacheFolder);
        return new ImageDataset(name, pixels, size.crop(), size.crop(), 3, labelOfFile, labels);
    }

    private Pixels heap(ImageSize size) throws IOException {
        byte[] pixels = new byte[files.size() * size.bytes()];
        decode(0, files.size(), size, pixels);
        return Pixels.heap(pixels, size.bytes());
    }

    private Pixels cached(ImageSize size, Path cacheFolder) throws IOException {
        PixelCache cache = new PixelCache(cacheFolder, key(size), files.size(), size.bytes());
        return cache.open(out -> {
            int images = Math.max(1, BLOCK / size.bytes());
            byte[] block = new byte[Math.min(images, files.size()) * size.bytes()];
            for (int from = 0; from < files.size(); from += images) {
                int to = Math.min(files.size(), from + images);
                decode(from, to, size, block);
                out.write(block, 0, (to - from) * size.bytes());
            }
        });
    }

    /** Decodes files from..to-1, in parallel, into {@code out}. */
    private void decode(int from, int to, ImageSize size, byte[] out) throws IOException {
        try {
            IntStream.range(from, to).parallel().forEach(i -> {
                try {
                    System.arraycopy(ImageDecoder.read(files.get(i), size), 0, out, (i - from) * size.bytes(), size.bytes());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Names the decoded content: size, and path, length and time of change of every file. */
    private byte[] key(ImageSize size) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        digest.update(size.toString().getBytes(StandardCharsets.UTF_8));
        for (Path file : files) {
            String line = "\n" + file.toAbsolutePath() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
            digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
        return digest.digest();
    }
}
