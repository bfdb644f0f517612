package org.equisphere.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    private Path checkpointFile;
    private Path resumeFile;
    private int checkpointSteps;
    private volatile boolean stopped;

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

    /** Saves a checkpoint there after every epoch, and when the run is stopped or interrupted: written beside and renamed. */
    public Trainer checkpointTo(Path file) {
        checkpointFile = file;
        return this;
    }

    /** Saves a checkpoint after every so many steps, too; 0 for after epochs alone. */
    public Trainer checkpointEvery(int steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("checkpoint period is " + steps + " steps, expected 0 or more");
        }
        checkpointSteps = steps;
        return this;
    }

    /** Goes on from a checkpoint of the same settings and data; the end is the same as without the interruption, bit for bit. */
    public Trainer resumeFrom(Path file) {
        resumeFile = file;
        return this;
    }

    /**
     * Asks a run to end after the step under way, from any thread: {@link #fit} saves a checkpoint, if it was told where, and throws
     * {@link InterruptedException}. Gentler than interrupting its thread, which may close a file being written.
     */
    public void stop() {
        stopped = true;
    }

    /** The evenly spread prototypes a run of these settings makes for itself. */
    public static Prototypes evenPrototypes(TrainingSettings settings, int classes) {
        return new PrototypeOptimizer(classes, settings.dimension()).seed(Chance.PROTOTYPES.seed(settings.seed())).optimize().prototypes();
    }

    /**
     * Trains to the end.
     *
     * @throws InterruptedException      when the run is stopped or its thread interrupted; a checkpoint of the last step is saved before
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
        private final RunState state = new RunState();
        private final Checkpoint checkpoint;
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
            checkpoint = new Checkpoint(identity(), settings.epochs(), weights, optimizer, head, state);
        }

        private String identity() {
            return Checkpoint.identity(settings, train) + (prototypes == null ? "" : "; prototypes=" + Integer.toHexString(prototypes.hashCode()));
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
                if (resumeFile != null) {
                    resume(batches);
                }
                RunDescription run = new RunDescription(settings, train.size(), test.size(), train.classes(), weights.learned().size(),
                        batches.batchesPerEpoch(), List.copyOf(state.history), state.step, backend.description());
                listeners.forEach(listener -> listener.started(run));
                runEpochs(batches, testBatches);
                if (lastEvaluation == null) {
                    lastEvaluation = evaluate(testBatches);
                }
            }
            Optional<Prototypes> used = settings.head() == TrainingSettings.HeadKind.SOFTMAX ? Optional.empty() : Optional.of(prototypes);
            return new TrainedNetwork(settings, weights, used, head.prototypeOfLabel(), normalization, train.labelNames(), lastEvaluation,
                    List.copyOf(state.history), state.best);
        }

        private void runEpochs(BatchLoader batches, BatchLoader testBatches) throws InterruptedException, IOException {
            try {
                while (state.epoch() < settings.epochs()) {
                    runEpoch(batches, testBatches);
                }
            } catch (InterruptedException e) {
                saveCheckpoint();
                throw e;
            }
        }

        private void runEpoch(BatchLoader batches, BatchLoader testBatches) throws InterruptedException, IOException {
            int epoch = state.epoch();
            long start = System.nanoTime() - (long) (1e9 * state.seconds);
            double meanLoss = trainEpoch(epoch, start, batches);
            double trained = (System.nanoTime() - start) / 1e9;
            lastEvaluation = evaluate(testBatches);
            state.consider(lastEvaluation.top1(), weights, head.prototypeOfLabel());
            boolean last = epoch + 1 == settings.epochs();
            boolean due = (epoch + 1) % settings.assignmentPeriod() == 0;
            Head.AssignmentChange change = due && !last ? head.reassign() : Head.AssignmentChange.NONE;
            double seconds = (System.nanoTime() - start) / 1e9;
            double rate = schedule.rate(epoch + (batches.batchesPerEpoch() - 1.0) / batches.batchesPerEpoch());
            EpochSummary summary = new EpochSummary(epoch + 1, meanLoss, lastEvaluation.top1(), lastEvaluation.top5(), change.labelsMoved(),
                    change.objectiveBefore(), change.objectiveAfter(), rate, batches.batchesPerEpoch() * (double) settings.batch() / trained, seconds);
            state.end(summary);
            saveCheckpoint();
            listeners.forEach(listener -> listener.epochEnded(summary));
        }

        /**
         * Steps through what is left of one epoch; returns the mean loss of an example.
         *
         * @param start when the epoch began, by System.nanoTime, pauses left out
         */
        private double trainEpoch(int epoch, long start, BatchLoader batches) throws InterruptedException, IOException {
            int steps = batches.batchesPerEpoch();
            for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                endIfStopped();
                double rate = schedule.rate(epoch + (double) state.step / steps);
                double stepLoss = oneStep(batch, rate);
                state.step++;
                if (!Double.isFinite(stepLoss)) {
                    throw new TrainingDivergedException(epoch + 1, state.step, stepLoss, rate);
                }
                state.lossSum += stepLoss;
                state.seconds = (System.nanoTime() - start) / 1e9;
                if (checkpointSteps > 0 && optimizer.steps() % checkpointSteps == 0) {
                    saveCheckpoint();
                }
                for (int i = 0; i < listeners.size(); i++) {
                    listeners.get(i).stepped(epoch + 1, state.step, steps, stepLoss);
                }
            }
            return state.lossSum / steps;
        }

        private void endIfStopped() throws InterruptedException {
            if (stopped || Thread.interrupted()) {
                throw new InterruptedException("training was stopped in epoch " + (state.epoch() + 1));
            }
        }

        private double oneStep(Batch batch, double rate) {
            pass.input().set(batch.examples());
            labels.set(batch.labels(), batch.count(), train.classes());
            loss.prepare(batch.labels());
            optimizer.setRate(rate);
            step.run();
            loss.losses().get(losses, 0, losses.length);
            double sum = 0;
            for (float each : losses) {
                sum += each;
            }
            // a diverged run's outputs have no direction; the caller tells of the loss
            if (head.observes() && Double.isFinite(sum)) {
                pass.output().get(outputs, 0, outputs.length);
                head.observe(outputs, batch.labels(), batch.count());
            }
            return head.reduction() == Reduction.MEAN ? sum : sum / losses.length;
        }

        private Evaluation evaluate(BatchLoader batches) throws InterruptedException {
            evaluation.refresh();
            Evaluation.Tally tally = new Evaluation.Tally(train.classes(), head.temperature());
            float[] values = new float[settings.batch() * train.classes()];
            for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                endIfStopped();
                evaluation.input().set(batch.examples());
                evaluation.forward();
                scores.of(evaluation.output()).get(values, 0, values.length);
                tally.add(values, batch.labels(), batch.count());
            }
            return tally.result();
        }

        private void saveCheckpoint() throws IOException, InterruptedException {
            if (checkpointFile == null) {
                return;
            }
            try {
                checkpoint.save(checkpointFile);
            } catch (IOException e) {
                // an interrupt closes the channel that is being written
                if (!Thread.interrupted()) {
                    throw e;
                }
                checkpoint.save(checkpointFile);
                throw new InterruptedException("training was interrupted in epoch " + (state.epoch() + 1));
            }
        }

        /** Takes everything from the checkpoint. */
        private void resume(BatchLoader batches) throws IOException, InterruptedException {
            checkpoint.load(resumeFile);
            if (state.step > batches.batchesPerEpoch()) {
                throw new CheckpointFormatException("checkpoint " + resumeFile + " is damaged: step is " + state.step + ", expected 0.."
                        + batches.batchesPerEpoch());
            }
            batches.seek(state.epoch(), state.step);
        }
    }
}
