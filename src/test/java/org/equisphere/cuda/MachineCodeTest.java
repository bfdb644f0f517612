package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels are compiled for a card once, kept where only this user may write, and never at the price of not running. */
final class MachineCodeTest {

    @TempDir
    Path home;

    private Path folder;

    @BeforeEach
    void place() {
        folder = home.resolve("cache").resolve("kernels");
    }

    /** Makes a recognisable code and counts. */
    private static final class Counting implements KernelCompiler {

        private final String version;
        private final List<String> made = new ArrayList<>();

        Counting(String version) {
            this.version = version;
        }

        @Override
        public String version() {
            return version;
        }

        @Override
        public boolean knows(int capability) {
            return capability <= 90;
        }

        @Override
        public byte[] compile(String module, String source, Map<String, String> headers, int capability) {
            assertTrue(source.contains("extern \"C\" __global__") && headers.get("lanes.cuh").contains("#pragma once"));
            if (module.equals("losses")) {
                throw new CudaException("losses.cu(1): error: expected a declaration");
            }
            made.add(module + capability);
            return ("\u007fELF" + module + capability).getBytes();
        }
    }

    private MachineCode code(KernelCompiler compiler, int capability) {
        return MachineCode.of(() -> compiler, folder, capability);
    }

    @Test
    void aModuleIsCompiledOnceForACardAndACompiler() throws IOException {
        Counting old = new Counting("NVRTC 12.0");
        assertEquals("kernels compiled for sm_80 by NVRTC 12.0", code(old, 80).description());
        byte[] first = code(old, 80).of("gemm").orElseThrow();
        assertArrayEquals(first, code(old, 80).of("gemm").orElseThrow());
        assertEquals(List.of("gemm80"), old.made);
        code(old, 86).of("gemm");
        code(old, 80).of("pooling");
        assertEquals(List.of("gemm80", "gemm86", "pooling80"), old.made);
        Counting newer = new Counting("NVRTC 12.6");
        assertArrayEquals(first, code(newer, 80).of("gemm").orElseThrow());
        assertEquals(List.of("gemm80"), newer.made);
        assertEquals(4, files().size(), files()::toString);
        assertTrue(files().stream().allMatch(name -> name.endsWith(".cubin")), files()::toString);
        if (Files.getFileStore(home).supportsFileAttributeView("posix")) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        }
    }

    private List<String> files() {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Test
    void damagedAndRefusedCodeIsMadeAnew() throws IOException {
        Counting compiler = new Counting("NVRTC 12.6");
        MachineCode code = code(compiler, 90);
        byte[] whole = code.of("gemm").orElseThrow();
        Path file = folder.resolve(files().get(0));
        Files.write(file, new byte[0]);
        assertArrayEquals(whole, code.of("gemm").orElseThrow());
        assertArrayEquals(whole, Files.readAllBytes(file));
        code.refused("gemm", "CUDA_ERROR_INVALID_IMAGE");
        assertFalse(Files.exists(file));
        code.of("gemm");
        assertEquals(List.of("gemm90", "gemm90", "gemm90"), compiler.made);
    }

    @Test
    void whatDoesNotCompileRunsFromThePtx() {
        MachineCode code = code(new Counting("NVRTC 12.6"), 80);
        assertEquals(Optional.empty(), code.of("losses"));
        assertTrue(code.of("gemm").isPresent());
        MachineCode unknown = code(new Counting("NVRTC 12.6"), 120);
        assertEquals("kernels from PTX (NVRTC 12.6 does not know sm_120)", unknown.description());
        assertEquals(Optional.empty(), unknown.of("gemm"));
        MachineCode missing = MachineCode.of(() -> {
            throw new UnsatisfiedLinkError("libnvrtc.so.12: cannot open shared object file");
        }, folder, 80);
        assertEquals("kernels from PTX (JCuda's JNvrtc or its libnvrtc.so.12 does not load)", missing.description());
        assertEquals(Optional.empty(), missing.of("gemm"));
    }

    @Test
    void aFolderThatOthersMayWriteKeepsNothing() throws IOException {
        Assumptions.assumeTrue(Files.getFileStore(home).supportsFileAttributeView("posix"), "this file system has no permissions of POSIX");
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Counting compiler = new Counting("NVRTC 12.6");
        MachineCode code = code(compiler, 80);
        assertEquals("kernels compiled for sm_80 by NVRTC 12.6 at every start (" + folder + " may be written by others)", code.description());
        assertTrue(code.of("gemm").isPresent() && code.of("gemm").isPresent());
        assertEquals(List.of("gemm80", "gemm80"), compiler.made);
        assertEquals(List.of(), files());
    }

    @Test
    void theHeadersAreThoseOfTheSources() throws IOException {
        assertEquals(KernelSources.files(".cuh").stream().map(file -> file.getFileName().toString()).toList(), KernelModules.HEADERS);
    }
}
