// The Gaussian potential of n points w_i in R^d (Wang and Isola 2020) and its gradient, never storing n x n: the energies
// e_ij = exp(-t (|w_i - w_j|^2 - shift)), e_ii = 0, are made in panels of at most P x P and used up:
//
//   S_i = sum_j e_ij,  G_i = sum_j e_ij w_j,  S = sum_i S_i,  L = log(S / (n (n - 1))) - t shift,  dw_i = -4 t (S_i w_i - G_i) / S
//
// A panel (I, J) with I < J also serves (J, I), transposed; G_I += E W_J and G_J += E^T W_I are gemm_nn and gemm_tn. In a panel (I, I) the
// tiles above the diagonal are mirrored: (a - b)^2 and (b - a)^2 are the same bits.
// FLOPs: 1.5 n^2 d for the energies (subtract and fused multiply-add on half of the pairs: n^2 d instructions), 2 n^2 d for G, n^2 / 2 exponentials.
// Bytes from device memory: about 4 n d (2 n / P + 4), and 4 n^2 / 2 of panels written and twice read where the L2 cache does not hold them.
// nvcc -ptx -arch=compute_75 potential.cu
//
//   potential_energies_*  a panel of e_ij and the sums of its tiles     grid (ceil(rows / B), ceil(columns / B)), 256 threads, B the tile: 128 or 64
//   potential_sums        S_i += those of a row or column of tiles      256 threads, one sum a thread
//   potential_total       S                                             one block of 256
//   potential_gradient    dw from G in place                            256 threads, grid-stride
//   potential_nearest     the least squared distance a block, for the shift; launch as potential_energies_64
//   potential_least       the least of those, into the total's place    one block of 256
#include "tile.cuh"

namespace {

typedef Tile<128, 128, 8, 8, 8> Large;
typedef Tile<64, 64, 16, 4, 4> Small;

/// e, and its sums over the tile's columns and rows: threads add their own in float, at most eight, the tile adds those in double.
template <class T>
__device__ __forceinline__ void energies(TileMemory<T>& memory, double (&sums)[8][T::BN], const float* __restrict__ w, int d, int firstRow, int rows,
                                         int firstColumn, int columns, float t, float shift, float* __restrict__ e, double* rowParts,
                                         double* columnParts) {
    const bool diagonal = firstRow == firstColumn;
    if (diagonal && blockIdx.x > blockIdx.y) {
        return;
    }
    RowsOfMatrix left(w + static_cast<long long>(firstRow) * d, rows, d);
    RowsOfMatrix right(w + static_cast<long long>(firstColumn) * d, columns, d);
    float acc[T::TM][T::TN];
    const int row0 = blockIdx.x * T::BM;
    const int column0 = blockIdx.y * T::BN;
    accumulate<T, SquareDifference>(memory, left, right, row0, column0, 0, d, acc);
    float down[T::TN] = {};
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
        const int row = row0 + tileRow<T>(i);
        float across = 0.0f;
#pragma unroll
        for (int j = 0; j < T::TN; j++) {
            const int column = column0 + tileColumn<T>(j);
            const bool pair = row < rows && column < columns && firstRow + row != firstColumn + column;
            acc[i][j] = pair ? expf(-t * (acc[i][j] - shift)) : 0.0f;
            across += acc[i][j];
            down[j] += acc[i][j];
        }
        // The threads of a row of the tile are neighbours in a warp.
        double sum = across;
#pragma unroll
        for (int offset = T::BN / T::TN / 2; offset > 0; offset >>= 1) {
            sum += __shfl_xor_sync(0xffffffffu, sum, offset);
        }
        if (tileColumn<T>(0) == 0 && row < rows) {
            rowParts[static_cast<long long>(blockIdx.y) * rows + row] = sum;
        }
    }
    const bool vector = columns % 4 == 0 && aligned(e);
    forEachQuad<T>(acc, row0, column0, rows, columns, [&](int row, int column, int count, float (&v)[4]) {
        storeQuad(e + (static_cast<long long>(row) * columns + column), vector, count, v);
    });
    if (diagonal && blockIdx.x == blockIdx.y) {
        return;
    }
    if (diagonal) {
#pragma unroll
        for (int i = 0; i < T::TM; i += 4) {
            const int row = row0 + tileRow<T>(i);
#pragma unroll
            for (int j = 0; j < T::TN; j++) {
                const int column = column0 + tileColumn<T>(j);
                const float v[4] = {acc[i][j], acc[i + 1][j], acc[i + 2][j], acc[i + 3][j]};
                if (column < columns) {
                    storeQuad(e + (static_cast<long long>(column) * columns + row), vector, rows - row, v);
                }
            }
        }
    }
#pragma unroll
    for (int j = 0; j < T::TN; j++) {
        const double sum = static_cast<double>(down[j]) + __shfl_xor_sync(0xffffffffu, static_cast<double>(down[j]), 16);
        if ((threadIdx.x & 16) == 0) {
            sums[threadIdx.x >> 5][tileColumn<T>(j)] = sum;
        }
    }
    __syncthreads();
    const int column = column0 + threadIdx.x;
    if (threadIdx.x < T::BN && column < columns) {
        double sum = 0.0;
        for (int warp = 0; warp < 8; warp++) {
            sum += sums[warp][threadIdx.x];
        }
        columnParts[static_cast<long long>(blockIdx.x) * columns + column] = sum;
    }
}

}  // namespace

// Rows firstRow .. firstRow + rows - 1 of w against firstColumn .. of the same matrix; e is [rows, columns]. rowParts [tiles across, rows] and
// columnParts [tiles down, columns] take the sums of each tile; for a panel of the diagonal they are the same array.
#define ENERGIES(NAME, TILE)                                                                                                      \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                                          \
    NAME(const float* __restrict__ w, int d, int firstRow, int rows, int firstColumn, int columns, float t, float shift,          \
         float* __restrict__ e, double* rowParts, double* columnParts) {                                                          \
        __shared__ TileMemory<TILE> memory;                                                                                       \
        __shared__ double sums[8][TILE::BN];                                                                                      \
        energies<TILE>(memory, sums, w, d, firstRow, rows, firstColumn, columns, t, shift, e, rowParts, columnParts);             \
    }

ENERGIES(potential_energies_128, Large)
ENERGIES(potential_energies_64, Small)

namespace {

/// The least number of a block of eight warps, in thread 0 alone.
__device__ __forceinline__ float leastOfBlock(float v, float (&warps)[8]) {
    v = -warpMax(-v);
    if ((threadIdx.x & 31) == 0) {
        warps[threadIdx.x >> 5] = v;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < 8; i++) {
            v = fminf(v, warps[i]);
        }
    }
    return v;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256)
potential_nearest(const float* __restrict__ w, int d, int firstRow, int rows, int firstColumn, int columns, float* __restrict__ least) {
    __shared__ TileMemory<Small> memory;
    __shared__ float warps[8];
    RowsOfMatrix left(w + static_cast<long long>(firstRow) * d, rows, d);
    RowsOfMatrix right(w + static_cast<long long>(firstColumn) * d, columns, d);
    float acc[Small::TM][Small::TN];
    const int row0 = blockIdx.x * Small::BM;
    const int column0 = blockIdx.y * Small::BN;
    accumulate<Small, SquareDifference>(memory, left, right, row0, column0, 0, d, acc);
    float nearest = infinity();
    forEachQuad<Small>(acc, row0, column0, rows, columns, [&](int row, int column, int count, float (&v)[4]) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (i < count && firstRow + row != firstColumn + column + i) {
                nearest = fminf(nearest, v[i]);
            }
        }
    });
    nearest = leastOfBlock(nearest, warps);
    if (threadIdx.x == 0) {
        least[static_cast<long long>(blockIdx.y) * gridDim.x + blockIdx.x] = nearest;
    }
}

extern "C" __global__ void potential_least(const float* __restrict__ least, long long n, double* __restrict__ result) {
    __shared__ float warps[8];
    float nearest = infinity();
    for (long long i = threadIdx.x; i < n; i += blockDim.x) {
        nearest = fminf(nearest, least[i]);
    }
    nearest = leastOfBlock(nearest, warps);
    if (threadIdx.x == 0) {
        *result = nearest;
    }
}

extern "C" __global__ void potential_sums(const double* __restrict__ parts, int tiles, int n, double* __restrict__ sums) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        double sum = 0.0;
        for (int tile = 0; tile < tiles; tile++) {
            sum += parts[static_cast<long long>(tile) * n + i];
        }
        sums[i] += sum;
    }
}

extern "C" __global__ void potential_total(const double* __restrict__ sums, int n, double* __restrict__ total) {
    __shared__ double warps[32];
    double sum = 0.0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        sum += sums[i];
    }
    sum = blockSum(sum, warps);
    if (threadIdx.x == 0) {
        *total = sum;
    }
}

// dw holds G and becomes the gradient.
extern "C" __global__ void potential_gradient(const float* __restrict__ w, const double* __restrict__ sums,
                                              const double* __restrict__ total, float t, int n, int d, float* __restrict__ dw) {
    const double factor = -4.0 * t / *total;
    const long long size = static_cast<long long>(n) * d;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < size; i += step) {
        const long long row = i / d;
        dw[i] = static_cast<float>(factor * (sums[row] * w[i] - dw[i]));
    }
}
