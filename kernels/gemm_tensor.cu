// C = alpha * op(A) op(B) + beta * C as in gemm.cu, on the tensor cores: float32 in memory, factors rounded to TF32 or bf16 on their way to the
// cores, sums in float32. Relative to the sum of |a b| the error is at most about 2^-10 (TF32) and 2^-7 (bf16). For compute capability 8.0 and
// later, and only where the setting asks for it.
// 2mnk FLOPs; 4(mk + kn + mn) bytes at least.
//
// Names: gemm_<op(A)><op(B)>_<precision>. Launch: 256 threads, grid (ceil(m / 128), ceil(n / 128)). Eight warps in two rows of four; a warp owns
// 64 x 32 results as 4 x 4 products of 16 x 8.
// nvcc -ptx -arch=compute_80 gemm_tensor.cu
#include "tensor.cuh"
#include "tile.cuh"

namespace {

/// With rows of 128 + 8 numbers the 32 lanes of a fragment's load fall on 32 banks.
struct TensorTile {
    static const int BM = 128, BN = 128, BK = 16, THREADS = 256, PAD = 8;
    static const int WARP_M = 64, WARP_N = 32;
};

/// One slab's products, from shared memory to the accumulators of this warp.
template <class Precision>
__device__ __forceinline__ void multiplySlab(const TileMemory<TensorTile>& memory, int buffer, float (&acc)[4][4][4]) {
    const int lane = threadIdx.x & 31;
    const int warp = threadIdx.x >> 5;
    const int g = lane >> 2;
    // Where this lane's k begin, how many a register holds, and how far its second register is.
    const int first = (lane & 3) * (Precision::K / 8);
    const int pair = Precision::K / 16;
    const int second = Precision::K / 2;
    const int row = warp / 4 * TensorTile::WARP_M + g;
    const int column = warp % 4 * TensorTile::WARP_N + g;
#pragma unroll
    for (int k = 0; k < TensorTile::BK; k += Precision::K) {
        unsigned b[4][2];
#pragma unroll
        for (int j = 0; j < 4; j++) {
#pragma unroll
            for (int r = 0; r < 2; r++) {
                const int at = k + first + r * second;
                b[j][r] = Precision::pack(memory.b[buffer][at][column + 8 * j], memory.b[buffer][at + pair][column + 8 * j]);
            }
        }
#pragma unroll
        for (int i = 0; i < 4; i++) {
            unsigned a[4];
#pragma unroll
            for (int r = 0; r < 4; r++) {
                const int at = k + first + r / 2 * second;
                const int m = row + 16 * i + r % 2 * 8;
                a[r] = Precision::pack(memory.a[buffer][at][m], memory.a[buffer][at + pair][m]);
            }
#pragma unroll
            for (int j = 0; j < 4; j++) {
                Precision::multiply(acc[i][j], a, b[j]);
            }
        }
    }
}

/// A lane's results of one row: pairs eight columns apart, those of the first `left` columns. Not inlined, as writeQuad.
__device__ __noinline__ void writeRow(float* out, int left, float alpha, float beta, float v0, float v1, float v2, float v3, float v4,
                                      float v5, float v6, float v7) {
    const float v[8] = {v0, v1, v2, v3, v4, v5, v6, v7};
#pragma unroll
    for (int j = 0; j < 8; j++) {
        const int away = j / 2 * 8 + j % 2;
        if (away < left) {
            const float old = beta == 0.0f ? 0.0f : out[away];
            out[away] = alpha * v[j] + beta * old;
        }
    }
}

template <class Precision, class A, class B>
__device__ __forceinline__ void gemm(TileMemory<TensorTile>& memory, A left, B right, int m, int n, int k, float alpha, float beta,
                                     float* __restrict__ c) {
    typedef TensorTile T;
    const int rowFirst = blockIdx.x * T::BM;
    const int columnFirst = blockIdx.y * T::BN;
    Carrier<A, T::BM, T::BK, T::THREADS> carryA;
    Carrier<B, T::BN, T::BK, T::THREADS> carryB;
    carryA.bind(left, rowFirst);
    carryB.bind(right, columnFirst);
    float acc[4][4][4] = {};
    int buffer = 0;
    for (int kk = 0; kk - T::BK < k; kk += T::BK) {
        if (kk < k) {
            carryA.fetch(left, kk);
            carryB.fetch(right, kk);
        }
        if (kk > 0) {
            multiplySlab<Precision>(memory, buffer ^ 1, acc);
        }
        if (kk < k) {
            // This buffer was last read before the barrier of the turn before this one.
            carryA.store(memory.a[buffer]);
            carryB.store(memory.b[buffer]);
            __syncthreads();
            buffer ^= 1;
        }
    }
    const int lane = threadIdx.x & 31;
    const int warp = threadIdx.x >> 5;
    const int column = columnFirst + warp % 4 * T::WARP_N + 2 * (lane & 3);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const int row = rowFirst + warp / 4 * T::WARP_M + 8 * i + (lane >> 2);
        const int r = i % 2 * 2;
        if (row < m) {
            writeRow(c + (static_cast<long long>(row) * n + column), n - column, alpha, beta, acc[i / 2][0][r], acc[i / 2][0][r + 1],
                     acc[i / 2][1][r], acc[i / 2][1][r + 1], acc[i / 2][2][r], acc[i / 2][2][r + 1], acc[i / 2][3][r], acc[i / 2][3][r + 1]);
        }
    }
}

}  // namespace

// Two blocks a multiprocessor.
#define GEMM(NAME, PRECISION, LEFT, RIGHT)                                                                                      \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                                        \
    NAME(int m, int n, int k, float alpha, const float* __restrict__ a, const float* __restrict__ b, float beta,                \
         float* __restrict__ c) {                                                                                               \
        __shared__ TileMemory<TensorTile> memory;                                                                               \
        gemm<PRECISION>(memory, LEFT(a, m, k), RIGHT(b, n, k), m, n, k, alpha, beta, c);                                        \
    }

GEMM(gemm_nn_tf32, Tf32, RowsOfMatrix, ColumnsOfMatrix)
GEMM(gemm_nt_tf32, Tf32, RowsOfMatrix, RowsOfMatrix)
GEMM(gemm_tn_tf32, Tf32, ColumnsOfMatrix, ColumnsOfMatrix)
GEMM(gemm_nn_bf16, Bf16, RowsOfMatrix, ColumnsOfMatrix)
GEMM(gemm_nt_bf16, Bf16, RowsOfMatrix, RowsOfMatrix)
GEMM(gemm_tn_bf16, Bf16, ColumnsOfMatrix, ColumnsOfMatrix)
