package org.equisphere.cuda;

import java.util.Arrays;
import java.util.Map;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/** NVIDIA's compiler as a library, {@code libnvrtc.so.12}. Needs no card. */
final class Nvrtc implements KernelCompiler {

    private final String version;
    private final int[] capabilities;

    /** @throws LinkageError where the library does not load */
    Nvrtc() {
        PrivateNatives.load(() -> JNvrtc.setExceptionsEnabled(false));
        int[] major = new int[1];
        int[] minor = new int[1];
        check(JNvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
        version = "NVRTC " + major[0] + "." + minor[0];
        int[] count = new int[1];
        check(JNvrtc.nvrtcGetNumSupportedArchs(count), "nvrtcGetNumSupportedArchs");
        capabilities = new int[count[0]];
        check(JNvrtc.nvrtcGetSupportedArchs(capabilities), "nvrtcGetSupportedArchs");
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public boolean knows(int capability) {
        return Arrays.stream(capabilities).anyMatch(known -> known == capability);
    }

    @Override
    public byte[] compile(String module, String source, Map<String, String> headers, int capability) {
        nvrtcProgram program = new nvrtcProgram();
        check(JNvrtc.nvrtcCreateProgram(program, source, module + ".cu", headers.size(), headers.values().toArray(String[]::new),
                headers.keySet().toArray(String[]::new)), "nvrtcCreateProgram");
        try {
            int result = JNvrtc.nvrtcCompileProgram(program, 1, new String[] {"--gpu-architecture=sm_" + capability});
            if (result != nvrtcResult.NVRTC_SUCCESS) {
                String[] log = {""};
                JNvrtc.nvrtcGetProgramLog(program, log);
                check(result, version + " compiling " + module + ".cu for sm_" + capability + ": " + log[0].trim());
            }
            long[] size = new long[1];
            check(JNvrtc.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
            byte[] cubin = new byte[Math.toIntExact(size[0])];
            check(JNvrtc.nvrtcGetCUBIN(program, cubin), "nvrtcGetCUBIN");
            return cubin;
        } finally {
            JNvrtc.nvrtcDestroyProgram(program);
        }
    }

    private static void check(int result, String call) {
        if (result != nvrtcResult.NVRTC_SUCCESS) {
            throw new CudaException(call + " failed: " + nvrtcResult.stringFor(result));
        }
    }
}
