// A libnvrtc.so.12 that hands everything on to CUDA 13's libnvrtc.so.13, so that JCuda 12's JNvrtc, which asks for the symbols' version 12, can be
// tested where only CUDA 13 is installed. Of use to tests alone.
//   g++ -shared -fPIC -Wl,-soname,libnvrtc.so.12 -Wl,--version-script=<(echo 'libnvrtc.so.12 { global: nvrtc*; local: *; };') \
//       src/test/cuda/nvrtc_bridge.cpp -o FOLDER/libnvrtc.so.12
//   LD_LIBRARY_PATH=FOLDER:WHERE_LIBNVRTC_13_IS mvn test -Dtest=NvrtcTest
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace {

void* find(const char* name) {
    static void* library = dlopen("libnvrtc.so.13", RTLD_NOW);
    void* found = library == nullptr ? nullptr : dlsym(library, name);
    if (found == nullptr) {
        std::fprintf(stderr, "nvrtc_bridge: %s\n", dlerror());
        std::abort();
    }
    return found;
}

typedef void* Word;

}  // namespace

// Every function of NVRTC takes six words at most and returns one of four bytes, or of eight (the error's text).
#define FORWARD(NAME)                                                                                        \
    extern "C" Word NAME(Word a, Word b, Word c, Word d, Word e, Word f) {                                   \
        static const auto target = reinterpret_cast<Word (*)(Word, Word, Word, Word, Word, Word)>(find(#NAME)); \
        return target(a, b, c, d, e, f);                                                                     \
    }

FORWARD(nvrtcGetErrorString)
FORWARD(nvrtcVersion)
FORWARD(nvrtcGetNumSupportedArchs)
FORWARD(nvrtcGetSupportedArchs)
FORWARD(nvrtcCreateProgram)
FORWARD(nvrtcDestroyProgram)
FORWARD(nvrtcCompileProgram)
FORWARD(nvrtcGetPTXSize)
FORWARD(nvrtcGetPTX)
FORWARD(nvrtcGetCUBINSize)
FORWARD(nvrtcGetCUBIN)
FORWARD(nvrtcGetNVVMSize)
FORWARD(nvrtcGetNVVM)
FORWARD(nvrtcGetLTOIRSize)
FORWARD(nvrtcGetLTOIR)
FORWARD(nvrtcGetOptiXIRSize)
FORWARD(nvrtcGetOptiXIR)
FORWARD(nvrtcGetProgramLogSize)
FORWARD(nvrtcGetProgramLog)
FORWARD(nvrtcAddNameExpression)
FORWARD(nvrtcGetLoweredName)
