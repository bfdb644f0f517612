package org.equisphere.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.Normalization;
import org.equisphere.data.ReplacedFile;
import org.equisphere.nn.Architecture;
import org.equisphere.sphere.Prototypes;

/** Reads and writes the model file; its layout stands in the package description. */
final class ModelFile {

    private static final byte[] MAGIC = "EQUISPHR".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int DIGEST_BYTES = 32;
    /** What a Java array holds, for certain. */
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;
    private static final int NEAREST = 0;
    private static final int SOFTMAX = 1;
    private static final int INNER_PRODUCTS = 2;

    private ModelFile() {
    }

    static void write(ModelContents contents, Path file) throws IOException {
        ReplacedFile.write(file, out -> {
            MessageDigest digest = sha256();
            Writer writer = new Writer(new DigestOutputStream(out, digest));
            write(contents, writer);
            writer.flush();
            out.write(digest.digest());
        });
    }

    private static void write(ModelContents contents, Writer out) throws IOException {
        out.bytes(MAGIC);
        out.integer(VERSION);
        out.text(contents.architecture().toString());
        out.integers(contents.inputShape());
        out.integer(contents.dimension());
        out.integer(contents.labelNames().size());
        for (String name : contents.labelNames()) {
            out.text(name);
        }
        out.floats(contents.normalization().mean());
        out.floats(contents.normalization().std());
        if (contents.readout() instanceof Readout.Nearest nearest) {
            out.integer(nearest.normalized() ? NEAREST : INNER_PRODUCTS);
            out.integer(nearest.prototypes().count());
            out.doubles(nearest.prototypes().toArray());
            out.integers(nearest.prototypeOfLabel());
        } else {
            out.integer(SOFTMAX);
        }
        out.floats(contents.learned());
        out.floats(contents.statistics());
        out.integer(contents.provenance().size());
        for (Map.Entry<String, String> entry : contents.provenance().entrySet()) {
            out.text(entry.getKey());
            out.text(entry.getValue());
        }
    }

    static ModelContents read(Path file) throws IOException {
        Reader in = new Reader(file, body(file));
        int version = in.integer("format version");
        if (version != VERSION) {
            throw new ModelFormatException(file + ": format version " + version + ", this library reads version " + VERSION);
        }
        try {
            ModelContents contents = readVersion1(in);
            in.requireEnd();
            return contents;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException(file + ": " + e.getMessage());
        }
    }

    private static ModelContents readVersion1(Reader in) throws IOException {
        Architecture architecture = Architecture.parse(in.text("architecture"));
        int[] inputShape = in.integers("input shape");
        int dimension = in.positive("dimension");
        int classes = in.positive("number of labels");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            names.add(in.text("label name " + i));
        }
        Normalization normalization = new Normalization(in.floats("means"), in.floats("deviations"));
        Readout readout = readReadout(in, dimension);
        float[] learned = in.floats("learned parameters");
        float[] statistics = in.floats("statistics");
        Map<String, String> provenance = new TreeMap<>();
        int entries = in.integer("provenance entries");
        if (entries < 0) {
            throw in.wrong("number of provenance entries", String.valueOf(entries), "at least 0");
        }
        for (int i = 0; i < entries; i++) {
            provenance.put(in.text("provenance key"), in.text("provenance value"));
        }
        return new ModelContents(architecture, inputShape, dimension, names, normalization, readout, learned, statistics, provenance);
    }

    private static Readout readReadout(Reader in, int dimension) throws IOException {
        int kind = in.integer("readout");
        if (kind == SOFTMAX) {
            return new Readout.Softmax();
        }
        if (kind != NEAREST && kind != INNER_PRODUCTS) {
            throw in.wrong("readout", String.valueOf(kind), "0, 1 or 2");
        }
        int count = in.positive("number of prototypes");
        double[] rows = in.doubles("prototypes");
        return new Readout.Nearest(Prototypes.of(rows, count, dimension), in.integers("assignment"), kind == NEAREST);
    }

    /** What lies between the first 8 bytes and the digest, both of which are checked. */
    private static ByteBuffer body(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(MAGIC.length);
            if (!Arrays.equals(MAGIC, start)) {
                throw new ModelFormatException(file + " is not an Equisphere model file: it does not start with EQUISPHR");
            }
            long size = Files.size(file);
            if (size > MOST_BYTES) {
                throw new ModelFormatException(file + " has " + size + " bytes, expected at most " + MOST_BYTES);
            }
            byte[] rest = new byte[(int) size - start.length];
            in.readNBytes(rest, 0, rest.length);
            int length = rest.length - DIGEST_BYTES;
            if (length < Integer.BYTES) {
                throw new ModelFormatException(file + " is cut off after " + size + " bytes");
            }
            MessageDigest digest = sha256();
            digest.update(start);
            digest.update(rest, 0, length);
            if (!Arrays.equals(digest.digest(), Arrays.copyOfRange(rest, length, rest.length))) {
                throw new ModelFormatException(file + " is damaged: its " + size + " bytes do not match the SHA-256 at its end");
            }
            return ByteBuffer.wrap(rest, 0, length);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(file.toString(), null, "no such model file");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Little-endian output through a buffer: a network's weights as bytes would take their size again. */
    private static final class Writer {

        private final OutputStream out;
        private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

        Writer(OutputStream out) {
            this.out = out;
        }

        void integer(int value) throws IOException {
            room(Integer.BYTES).putInt(value);
        }

        void text(String value) throws IOException {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            integer(utf8.length);
            bytes(utf8);
        }

        void integers(int[] values) throws IOException {
            integer(values.length);
            for (int value : values) {
                integer(value);
            }
        }

        void floats(float[] values) throws IOException {
            integer(values.length);
            for (float value : values) {
                room(Float.BYTES).putFloat(value);
            }
        }

        void doubles(double[] values) throws IOException {
            integer(values.length);
            for (double value : values) {
                room(Double.BYTES).putDouble(value);
            }
        }

        void bytes(byte[] values) throws IOException {
            flush();
            out.write(values);
        }

        void flush() throws IOException {
            out.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }

        private ByteBuffer room(int bytes) throws IOException {
            if (buffer.remaining() < bytes) {
                flush();
            }
            return buffer;
        }
    }

    /** Little-endian input; every length is checked against what is left before anything is allocated. */
    private static final class Reader {

        private final Path file;
        private final ByteBuffer left;

        Reader(Path file, ByteBuffer content) {
            this.file = file;
            this.left = content.slice().order(ByteOrder.LITTLE_ENDIAN);
        }

        int integer(String field) throws ModelFormatException {
            require(field, Integer.BYTES);
            return left.getInt();
        }

        int positive(String field) throws ModelFormatException {
            int value = integer(field);
            if (value < 1) {
                throw wrong(field, String.valueOf(value), "at least 1");
            }
            return value;
        }

        String text(String field) throws ModelFormatException {
            byte[] utf8 = new byte[length(field, 1)];
            left.get(utf8);
            return new String(utf8, StandardCharsets.UTF_8);
        }

        int[] integers(String field) throws ModelFormatException {
            int[] values = new int[length(field, Integer.BYTES)];
            left.asIntBuffer().get(values);
            skip(values.length * Integer.BYTES);
            return values;
        }

        float[] floats(String field) throws ModelFormatException {
            float[] values = new float[length(field, Float.BYTES)];
            left.asFloatBuffer().get(values);
            skip(values.length * Float.BYTES);
            return values;
        }

        double[] doubles(String field) throws ModelFormatException {
            double[] values = new double[length(field, Double.BYTES)];
            left.asDoubleBuffer().get(values);
            skip(values.length * Double.BYTES);
            return values;
        }

        void requireEnd() throws ModelFormatException {
            if (left.hasRemaining()) {
                throw new ModelFormatException(file + ": " + left.remaining() + " bytes too many");
            }
        }

        ModelFormatException wrong(String field, String value, String expected) {
            return new ModelFormatException(file + ": " + field + " is " + value + ", expected " + expected);
        }

        private int length(String field, int elementBytes) throws ModelFormatException {
            int count = integer("length of " + field);
            if (count < 0 || count > left.remaining() / elementBytes) {
                throw wrong("length of " + field, String.valueOf(count), "0.." + left.remaining() / elementBytes);
            }
            return count;
        }

        private void require(String field, int bytes) throws ModelFormatException {
            if (left.remaining() < bytes) {
                throw new ModelFormatException(file + " ends before its " + field);
            }
        }

        private void skip(int bytes) {
            left.position(left.position() + bytes);
        }
    }
}
