package org.equisphere.cuda;

import java.util.Optional;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BackendProvider;
import org.equisphere.tensor.BackendUnavailableException;

/** Offers {@code cuda}: an NVIDIA card through JCuda. Loads and answers where there is neither. */
public final class CudaBackendProvider implements BackendProvider {

    @Override
    public String name() {
        return CudaBackend.NAME;
    }

    @Override
    public int preference() {
        return 20;
    }

    @Override
    public Optional<String> unavailable() {
        return DriverProbe.obstacle();
    }

    /** The backend on the device that {@value DriverProbe#DEVICE} names, 0 by default; threads do not matter. */
    @Override
    public Backend open(int threads) {
        DriverProbe.obstacle().ifPresent(reason -> {
            throw new BackendUnavailableException(reason);
        });
        try {
            return new CudaBackend(new DriverLauncher(DriverProbe.device(), CudaSettings.standard()), CudaSettings.standard());
        } catch (CudaException e) {
            throw new BackendUnavailableException("the GPU cannot be used: " + e.getMessage(), e);
        }
    }
}
