package org.equisphere.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Lets JCuda unpack its native libraries into a folder that only this user can write. JCuda takes a fixed name in {@code java.io.tmpdir} and
 * loads what it finds there: on a shared machine another user's file, or half of another process's.
 */
final class PrivateNatives {

    private static final String FOLDER = "java.io.tmpdir";

    private PrivateNatives() {
    }

    /**
     * Runs what loads natives, with {@value #FOLDER} set to a new folder meanwhile, which is deleted once they are loaded.
     *
     * @throws CudaException where no folder can be made
     */
    static synchronized void load(Runnable loading) {
        String usual = System.getProperty(FOLDER);
        Path folder;
        try {
            folder = Files.createTempDirectory("equisphere-natives");
        } catch (IOException e) {
            throw new CudaException("no folder for JCuda's natives: " + e, e);
        }
        try {
            System.setProperty(FOLDER, folder.toString());
            loading.run();
        } finally {
            System.setProperty(FOLDER, usual);
            delete(folder);
        }
    }

    /** A loaded library stays loaded where the system lets its file go; elsewhere the file goes with the process. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            folder.toFile().deleteOnExit();
            files.map(Path::toFile).filter(file -> !file.delete()).forEach(File::deleteOnExit);
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            System.getLogger(PrivateNatives.class.getName()).log(System.Logger.Level.DEBUG, "{0} stays until the end: {1}", folder, e);
        }
    }
}
