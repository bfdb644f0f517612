package org.equisphere.interchange;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.equisphere.data.DataFormatException;
import org.equisphere.tensor.Tensor;

/**
 * Reads the pickle inside a {@code torch.save} zip. A pickle is a program; this machine knows the opcodes that build numbers, texts,
 * lists, tuples and dictionaries (Python's {@code pickletools}, protocols 2 to 4) and three names it may call: {@code _rebuild_tensor_v2},
 * {@code _rebuild_parameter} and {@code OrderedDict}. Everything else is refused, and nothing is ever looked up or run.
 */
final class TorchPickle {

    /** Names of types and functions that may stand in a pickle of tensors. */
    private static final Set<String> CALLED = Set.of("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "collections.OrderedDict");
    /** How far tensors may outgrow their file, and what any file may hold: shared and repeated elements are legitimate, a flood of them is not. */
    private static final long LARGEST_GROWTH = 16;
    private static final long ALWAYS_ROOM = 1 << 26;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final int LARGEST_RANK = 16;
    private static final int DEEPEST = 32;
    private static final Object NONE = "None";

    private final Path file;
    private final ByteBuffer code;
    private final Storages storages;
    private final List<Object> stack = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private final Map<String, byte[]> read = new HashMap<>();

    /** Gives the bytes of a storage by its key. */
    @FunctionalInterface
    interface Storages {
        byte[] bytes(String key) throws IOException;
    }

    /** A name of Python's. */
    private record Global(String name) {
    }

    /** A storage that a tensor looks at. */
    private record StorageReference(ElementType type, String key, long elements) {
    }

    /** A tensor as the pickle describes it; its values are read when they are asked for. */
    private record View(StorageReference storage, long offset, long[] shape, long[] stride) {
    }

    TorchPickle(Path file, byte[] pickle, Storages storages) {
        this.file = file;
        this.code = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
        this.storages = storages;
    }

    /**
     * Runs the pickle and reads the floating tensors in what it builds, dictionaries inside dictionaries under names joined by dots.
     *
     * @param fileSize bytes, for a bound on what is read
     */
    List<NamedTensor> tensors(long fileSize) throws IOException {
        Object root;
        try {
            root = run();
        } catch (RuntimeException e) { // an operand of another kind than its opcode takes, or none
            throw new DataFormatException(file + ": pickle is damaged before byte " + code.position() + " of " + code.limit() + ": " + e, e);
        }
        Map<String, View> views = new LinkedHashMap<>();
        collect("", root, views, Collections.newSetFromMap(new IdentityHashMap<>()), 0);
        List<NamedTensor> tensors = new ArrayList<>();
        long left = Math.max(ALWAYS_ROOM, LARGEST_GROWTH * fileSize);
        for (Map.Entry<String, View> entry : views.entrySet()) {
            NamedTensor tensor = tensor(entry.getKey(), entry.getValue(), left);
            tensors.add(tensor);
            left -= 4L * tensor.values().length;
        }
        return tensors;
    }

    private Object run() throws DataFormatException {
        while (true) {
            int opcode = code.get() & 0xFF;
            switch (opcode) {
                case '.' -> {
                    return pop();
                }
                case 0x80 -> code.get(); // PROTO
                case 0x95 -> code.getLong(); // FRAME
                case '(' -> marks.push(stack.size());
                case '}' -> stack.add(new LinkedHashMap<>());
                case ']' -> stack.add(new ArrayList<>());
                case ')' -> stack.add(List.of());
                case 'N' -> stack.add(NONE);
                case 0x88, 0x89 -> stack.add(opcode == 0x88);
                case 'K' -> stack.add((long) (code.get() & 0xFF));
                case 'M' -> stack.add((long) (code.getShort() & 0xFFFF));
                case 'J' -> stack.add((long) code.getInt());
                case 0x8a -> stack.add(longOf(code.get()));
                case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(code.getLong())));
                case 'X' -> stack.add(text(code.getInt()));
                case 0x8c -> stack.add(text(code.get() & 0xFF));
                case 'c' -> stack.add(new Global(line() + "." + line()));
                case 0x93 -> stack.add(new Global(swapped() + "." + pop()));
                case 'q' -> memo.put(code.get() & 0xFF, top());
                case 'r' -> memo.put(code.getInt(), top());
                case 0x94 -> memo.put(memo.size(), top());
                case 'h' -> stack.add(remembered(code.get() & 0xFF));
                case 'j' -> stack.add(remembered(code.getInt()));
                case 't' -> stack.add(sinceMark());
                case 0x85, 0x86, 0x87 -> stack.add(taken(opcode - 0x84));
                case 'a', 'e' -> append(opcode == 'a' ? taken(1) : sinceMark());
                case 's', 'u' -> putAll(opcode == 's' ? taken(2) : sinceMark());
                case 'b' -> pop(); // the state of an OrderedDict: version numbers of modules
                case 'Q' -> stack.add(storage(atLeast(5, (List<?>) pop())));
                case 'R' -> stack.add(call((List<?>) pop(), (Global) pop()));
                default -> throw DataFormatException.of(file, "pickle opcode at byte " + (code.position() - 1),
                        String.format(Locale.ROOT, "0x%02x", opcode),
                        "one that builds tensors, numbers, texts, lists or dictionaries, as a state_dict does; nothing else is run");
            }
        }
    }

    private Object top() {
        return stack.get(place(1));
    }

    private Object pop() {
        return stack.remove(place(1));
    }

    /** The element below the top, taken out. */
    private Object swapped() {
        return stack.remove(place(2));
    }

    private List<Object> taken(int count) {
        List<Object> top = stack.subList(place(count), stack.size());
        List<Object> copy = new ArrayList<>(top);
        top.clear();
        return copy;
    }

    /**
     * Where the uppermost {@code count} elements begin. Not left to the list's own check: one IndexOutOfBoundsException in compiled code has HotSpot
     * compile all later checks of indices without its intrinsic, those of vectors too, for as long as the JVM runs
     * (bench/notes/memory-and-prediction.md).
     */
    private int place(int count) {
        if (count < 0 || count > stack.size()) {
            throw new IllegalStateException(count + " of " + stack.size() + " values");
        }
        return stack.size() - count;
    }

    private static List<?> atLeast(int count, List<?> arguments) {
        if (arguments.size() < count) {
            throw new IllegalStateException(arguments.size() + " arguments for " + count);
        }
        return arguments;
    }

    private List<Object> sinceMark() {
        return taken(stack.size() - marks.pop());
    }

    private Object remembered(int key) {
        Object value = memo.get(key);
        if (value == null) {
            throw new IllegalStateException("nothing remembered under " + key);
        }
        return value;
    }

    private String text(int length) {
        if (length < 0 || length > code.remaining()) {
            throw new IllegalStateException("a text of " + length + " bytes");
        }
        String text = new String(code.array(), code.position(), length, StandardCharsets.UTF_8);
        code.position(code.position() + length);
        return text;
    }

    private String line() {
        int end = code.position();
        while (end < code.limit() && code.get(end) != '\n') {
            end++;
        }
        String line = text(end - code.position());
        code.get();
        return line;
    }

    private long longOf(int bytes) {
        if (bytes < 0 || bytes > 8) {
            throw new IllegalStateException("a number of " + bytes + " bytes");
        }
        long value = 0;
        for (int k = 0; k < bytes; k++) {
            value |= (code.get() & 0xFFL) << 8 * k;
        }
        return bytes == 0 || bytes == 8 ? value : value << 64 - 8 * bytes >> 64 - 8 * bytes;
    }

    @SuppressWarnings("unchecked")
    private void append(List<Object> values) {
        ((ArrayList<Object>) top()).addAll(values);
    }

    @SuppressWarnings("unchecked")
    private void putAll(List<Object> keysAndValues) {
        Map<Object, Object> map = (Map<Object, Object>) top();
        if (keysAndValues.size() % 2 != 0) {
            throw new IllegalStateException("a dictionary's key without a value");
        }
        for (int k = 0; k < keysAndValues.size(); k += 2) {
            Object key = keysAndValues.get(k);
            if (!(key instanceof String || key instanceof Long)) {
                throw new IllegalStateException("a dictionary's key that is no text or number");
            }
            map.put(key, keysAndValues.get(k + 1));
        }
    }

    /** ('storage', class, key, device, elements) */
    private StorageReference storage(List<?> id) throws DataFormatException {
        String type = ((Global) id.get(1)).name;
        ElementType element = Arrays.stream(ElementType.values()).filter(t -> type.equals("torch." + t.storage)).findFirst()
                .orElseThrow(() -> DataFormatException.of(file, "kind of a storage", type,
                        "torch.FloatStorage, or that of another real type of 64 bits or fewer"));
        long elements = (Long) id.get(4);
        if (elements < 0 || elements > LARGEST_ARRAY) {
            throw DataFormatException.of(file, "elements of storage " + id.get(2), elements, "0.." + LARGEST_ARRAY);
        }
        return new StorageReference(element, (String) id.get(2), elements);
    }

    private Object call(List<?> arguments, Global function) throws DataFormatException {
        if (!CALLED.contains(function.name)) {
            throw DataFormatException.of(file, "function called by the pickle", function.name,
                    "one of " + new java.util.TreeSet<>(CALLED) + "; nothing is run");
        }
        if (function.name.endsWith("OrderedDict")) {
            return new LinkedHashMap<>();
        }
        if (function.name.endsWith("parameter")) {
            return (View) atLeast(1, arguments).get(0);
        }
        atLeast(4, arguments);
        return new View((StorageReference) arguments.get(0), (Long) arguments.get(1), longs(arguments.get(2)), longs(arguments.get(3)));
    }

    private static long[] longs(Object tuple) {
        return ((List<?>) tuple).stream().mapToLong(Long.class::cast).toArray();
    }

    private void collect(String name, Object value, Map<String, View> views, Set<Object> met, int depth) throws DataFormatException {
        if (value instanceof View view && view.storage.type.floating()) {
            views.put(name, view);
        } else if (value instanceof Map<?, ?> map) {
            if (depth == DEEPEST || !met.add(map)) {
                throw DataFormatException.of(file, "dictionary " + name, "met twice or " + DEEPEST + " deep", "a tree of dictionaries");
            }
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                collect(name.isEmpty() ? entry.getKey().toString() : name + "." + entry.getKey(), entry.getValue(), views, met, depth + 1);
            }
        }
    }

    private static boolean isEmpty(long[] shape) {
        return Arrays.stream(shape).anyMatch(extent -> extent == 0)
                && Arrays.stream(shape).allMatch(extent -> extent >= 0 && extent <= Integer.MAX_VALUE);
    }

    /** Gathers a view's elements in row-major order. */
    private NamedTensor tensor(String name, View view, long bytesLeft) throws IOException {
        int rank = view.shape.length;
        if (rank <= LARGEST_RANK && isEmpty(view.shape)) { // its strides say nothing, and may be longer than its storage
            return new NamedTensor(name, Arrays.stream(view.shape).mapToInt(extent -> (int) extent).toArray(), new float[0]);
        }
        long elements = 1;
        long last = view.offset;
        boolean sound = rank <= LARGEST_RANK && view.stride.length == rank && view.offset >= 0;
        for (int k = 0; k < rank && sound; k++) { // a stride of 0 is a dimension that expand() made: its elements are all the same
            sound = view.shape[k] >= 1 && view.stride[k] >= 0 && view.stride[k] <= view.storage.elements
                    && (view.stride[k] == 0 || view.shape[k] <= view.storage.elements);
            last += sound ? (view.shape[k] - 1) * view.stride[k] : 0;
            elements = Math.min(elements, LARGEST_ARRAY) * Math.min(view.shape[k], LARGEST_ARRAY);
            sound &= last < view.storage.elements;
        }
        String is = "shape " + Arrays.toString(view.shape) + ", stride " + Arrays.toString(view.stride) + ", offset " + view.offset;
        if (!sound || last >= view.storage.elements) {
            throw DataFormatException.of(file, "tensor " + name, is, "a part of its storage of " + view.storage.elements + " elements");
        }
        if (elements > Math.min(bytesLeft / 4, LARGEST_ARRAY)) {
            throw DataFormatException.of(file, "tensor " + name, is, "at most " + Math.min(bytesLeft / 4, LARGEST_ARRAY)
                    + " elements, the room left beside the tensors before it");
        }
        byte[] bytes = read.get(view.storage.key);
        if (bytes == null) {
            bytes = storages.bytes(view.storage.key);
            read.put(view.storage.key, bytes);
        }
        if (bytes.length != view.storage.elements * view.storage.type.bytes) {
            throw DataFormatException.of(file, "storage " + view.storage.key, bytes.length + " bytes long",
                    view.storage.elements + " elements of " + view.storage.type);
        }
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int[] shape = Arrays.stream(view.shape).mapToInt(Math::toIntExact).toArray();
        float[] values = new float[Tensor.sizeOf(shape)];
        for (int i = 0; i < values.length; i++) {
            long at = view.offset;
            for (int k = rank - 1, rest = i; k >= 0; rest /= shape[k--]) {
                at += rest % shape[k] * view.stride[k];
            }
            values[i] = view.storage.type.get(data, (int) at);
        }
        return new NamedTensor(name, shape, values);
    }
}
