package org.equisphere.cuda;

import java.util.Map;

/** Makes the machine code of one kind of card from a kernel's source: NVRTC in production. */
interface KernelCompiler {

    /** Names the compiler and its version, for people and for the key of a cache. */
    String version();

    /** Whether it knows cards of a compute capability, major times ten plus minor. */
    boolean knows(int capability);

    /**
     * The machine code (a cubin) of a module.
     *
     * @param module     names the source in messages
     * @param source     CUDA C++, without a header of the host
     * @param headers    what it may include, text by file name
     * @param capability of the card, major times ten plus minor
     * @throws CudaException with the compiler's words, when it refuses
     */
    byte[] compile(String module, String source, Map<String, String> headers, int capability);
}
