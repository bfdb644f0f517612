package org.equisphere.cuda;

/**
 * Which kernels serve.
 *
 * @param largeTileBlocks a matrix product takes the large tile when it makes at least so many blocks of it,
 *                        a convolution its larger one when it makes as much work
 * @param panel           the most rows and columns of pair energies held at a time: 4096 makes 64 MiB, and 128 large tiles of their product with
 *                        512 columns, about one for each multiprocessor of a large card (of 2048 rows half of them would idle)
 * @param library         whether a library's matrix product is taken where one loads
 * @param precision       how exactly matrix products and convolutions take their factors, on cards that leave a choice
 */
record CudaSettings(int largeTileBlocks, int panel, boolean library, Precision precision) {

    /** System property: {@code false} turns cuBLAS off, so that the own kernels serve every product. */
    static final String LIBRARY = "equisphere.cuda.cublas";

    CudaSettings {
        if (largeTileBlocks < 1 || panel < 1) {
            throw new IllegalArgumentException("largeTileBlocks is " + largeTileBlocks + " and panel " + panel + ", expected 1 at least");
        }
    }

    /** The settings of production. */
    static CudaSettings standard() {
        return new CudaSettings(64, 4096, Boolean.parseBoolean(System.getProperty(LIBRARY, "true")), Precision.ofProperty());
    }
}
