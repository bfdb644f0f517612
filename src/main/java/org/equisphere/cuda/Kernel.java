package org.equisphere.cuda;

import java.util.Locale;

/** Every kernel of {@code kernels/*.cu}: its module, which is the source's name, and its own name in lower case. */
enum Kernel {
    FILL("elementwise"),
    COPY("elementwise"),
    ADD_SCALED("elementwise"),
    RELU("elementwise"),
    RELU_BACKWARD("elementwise"),
    ADD_BIAS("elementwise"),
    GELU("elementwise"),
    GELU_BACKWARD("elementwise"),
    SCALE_EXAMPLES("elementwise"),

    GEMM_NN_128("gemm"),
    GEMM_NT_128("gemm"),
    GEMM_TN_128("gemm"),
    GEMM_NN_64("gemm"),
    GEMM_NT_64("gemm"),
    GEMM_TN_64("gemm"),
    GEMM_TT_64("gemm"),

    GEMM_NN_128X256_TF32("gemm_tensor", Kernel.TENSOR_SLABS),
    GEMM_NT_128X256_TF32("gemm_tensor", Kernel.TENSOR_SLABS),
    GEMM_TN_128X256_TF32("gemm_tensor", Kernel.TENSOR_SLABS),
    GEMM_NN_64X64_TF32("gemm_tensor"),
    GEMM_NT_64X64_TF32("gemm_tensor"),
    GEMM_TN_64X64_TF32("gemm_tensor"),
    GEMM_NN_128X256_BF16("gemm_tensor", Kernel.TENSOR_SLABS),
    GEMM_NT_128X256_BF16("gemm_tensor", Kernel.TENSOR_SLABS),
    GEMM_TN_128X256_BF16("gemm_tensor", Kernel.TENSOR_SLABS),
    GEMM_NN_64X64_BF16("gemm_tensor"),
    GEMM_NT_64X64_BF16("gemm_tensor"),
    GEMM_TN_64X64_BF16("gemm_tensor"),

    CONV_FORWARD_16("convolution"),
    CONV_FORWARD_32("convolution"),
    CONV_FORWARD_64("convolution"),
    CONV_DATA_16("convolution"),
    CONV_DATA_32("convolution"),
    CONV_DATA_64("convolution"),
    CONV_WEIGHTS_16("convolution"),
    CONV_WEIGHTS_32("convolution"),
    CONV_WEIGHTS_64("convolution"),
    CONV_WEIGHTS_FINISH("convolution"),
    CONV_FORWARD_FEW("convolution"),
    CONV_WEIGHTS_FEW("convolution"),

    CONV3_FORWARD_128X16_TF32("convolution_tf32"),
    CONV3_FORWARD_128X32_TF32("convolution_tf32"),
    CONV3_FORWARD_64X32_TF32("convolution_tf32"),
    CONV3_DATA_128X16_TF32("convolution_tf32"),
    CONV3_DATA_128X32_TF32("convolution_tf32"),
    CONV3_DATA_64X32_TF32("convolution_tf32"),
    CONV3_DATA_STRIDE2_128X16_TF32("convolution_tf32"),
    CONV3_DATA_STRIDE2_64X32_TF32("convolution_tf32"),
    CONV3_WEIGHTS_16_TF32("convolution_tf32"),
    CONV3_WEIGHTS_32_TF32("convolution_tf32"),

    CONV3_FORWARD_256X16("convolution3"),
    CONV3_FORWARD_128X32("convolution3"),
    CONV3_FORWARD_64X32("convolution3"),
    CONV3_DATA_256X16("convolution3"),
    CONV3_DATA_128X32("convolution3"),
    CONV3_DATA_64X32("convolution3"),
    CONV3_DATA_STRIDE2_256X16("convolution3"),
    CONV3_DATA_STRIDE2_128X32("convolution3"),
    CONV3_DATA_STRIDE2_64X32("convolution3"),
    CONV3_WEIGHTS("convolution3"),

    BN_STATISTICS("batchnorm"),
    BN_APPLY("batchnorm"),
    BN_APPLY_PARTS("batchnorm"),
    BN_INFERENCE("batchnorm"),
    BN_GRADIENT_SUMS("batchnorm"),
    BN_GRADIENT("batchnorm"),
    BN_GRADIENT_PARTS("batchnorm"),
    BN_FOLD("batchnorm"),
    BIAS_GRADIENT("batchnorm"),

    AVERAGE_POOL("pooling"),
    AVERAGE_POOL_FINISH("pooling"),
    AVERAGE_POOL_BACKWARD("pooling"),
    SHORTCUT("pooling"),
    SHORTCUT_BACKWARD("pooling"),
    MAX_POOL("pooling"),
    MAX_POOL_PLACES("pooling"),
    MAX_POOL_BACKWARD("pooling"),
    MAX_POOL_BACKWARD_PAIRS("pooling"),
    MERGE_PATCHES("pooling"),
    MERGE_PATCHES_BACKWARD("pooling"),

    LAYER_NORM("layernorm"),
    LAYER_NORM_GRADIENT("layernorm"),
    LAYER_NORM_SUMS("layernorm"),
    SUM_PARTS("layernorm"),

    SMALL_WINDOW_ATTENTION("attention"),
    SMALL_WINDOW_ATTENTION_GRADIENT("attention"),
    WINDOW_ATTENTION("attention"),
    WINDOW_ATTENTION_ROWS("attention"),
    WINDOW_ATTENTION_KEYS("attention"),
    WINDOW_ATTENTION_BIAS("attention"),

    NORMALIZE_ROWS("losses"),
    NORMALIZE_ROWS_BACKWARD("losses"),
    COSINE_LOSS("losses"),
    DOT_REGRESSION_LOSS("losses"),
    SOFTMAX_CROSS_ENTROPY("losses"),

    POTENTIAL_ENERGIES_128("potential"),
    POTENTIAL_ENERGIES_64("potential"),
    POTENTIAL_NEAREST("potential"),
    POTENTIAL_LEAST("potential"),
    POTENTIAL_SUMS("potential"),
    POTENTIAL_TOTAL("potential"),
    POTENTIAL_GRADIENT("potential"),

    SGD_STEP("optimizer"),
    ADAMW_STEP("optimizer"),

    CLASS_DIRECTIONS("directions"),
    AUGMENT("augment");

    /** Four slabs of (128 + 256) x 16 floats: what every card with tensor cores for them lets a block have. */
    private static final int TENSOR_SLABS = 98304;

    private final String module;
    private final int dynamicShared;
    private final String function = name().toLowerCase(Locale.ROOT);

    Kernel(String module) {
        this(module, 0);
    }

    Kernel(String module, int dynamicShared) {
        this.module = module;
        this.dynamicShared = dynamicShared;
    }

    /** The bytes of shared memory that its launch gives a block, beside those that its source names. */
    int dynamicShared() {
        return dynamicShared;
    }

    /** The source it is in, without {@code .cu}; its PTX is the resource {@code kernels/<module>.ptx}. */
    String module() {
        return module;
    }

    /** Its {@code extern "C"} name. */
    String function() {
        return function;
    }
}
