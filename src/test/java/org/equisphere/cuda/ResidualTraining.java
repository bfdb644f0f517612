package org.equisphere.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * A residual network for small images (He et al. 2016: 6n + 2 layers, shortcuts without parameters), its squared cosine loss and SGD, written
 * straight on {@link Backend}'s operations: the same training on any backend, from the same seed.
 */
final class ResidualTraining {

    /** One convolution with its normalisation and what backward needs. */
    private static final class Unit {
        Convolution geometry;
        int weightAt;
        int gammaAt;
        int betaAt;
        Tensor convolved;
        Tensor output;
        Tensor gradient;
        Tensor runningMean;
        Tensor runningVariance;
        Tensor mean;
        Tensor inverseDeviation;
    }

    private final Backend backend;
    private final List<Unit> units = new ArrayList<>();
    private final int blocks;
    private final Tensor images;
    private final LabelVector labels;
    private final Tensor prototypes;
    private final Tensor pooled;
    private final Tensor pooledGradient;
    private final Tensor features;
    private final Tensor featureGradient;
    private final Tensor losses;
    private final Tensor shortcut;
    private final Tensor rate;
    private final Tensor parameters;
    private final Tensor gradients;
    private final Tensor velocities;
    private final int denseAt;
    private final Runnable step;
    private final Random random;
    private final int classes;
    private int sizeOfParameters;

    /** @param n residual blocks a stage; the network has 6n + 2 layers */
    ResidualTraining(Backend backend, int n, int width, int batch, int side, int classes, int dimension, long seed) {
        this.backend = backend;
        this.classes = classes;
        random = new Random(seed);
        blocks = 3 * n;
        add(new Convolution(batch, side, side, 3, width, 3, 1, 1));
        int channels = width;
        for (int block = 0; block < blocks; block++) {
            int out = width << block / n;
            int stride = block > 0 && block % n == 0 ? 2 : 1;
            add(new Convolution(batch, side, side, channels, out, 3, stride, 1));
            side = (side + stride - 1) / stride;
            add(new Convolution(batch, side, side, out, out, 3, 1, 1));
            channels = out;
        }
        denseAt = sizeOfParameters;
        sizeOfParameters += channels * dimension;
        parameters = backend.tensor(sizeOfParameters);
        gradients = backend.tensor(sizeOfParameters);
        velocities = backend.tensor(sizeOfParameters);
        Convolution first = units.get(0).geometry;
        images = backend.tensor(batch, first.height(), first.width(), 3);
        shortcut = backend.tensor(units.get(0).output.size());
        labels = backend.labels(batch);
        prototypes = backend.tensor(classes, dimension);
        pooled = backend.tensor(batch, channels);
        pooledGradient = backend.tensor(batch, channels);
        features = backend.tensor(batch, dimension);
        featureGradient = backend.tensor(batch, dimension);
        losses = backend.tensor(batch);
        rate = backend.tensor(1);
        initialize(dimension);
        step = backend.recorded(this::compute);
    }

    private void add(Convolution g) {
        Unit unit = new Unit();
        int c = g.outChannels();
        unit.geometry = g;
        unit.weightAt = sizeOfParameters;
        unit.gammaAt = unit.weightAt + g.patch() * c;
        unit.betaAt = unit.gammaAt + c;
        sizeOfParameters = unit.betaAt + c;
        unit.convolved = backend.tensor(g.batch(), g.outHeight(), g.outWidth(), c);
        unit.output = backend.tensor(unit.convolved.shape());
        unit.gradient = backend.tensor(unit.convolved.shape());
        unit.runningMean = backend.tensor(c);
        unit.runningVariance = backend.tensor(c);
        unit.mean = backend.tensor(c);
        unit.inverseDeviation = backend.tensor(c);
        units.add(unit);
    }

    private void initialize(int dimension) {
        float[] values = new float[sizeOfParameters];
        for (Unit unit : units) {
            double deviation = Math.sqrt(2.0 / unit.geometry.patch());
            for (int i = unit.weightAt; i < unit.gammaAt; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
            }
            Arrays.fill(values, unit.gammaAt, unit.betaAt, 1);
        }
        for (int i = denseAt; i < sizeOfParameters; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(pooled.dimension(1)));
        }
        parameters.set(values);
        float[] directions = new float[classes * dimension];
        for (int i = 0; i < directions.length; i++) {
            directions[i] = (float) random.nextGaussian();
        }
        prototypes.set(directions);
        backend.normalizeRows(prototypes, prototypes, backend.tensor(classes));
    }

    /** Trains on a fresh random batch; returns the sum of its losses. */
    double step(float learningRate) {
        float[] pixels = new float[images.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        int[] classOf = random.ints(labels.size(), 0, classes).toArray();
        images.set(pixels);
        labels.set(classOf, classOf.length, classes);
        rate.set(learningRate);
        step.run();
        double sum = 0;
        for (float loss : losses.toArray()) {
            sum += loss;
        }
        return sum;
    }

    /** Trains once more on the batch at hand, without a look at the result: what a benchmark times. */
    void repeat() {
        step.run();
    }

    /** A copy of all parameters. */
    float[] parameters() {
        return parameters.toArray();
    }

    private void compute() {
        forward();
        backend.cosineLoss(features, prototypes, labels, 1f / labels.size(), losses, featureGradient);
        backward();
        backend.sgdStep(rate, 0.9f, 1e-4f, false, parameters, gradients, velocities);
    }

    private void forward() {
        forward(units.get(0), images, null);
        for (int block = 0; block < blocks; block++) {
            Tensor in = units.get(2 * block).output;
            Unit first = units.get(2 * block + 1);
            Unit second = units.get(2 * block + 2);
            forward(first, in, null);
            forward(second, first.output, residual(block, in, second));
        }
        backend.averagePool(last().output, pooled);
        backend.gemm(false, false, 1, pooled, dense(parameters), 0, features);
    }

    /** The block's input, or its shortcut where the shape changes. */
    private Tensor residual(int block, Tensor in, Unit second) {
        int stride = units.get(2 * block + 1).geometry.stride();
        if (stride == 1) {
            return in;
        }
        Tensor out = shortcut.slice(0, second.output.shape());
        backend.shortcut(in, stride, out);
        return out;
    }

    private void forward(Unit unit, Tensor in, Tensor residual) {
        backend.convolve(unit.geometry, in, weight(unit, parameters), null, null, false, unit.convolved);
        backend.batchNormalize(normalization(unit), unit.convolved, residual, true, unit.output);
    }

    private void backward() {
        backend.gemm(true, false, 1, pooled, featureGradient, 0, dense(gradients));
        backend.gemm(false, true, 1, featureGradient, dense(parameters), 0, pooledGradient);
        backend.averagePoolBackward(pooledGradient, last().gradient, false);
        for (int block = blocks - 1; block >= 0; block--) {
            Unit in = units.get(2 * block);
            Unit first = units.get(2 * block + 1);
            Unit second = units.get(2 * block + 2);
            boolean changes = first.geometry.stride() > 1;
            Tensor residual = changes ? shortcut.slice(0, second.output.shape()) : in.gradient;
            backward(second, residual, first.output, first.gradient, false);
            if (changes) {
                backend.shortcutBackward(residual, first.geometry.stride(), in.gradient, false);
            }
            backward(first, null, in.output, in.gradient, true);
        }
        normalizeBackward(units.get(0), null);
        backend.convolveBackwardWeights(units.get(0).geometry, images, units.get(0).gradient, weight(units.get(0), gradients));
    }

    /** From the gradient of the unit's output to those of its parameters, its residual and its input. */
    private void backward(Unit unit, Tensor residual, Tensor in, Tensor inGradient, boolean accumulate) {
        normalizeBackward(unit, residual);
        backend.convolveBackwardWeights(unit.geometry, in, unit.gradient, weight(unit, gradients));
        backend.convolveBackwardData(unit.geometry, unit.gradient, weight(unit, parameters), inGradient, accumulate);
    }

    private void normalizeBackward(Unit unit, Tensor residual) {
        int c = unit.geometry.outChannels();
        backend.batchNormalizeBackward(normalization(unit), unit.convolved, unit.output, true, unit.gradient, unit.gradient,
                gradients.slice(unit.gammaAt, c), gradients.slice(unit.betaAt, c), residual, false);
    }

    private Unit last() {
        return units.get(units.size() - 1);
    }

    private Tensor weight(Unit unit, Tensor of) {
        Convolution g = unit.geometry;
        return of.slice(unit.weightAt, g.kernel(), g.kernel(), g.inChannels(), g.outChannels());
    }

    private Tensor dense(Tensor of) {
        return of.slice(denseAt, pooled.dimension(1), features.dimension(1));
    }

    private BatchNormalization normalization(Unit unit) {
        int c = unit.geometry.outChannels();
        return new BatchNormalization(parameters.slice(unit.gammaAt, c), parameters.slice(unit.betaAt, c), unit.runningMean,
                unit.runningVariance, unit.mean, unit.inverseDeviation, 1e-5f, 0.1f);
    }
}
