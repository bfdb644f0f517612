package org.equisphere.interchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Storage;
import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;

/**
 * A backend that writes down what it is asked to compute, as an ONNX graph, instead of computing it: whatever network runs on the
 * operations of prediction can be exported, and no layer needs export code of its own.
 *
 * <p>A tensor into which nothing was computed is a constant and becomes an initializer. Four-dimensional values are [batch, channels, height, width]
 * in the graph. What only training needs is refused.
 */
final class OnnxGraph extends Backend {

    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    /** The norm below which {@link Backend#normalizeRows} divides by this instead. */
    private static final float SMALLEST_NORM = 1e-12f;

    /** A score that the softmax makes 0 beside any other; its exponential is 0 in float32. */
    private static final float UNSEEN = -1e4f;

    private final Protobuf graph = new Protobuf();
    private final Map<Storage, Value> computed = new HashMap<>();
    private int names;

    /**
     * A value of the graph: its name, its shape here, and whether its dimensions lie as here, channels last. Of four dimensions they do so only
     * behind what transformers compute.
     */
    private record Value(String name, int[] shape, boolean channelsLast) {
    }

    /** Numbers on the host. */
    private static final class Numbers extends Storage {

        private final float[] data;

        Numbers(Backend owner, int size) {
            super(owner, size);
            data = new float[size];
        }

        @Override
        protected void read(int from, float[] destination, int at, int count) {
            System.arraycopy(data, from, destination, at, count);
        }

        @Override
        protected void write(int to, float[] source, int at, int count) {
            System.arraycopy(source, at, data, to, count);
        }
    }

    // ---- the graph

    /** The finished GraphProto. */
    Protobuf toMessage(String name) {
        return graph.text(2, name);
    }

    /**
     * Declares an input and normalises it: (x - mean) / deviation, channel by channel; nothing where there are no means.
     *
     * @param x [1, height, width, channels] or [1, features]
     */
    void input(String name, Tensor x, float[] mean, float[] deviation) {
        graph.message(11, declaration(name, x.shape()));
        String value = name;
        if (mean.length > 0) {
            long[] dims = x.rank() == 4 ? new long[] {1, mean.length, 1, 1} : new long[] {mean.length};
            value = node("Sub", List.of(value, constant(mean, dims)));
            value = node("Div", List.of(value, constant(deviation, dims)));
        }
        put(x, value);
    }

    /** Declares a computed tensor to be an output. */
    void output(String name, Tensor x) {
        graph.message(1, new Protobuf().text(1, value(x)).text(2, name).text(4, "Identity"));
        graph.message(12, declaration(name, x.shape()));
    }

    private static Protobuf declaration(String name, int[] shape) {
        Protobuf dims = new Protobuf().message(1, new Protobuf().text(2, "batch"));
        for (int k = 1; k < shape.length; k++) {
            int axis = shape.length == 4 ? k == 1 ? 3 : k - 1 : k;
            dims.message(1, new Protobuf().integer(1, shape[axis]));
        }
        return new Protobuf().text(1, name).message(2, new Protobuf().message(1, new Protobuf().integer(1, FLOAT).message(2, dims)));
    }

    /** Adds a node; returns its output's name. */
    private String node(String type, List<String> inputs, Protobuf... attributes) {
        Protobuf node = new Protobuf();
        inputs.forEach(input -> node.text(1, input));
        String output = "v" + names++;
        node.text(2, output).text(4, type);
        for (Protobuf attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node);
        return output;
    }

    private static Protobuf attribute(String name, float value) {
        return new Protobuf().text(1, name).number(2, value).integer(20, 1);
    }

    private static Protobuf attribute(String name, int value) {
        return new Protobuf().text(1, name).integer(3, value).integer(20, 2);
    }

    private static Protobuf attribute(String name, int[] values) {
        Protobuf attribute = new Protobuf().text(1, name);
        Arrays.stream(values).forEach(value -> attribute.integer(8, value));
        return attribute.integer(20, 7);
    }

    private String constant(float[] values, long... dims) {
        return initializer(FLOAT, Safetensors.littleEndian(values), dims);
    }

    private String constant(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return initializer(INT64, bytes.array(), values.length);
    }

    private String initializer(int type, byte[] data, long... dims) {
        Protobuf tensor = new Protobuf();
        Arrays.stream(dims).forEach(dim -> tensor.integer(1, dim));
        String name = "c" + names++;
        graph.message(5, tensor.integer(2, type).text(8, name).bytes(9, data));
        return name;
    }

    // ---- tensors as values

    private void put(Tensor x, String name) {
        if (x.size() != x.storage().size()) {
            throw new IllegalArgumentException("ONNX export: a part of a tensor is computed: " + x);
        }
        computed.put(x.storage(), new Value(name, x.shape(), x.rank() != 4));
    }

    /** Of a value whose dimensions lie as here. */
    private void putChannelsLast(Tensor x, String name) {
        put(x, name);
        computed.computeIfPresent(x.storage(), (storage, value) -> new Value(name, value.shape, true));
    }

    /** The name of a tensor's value, seen under the tensor's shape; of four dimensions with the channels first. */
    private String value(Tensor x) {
        Value value = computed.get(x.storage());
        if (value == null) {
            return constant(x.toArray(), Arrays.stream(x.shape()).asLongStream().toArray());
        }
        boolean direct = Arrays.equals(value.shape, x.shape()) && (x.rank() != 4 || !value.channelsLast);
        return direct ? value.name : x.rank() == 4 ? turned(channelsLast(x), 0, 3, 1, 2) : channelsLast(x);
    }

    /** As {@link #value}, with dimensions as they are here. */
    private String channelsLast(Tensor x) {
        Value value = computed.get(x.storage());
        if (value == null) {
            return value(x);
        }
        if (x.size() != x.storage().size() || x.rank() != 2 && x.rank() != 4) {
            throw new IllegalArgumentException("ONNX export: a value of shape " + Arrays.toString(value.shape) + " is seen as " + x);
        }
        String name = value.channelsLast ? value.name : turned(value.name, 0, 2, 3, 1);
        return Arrays.equals(value.shape, x.shape()) ? name : shaped(name, Arrays.stream(x.shape()).skip(1).toArray());
    }

    private String turned(String value, int... order) {
        return node("Transpose", List.of(value), attribute("perm", order));
    }

    /** The same numbers under another shape, whose first dimension follows from the others. */
    private String shaped(String value, int... others) {
        long[] dims = new long[others.length + 1];
        dims[0] = -1;
        for (int k = 0; k < others.length; k++) {
            dims[k + 1] = others[k];
        }
        return node("Reshape", List.of(value, constant(dims)));
    }

    private String rectified(String value, boolean relu) {
        return relu ? node("Relu", List.of(value)) : value;
    }

    private String added(String value, Tensor more) {
        return more == null ? value : node("Add", List.of(value, value(more)));
    }

    // ---- what prediction computes

    @Override
    protected void computeConvolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        float[] hwio = w.toArray();
        float[] oihw = new float[hwio.length];
        int positions = g.kernel() * g.kernel();
        for (int k = 0; k < oihw.length; k++) {
            oihw[k] = hwio[(k % positions * g.inChannels() + k / positions % g.inChannels()) * g.outChannels() + k / positions / g.inChannels()];
        }
        String weight = constant(oihw, g.outChannels(), g.inChannels(), g.kernel(), g.kernel());
        int p = g.padding();
        String value = node("Conv", bias == null ? List.of(value(x), weight) : List.of(value(x), weight, value(bias)),
                attribute("kernel_shape", new int[] {g.kernel(), g.kernel()}), attribute("strides", new int[] {g.stride(), g.stride()}),
                attribute("pads", new int[] {p, p, p, p}));
        put(y, rectified(added(value, residual), relu));
    }

    @Override
    protected void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b, float beta, Tensor c) {
        if (beta != 0) {
            throw refused();
        }
        put(c, node("Gemm", List.of(value(a), value(b)), attribute("alpha", alpha), attribute("transA", transposeA ? 1 : 0),
                attribute("transB", transposeB ? 1 : 0)));
    }

    @Override
    protected void computeAddBias(Tensor y, Tensor bias, boolean relu) {
        String channels = y.rank() == 4 ? constant(bias.toArray(), 1, bias.size(), 1, 1) : value(bias);
        put(y, rectified(node("Add", List.of(value(y), channels)), relu));
    }

    @Override
    protected void computeBatchNormalizeInference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        String value = node("BatchNormalization", List.of(value(x), value(n.gamma()),
                value(n.beta()), value(n.runningMean()), value(n.runningVariance())), attribute("epsilon", n.epsilon()));
        put(y, rectified(added(value, residual), relu));
    }

    /** Computed here and now: of constants alone. */
    @Override
    protected void computeFoldBatchNormalization(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        float[] weight = w.toArray();
        float[] shift = n.beta().toArray();
        float[] mean = n.runningMean().toArray();
        float[] scale = n.gamma().toArray();
        float[] variance = n.runningVariance().toArray();
        for (int o = 0; o < scale.length; o++) {
            scale[o] /= (float) Math.sqrt(variance[o] + (double) n.epsilon());
            shift[o] -= mean[o] * scale[o];
        }
        for (int k = 0; k < weight.length; k++) {
            weight[k] *= scale[k % scale.length];
        }
        folded.set(weight);
        bias.set(shift);
    }

    @Override
    protected void computeAveragePool(Tensor x, Tensor y) {
        put(y, node("Flatten", List.of(node("GlobalAveragePool", List.of(value(x))))));
    }

    @Override
    protected void computeShortcut(Tensor x, int stride, Tensor y) {
        String value = value(x);
        if (stride > 1) {
            value = node("Slice", List.of(value, constant(0, 0), constant(x.dimension(1), x.dimension(2)), constant(2, 3), constant(stride, stride)));
        }
        int before = (y.dimension(3) - x.dimension(3)) / 2;
        put(y, node("Pad", List.of(value, constant(0, before, 0, 0, 0, y.dimension(3) - x.dimension(3) - before, 0, 0))));
    }

    @Override
    protected void computeNormalizeRows(Tensor x, Tensor y, Tensor norms) {
        String value = value(x);
        String norm = node("ReduceL2", List.of(value), attribute("axes", new int[] {1}), attribute("keepdims", 1));
        String divisor = node("Clip", List.of(norm, constant(new float[] {SMALLEST_NORM})));
        computed.put(norms.storage(), new Value(norm, new int[] {norms.size(), 1}, true));
        put(y, node("Div", List.of(value, divisor)));
    }

    @Override
    protected void computeRelu(Tensor x, Tensor y) {
        put(y, rectified(value(x), true));
    }

    @Override
    protected void computeCopy(Tensor x, Tensor y) {
        Value value = computed.get(x.storage());
        if (value != null && value.channelsLast) {
            putChannelsLast(y, channelsLast(x.reshape(y.shape())));
        } else {
            put(y, value(x.reshape(y.shape())));
        }
    }

    @Override
    protected void computeAddScaled(float alpha, Tensor x, Tensor y) {
        boolean last = computed.get(y.storage()).channelsLast;
        String more = last ? channelsLast(x) : value(x);
        String sum = node("Add", List.of(last ? channelsLast(y) : value(y), alpha == 1 ? more : scaled(more, alpha)));
        if (last) {
            putChannelsLast(y, sum);
        } else {
            put(y, sum);
        }
    }

    @Override
    protected void computeMaxPool(Convolution g, Tensor x, Tensor y) {
        int p = g.padding();
        put(y, node("MaxPool", List.of(value(x)), attribute("kernel_shape", new int[] {g.kernel(), g.kernel()}),
                attribute("strides", new int[] {g.stride(), g.stride()}), attribute("pads", new int[] {p, p, p, p})));
    }

    // ---- what transformers compute in prediction, dimensions as here

    /** x / 2 * (1 + erf(x / sqrt(2))). */
    @Override
    protected void computeGelu(Tensor x, Tensor y) {
        String value = channelsLast(x);
        String erf = node("Erf", List.of(scaled(value, (float) Math.sqrt(0.5))));
        putChannelsLast(y, node("Mul", List.of(scaled(value, 0.5f), node("Add", List.of(erf, constant(new float[] {1}))))));
    }

    private String scaled(String value, float factor) {
        return node("Mul", List.of(value, constant(new float[] {factor})));
    }

    /** LayerNormalization itself came with opset 17. */
    @Override
    protected void computeLayerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        String centred = node("Sub", List.of(channelsLast(x), lastMean(channelsLast(x))));
        String variance = lastMean(node("Mul", List.of(centred, centred)));
        String deviation = node("Sqrt", List.of(node("Add", List.of(variance, constant(new float[] {epsilon})))));
        String unit = node("Div", List.of(centred, deviation));
        putChannelsLast(y, node("Add", List.of(node("Mul", List.of(unit, value(gamma))), value(beta))));
    }

    private String lastMean(String value) {
        return node("ReduceMean", List.of(value), attribute("axes", new int[] {-1}), attribute("keepdims", 1));
    }

    @Override
    protected void computeMergePatches(Tensor x, Tensor y) {
        int h = y.dimension(1);
        int w = y.dimension(2);
        int c = x.dimension(3);
        String whole = padded(channelsLast(x), 2 * h - x.dimension(1), 2 * w - x.dimension(2));
        String squares = turned(shaped(whole, h, 2, w, 2, c), 0, 1, 3, 4, 2, 5);
        putChannelsLast(y, shaped(squares, h, w, 4 * c));
    }

    /** Rows of zeros below and columns of zeros on the right. */
    private String padded(String value, int rows, int columns) {
        return rows + columns == 0 ? value : node("Pad", List.of(value, constant(0, 0, 0, 0, 0, rows, columns, 0)));
    }

    /** The grid is filled up to whole windows and rolled, cut into windows, and what one token does not see is as good as masked out. */
    @Override
    protected void computeWindowAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        int w = g.window();
        int down = g.windowsDown();
        int across = g.windowsAcross();
        String whole = padded(channelsLast(qkv), down * w - g.height(), across * w - g.width());
        whole = rolled(rolled(whole, 1, g.shiftDown(), down * w), 2, g.shiftAcross(), across * w);
        // [batch, down, w, across, w, 3, heads, d] to [3, batch, down, across, heads, w, w, d]
        String parts = turned(shaped(whole, down, w, across, w, 3, g.heads(), g.headSize()), 5, 0, 1, 3, 6, 2, 4, 7);
        String scores = node("MatMul", List.of(part(parts, 0, g), turned(part(parts, 1, g), 0, 1, 2, 4, 3)));
        scores = node("Add", List.of(scaled(scores, g.scale()), biasOf(g, bias.toArray())));
        String seen = node("MatMul",
                List.of(node("Softmax", List.of(node("Add", List.of(scores, mask(g)))), attribute("axis", -1)), part(parts, 2, g)));
        // [batch, windows, heads, w * w, d] back to [batch, height, width, channels]
        String grid = shaped(turned(shaped(seen, down, across, g.heads(), w, w, g.headSize()), 0, 1, 4, 2, 5, 3, 6),
                down * w, across * w, g.channels());
        grid = rolled(rolled(grid, 1, down * w - g.shiftDown(), down * w), 2, across * w - g.shiftAcross(), across * w);
        putChannelsLast(y, node("Slice", List.of(grid, constant(0, 0), constant(g.height(), g.width()), constant(1, 2))));
    }

    /** Queries, keys or values: [batch, windows, heads, w * w, d]. */
    private String part(String parts, int which, WindowAttention g) {
        String one = node("Slice", List.of(parts, constant(which), constant(which + 1), constant(0)));
        return shaped(one, g.windowsDown() * g.windowsAcross(), g.heads(), g.window() * g.window(), g.headSize());
    }

    /** Element i of an axis becomes element i + by. */
    private String rolled(String value, int axis, int by, int size) {
        if (by % size == 0) {
            return value;
        }
        String first = node("Slice", List.of(value, constant(by), constant(size), constant(axis)));
        String second = node("Slice", List.of(value, constant(0), constant(by), constant(axis)));
        return node("Concat", List.of(first, second), attribute("axis", axis));
    }

    /** [1, 1, heads, w * w, w * w]: the bias of every two places of a window. */
    private String biasOf(WindowAttention g, float[] table) {
        int w = g.window();
        int n = w * w;
        float[] values = new float[g.heads() * n * n];
        for (int k = 0; k < values.length; k++) {
            int i = k / n % n;
            int j = k % n;
            int place = (i / w - j / w + w - 1) * (2 * w - 1) + i % w - j % w + w - 1;
            values[k] = table[place * g.heads() + k / n / n];
        }
        return constant(values, 1, 1, g.heads(), n, n);
    }

    /** [1, windows, 1, w * w, w * w]: 0 where a token sees another, else too little for any score to matter. */
    private String mask(WindowAttention g) {
        int n = g.window() * g.window();
        int windows = g.windowsDown() * g.windowsAcross();
        float[] values = new float[windows * n * n];
        for (int k = 0; k < values.length; k++) {
            values[k] = part(g, k / n / n, k / n % n) == part(g, k / n / n, k % n) ? 0 : UNSEEN;
        }
        return constant(values, 1, windows, 1, n, n);
    }

    /** The part of its window that a token is in; another one for places outside the image. */
    private static int part(WindowAttention g, int window, int place) {
        int w = g.window();
        int down = window / g.windowsAcross() * w + place / w;
        int across = window % g.windowsAcross() * w + place % w;
        int i = (down + g.shiftDown()) % (g.windowsDown() * w);
        int j = (across + g.shiftAcross()) % (g.windowsAcross() * w);
        return i >= g.height() || j >= g.width() ? 4 : (i < down ? 2 : 0) + (j < across ? 1 : 0);
    }

    // ---- memory and identity

    @Override
    public String name() {
        return "onnx";
    }

    @Override
    public String description() {
        return "onnx: writes a graph";
    }

    @Override
    public int threads() {
        return 1;
    }

    @Override
    public LabelVector labels(int size) {
        throw refused();
    }

    @Override
    protected Storage allocate(int size) {
        return new Numbers(this, size);
    }

    @Override
    public void synchronize() {
        // nothing runs
    }

    @Override
    public void close() {
        // nothing is held
    }

    // ---- what only training computes

    private static UnsupportedOperationException refused() {
        return new UnsupportedOperationException("ONNX export: this network computes something in prediction that is not written to ONNX");
    }

    @Override
    protected void computeFill(Tensor x, float value) {
        throw refused();
    }

    @Override
    protected void computeReluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeAddBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        throw refused();
    }

    @Override
    protected void computeConvolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeConvolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        throw refused();
    }

    @Override
    protected void computeBatchNormalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        throw refused();
    }

    @Override
    protected void computeBatchNormalizeBackward(BatchNormalization n, Tensor x, Tensor y, boolean relu,
                                                 Tensor dy, Tensor dx, Tensor dgamma, Tensor dbeta, Tensor dresidual, boolean accumulateResidual) {
        throw refused();
    }

    @Override
    protected void computeAveragePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeShortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeNormalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx) {
        throw refused();
    }

    @Override
    protected void computeCosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df) {
        throw refused();
    }

    @Override
    protected void computeDotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        throw refused();
    }

    @Override
    protected void computeSoftmaxCrossEntropy(Tensor logits, Tensor prior, LabelVector labels,
                                              float smoothing, float scale, Tensor losses, Tensor dlogits) {
        throw refused();
    }

    @Override
    protected double computeGaussianPotential(Tensor w, float t, Tensor dw) {
        throw refused();
    }

    @Override
    protected void computeSgdStep(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        throw refused();
    }

    @Override
    protected void computeAdamWStep(Tensor rates, float beta1, float beta2, float epsilon, float decay, Tensor w, Tensor g, Tensor m, Tensor s) {
        throw refused();
    }

    @Override
    protected void computeGeluBackward(Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeScaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeMaxPoolBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeMergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate) {
        throw refused();
    }

    @Override
    protected void computeLayerNormalizeBackward(Tensor x, Tensor gamma, float epsilon,
                                                 Tensor dy, Tensor dx, boolean accumulate, Tensor dgamma, Tensor dbeta) {
        throw refused();
    }

    @Override
    protected void computeWindowAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias) {
        throw refused();
    }
}
