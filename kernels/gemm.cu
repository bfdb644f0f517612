// C = alpha * op(A) op(B) + beta * C, row-major float32; C is [m, n], the sum runs over k.
// 2mnk FLOPs; 4(mk + kn + mn) bytes at least, 4mnk (1/BM + 1/BN) from L2.
//
// Names: gemm_<op(A)><op(B)>_<tile>, n for as it is, t for transposed; A is [m, k] or [k, m], B is [k, n] or [n, k].
// Launch: 256 threads, grid (ceil(m / BM), ceil(n / BN)); tile 128 (128 x 128, 8 x 8 a thread) where the blocks fill the card,
// else tile 64 (64 x 64, 4 x 4 a thread), always for tt, which nothing hot asks for. Any sizes; 16-byte loads where the row length is a multiple of four.
// nvcc -ptx -arch=compute_75 gemm.cu
#include "tile.cuh"

namespace {

typedef Tile<128, 128, 8, 8, 8> Large;
typedef Tile<64, 64, 16, 4, 4> Small;

template <bool TRANSPOSED> struct Left { typedef RowsOfMatrix Operand; };
template <> struct Left<true> { typedef ColumnsOfMatrix Operand; };
template <bool TRANSPOSED> struct Right { typedef ColumnsOfMatrix Operand; };
template <> struct Right<true> { typedef RowsOfMatrix Operand; };

template <class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
__device__ __forceinline__ void gemm(TileMemory<T>& memory, int m, int n, int k, float alpha, const float* __restrict__ a,
                                     const float* __restrict__ b, float beta, float* __restrict__ c) {
    typename Left<TRANSPOSE_A>::Operand left(a, m, k);
    typename Right<TRANSPOSE_B>::Operand right(b, n, k);
    const int rowFirst = blockIdx.x * T::BM;
    const int columnFirst = blockIdx.y * T::BN;
    float acc[T::TM][T::TN];
    accumulate<T, Multiply>(memory, left, right, rowFirst, columnFirst, 0, k, acc);
    const bool vector = n % 4 == 0 && aligned(c);
    forEachQuad<T>(acc, rowFirst, columnFirst, m, n, [&](int row, int column, int count, float (&v)[4]) {
        writeQuad(c + (static_cast<long long>(row) * n + column), vector, count, alpha, beta, v[0], v[1], v[2], v[3]);
    });
}

}  // namespace

// Two blocks a multiprocessor: with more than 128 registers a thread there would be one.
#define GEMM(NAME, TILE, TRANSPOSE_A, TRANSPOSE_B)                                                                              \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                                        \
    NAME(int m, int n, int k, float alpha, const float* __restrict__ a, const float* __restrict__ b, float beta,                \
         float* __restrict__ c) {                                                                                               \
        __shared__ TileMemory<TILE> memory;                                                                                     \
        gemm<TILE, TRANSPOSE_A, TRANSPOSE_B>(memory, m, n, k, alpha, a, b, beta, c);                                            \
    }

GEMM(gemm_nn_128, Large, false, false)
GEMM(gemm_nt_128, Large, false, true)
GEMM(gemm_tn_128, Large, true, false)
GEMM(gemm_nn_64, Small, false, false)
GEMM(gemm_nt_64, Small, false, true)
GEMM(gemm_tn_64, Small, true, false)
GEMM(gemm_tt_64, Small, true, true)
