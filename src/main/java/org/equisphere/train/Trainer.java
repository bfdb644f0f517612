package org.equisphere.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.data.Augmentation;
import org.equisphere.data.Batch;
import org.equisphere.data.BatchLoader;
import org.equisphere.data.Dataset;
import org.equisphere.data.Normalization;
import org.equisphere.data.Splits;
import org.equisphere.nn.AdamW;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.Loss;
import org.equisphere.nn.MixedLoss;
import org.equisphere.nn.Network;
import org.equisphere.nn.Optimizer;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.Schedule;
import org.equisphere.nn.Sgd;
import org.equisphere.nn.TrainingPass;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.HeadSettings.HeadKind;

/**
 * Trains a network: epochs of gradient descent, and after each the evaluation and the next assignment of labels to prototypes
 * (Ebrahimi Saadabadi et al. 2024, section 3). The assignment of the last epoch stays, so that the figures told belong to the model given. Where
 * training examples are held out, the model given is that of the epoch that was best on them, and the test examples are looked at once.
 *
 * <p>Equal settings and data give equal results, bit for bit, on one kind of backend, whatever the number of threads. A trainer is for one thread
 * at a time, but for {@link #stop}.
 */
public final class Trainer {

    /** What a seed is for: no two uses of chance share a stream. */
    private enum Chance {
        WEIGHTS, PROTOTYPES, DIRECTIONS, BATCHES, DEPTH;

        long seed(long runSeed) {
            long z = (runSeed + 1) * 0x9E3779B97F4A7C15L + ordinal() * 0xD1B54A32D192ED03L;
            z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
            return z ^ (z >>> 32);
        }
    }

    /** Labels, or prototypes, whose pairs one array holds. */
    private static final int MOST_COMPARED = 46_340;

    private final Backend backend;
    private final List<TrainingListener> listeners = new ArrayList<>();
    private TrainingSettings settings;
    private Prototypes prototypes;
    private Consumer<Weights> initial = weights -> { };
    private Path checkpointFile;
    private Path resumeFile;
    private int checkpointSteps;
    private final AtomicBoolean stopped;

    /** A trainer that computes on a backend; the backend stays the caller's to close. */
    public Trainer(TrainingSettings settings, Backend backend) {
        this(settings, backend, new AtomicBoolean());
    }

    private Trainer(TrainingSettings settings, Backend backend, AtomicBoolean stopped) {
        this.settings = settings;
        this.backend = backend;
        this.stopped = stopped;
    }

    /** Adds someone who hears of the run. */
    public Trainer listener(TrainingListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Uses the given prototypes, at least one a label, of the settings' dimension, in place of those that the settings' kind would make of the seed.
     * Under a fixed assignment label c stands at given prototype c.
     */
    public Trainer prototypes(Prototypes given) {
        if (given.dimension() != settings.dimension()) {
            throw new IllegalArgumentException("prototypes of dimension " + given.dimension() + ", expected " + settings.dimension());
        }
        PrototypeKind kind = settings.head().prototypes();
        if (kind.learned() || kind == PrototypeKind.MEANS) {
            throw new IllegalArgumentException("prototypes given, but the settings have " + kind + " ones, which come of training");
        }
        settings = settings.toBuilder().head(h -> h.prototypes(PrototypeKind.GIVEN)).build();
        prototypes = given;
        return this;
    }

    /** Has the freshly drawn weights changed before the first step, for instance read from a file; a resumed run takes them from its checkpoint. */
    public Trainer initialise(Consumer<Weights> change) {
        initial = change;
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
     * {@link InterruptedException}. Gentler than interrupting its thread, which may close a file being written. A trainer that was stopped
     * stays so: another one goes on.
     */
    public void stop() {
        stopped.set(true);
    }

    /**
     * Trains to the end.
     *
     * @param data at least a batch of examples to train on, and one to judge by
     * @throws InterruptedException      when the run is stopped or its thread interrupted; a checkpoint of the last step is saved before,
     *                                   unless the preliminary run of {@link AssignmentSettings.Similarity#FREE} was under way: that begins anew
     * @throws IOException               when a checkpoint cannot be read or written
     * @throws TrainingDivergedException when the loss is no longer finite
     * @throws IllegalArgumentException  when data and settings do not fit each other
     */
    public TrainedNetwork fit(Splits data) throws InterruptedException, IOException {
        requireUsable(data.train());
        requireUsable(data.test());
        return new Run(data).toEnd();
    }

    /** What would be met after epochs of training otherwise, since a model holds images and vectors alone. */
    private static void requireUsable(Dataset data) {
        int rank = data.shape().length;
        if (data.size() < 1 || rank != 1 && rank != 3) {
            throw new IllegalArgumentException(data.name() + " has " + data.size() + " examples of shape " + Arrays.toString(data.shape())
                    + ", expected at least 1 of {height, width, channels} or {features}");
        }
        for (int i = 0; i < data.size(); i++) {
            if (data.label(i) < 0 || data.label(i) >= data.classes()) {
                throw new IllegalArgumentException(data.name() + ": example " + i + " has label " + data.label(i)
                        + ", expected 0 to " + (data.classes() - 1));
            }
        }
    }

    /** One run: everything that is planned once and used in every step. */
    private final class Run {

        private final Dataset train;
        private final Dataset test;
        private final Dataset judges;
        private final Normalization normalization;
        private final Head head;
        private final Network embedding;
        private final Weights weights;
        private final TrainingPass pass;
        private final InferencePass evaluation;
        private final Loss loss;
        private final MixedLoss mixedLoss;
        private final Head.Scores scores;
        private final LabelVector labels;
        private final Optimizer optimizer;
        private final Schedule schedule;
        private final AssignmentSettings assignment = settings.head().assignment();
        private final BestEpoch best;
        private final Runnable step;
        private final float[] losses;
        private final RunProgress progress = new RunProgress(settings.epochs());
        private final Checkpoint checkpoint;
        private Evaluation lastOnTest;

        Run(Splits data) {
            Splits held = settings.split(data);
            train = held.train();
            judges = held.test();
            test = data.test();
            int classes = train.classes();
            int batch = settings.batch();
            normalization = Normalization.of(train);
            head = makeHead(classes);
            embedding = settings.architecture().build(train.shape(), settings.dimension());
            weights = head.network(embedding).initialise(backend, Chance.WEIGHTS.seed(settings.seed()));
            initial.accept(weights);
            pass = new TrainingPass(weights, batch);
            evaluation = new InferencePass(weights, batch);
            Loss plain = head.loss(backend, batch);
            mixedLoss = settings.mixup() > 0 || settings.cutmix() > 0 ? new MixedLoss(backend, plain, batch, pass.output().dimension(1)) : null;
            loss = mixedLoss == null ? plain : mixedLoss;
            scores = head.scores(backend, batch);
            labels = backend.labels(batch);
            optimizer = makeOptimizer();
            schedule = settings.learningRate();
            best = settings.selection() == TrainingSettings.Selection.LAST ? null : new BestEpoch(weights, head);
            losses = new float[batch];
            step = backend.recorded(this::step);
            checkpoint = new Checkpoint(Checkpoint.identity(settings, train, prototypes), weights, optimizer,
                    best == null ? List.of(progress, head) : List.of(progress, head, best));
        }

        private Head makeHead(int classes) {
            HeadSettings kind = settings.head();
            float[] prior = kind.prior() ? logFrequencies(train.counts()) : null;
            if (kind.prototypes().learned()) {
                return new ParametricHead(kind, classes, prior);
            }
            if (kind.prototypes() != PrototypeKind.MEANS && classes > MOST_COMPARED) { // before minutes of spreading
                throw new IllegalArgumentException(classes + " labels, expected at most " + MOST_COMPARED + " where they are assigned to prototypes");
            }
            Prototypes used = prototypes != null ? prototypes
                    : kind.prototypes().make(classes, settings.dimension(), Chance.PROTOTYPES.seed(settings.seed()));
            if (used.count() < classes) {
                throw new IllegalArgumentException(used.count() + " prototypes for " + classes + " labels, expected at least one a label");
            }
            if (assignment.rule() == Rule.QUADRATIC && used.count() > MOST_COMPARED) {
                throw new IllegalArgumentException(used.count() + " prototypes, expected at most " + MOST_COMPARED + " where all pairs are compared");
            }
            return new PrototypeHead(used, classes, kind, used == prototypes && !kind.dynamic(), prior, Chance.DIRECTIONS.seed(settings.seed()));
        }

        /** A class without examples counts as one with a single example. */
        private float[] logFrequencies(int[] counts) {
            float[] logs = new float[counts.length];
            double total = Arrays.stream(counts).sum();
            for (int c = 0; c < logs.length; c++) {
                logs[c] = (float) Math.log(Math.max(1, counts[c]) / total);
            }
            return logs;
        }

        private Optimizer makeOptimizer() {
            return settings.optimizer() == TrainingSettings.OptimizerKind.SGD
                    ? new Sgd(weights, pass.gradients(), settings.momentum(), settings.weightDecay(),
                            settings.nesterov(), settings.linearDecayAlone())
                    : new AdamW(weights, pass.gradients(), 0.9, 0.999, 1e-8, settings.weightDecay(), settings.linearDecayAlone());
        }

        private void step() {
            pass.forward();
            loss.compute(pass.output(), labels, pass.outputGradient());
            pass.backward();
            optimizer.step();
        }

        TrainedNetwork toEnd() throws InterruptedException, IOException {
            Augmentation augmentation = train.shape().length == 3 ? settings.augmentation() : Augmentation.none();
            BatchLoader.Builder dealt = BatchLoader.of(train).batch(settings.batch()).shuffle(Chance.BATCHES.seed(settings.seed())).dropLast(true)
                    .augmentation(augmentation).mixup(settings.mixup()).cutmix(settings.cutmix());
            try (Feed batches = new Feed(dealt, train, normalization, backend); Feed judged = inOrder(judges)) {
                if (resumeFile != null) {
                    resume(batches);
                } else if (assignment.rule() == Rule.QUADRATIC && assignment.similarity() == Similarity.FREE) {
                    head.similarities(freeSimilarities());
                    head.reassign();
                }
                RunDescription run = new RunDescription(settings, train.size(), test.size(), train.classes(), weights.learned().size(),
                        batches.batchesPerEpoch(), List.copyOf(progress.history), progress.step, backend.description());
                listeners.forEach(listener -> listener.started(run));
                runEpochs(batches, judged);
            }
            int epoch = best == null ? settings.epochs() : best.restore();
            return new TrainedNetwork(settings, head.embedding(embedding, weights), head.prototypes(weights), head.prototypeOfLabel(), epoch,
                    train.counts(), normalization, train.labelNames(), lastOnTest == null ? evaluateOnTest() : lastOnTest,
                    List.copyOf(progress.history));
        }

        private Evaluation evaluateOnTest() throws InterruptedException {
            try (Feed tested = inOrder(test)) {
                return evaluate(tested, null);
            }
        }

        private Feed inOrder(Dataset data) {
            return new Feed(BatchLoader.of(data).batch(settings.batch()), data, normalization, backend);
        }

        private void runEpochs(Feed batches, Feed judged) throws InterruptedException, IOException {
            try {
                while (progress.epoch() < settings.epochs()) {
                    runEpoch(batches, judged);
                }
            } catch (InterruptedException e) {
                saveCheckpoint();
                throw e;
            }
        }

        private void runEpoch(Feed batches, Feed judged) throws InterruptedException, IOException {
            int epoch = progress.epoch();
            long start = System.nanoTime() - (long) (1e9 * progress.seconds);
            double meanLoss = trainEpoch(epoch, start, batches);
            double trained = (System.nanoTime() - start) / 1e9;
            Confusion confusion = assignment.similarity() == Similarity.CONFUSION ? new Confusion(train.classes()) : null;
            Evaluation judgement = evaluate(judged, confusion);
            if (best != null) {
                best.offer(epoch + 1, judgement.top1());
            } else {
                lastOnTest = judgement;
            }
            if (assignment.dueAfterEpoch(epoch + 1) && epoch + 1 < settings.epochs()) {
                if (confusion != null) {
                    head.similarities(ClassSimilarities.ofConfusion(confusion));
                }
                progress.change = reassign();
            }
            LabelAssignment.Update change = progress.change;
            double seconds = (System.nanoTime() - start) / 1e9;
            double rate = schedule.rate(epoch + (batches.batchesPerEpoch() - 1.0) / batches.batchesPerEpoch());
            EpochSummary summary = new EpochSummary(epoch + 1, meanLoss, judgement.top1(), judgement.top5(), change.labelsMoved(),
                    change.objectiveBefore(), change.objectiveAfter(), rate, batches.batchesPerEpoch() * (double) settings.batch() / trained, seconds,
                    progress.assignmentSeconds);
            progress.end(summary);
            saveCheckpoint();
            listeners.forEach(listener -> listener.epochEnded(summary));
        }

        /**
         * Steps through what is left of one epoch, adding what assignments between steps changed; returns the mean loss of an example.
         *
         * @param start when the epoch began, by System.nanoTime, pauses left out
         */
        private double trainEpoch(int epoch, long start, Feed batches) throws InterruptedException, IOException {
            int steps = batches.batchesPerEpoch();
            for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                endIfStopped();
                double rate = schedule.rate(epoch + (double) progress.step / steps);
                double stepLoss = oneStep(batches, batch, rate);
                progress.step++;
                if (!Double.isFinite(stepLoss)) {
                    requireFinite(batch);
                    throw new TrainingDivergedException(epoch + 1, progress.step, stepLoss, rate);
                }
                progress.lossSum += stepLoss;
                progress.seconds = (System.nanoTime() - start) / 1e9;
                if (assignment.dueAfterStep(epoch + 1, (long) epoch * steps + progress.step)) {
                    progress.change = progress.change.then(reassign());
                }
                if (checkpointSteps > 0 && optimizer.steps() % checkpointSteps == 0) {
                    saveCheckpoint();
                }
                for (int i = 0; i < listeners.size(); i++) {
                    listeners.get(i).stepped(epoch + 1, progress.step, steps, stepLoss);
                }
            }
            return progress.lossSum / steps;
        }

        /** No lower rate helps where an example is not finite. */
        private void requireFinite(Batch batch) {
            float[] values = batch.examples();
            for (int k = 0; k < values.length; k++) {
                if (!Float.isFinite(values[k])) {
                    int length = train.length();
                    throw new IllegalArgumentException(train.name() + ": training example " + batch.indices()[k / length] + ", value " + k % length
                            + " is " + values[k] + ", expected a finite number");
                }
            }
        }

        private void endIfStopped() throws InterruptedException {
            if (stopped.get() || Thread.interrupted()) {
                throw new InterruptedException("training was stopped in epoch " + (progress.epoch() + 1));
            }
        }

        private double oneStep(Feed batches, Batch batch, double rate) {
            batches.examples(batch, pass.input(), mixedLoss != null);
            labels.set(batch.labels(), batch.count(), train.classes());
            if (mixedLoss != null) {
                mixedLoss.mix(batch.secondLabels(), batch.count(), train.classes(), batch.lambda());
            }
            loss.prepare(batch.labels());
            optimizer.setRate(rate);
            pass.draw(Chance.DEPTH.seed(settings.seed()), optimizer.steps());
            step.run();
            loss.losses().get(losses, 0, losses.length);
            double sum = 0;
            for (float each : losses) {
                sum += each;
            }
            // a diverged run's outputs have no direction; the caller tells of the loss
            if (head.observes() && Double.isFinite(sum)) {
                long from = System.nanoTime();
                head.observe(outputsOf(batches, batch), labels, batch.labels(), batch.count());
                progress.assignmentSeconds += (System.nanoTime() - from) / 1e9;
            }
            return head.reduction() == Reduction.MEAN ? sum : sum / losses.length;
        }

        private LabelAssignment.Update reassign() {
            if (!head.observes()) {
                return LabelAssignment.Update.NONE;
            }
            long from = System.nanoTime();
            LabelAssignment.Update change = head.reassign();
            progress.assignmentSeconds += (System.nanoTime() - from) / 1e9;
            listeners.forEach(listener -> listener.assigned(progress.epoch() + 1, head.directions(), head.prototypeOfLabel()));
            return change;
        }

        /** What the network makes of a batch's examples as they were before any were blended: class directions are of classes. */
        private Tensor outputsOf(Feed batches, Batch batch) {
            if (mixedLoss == null) {
                return pass.output();
            }
            evaluation.refresh();
            batches.originals(batch, evaluation.input());
            evaluation.forward();
            return evaluation.output();
        }

        /** @param confusion counts, too, if not null */
        private Evaluation evaluate(Feed batches, Confusion confusion) throws InterruptedException {
            evaluation.refresh();
            Evaluation.Tally tally = new Evaluation.Tally(train.classes(), head.temperature());
            float[] values = new float[settings.batch() * train.classes()];
            for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                endIfStopped();
                batches.examples(batch, evaluation.input(), false);
                evaluation.forward();
                scores.of(evaluation.output()).get(values, 0, values.length);
                tally.add(values, batch.labels(), batch.count());
                if (confusion != null) {
                    confusion.add(values, batch.labels(), batch.count());
                }
            }
            return tally.result();
        }

        /** How alike classes are to a network of the same kind that a learned classifier trained for a few epochs, on the same training data. */
        private double[] freeSimilarities() throws InterruptedException, IOException {
            TrainingSettings free = settings.toBuilder().head(HeadKind.NORMFACE).epochs(assignment.freeEpochs())
                    .holdout(0).longTail(null).bestOnTest(false).build();
            Dataset few = train.subset(IntStream.range(0, Math.min(train.size(), settings.batch())).toArray());
            Weights trained = new Trainer(free, backend, stopped).fit(new Splits(train, few)).weights();
            InferencePass features = new InferencePass(trained, settings.batch());
            ClassSums sums = new ClassSums(train.classes(), settings.dimension());
            try (Feed batches = inOrder(train)) {
                for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
                    batches.examples(batch, features.input(), false);
                    features.forward();
                    sums.add(features.output().toArray(), batch.labels(), batch.count());
                }
            }
            return ClassSimilarities.ofMeans(sums.means(), train.classes(), settings.dimension());
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
                throw new InterruptedException("training was interrupted in epoch " + (progress.epoch() + 1));
            }
        }

        /** Takes everything from the checkpoint. */
        private void resume(Feed batches) throws IOException, InterruptedException {
            checkpoint.load(resumeFile);
            if (progress.step > batches.batchesPerEpoch()) {
                throw new CheckpointFormatException("checkpoint " + resumeFile + " is damaged: step is " + progress.step + ", expected 0.."
                        + batches.batchesPerEpoch());
            }
            batches.seek(progress.epoch(), progress.step);
        }
    }
}
