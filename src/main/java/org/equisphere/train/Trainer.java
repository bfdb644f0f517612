package org.equisphere.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.equisphere.data.Augmentation;
import org.equisphere.data.Batch;
import org.equisphere.data.BatchLoader;
import org.equisphere.data.Dataset;
import org.equisphere.data.Normalization;
import org.equisphere.data.Splits;
import org.equisphere.nn.AdamW;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.Optimizer;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.Schedule;
import org.equisphere.nn.Sgd;
import org.equisphere.nn.TrainingPass;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Labels;

/**
 * Trains a network: epochs of gradient descent, and after each the evaluation and the next assignment of labels to prototypes
 * (Ebrahimi Saadabadi et al. 2024, section 3). The assignment of the last epoch stays, so that the figures told belong to the model given.
 *
 * <p>Equal settings and data give equal results, bit for bit, on one kind of backend, whatever the number of threads.
 */
public final class Trainer {

    /** What a seed is for: no two uses of chance share a stream. */
    private enum Chance {
        WEIGHTS, PROTOTYPES, DIRECTIONS, BATCHES;

        long seed(long runSeed) {
            long z = (runSeed + 1) * 0x9E3779B97F4A7C15L + ordinal() * 0xD1B54A32D192ED03L;
            z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
            return z ^ (z >>> 32);
        }
    }

    private final TrainingSettings settings;
    private final Backend backend;
    private final List<TrainingListener> listeners = new ArrayList<>();
    private Prototypes prototypes;
    private Consumer<Weights> initial = weights -> { };
    private Path checkpointFile;
    private Path resumeFile;

    /** A trainer that computes on a backend; the backend stays the caller's to close. */
    public Trainer(TrainingSettings settings, Backend backend) {
        this.settings = settings;
        this.backend = backend;
    }

    /** Adds someone who hears of the run. */
    public Trainer listener(TrainingListener listener) {
        listeners.add(listener);
        return this;
    }

    /** Uses the given prototypes, at least one a label, of the settings' dimension; otherwise evenly spread ones are made from the seed. */
    public Trainer prototypes(Prototypes given) {
        if (given.dimension() != settings.dimension()) {
            throw new IllegalArgumentException("prototypes of dimension " + given.dimension() + ", expected " + settings.dimension());
        }
        prototypes = given;
        return this;
    }

    /** Has the freshly drawn weights changed before the first step, for instance read from a file; a resumed run takes them from its checkpoint. */
    public Trainer initialise(Consumer<Weights> change) {
        initial = change;
        return this;
    }

    /** Saves a checkpoint there after every epoch: written beside and renamed. */
    public Trainer checkpointTo(Path file) {
        checkpointFile = file;
        return this;
    }

    /** Goes on from a checkpoint of the same settings and data; the end is the same as without the interruption, bit for bit. */
    public Trainer resumeFrom(Path file) {
        resumeFile = file;
        return this;
    }

    /** The evenly spread prototypes a run of these settings makes for itself. */
    public static Prototypes evenPrototypes(TrainingSettings settings, int classes) {
        return new PrototypeOptimizer(classes, settings.dimension()).seed(Chance.PROTOTYPES.seed(settings.seed())).optimize().prototypes();
    }

    /**
     * Trains to the end.
     *
     * @throws InterruptedException      when the thread is interrupted; checkpoints written so far stay
     * @throws IOException               when a checkpoint cannot be read or written
     * @throws TrainingDivergedException when the loss is no longer finite
     * @throws IllegalArgumentException  when data and settings do not fit each other
     */
    public TrainedNetwork fit(Splits data) throws InterruptedException, IOException {
        return new Run(data).toEnd();
    }

    /** One run: everything that is planned once and used in every step. */
    private final class Run {

        private final Dataset train;
        private final Dataset test;
        private final Normalization normalization;
        private final Head head;
        private final Weights weights;
        private final TrainingPass pass;
        private final InferencePass evaluation;
        private final Loss loss;
        private final Head.Scores scores;
        private final Labels labels;
        private final Optimizer optimizer;
        private final Schedule schedule;
        private final Runnable step;
        private final float[] losses;
        private final float[] outputs;
        private final List<EpochSummary> history = new ArrayList<>();
        private Evaluation lastEvaluation;

        Run(Splits data) {
            train = data.train();
            test = data.test();
            int classes = train.classes();
            int batch = settings.batch();
            normalization = Normalization.of(train);
            head = makeHead(classes);
            Network network = head.network(settings.architecture().build(train.shape(), settings.dimension()));
            weights = network.initialise(backend, Chance.WEIGHTS.seed(settings.seed()));
            initial.accept(weights);
            pass = new TrainingPass(weights, batch);
            evaluation = new InferencePass(weights, batch);
            loss = head.loss(backend, batch);
            scores = head.scores(backend, batch);
            labels = backend.labels(batch);
            optimizer = makeOptimizer();
            schedule = settings.learningRate();
            losses = new float[batch];
            outputs = new float[pass.output().size()];
            step = backend.recorded(this::step);
        }

        private Head makeHead(int classes) {
            if (settings.head() == TrainingSettings.HeadKind.SOFTMAX) {
                return new SoftmaxHead(classes);
            }
            if (prototypes == null) {
                prototypes = evenPrototypes(settings, classes);
            }
            if (prototypes.count() < classes) {
                throw new IllegalArgumentException(prototypes.count() + " prototypes for " + classes + " labels, expected at least one a label");
            }
            return new PrototypeHead(prototypes, classes, settings, Chance.DIRECTIONS.seed(settings.seed()));
        }

        private Optimizer makeOptimizer() {
            return settings.optimizer() == TrainingSettings.OptimizerKind.SGD
                    ? new Sgd(weights, pass.gradients(), settings.momentum(), settings.weightDecay(), settings.nesterov())
                    : new AdamW(weights, pass.gradients(), 0.9, 0.999, 1e-8, settings.weightDecay());
        }

        private void step() {
            pass.forward();
            loss.compute(pass.output(), labels, pass.outputGradient());
            pass.backward();
            optimizer.step();
        }

        TrainedNetwork toEnd() throws InterruptedException, IOException {
            Augmentation augmentation = train.shape().length == 3 ? settings.augmentation() : Augmentation.none();
            try (BatchLoader batches = BatchLoader.of(train).batch(settings.batch()).shuffle(Chance.BATCHES.seed(settings.seed())).dropLast(true)
                    .augmentation(augmentation).normalization(normalization).open();
                    BatchLoader testBatches = BatchLoader.of(test).batch(settings.batch()).normalization(normalization).open()) {
                int first = resumeFile == null ? 0 : resume(batches);
                RunDescription run = new RunDescription(settings, train.size(), test.size(), train.classes(), weights.learned().size(),
                        batches.batchesPerEpoch(), first + 1, backend.description());
                listeners.forEach(listener -> listener.started(run));
                for (int epoch = first; epoch < settings.epochs(); epoch++) {
                    runEpoch(epoch, batches, testBatches);
                }
                if (lastEvaluation == null) {
                    lastEvaluation = evaluate(testBatches);
                }
            }
            Optional<Prototypes> used = settings.head() == TrainingSettings.HeadKind.SOFTMAX ? Optional.empty() : Optional.of(prototypes);
            return new TrainedNetwork(settings, weights, used, head.prototypeOfLabel(), normalization, train.labelNames(), lastEvaluation,
                    List.copyOf(history));
        }

        private void runEpoch(int epoch, BatchLoader batches, BatchLoader testBatches) throws InterruptedException, IOException {
            long start = System.nanoTime();
            double meanLoss = trainEpoch(epoch, batches);
            double trained = (System.nanoTime() - start) / 1e9;
            lastEvaluation = evaluate(testBatches);
            boolean last = epoch + 1 == settings.epochs();
            boolean due = (epoch + 1) % settings.assignmentPeriod() == 0;
            Head.AssignmentChange change = due && !last ? head.reassign() : Head.AssignmentChange.NONE;
            double seconds = (System.nanoTime() - start) / 1e9;
            double rate = schedule.rate(epoch + (batches.batchesPerEpoch() - 1.0) / batches.batchesPerEpoch());
            EpochSummary summary = new EpochSummary(epoch + 1, meanLoss, lastEvaluation.top1(), lastEvaluation.top5(), change.labelsMoved(),
                    change.objectiveBefore(), change.objectiveAfter(), rate, batches.batchesPerEpoch() * (double) settings.batch() / trained, seconds);
            history.add(summary);
            if (checkpointFile != null) {
                checkpoint().save(checkpointFile);
            }
            listeners.forEach(listener -> listener.epochEnded(summary));
        }

        /** Steps through one epoch; returns the mean loss of an example. */
        private double trainEpoch(int epoch, BatchLoader batches) throws InterruptedException {
            double sum = 0;
            int steps = batches.batchesPerEpoch();
            int number = 0;
            for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("training was interrupted in epoch " + (epoch + 1));
                }
                double rate = schedule.rate(epoch + (double) number / steps);
                double stepLoss = oneStep(batch, rate);
                number++;
                if (!Double.isFinite(stepLoss)) {
                    throw new TrainingDivergedException(epoch + 1, number, stepLoss, rate);
                }
                sum += stepLoss;
                for (int i = 0; i < listeners.size(); i++) {
                    listeners.get(i).stepped(epoch + 1, number, steps, stepLoss);
                }
            }
            return sum / steps;
        }

        private double oneStep(Batch batch, double rate) {
            pass.input().set(batch.examples());
            labels.set(batch.labels(), batch.count(), train.classes());
            loss.prepare(batch.labels());
            optimizer.setRate(rate);
            step.run();
            if (head.observes()) {
                pass.output().get(outputs, 0, outputs.length);
                head.observe(outputs, batch.labels(), batch.count());
            }
            loss.losses().get(losses, 0, losses.length);
            double sum = 0;
            for (float each : losses) {
                sum += each;
            }
            return head.reduction() == Reduction.MEAN ? sum : sum / losses.length;
        }

        private Evaluation evaluate(BatchLoader batches) throws InterruptedException {
            evaluation.refresh();
            Evaluation.Tally tally = new Evaluation.Tally(train.classes(), head.temperature());
            float[] values = new float[settings.batch() * train.classes()];
            for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                evaluation.input().set(batch.examples());
                evaluation.forward();
                scores.of(evaluation.output()).get(values, 0, values.length);
                tally.add(values, batch.labels(), batch.count());
            }
            return tally.result();
        }

        private Checkpoint checkpoint() {
            return new Checkpoint(settings, train, weights, optimizer, head, history);
        }

        /** Takes everything from the checkpoint; returns how many epochs are done. */
        private int resume(BatchLoader batches) throws IOException, InterruptedException {
            checkpoint().load(resumeFile);
            batches.seek(history.size());
            return history.size();
        }
    }
}
