package org.equisphere.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import org.equisphere.sphere.Objective;

/** What {@code --objective} may be. {@link Objective} itself is told as its constants are called, by which tables of results are read again. */
final class KnownObjectives implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
        return Arrays.stream(Objective.values()).map(objective -> objective.name().toLowerCase(Locale.ROOT)).iterator();
    }
}
