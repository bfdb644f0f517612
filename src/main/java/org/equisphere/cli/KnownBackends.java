package org.equisphere.cli;

import java.util.Iterator;
import org.equisphere.tensor.Backends;

/** The names that {@code --backend} may be, the most preferred first, whether or not they can run here. */
final class KnownBackends implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
        return Backends.report().stream().map(Backends.Status::name).iterator();
    }
}
