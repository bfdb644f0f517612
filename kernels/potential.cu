// The Gaussian potential of n points w_i in R^d (Wang and Isola 2020) and its gradient, never storing n x n: the energies
// e_ij = exp(-t (|w_i - w_j|^2 - shift)), e_ii = 0, are made in panels of at most P x P, which stay in the L2 cache, and used up:
//
//   S_i = sum_j e_ij,  G_i = sum_j e_ij w_j,  S = sum_i S_i,  L = log(S / (n (n - 1))) - t shift,  dw_i = -4 t (S_i w_i - G_i) / S
//
// A panel (I, J) with I < J also serves (J, I), transposed; G_I += E W_J and G_J += E^T W_I are gemm_nn and gemm_tn.
// FLOPs: 1.5 n^2 d for the energies (subtract and fused multiply-add on half of the pairs), 2 n^2 d for G, n^2 / 2 exponentials.
// Bytes from device memory: about 4 n d (2 n / P + 4); the panels 4 n^2 / 2 written and three times read in L2.
// nvcc -ptx -arch=compute_75 potential.cu
//
//   potential_energies  a panel of e_ij             grid (ceil(rows / 64), ceil(columns / 64)), 256 threads
//   potential_rows      S_i += the row sums of a panel      128 threads, a warp a row, ceil(rows / 4) blocks
//   potential_columns   S_j += the column sums of a panel   (32, 8) threads, ceil(columns / 32) blocks
//   potential_total     S                                   one block of 256
//   potential_gradient  dw from G in place                  256 threads, grid-stride
//   potential_nearest   the least squared distance a block, for the shift; launch as potential_energies
//   potential_least     the least of those, into the total's place    one block of 256
#include "tile.cuh"

namespace {

typedef Tile<64, 64, 16, 4, 4> Pairs;

}  // namespace

// Rows firstRow .. firstRow + rows - 1 of w against firstColumn .. of the same matrix; e is [rows, columns].
extern "C" __global__ void __launch_bounds__(256)
potential_energies(const float* __restrict__ w, int d, int firstRow, int rows, int firstColumn, int columns, float t, double shift,
                   float* __restrict__ e) {
    __shared__ TileMemory<Pairs> memory;
    RowsOfMatrix left(w + static_cast<long long>(firstRow) * d, rows, d);
    RowsOfMatrix right(w + static_cast<long long>(firstColumn) * d, columns, d);
    float acc[Pairs::TM][Pairs::TN];
    const int row0 = blockIdx.x * Pairs::BM;
    const int column0 = blockIdx.y * Pairs::BN;
    accumulate<Pairs, SquareDifference>(memory, left, right, row0, column0, 0, d, acc);
    const bool vector = columns % 4 == 0 && aligned(e);
    forEachQuad<Pairs>(acc, row0, column0, rows, columns, [&](int row, int column, int count, float (&v)[4]) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const bool self = firstRow + row == firstColumn + column + i;
            v[i] = self ? 0.0f : expf(static_cast<float>(-t * (v[i] - shift)));
        }
        storeQuad(e + (static_cast<long long>(row) * columns + column), vector, count, v);
    });
}

extern "C" __global__ void __launch_bounds__(256)
potential_nearest(const float* __restrict__ w, int d, int firstRow, int rows, int firstColumn, int columns, float* __restrict__ least) {
    __shared__ TileMemory<Pairs> memory;
    __shared__ float warps[8];
    RowsOfMatrix left(w + static_cast<long long>(firstRow) * d, rows, d);
    RowsOfMatrix right(w + static_cast<long long>(firstColumn) * d, columns, d);
    float acc[Pairs::TM][Pairs::TN];
    const int row0 = blockIdx.x * Pairs::BM;
    const int column0 = blockIdx.y * Pairs::BN;
    accumulate<Pairs, SquareDifference>(memory, left, right, row0, column0, 0, d, acc);
    float nearest = infinity();
    forEachQuad<Pairs>(acc, row0, column0, rows, columns, [&](int row, int column, int count, float (&v)[4]) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (i < count && firstRow + row != firstColumn + column + i) {
                nearest = fminf(nearest, v[i]);
            }
        }
    });
    nearest = -warpMax(-nearest);
    if ((threadIdx.x & 31) == 0) {
        warps[threadIdx.x >> 5] = nearest;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < 8; i++) {
            nearest = fminf(nearest, warps[i]);
        }
        least[static_cast<long long>(blockIdx.y) * gridDim.x + blockIdx.x] = nearest;
    }
}

extern "C" __global__ void potential_least(const float* __restrict__ least, long long n, double* __restrict__ result) {
    __shared__ float warps[8];
    float nearest = infinity();
    for (long long i = threadIdx.x; i < n; i += blockDim.x) {
        nearest = fminf(nearest, least[i]);
    }
    nearest = -warpMax(-nearest);
    if ((threadIdx.x & 31) == 0) {
        warps[threadIdx.x >> 5] = nearest;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < 8; i++) {
            nearest = fminf(nearest, warps[i]);
        }
        *result = nearest;
    }
}

extern "C" __global__ void potential_rows(const float* __restrict__ e, int rows, int columns, double* __restrict__ sums) {
    const long long row = static_cast<long long>(blockIdx.x) * (blockDim.x >> 5) + (threadIdx.x >> 5);
    if (row >= rows) {
        return;
    }
    double sum = 0.0;
    for (int j = threadIdx.x & 31; j < columns; j += 32) {
        sum += e[row * columns + j];
    }
    sum = warpSum(sum);
    if ((threadIdx.x & 31) == 0) {
        sums[row] += sum;
    }
}

extern "C" __global__ void potential_columns(const float* __restrict__ e, int rows, int columns, double* __restrict__ sums) {
    __shared__ double parts[8][32];
    const int column = blockIdx.x * 32 + threadIdx.x;
    double sum = 0.0;
    for (int i = threadIdx.y; column < columns && i < rows; i += 8) {
        sum += e[static_cast<long long>(i) * columns + column];
    }
    parts[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && column < columns) {
        for (int y = 1; y < 8; y++) {
            sum += parts[y][threadIdx.x];
        }
        sums[column] += sum;
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
