// Layer normalisation over the rows of a [rows, columns] matrix (Ba et al. 2016), xh = (x - mean) / sqrt(variance + epsilon). Bound by memory.
// nvcc -ptx -arch=compute_75 layernorm.cu
//
//   layer_norm           y = gamma xh + beta                                                          8n bytes, 8n FLOPs, n = rows * columns
//   layer_norm_gradient  dx (+)= (g - mean(g) - xh mean(g xh)) / sqrt(variance + epsilon), g = gamma dy;
//                        keeps mean and 1 / sqrt(variance + epsilon) of each row                      12n (16n) bytes, 16n FLOPs
//   layer_norm_sums      parts[s] = sum dy, sum dy xh over the rows of a part                         8n bytes, 4n FLOPs
//
// Launch: layer_norm and layer_norm_gradient 128 threads, one warp a row, ceil(rows / 4) blocks, a row read again from the L1 cache;
// layer_norm_sums as columns.cuh says, after layer_norm_gradient and before batchnorm.cu's bn_gradient_finish.
#include "columns.cuh"
#include "lanes.cuh"

namespace {

struct Statistics {
    float mean;
    float inverse;
};

/// Mean and 1 / sqrt(variance + epsilon) of a row, the same in every lane of its warp.
__device__ __forceinline__ Statistics statistics(const float* __restrict__ x, int columns, float epsilon) {
    const int lane = threadIdx.x & 31;
    float sum = 0.0f;
    for (int j = lane; j < columns; j += 32) {
        sum += x[j];
    }
    const float mean = static_cast<float>(warpSum(static_cast<double>(sum)) / columns);
    float squares = 0.0f;
    for (int j = lane; j < columns; j += 32) {
        squares += (x[j] - mean) * (x[j] - mean);
    }
    return {mean, static_cast<float>(1.0 / sqrt(warpSum(static_cast<double>(squares)) / columns + epsilon))};
}

__device__ __forceinline__ long long rowOfWarp() {
    return static_cast<long long>(blockIdx.x) * (blockDim.x >> 5) + (threadIdx.x >> 5);
}

}  // namespace

extern "C" __global__ void layer_norm(const float* __restrict__ x, const float* __restrict__ gamma, const float* __restrict__ beta, float epsilon,
                                      float* __restrict__ y, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const float* in = x + row * columns;
    const Statistics s = statistics(in, columns, epsilon);
    for (int j = threadIdx.x & 31; j < columns; j += 32) {
        y[row * columns + j] = (in[j] - s.mean) * s.inverse * gamma[j] + beta[j];
    }
}

extern "C" __global__ void layer_norm_gradient(const float* __restrict__ x, const float* __restrict__ gamma, float epsilon,
                                               const float* __restrict__ dy, float* __restrict__ dx, int accumulate,
                                               float* __restrict__ kept, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const int lane = threadIdx.x & 31;
    const float* in = x + row * columns;
    const float* upper = dy + row * columns;
    const Statistics s = statistics(in, columns, epsilon);
    float sum = 0.0f;
    float product = 0.0f;
    for (int j = lane; j < columns; j += 32) {
        const float g = gamma[j] * upper[j];
        sum += g;
        product += g * (in[j] - s.mean);
    }
    const float meanSum = static_cast<float>(warpSum(static_cast<double>(sum)) / columns);
    const float meanProduct = static_cast<float>(warpSum(static_cast<double>(product)) * s.inverse / columns);
    for (int j = lane; j < columns; j += 32) {
        const float g = s.inverse * (gamma[j] * upper[j] - meanSum - (in[j] - s.mean) * s.inverse * meanProduct);
        dx[row * columns + j] = accumulate ? dx[row * columns + j] + g : g;
    }
    if (lane == 0) {
        kept[2 * row] = s.mean;
        kept[2 * row + 1] = s.inverse;
    }
}

extern "C" __global__ void layer_norm_sums(const float* __restrict__ x, const float* __restrict__ dy, const float* __restrict__ kept, int rows,
                                           int columns, int chunk, double* __restrict__ parts) {
    __shared__ double scratch[256];
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const RowRange range = rowsOfBlock(rows, chunk);
    float sum = 0.0f;
    float product = 0.0f;
    if (column < columns) {
        for (long long r = range.first + threadIdx.y; r < range.last; r += blockDim.y) {
            const float g = dy[r * columns + column];
            sum += g;
            product += g * (x[r * columns + column] - kept[2 * r]) * kept[2 * r + 1];
        }
    }
    const double allSum = sumOverY(sum, scratch);
    const double allProduct = sumOverY(product, scratch);
    if (threadIdx.y == 0 && column < columns) {
        parts[2ll * blockIdx.y * columns + column] = allSum;
        parts[(2ll * blockIdx.y + 1) * columns + column] = allProduct;
    }
}
