package org.equisphere.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernels the jar carries: PTX text, one resource a module, and the sources it was made from. */
final class KernelModules {

    private static final Pattern VERSION = Pattern.compile("(?m)^\\.version (\\d+)\\.(\\d+)$");
    private static final Pattern TARGET = Pattern.compile("(?m)^\\.target sm_(\\d+)$");

    /** The files that sources include. */
    static final List<String> HEADERS = List.of("canvas.cuh", "columns.cuh", "copies.cuh", "geometry.cuh", "lanes.cuh", "tensor.cuh",
            "tile.cuh");

    private KernelModules() {
    }

    /** PTX as text. */
    static String text(String module) {
        return resource(module + ".ptx");
    }

    /** The text of a source: {@code gemm.cu}, {@code lanes.cuh}. */
    static String source(String file) {
        return resource(file);
    }

    /** What sources include, text by file name, in the order of the names. */
    static Map<String, String> headers() {
        Map<String, String> headers = new TreeMap<>();
        HEADERS.forEach(file -> headers.put(file, resource(file)));
        return headers;
    }

    private static String resource(String file) {
        String resource = "kernels/" + file;
        try (InputStream in = KernelModules.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new CudaException("the resource org/equisphere/cuda/" + resource + " is missing from this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CudaException("the resource org/equisphere/cuda/" + resource + " cannot be read: " + e, e);
        }
    }

    /** PTX as the driver takes it: with a zero behind. */
    static byte[] image(String module) {
        byte[] text = text(module).getBytes(StandardCharsets.US_ASCII);
        return Arrays.copyOf(text, text.length + 1);
    }

    /**
     * The least driver for a PTX, in the number of {@code cuDriverGetVersion}: 12000 for CUDA 12.0. Versions 7.0 to 8.5 of PTX came with
     * CUDA 11.0 to 12.5.
     */
    static int leastDriver(String ptx) {
        Matcher version = match(VERSION, ptx);
        return 1000 * (Integer.parseInt(version.group(1)) + 4) + 10 * Integer.parseInt(version.group(2));
    }

    /** The least compute capability for a PTX: 75 for 7.5. */
    static int leastCapability(String ptx) {
        return Integer.parseInt(match(TARGET, ptx).group(1));
    }

    private static Matcher match(Pattern pattern, String ptx) {
        Matcher matcher = pattern.matcher(ptx);
        if (!matcher.find()) {
            throw new CudaException("a compiled kernel has no line " + pattern);
        }
        return matcher;
    }
}
