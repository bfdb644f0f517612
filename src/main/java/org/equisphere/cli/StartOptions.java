package org.equisphere.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.equisphere.interchange.StateDict;
import org.equisphere.interchange.TensorArchive;
import org.equisphere.interchange.TensorBoardLog;
import org.equisphere.train.Trainer;
import picocli.CommandLine.Option;

/** What a training run takes from other frameworks at its start, and gives them as it goes. */
final class StartOptions {

    @Option(names = "--init", paramLabel = "FILE",
            description = "Start from the weights in this file instead of chance: "
                    + ".safetensors, .npz, .pth (PyTorch's names and layouts) or a model.eqs.")
    private Path init;

    @Option(names = "--tensorboard", description = "Write scalars for TensorBoard into the run's folder, too.")
    private boolean tensorBoard;

    /**
     * Sets a trainer up.
     *
     * @param folder of the run
     * @return to be closed after the run
     */
    Closeable apply(Trainer trainer, Path folder) throws IOException {
        if (init != null) {
            TensorArchive archive = TensorArchive.read(init);
            trainer.initialise(weights -> {
                try {
                    StateDict.load(archive, weights);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(init + ": " + e.getMessage(), e);
                }
            });
        }
        if (!tensorBoard) {
            return () -> { };
        }
        TensorBoardLog log = new TensorBoardLog(folder);
        trainer.listener(log);
        return log::close;
    }
}
