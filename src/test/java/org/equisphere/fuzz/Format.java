package org.equisphere.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A file format to damage.
 *
 * @param name  for reports
 * @param sound files that are read without complaint
 * @param seal  makes a damaged file's checksums right again, so that the damage is met behind them
 * @param place prepares an empty folder and says how content is read there
 */
record Format(String name, List<byte[]> sound, Seal seal, Place place) {

    /** Reads one file's content. */
    @FunctionalInterface
    interface Reading {
        void read(byte[] content) throws Exception;
    }

    @FunctionalInterface
    interface Seal {
        byte[] seal(byte[] damaged) throws IOException;
    }

    @FunctionalInterface
    interface Place {
        Reading in(Path folder) throws Exception;
    }

    /** A format without checksums. */
    Format(String name, List<byte[]> sound, Place place) {
        this(name, sound, damaged -> damaged, place);
    }
}
