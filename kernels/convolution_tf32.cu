// The convolutions of convolution_tensor.cuh with factors rounded to TF32, where the setting asks for it.
// nvcc -ptx -arch=compute_80 convolution_tf32.cu
#include "convolution_tensor.cuh"

CONVOLUTION(16_tf32, Narrow, false)
CONVOLUTION(32_tf32, Middle, false)
CONVOLUTION(64_tf32, Wide, false)
WEIGHTS(16_tf32, 16, false)
WEIGHTS(32_tf32, 32, false)
