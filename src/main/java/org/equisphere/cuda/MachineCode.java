package org.equisphere.cuda;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The kernels compiled for the very card, which no driver's limit on PTX can refuse: made by a compiler of this machine from the sources in the
 * jar when a module is first used, and kept. A file's name is the digest of source, headers, card and compiler, so that another of any of them
 * never meets it; it is written beside and renamed. Where anything fails the PTX serves, and the description, or the log
 * for a single module, says why.
 */
final class MachineCode {

    /** System property: {@code false} takes the PTX without looking for NVRTC. */
    static final String NVRTC = "equisphere.cuda.nvrtc";

    /** System property: the folder for what can be made again; by default .cache/equisphere in the user's home. */
    static final String CACHE = "equisphere.cache";

    private static final System.Logger LOG = System.getLogger(MachineCode.class.getName());
    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

    private final KernelCompiler compiler;
    private final Path folder;
    private final int capability;
    private final String description;

    private MachineCode(KernelCompiler compiler, Path folder, int capability, String description) {
        this.compiler = compiler;
        this.folder = folder;
        this.capability = capability;
        this.description = description;
    }

    /** By NVRTC where it is wanted and loads. */
    static MachineCode ofCard(int capability) {
        if (!Boolean.parseBoolean(System.getProperty(NVRTC, "true"))) {
            return none(NVRTC + " is false");
        }
        String chosen = System.getProperty(CACHE);
        Path cache = chosen != null ? Path.of(chosen) : Path.of(System.getProperty("user.home"), ".cache", "equisphere");
        return of(Nvrtc::new, cache.resolve("kernels"), capability);
    }

    /**
     * By a compiler.
     *
     * @param opening may throw {@link LinkageError} where there is none
     * @param folder  of this user alone; made where it is missing, not used where others may write it
     */
    static MachineCode of(Supplier<KernelCompiler> opening, Path folder, int capability) {
        try {
            KernelCompiler compiler = opening.get();
            if (!compiler.knows(capability)) {
                return none(compiler.version() + " does not know sm_" + capability);
            }
            String words = "kernels compiled for sm_" + capability + " by " + compiler.version();
            try {
                makePrivate(folder);
                return new MachineCode(compiler, folder, capability, words);
            } catch (IOException | UnsupportedOperationException e) {
                return new MachineCode(compiler, null, capability, words + " at every start (" + e.getMessage() + ")");
            }
        } catch (LinkageError e) {
            return none("JCuda's JNvrtc or its libnvrtc.so.12 does not load");
        } catch (CudaException e) {
            return none(e.getMessage());
        }
    }

    private static MachineCode none(String reason) {
        return new MachineCode(null, null, 0, "kernels from PTX (" + reason + ")");
    }

    /** Which serves, machine code or PTX, and why, for people. */
    String description() {
        return description;
    }

    /** The machine code of a module, or empty: its PTX serves. */
    Optional<byte[]> of(String module) {
        if (compiler == null) {
            return Optional.empty();
        }
        try {
            String source = KernelModules.source(module + ".cu");
            Map<String, String> headers = KernelModules.headers();
            Path file = file(module, source, headers);
            byte[] kept = file == null ? null : read(file);
            if (kept != null) {
                return Optional.of(kept);
            }
            LOG.log(Level.INFO, "compiling the kernels of {0} for sm_{1}", module, capability);
            byte[] made = compiler.compile(module, source, headers, capability);
            if (file != null) {
                write(file, made);
            }
            return Optional.of(made);
        } catch (CudaException | IOException e) {
            LOG.log(Level.WARNING, "the PTX of {0} serves: {1}", module, e.getMessage());
            return Optional.empty();
        }
    }

    /** Drops what the driver refused, so that it is made anew at another start. */
    void refused(String module, String reason) {
        LOG.log(Level.WARNING, "the PTX of {0} serves: the driver does not take the machine code ({1})", module, reason);
        try {
            Path file = file(module, KernelModules.source(module + ".cu"), KernelModules.headers());
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "refused machine code stays in the cache", e);
        }
    }

    /** Where a module's code is kept; null where nothing is. */
    private Path file(String module, String source, Map<String, String> headers) {
        return folder == null ? null : folder.resolve(module + "-sm" + capability + "-" + key(source, headers) + ".cubin");
    }

    private String key(String source, Map<String, String> headers) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((compiler.version() + "\0" + capability + "\0" + source).getBytes(StandardCharsets.UTF_8));
            headers.forEach((name, text) -> digest.update(("\0" + name + "\0" + text).getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** What is kept, or null where nothing sound is. */
    private static byte[] read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length > ELF.length && Arrays.equals(bytes, 0, ELF.length, ELF, 0, ELF.length) ? bytes : null;
    }

    /** A full disk costs the next start some seconds, no more. */
    private void write(Path file, byte[] bytes) {
        try {
            Path made = Files.createTempFile(folder, "made", null);
            try {
                Files.write(made, bytes);
                Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(made);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "compiled kernels are not kept: {0}", e.toString());
        }
    }

    /** Code that others could place here would run on the card. */
    private static void makePrivate(Path folder) throws IOException {
        Files.createDirectories(folder.toAbsolutePath().getParent());
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(folder);
            return;
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
        if (permissions.contains(PosixFilePermission.GROUP_WRITE) || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(folder + " may be written by others");
        }
        String user = System.getProperty("user.name");
        if (!Files.getOwner(folder).getName().equals(user)) {
            throw new IOException(folder + " belongs to " + Files.getOwner(folder).getName() + ", not to " + user);
        }
    }
}
