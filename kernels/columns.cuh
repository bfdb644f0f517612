// How sums over the rows of a [rows, columns] matrix are taken: in two launches, in an order that depends on the sizes alone.
//
// Launch 1: blocks of (cx, 256 / cx) threads, cx a power of two from 4 to 32; block (i, s) owns columns i*cx .. and rows s*chunk ..;
// a thread adds its rows of one column in float (chunk * cx / 256 of them, about 32), the block adds its threads in double.
// Launch 2: one block of (32, 8) for 32 columns adds the parts of all s in double.
#pragma once

namespace {

/// The rows of one block.
struct RowRange {
    long long first;
    long long last;
};

__device__ __forceinline__ RowRange rowsOfBlock(int rows, int chunk) {
    const long long first = static_cast<long long>(blockIdx.y) * chunk;
    return {first, first + chunk < rows ? first + chunk : rows};
}

/// The sum over threadIdx.y of v, in thread y = 0 alone. `parts` holds 256 doubles; ends with a barrier, so that it can be used again.
__device__ __forceinline__ double sumOverY(double v, double* parts) {
    parts[threadIdx.y * blockDim.x + threadIdx.x] = v;
    __syncthreads();
    double sum = 0.0;
    if (threadIdx.y == 0) {
        for (unsigned y = 0; y < blockDim.y; y++) {
            sum += parts[y * blockDim.x + threadIdx.x];
        }
    }
    __syncthreads();
    return sum;
}

/// The sum over s of parts[s * stride + column], in thread y = 0 of a (32, 8) block.
__device__ __forceinline__ double sumOfParts(const double* __restrict__ parts, int splits, long long stride, int column, bool inside,
                                             double* scratch) {
    double sum = 0.0;
    if (inside) {
        for (int s = threadIdx.y; s < splits; s += blockDim.y) {
            sum += parts[s * stride + column];
        }
    }
    return sumOverY(sum, scratch);
}

}  // namespace
