// The convolutions of convolution_tensor.cuh with the factors of float32, each the sum of two TF32 numbers.
// nvcc -ptx -arch=compute_80 convolution_twice_tf32.cu
#include "convolution_tensor.cuh"

CONVOLUTION(16_twice_tf32, Narrow, true)
CONVOLUTION(32_twice_tf32, Middle, true)
CONVOLUTION(64_twice_tf32, Wide, true)
WEIGHTS(16_twice_tf32, 16, true)
WEIGHTS(32_twice_tf32, 32, true)
