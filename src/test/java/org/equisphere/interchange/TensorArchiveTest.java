package org.equisphere.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.NpyFile;
import org.equisphere.sphere.Prototypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorArchiveTest {

    static final Path FILES = Path.of("testdata", "interchange");

    @TempDir
    private Path folder;

    private static float[] counted(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i;
        }
        return values;
    }

    @Test
    void theReferenceLibrarysSafetensorsAreRead() throws IOException {
        TensorArchive archive = TensorArchive.read(FILES.resolve("kinds.safetensors"));
        assertEquals(Map.of("quoted", "a \"b\" \\ c\n\tü", "plain", "x"), archive.metadata());
        Map<String, NamedTensor> tensors = archive.byName();
        assertEquals(java.util.Set.of("f64", "f32", "f16", "scalar", "empty"), tensors.keySet(), "integers are left out");
        assertArrayEquals(new float[] {-1, -0.6f, -0.2f, 0.2f, 0.6f, 1}, tensors.get("f64").values(), 1e-7f);
        assertArrayEquals(new int[] {2, 3}, tensors.get("f64").shape());
        assertArrayEquals(new float[] {1e-40f, -3e38f, 0.1f}, tensors.get("f32").values());
        assertArrayEquals(new float[] {0.0999755859375f, -65504, 0x1p-24f, 168 * 0x1p-24f, Float.POSITIVE_INFINITY, -0f},
                tensors.get("f16").values());
        assertArrayEquals(new int[0], tensors.get("scalar").shape());
        assertArrayEquals(new float[] {2.5f}, tensors.get("scalar").values());
        assertArrayEquals(new int[] {0, 3}, tensors.get("empty").shape());
    }

    @ParameterizedTest
    @ValueSource(strings = {".safetensors", ".npz"})
    void whatIsWrittenIsReadAgain(String ending) throws IOException {
        NamedTensor matrix = new NamedTensor("layer1.0.weight", new int[] {2, 3}, new float[] {1, -0f, Float.MIN_VALUE, Float.MAX_VALUE, 0.1f, 7});
        NamedTensor scalar = new NamedTensor("one \"quoted\"", new int[0], new float[] {3});
        Path file = folder.resolve("a" + ending);
        new TensorArchive(List.of(matrix, scalar), Map.of("key", "a\nb\"ü")).write(file);
        TensorArchive again = TensorArchive.read(file);
        assertEquals(2, again.tensors().size());
        for (NamedTensor tensor : List.of(matrix, scalar)) {
            assertArrayEquals(tensor.values(), again.byName().get(tensor.name()).values());
            assertArrayEquals(tensor.shape(), again.byName().get(tensor.name()).shape());
        }
        assertEquals(ending.equals(".npz") ? Map.of() : Map.of("key", "a\nb\"ü"), again.metadata());
        byte[] once = Files.readAllBytes(file);
        again.write(file);
        assertArrayEquals(once, Files.readAllBytes(file), "equal tensors give equal files");
    }

    @Test
    void anotherEndingIsRefused() {
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> new TensorArchive(List.of(), Map.of()).write(folder.resolve("a.pth"))).getMessage().contains(".safetensors or .npz"));
    }

    @Test
    void packedArraysOfNumPyAreRead() throws IOException {
        Map<String, NamedTensor> tensors = TensorArchive.read(FILES.resolve("packed.npz")).byName();
        assertEquals(java.util.Set.of("a", "b"), tensors.keySet(), "integers are left out");
        assertArrayEquals(new int[] {50, 40}, tensors.get("a").shape());
        assertArrayEquals(new float[] {0, 1, 2}, tensors.get("b").values());
    }

    @Test
    void tensorsOfTorchSaveAreRead() throws IOException {
        for (String name : new String[] {"tensor.pth", "parameter.pth"}) {
            NamedTensor tensor = TensorArchive.read(FILES.resolve(name)).tensors().get(0);
            assertArrayEquals(new int[] {5, 3}, tensor.shape(), name);
            assertArrayEquals(counted(15), tensor.values(), name);
        }
        NamedTensor view = TensorArchive.read(FILES.resolve("view.pth")).tensors().get(0);
        assertArrayEquals(new int[] {2, 3}, view.shape());
        assertArrayEquals(new float[] {1, 7, 13, 2, 8, 14}, view.values(), "every other column of the transpose, without its first row");
        Map<String, NamedTensor> checkpoint = TensorArchive.read(FILES.resolve("checkpoint.pth")).byName();
        assertEquals(java.util.Set.of("state_dict.fc.weight", "state_dict.fc.bias"), checkpoint.keySet());
        assertArrayEquals(counted(15), checkpoint.get("state_dict.fc.weight").values(), "half precision");
        assertArrayEquals(counted(3), checkpoint.get("state_dict.fc.bias").values(), "double precision");
    }

    /** What is not read is not said to be damaged. */
    @Test
    void otherKindsOfTorchSaveAreNamed() throws IOException {
        Path file = folder.resolve("other.pth");
        Files.write(file, bytes("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019."));
        String old = assertThrows(DataFormatException.class, () -> TensorArchive.read(file)).getMessage();
        assertTrue(old.contains("before PyTorch 1.6") && old.contains("other.pth"), old);
        saveView(file, "ComplexFloatStorage", 0, tuple(0), tuple(1));
        String complex = assertThrows(DataFormatException.class, () -> TensorArchive.read(file)).getMessage();
        assertTrue(complex.contains("kind of a storage is torch.ComplexFloatStorage") && !complex.contains("damaged"), complex);
    }

    /** {@code torch.save({"a": torch.empty(0, 3)})}: strides (3, 1) into a storage of no elements. */
    @Test
    void emptyTensorsOfTorchSaveAreRead() throws IOException {
        Path file = folder.resolve("empty.pth");
        saveView(file, "FloatStorage", 0, tuple(0, 3), tuple(3, 1));
        assertEquals("a[0, 3]", TensorArchive.read(file).tensors().get(0).toString());
        saveView(file, "FloatStorage", 0, tuple(0, -1), tuple(3, 1));
        assertTrue(assertThrows(DataFormatException.class, () -> TensorArchive.read(file)).getMessage().contains("tensor a"));
    }

    /** {@code torch.tensor([0., 1.]).reshape(2, 1).expand(2, 3)}: a stride of 0 repeats its elements. */
    @Test
    void expandedTensorsOfTorchSaveAreRead() throws IOException {
        Path file = folder.resolve("expanded.pth");
        saveView(file, "FloatStorage", 2, tuple(2, 3), tuple(1, 0));
        NamedTensor tensor = TensorArchive.read(file).tensors().get(0);
        assertEquals("a[2, 3]", tensor.toString());
        assertArrayEquals(new float[] {0, 0, 0, 1, 1, 1}, tensor.values());
        saveView(file, "FloatStorage", 2, tuple(512, 1024), tuple(0, 0));
        assertEquals(1 << 19, TensorArchive.read(file).tensors().get(0).values().length, "2 MB of a file of 1 kB");
    }

    @Test
    void hostileExpansionsOfTorchSaveAreRefused() throws IOException {
        Path file = folder.resolve("hostile.pth");
        for (long[] shape : new long[][] {{(1 << 24) + 1}, {1 << 20, 1 << 20}, {1L << 62, 4}, {1L << 31, 1L << 31, 1L << 31}, {Long.MAX_VALUE}}) {
            saveView(file, "FloatStorage", 2, tuple(shape), tuple(new long[shape.length]));
            String refusal = assertThrows(DataFormatException.class, () -> TensorArchive.read(file)).getMessage();
            assertTrue(refusal.contains("tensor a is shape " + Arrays.toString(shape)) && refusal.contains("at most 16777216 elements"), refusal);
        }
    }

    /** 2^62 elements of 4 bytes are 2^64 bytes: 0, if they are counted in a long. */
    @Test
    void storagesOfImpossibleSizeAreRefused() throws IOException {
        Path file = folder.resolve("hostile.pth");
        saveView(file, "FloatStorage", 1L << 62, tuple(1), tuple(1));
        String refusal = assertThrows(DataFormatException.class, () -> TensorArchive.read(file)).getMessage();
        assertTrue(refusal.contains("elements of storage 0 is " + (1L << 62)), refusal);
    }

    /** A view named a of a storage that holds 0 and 1, or nothing unless its elements are two; its class as a pickle names it. */
    private static void saveView(Path file, String storage, long elements, byte[] shape, byte[] stride) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.writeBytes(bytes("\u0080\u0002}(X\u0001\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\n"
                + storage + "\nX\u0001\0\0\u00000X\u0003\0\0\0cpu"));
        pickle.writeBytes(number(elements));
        pickle.writeBytes(bytes("tQK\0"));
        pickle.writeBytes(shape);
        pickle.writeBytes(stride);
        pickle.writeBytes(bytes("\u0089ccollections\nOrderedDict\n)RtRu."));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setMethod(ZipOutputStream.STORED);
            for (String name : new String[] {"archive/data.pkl", "archive/data/0"}) {
                byte[] content = name.endsWith("pkl") ? pickle.toByteArray() : elements == 2 ? Safetensors.littleEndian(counted(2)) : new byte[0];
                CRC32 crc = new CRC32();
                crc.update(content);
                ZipEntry entry = new ZipEntry(name);
                entry.setSize(content.length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(content);
            }
        }
    }

    /** Numbers of eight bytes between a mark and TUPLE. */
    private static byte[] tuple(long... numbers) {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        code.write('(');
        Arrays.stream(numbers).forEach(n -> code.writeBytes(number(n)));
        code.write('t');
        return code.toByteArray();
    }

    private static byte[] number(long value) {
        return ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x8a).put((byte) 8).putLong(value).array();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void prototypesOfThePublishedKindAreColumns() throws IOException {
        NpyFile expected = NpyFile.read(FILES.resolve("prototypes_expected.npy"));
        NamedTensor w = TensorArchive.read(FILES.resolve("prototypes.pth")).tensors().get(0);
        assertEquals("w[3, 5]", w.toString());
        assertArrayEquals(expected.floats(), w.values());
        Prototypes prototypes = PrototypeFile.read(FILES.resolve("prototypes.pth"));
        assertEquals(5, prototypes.count());
        for (int i = 0; i < 5; i++) {
            for (int k = 0; k < 3; k++) {
                assertEquals(expected.floats()[k * 5 + i] / 3, prototypes.get(i, k), 1e-6, "columns of length 3, divided by it");
            }
        }
        assertEquals(5, PrototypeFile.read(FILES.resolve("prototypes_expected.npy")).dimension(), "rows where nothing says otherwise");
        assertTrue(assertThrows(DataFormatException.class, () -> PrototypeFile.read(FILES.resolve("checkpoint.pth")))
                .getMessage().contains("one matrix"));
    }

    @Test
    void noCodeOfAPickleIsRun() {
        DataFormatException refusal = assertThrows(DataFormatException.class, () -> TensorArchive.read(FILES.resolve("hostile.pth")));
        assertTrue(refusal.getMessage().contains("posix.system") && refusal.getMessage().contains("nothing is run"), refusal.getMessage());
        assertFalse(Files.exists(FILES.resolve("unpickled.txt")) || Files.exists(Path.of("unpickled.txt")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '!', value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647],\"data_offsets\":[0,8]}} | 8 | shape of a",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000],\"data_offsets\":[0,4000000000]}} | 8 | shape of a",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[500000000],\"data_offsets\":[0,2000000000]}} | 8 | data is 8 bytes long",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9]}} | 9 | data_offsets of a",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | 8 | data_offsets of a",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} | 12 | begins",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}} "
                + "| 12 | begins",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} "
                + "| 16 | used twice",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}} | 8 | dtype of a",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}} | 8 | incomplete",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}} | 8 | whole number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}} | 4 | at most 16 numbers",
        "{\"a\":[[[[]]]]} | 0 | expected '{'",
        "{\"a\": | 0 | the end",
        "{\"__metadata__\":{\"a\":1}} | 0 | expected '\"'",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}} | 4 | data is 4 bytes long"})
    void hostileHeadersAreRefused(String header, int dataBytes, String message) throws IOException {
        byte[] text = header.strip().getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("hostile.safetensors");
        Files.write(file, ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text).array());
        DataFormatException refusal = assertThrows(DataFormatException.class, () -> TensorArchive.read(file));
        assertTrue(refusal.getMessage().contains(message.strip()) && refusal.getMessage().contains("hostile.safetensors"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100_000_001, 1L << 62, -1, Long.MIN_VALUE, 17})
    void hostileHeaderLengthsAreRefused(long length) throws IOException {
        Path file = folder.resolve("hostile.safetensors");
        Files.write(file, ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
        assertTrue(assertThrows(DataFormatException.class, () -> TensorArchive.read(file)).getMessage().contains("header length"));
    }

    /** Damages files of every kind at a few places: what comes out is an archive or an error of our own. */
    @ParameterizedTest
    @ValueSource(strings = {"kinds.safetensors", "packed.npz", "prototypes.pth", "checkpoint.pth", "hostile.pth", "view.pth"})
    void damageGivesAnErrorOfOurOwn(String name) throws IOException {
        byte[] sound = Files.readAllBytes(FILES.resolve(name));
        Path file = folder.resolve("damaged");
        SplittableRandom random = new SplittableRandom(name.hashCode());
        int refused = 0;
        for (int trial = 0; trial < 1500; trial++) {
            byte[] damaged = Arrays.copyOf(sound, random.nextInt(10) == 0 ? random.nextInt(sound.length) : sound.length);
            for (int k = random.nextInt(1, 4); k > 0 && damaged.length > 0; k--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try {
                TensorArchive.read(file);
            } catch (DataFormatException e) {
                assertTrue(e.getMessage().contains("damaged"), () -> e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " of 1500 refused");
        assertFalse(Files.exists(Path.of("unpickled.txt")));
    }
}
