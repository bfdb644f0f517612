package org.equisphere.interchange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.model.Readout;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Network;
import org.equisphere.nn.Parameter;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;

/**
 * A network's weights as PyTorch's {@code state_dict}: its names, its order of dimensions ([out, in, height, width] for convolutions, [out, in]
 * for dense layers, vectors and tables as they are). A classifier's prototypes are the further tensors {@code prototypes} [labels, d], in label
 * order, and {@code free_prototypes}; a PyTorch module that registers the first as a buffer loads the whole with {@code load_state_dict}.
 *
 * <p>A dense layer behind an image flattens it as [height, width, channels], where PyTorch's {@code flatten} has the channels first;
 * residual networks have no such layer. A Swin transformer's {@code relative_position_index}, which torchvision keeps as a buffer though it follows
 * from the window, is neither written nor read: load with {@code strict=False}.
 */
public final class StateDict {

    private static final String PROTOTYPES = "prototypes";
    private static final String FREE = "free_prototypes";
    private static final String ARCHITECTURE = "architecture";
    private static final String INPUT_SHAPE = "input_shape";
    private static final String DIMENSION = "dimension";
    private static final String MEAN = "mean";
    private static final String DEVIATION = "deviation";
    private static final String LABELS = "labels";
    private static final String SEPARATOR = "labels_separator";
    private static final String SCORES = "scores";
    private static final String INNER_PRODUCTS = "inner products"; // cosines where nothing is said
    private static final String PROVENANCE = "provenance.";
    private static final String DIRECTIONS = "classifier.weight"; // of a learned cosine classifier, which a model keeps as prototypes

    private StateDict() {
    }

    /** A classifier's weights and prototypes, the rest as metadata: all that {@link #classifier} needs. Prototypes are rounded to float32. */
    public static TensorArchive of(ModelContents contents) {
        List<NamedTensor> tensors = new ArrayList<>();
        Network network = contents.network();
        network.parameters().forEach(p -> tensors.add(toPyTorch(p, contents.learned())));
        network.statistics().forEach(p -> tensors.add(toPyTorch(p, contents.statistics())));
        if (contents.readout() instanceof Readout.Nearest nearest) {
            int d = contents.dimension();
            tensors.add(new NamedTensor(PROTOTYPES, new int[] {contents.labelNames().size(), d}, nearest.targets()));
            float[] free = free(nearest);
            if (free.length > 0) {
                tensors.add(new NamedTensor(FREE, new int[] {free.length / d, d}, free));
            }
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put(ARCHITECTURE, contents.architecture().toString());
        metadata.put(INPUT_SHAPE, Arrays.toString(contents.inputShape()));
        metadata.put(DIMENSION, String.valueOf(contents.dimension()));
        metadata.put(MEAN, Arrays.toString(contents.normalization().mean()));
        metadata.put(DEVIATION, Arrays.toString(contents.normalization().std()));
        metadata.putAll(labels(contents.labelNames()));
        if (contents.readout() instanceof Readout.Nearest nearest && !nearest.normalized()) {
            metadata.put(SCORES, INNER_PRODUCTS);
        }
        contents.provenance().forEach((key, value) -> metadata.put(PROVENANCE + key, value));
        return new TensorArchive(tensors, metadata);
    }

    /** The names as metadata, one a line; where one has a line break, with another character between, which {@value #SEPARATOR} then tells. */
    static Map<String, String> labels(List<String> names) {
        String between = IntStream.concat(IntStream.of('\n'), IntStream.range('\t', Character.MIN_SURROGATE)).mapToObj(Character::toString)
                .filter(character -> names.stream().noneMatch(name -> name.contains(character))).findFirst().orElseThrow();
        String joined = String.join(between, names);
        return between.equals("\n") ? Map.of(LABELS, joined) : Map.of(LABELS, joined, SEPARATOR, between);
    }

    private static float[] free(Readout.Nearest nearest) {
        boolean[] taken = new boolean[nearest.prototypes().count()];
        Arrays.stream(nearest.prototypeOfLabel()).forEach(p -> taken[p] = true);
        return floats(IntStream.range(0, taken.length).filter(p -> !taken[p]).mapToObj(nearest.prototypes()::row)
                .flatMapToDouble(Arrays::stream).toArray());
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /**
     * The classifier that {@link #of} was given, from its tensors and metadata.
     *
     * @throws IllegalArgumentException when something is missing or does not fit, naming it
     */
    public static Classifier classifier(TensorArchive archive) {
        Map<String, String> metadata = archive.metadata();
        String labels = metadata.get(LABELS);
        if (labels == null) {
            throw new IllegalArgumentException("no metadata \"" + LABELS
                    + "\": only a .safetensors file that was exported by Equisphere holds a classifier; begin a training run with these tensors");
        }
        Map<String, NamedTensor> tensors = archive.byName();
        Architecture architecture = Architecture.parse(metadata.getOrDefault(ARCHITECTURE, ""));
        int[] inputShape = IntStream.range(0, numbers(metadata, INPUT_SHAPE).length).map(k -> (int) numbers(metadata, INPUT_SHAPE)[k]).toArray();
        double[] dimension = numbers(metadata, DIMENSION);
        if (dimension.length != 1) {
            throw new IllegalArgumentException("metadata \"" + DIMENSION + "\" is " + metadata.get(DIMENSION) + ", expected one number");
        }
        int d = (int) dimension[0];
        List<String> names = List.of(labels.split(Pattern.quote(metadata.getOrDefault(SEPARATOR, "\n")), -1));
        boolean normalized = !INNER_PRODUCTS.equals(metadata.get(SCORES));
        Readout readout = tensors.containsKey(PROTOTYPES) ? nearest(tensors, names.size(), d, normalized) : new Readout.Softmax();
        Map<String, String> provenance = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            if (key.startsWith(PROVENANCE)) {
                provenance.put(key.substring(PROVENANCE.length()), value);
            }
        });
        Network network = ModelContents.network(architecture, inputShape, d, readout, names.size());
        int present = archive.tensors().stream().mapToInt(tensor -> tensor.values().length).sum();
        if (network.parameterCount() > present) {
            throw new IllegalArgumentException(present + " numbers in all, expected " + network.parameterCount() + " for " + architecture);
        }
        try (Backend backend = Backends.host(1)) {
            Weights weights = network.weights(backend, new float[network.parameterCount()], new float[network.statisticCount()]);
            load(archive, weights);
            return Classifier.of(new ModelContents(architecture, inputShape, d, names,
                    new Normalization(floats(numbers(metadata, MEAN)), floats(numbers(metadata, DEVIATION))), readout,
                    weights.learned().toArray(), weights.statistics().toArray(), provenance));
        }
    }

    private static double[] numbers(Map<String, String> metadata, String key) {
        String[] parts = metadata.getOrDefault(key, "").replaceAll("[\\[\\] ]", "").split(",");
        try {
            return parts[0].isEmpty() ? new double[0] : Arrays.stream(parts).mapToDouble(Double::parseDouble).toArray();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("metadata \"" + key + "\" is " + metadata.get(key) + ", expected a list of numbers", e);
        }
    }

    private static Readout nearest(Map<String, NamedTensor> tensors, int labels, int d, boolean normalized) {
        NamedTensor assigned = tensors.get(PROTOTYPES);
        NamedTensor free = tensors.getOrDefault(FREE, new NamedTensor(FREE, new int[] {0, d}, new float[0]));
        if (!Arrays.equals(assigned.shape(), new int[] {labels, d}) || free.shape().length != 2 || free.shape()[1] != d) {
            throw new IllegalArgumentException(assigned + " and " + free + ", expected "
                    + PROTOTYPES + "[" + labels + ", " + d + "] and " + FREE + "[any, " + d + "]");
        }
        double[] rows = new double[(labels + free.shape()[0]) * d];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i < labels * d ? assigned.values()[i] : free.values()[i - labels * d];
        }
        return new Readout.Nearest(Prototypes.of(rows, rows.length / d, d), IntStream.range(0, labels).toArray(), normalized);
    }

    /**
     * Fills a network's weights. Tensors the network has no place for are left out. What stands before all of the network's names is passed over:
     * {@code module.} of data parallel training, {@code _orig_mod.} of a compiled module, {@code state_dict.} of a checkpoint,
     * the field of a larger module.
     *
     * @param weights overwritten, or left as they were when something is missing
     * @throws IllegalArgumentException when a tensor is missing or of another shape, naming it, or when the tensors hold several such networks
     */
    public static void load(TensorArchive archive, Weights weights) {
        Map<String, NamedTensor> tensors = archive.byName();
        Network network = weights.network();
        String prefix = prefix(tensors.keySet(), network);
        float[] learned = new float[network.parameterCount()];
        float[] statistics = new float[network.statisticCount()];
        network.parameters().forEach(p -> {
            boolean kept = p.name().equals(DIRECTIONS) && !p.linear() && !tensors.containsKey(prefix + DIRECTIONS);
            fromPyTorch(p, tensors.get(kept ? PROTOTYPES : prefix + p.name()), learned);
        });
        network.statistics().forEach(p -> fromPyTorch(p, tensors.get(prefix + p.name()), statistics));
        weights.learned().set(learned);
        weights.statistics().set(statistics);
    }

    /** What stands before a network's names: the one prefix that all of them have; where none does, the shortest of those of its first name. */
    private static String prefix(Set<String> names, Network network) {
        List<String> own = network.parameters().stream().map(Parameter::name).toList();
        List<String> some = names.stream().filter(name -> ("." + name).endsWith("." + own.get(0)))
                .map(name -> name.substring(0, name.length() - own.get(0).length())).sorted(Comparator.comparingInt(String::length)).toList();
        List<String> whole = some.stream().filter(prefix -> own.stream().allMatch(name -> names.contains(prefix + name))).toList();
        if (whole.size() > 1 && !whole.get(0).isEmpty()) {
            throw new IllegalArgumentException("tensors of " + whole.size() + " such networks, their names beginning with "
                    + whole + ", expected one network");
        }
        return Stream.concat(whole.stream(), some.stream()).findFirst().orElse("");
    }

    private static NamedTensor toPyTorch(Parameter p, float[] flat) {
        float[] values = new float[p.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = flat[p.offset() + place(p, k)];
        }
        return new NamedTensor(p.name(), shapeInPyTorch(p), values);
    }

    private static void fromPyTorch(Parameter p, NamedTensor tensor, float[] flat) {
        int[] expected = shapeInPyTorch(p);
        if (tensor == null || !Arrays.equals(tensor.shape(), expected)) {
            throw new IllegalArgumentException("tensor \"" + p.name() + "\" is "
                    + (tensor == null ? "missing" : "of shape " + Arrays.toString(tensor.shape()))
                    + ", expected " + Arrays.toString(expected));
        }
        for (int k = 0; k < tensor.values().length; k++) {
            flat[p.offset() + place(p, k)] = tensor.values()[k];
        }
    }

    private static int[] shapeInPyTorch(Parameter p) {
        int[] shape = p.shape();
        return !p.linear() ? shape : switch (shape.length) {
            case 4 -> new int[] {shape[3], shape[2], shape[0], shape[1]};
            case 2 -> new int[] {shape[1], shape[0]};
            default -> shape;
        };
    }

    /** Where PyTorch's k-th element lies here: outputs come first there and last here, positions last there and first here. */
    private static int place(Parameter p, int k) {
        int[] shape = p.shape();
        if (!p.linear() || shape.length < 2) {
            return k;
        }
        int out = shape[shape.length - 1];
        int in = shape[shape.length - 2];
        int positions = Tensor.sizeOf(shape) / (in * out);
        return (k % positions * in + k / positions % in) * out + k / positions / in;
    }
}
