package org.equisphere.sphere;

import java.util.Optional;
import org.equisphere.tensor.VectorBackendProvider;

/** Chooses the {@link PairKernel} of this JVM, once, and says why: the Vector API's where the backend of its name can run, too. */
final class PairKernels {

    private static final PairKernel BEST = choose();

    private PairKernels() {
    }

    static PairKernel best() {
        return BEST;
    }

    private static PairKernel choose() {
        Optional<String> obstacle = new VectorBackendProvider().unavailable();
        PairKernel kernel = obstacle.isPresent() ? new PlainPairKernel() : new VectorPairKernel();
        System.getLogger(PairKernels.class.getName()).log(obstacle.isPresent() ? System.Logger.Level.INFO : System.Logger.Level.DEBUG,
                "pair kernel: {0}{1}", kernel.name(), obstacle.map(reason -> ", since " + reason).orElse(""));
        return kernel;
    }
}
