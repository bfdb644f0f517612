package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.equisphere.data.Augmentation;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.HeadSettings.HeadKind;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole run on a device: as on the CPU, batches and class directions made there, and nothing uploaded in an epoch but draws and labels. */
final class DeviceEpochTest {

    private static final int CLASSES = 4;
    private static final int SIDE = 12;
    private static final int TRAIN = 40;
    private static final int TEST = 12;
    private static final int BATCH = 8;
    private static final int EPOCHS = 4;
    /** Of an example: the draw and a label; with mixup also another label, a partner, and the draw again to see it as it was. */
    private static final long EXAMPLE_BYTES = 16 + 4;
    private static final long MIXED_BYTES = 4 + 4 + 16;
    /** Of a step: the rate. */
    private static final long STEP_BYTES = 64;

    @TempDir
    Path folder;

    private static ImageDataset images(int count, long seed) {
        Random random = new Random(seed);
        byte[] pixels = new byte[count * SIDE * SIDE * 3];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = i % CLASSES;
            for (int k = 0; k < SIDE * SIDE * 3; k++) {
                boolean bright = k / (SIDE * 3) / 3 == labels[i];
                pixels[i * SIDE * SIDE * 3 + k] = (byte) (random.nextInt(100) + (bright ? 120 : 0));
            }
        }
        return new ImageDataset("stripes " + seed, pixels, SIDE, SIDE, 3, labels, Labels.numbered(CLASSES));
    }

    private static TrainingSettings settings(double mixup) {
        return TrainingSettings.builder().network("mlp:16").dimension(4).head(HeadKind.DYNAMIC).epochs(EPOCHS).batch(BATCH)
                .optimizer(TrainingSettings.OptimizerKind.SGD).learningRate(0.02, "cosine").augmentation(Augmentation.cropAndFlip(2)).mixup(mixup)
                .seed(3).build();
    }

    private static TrainedNetwork train(Backend backend, double mixup, TrainingListener listener) throws Exception {
        return new Trainer(settings(mixup), backend).listener(listener).fit(new Splits(images(TRAIN, 1), images(TEST, 2)));
    }

    private static void assertAlike(List<EpochSummary> expected, List<EpochSummary> got) {
        assertEquals(EPOCHS, got.size());
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            EpochSummary wanted = expected.get(epoch);
            EpochSummary found = got.get(epoch);
            assertEquals(wanted.loss(), found.loss(), 1e-4 * wanted.loss(), "loss of epoch " + epoch);
            assertEquals(wanted.top1(), found.top1(), 1.01 / TEST, "accuracy of epoch " + epoch);
            assertEquals(wanted.labelsMoved(), found.labelsMoved(), "labels moved in epoch " + epoch);
            assertEquals(wanted.objectiveAfter(), found.objectiveAfter(), 1e-4, "objective of epoch " + epoch);
        }
    }

    private static List<EpochSummary> onTheCpu(double mixup) throws Exception {
        try (Backend cpu = Backends.open("ejml", 1)) {
            return train(cpu, mixup, new TrainingListener() { }).history();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void aRunIsThatOfTheCpuAndUploadsDrawsAlone(double mixup) throws Exception {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        List<Long> uploaded = new ArrayList<>();
        List<Long> downloaded = new ArrayList<>();
        try (CudaBackend backend = new CudaBackend(launcher, CudaSettings.standard())) {
            TrainedNetwork got = train(backend, mixup, new TrainingListener() {
                @Override
                public void epochEnded(EpochSummary summary) {
                    uploaded.add(launcher.uploaded());
                    downloaded.add(launcher.downloaded());
                }
            });
            assertAlike(onTheCpu(mixup), got.history());
        }
        long steps = TRAIN / BATCH;
        long targets = 4L * CLASSES * 4;
        long most = TRAIN * (EXAMPLE_BYTES + (mixup > 0 ? MIXED_BYTES : 0)) + steps * STEP_BYTES + TEST * EXAMPLE_BYTES + targets;
        long directions = CLASSES * (4 * 8 + 4) + 8;
        long mostBack = 4L * TRAIN + 4L * 2 * BATCH * CLASSES + directions;
        for (int epoch = 1; epoch < EPOCHS; epoch++) {
            assertTrue(uploaded.get(epoch) - uploaded.get(epoch - 1) <= most, "bytes uploaded up to each epoch: " + uploaded + ", at most " + most);
            assertTrue(downloaded.get(epoch) - downloaded.get(epoch - 1) <= mostBack, "bytes downloaded: " + downloaded + ", at most " + mostBack);
        }
    }

    @Test
    void aResumedRunGoesOnWithTheDirectionsOfTheDevice() throws Exception {
        Path file = folder.resolve("checkpoint");
        Path kept = folder.resolve("kept");
        float[] whole;
        try (Backend backend = EmulatedCuda.open()) {
            whole = new Trainer(settings(0), backend).checkpointTo(file).listener(new TrainingListener() {
                @Override
                public void stepped(int epoch, int step, int steps, double loss) {
                    if (epoch == 3 && step == 1) {
                        file.toFile().renameTo(kept.toFile());
                    }
                }
            }).fit(new Splits(images(TRAIN, 1), images(TEST, 2))).weights().learned().toArray();
        }
        assertTrue(Files.exists(kept));
        try (Backend backend = EmulatedCuda.open()) {
            assertArrayEquals(whole, new Trainer(settings(0), backend).resumeFrom(kept).fit(new Splits(images(TRAIN, 1), images(TEST, 2)))
                    .weights().learned().toArray());
        }
    }

    @Test
    @Tag("gpu")
    void aRunOnACardIsThatOfTheCpu() throws Exception {
        try (Backend backend = CudaTrainingTest.gpu()) {
            for (double mixup : new double[] {0, 1}) {
                assertAlike(onTheCpu(mixup), train(backend, mixup, new TrainingListener() { }).history());
            }
        }
    }
}
