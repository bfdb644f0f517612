// C = alpha * op(A) op(B) + beta * C as in gemm.cu, on the tensor cores: float32 in memory, factors rounded to TF32 or bf16 on their way to the
// cores, sums in float32. Relative to the sum of |a b| the error is at most about 2^-10 (TF32) and 2^-7 (bf16). For compute capability 8.0 and
// later, and only where the setting asks for it.
// 2mnk FLOPs; 4(mk + kn + mn) bytes at least, 4mnk (1/BM + 1/BN) from L2.
//
// Names: gemm_<op(A)><op(B)>_<BM>x<BN>_<precision>.
// 128x256: 256 threads, grid (ceil(m / 128), ceil(n / 256)), eight warps in two rows of four: products that fill a card with such tiles.
// 64x64: 128 threads, grid (ceil(m / 64), ceil(n / 64), parts), four warps in two rows of two: all others. Part z sums over the `chunk` numbers k
// from z * chunk on. Where there are several, each writes its sums, and the last to come of a tile adds those of all in their order.
//
// Slabs of BK numbers k come to shared memory by asynchronous copies, STAGES - 1 of them ahead of the one that is worked on; one barrier a slab.
// What a warp needs for the next eight k goes to registers while the cores work on these. Copies of 16 bytes where the rows of a matrix are
// aligned, else of 4.
//
// A quad, four floats side by side in memory, is the unit of the slabs; within 32 outer indices fragment q has every fourth from q on, number g of it
// the index 4 g + q. So a quad of a matrix whose outer index runs along memory is one number of each of four fragments, and one read of a lane
// brings four; of the others ldmatrix does. The four columns that a lane has of four products lie side by side in C.
//
// 128x256 has for 8 k of a warp (64 x 64 results, 65,536 FLOPs) 32 products, 8 reads of 512 bytes and 64 instructions that round; of the block
// 32 KiB read from shared memory and 12 KiB written to it, 352 cycles of its 128 bytes each, where the cores of 8.0 take 512.
// nvcc -ptx -arch=compute_80 gemm_tensor.cu
#include "columns.cuh"
#include "copies.cuh"
#include "tensor.cuh"
#include "tile.cuh"

// More shared memory than a source may ask for: the launch gives it.
#ifdef __CUDACC__
#define DYNAMIC_SHARED(TYPE, NAME)         \
    extern __shared__ float4 givenMemory[]; \
    TYPE& NAME = *reinterpret_cast<TYPE*>(givenMemory)
#endif

namespace {

template <int M, int N, int WARP_ROWS, int WARP_COLUMNS, int K, int SLABS>
struct TensorTile {
    static const int BM = M, BN = N, BK = K, STAGES = SLABS;
    static const int WARP_M = WARP_ROWS, WARP_N = WARP_COLUMNS;
    static const int ACROSS = BN / WARP_N;
    static const int THREADS = BM / WARP_M * ACROSS * 32;
};

typedef TensorTile<128, 256, 64, 64, 16, 4> Large;
typedef TensorTile<64, 64, 32, 32, 32, 3> Small;

/// Of each stage the slab of A, then that of B.
template <class T>
struct __align__(16) SlabMemory {
    float slabs[T::STAGES][(T::BM + T::BN) * T::BK];
};

/// One operand of a block: OUTER rows (or columns) of op(A) (or op(B)), and where a slab of BK k keeps them. ALONG_K: k runs along memory, the
/// element (outer, k) is at p[outer * ld + k], else at p[k * ld + outer].
///
/// Along k a slab has the quad of an outer index at k = 4 * quad in place quad * OUTER + (outer index, its bits in the order of fragments), its
/// lowest three bits mixed with quad and outer index; else that of four outer indices at k in place k * (OUTER / 4) + outer index / 4, these bits
/// mixed with k. So what eight lanes write, and what they read, lies on 32 banks.
template <class T, int OUTER, bool ALONG_K>
struct Panel {
    static const int SLOTS = OUTER * T::BK / 4 / T::THREADS;
    /// Quads of a slab side by side in memory, and lines of them from one of this thread's to its next.
    static const int SIDE = (ALONG_K ? T::BK : OUTER) / 4;
    static const int APART = T::THREADS / SIDE;
    /// Outer indices whose quads along k eight lanes write; slots whose lines are within 32.
    static const int TOGETHER = 32 / T::BK;
    static const int WITHIN = APART < 32 ? 32 / APART : 1;

    /// This thread's first quad of the slab to come, and where a slab keeps it; where this lane's first fragments are.
    const float* from;
    int ld;
    int to;
    int at;
    int outer;
    int outerEnd;
    int kEnd;
    bool vector;
    /// Up to this k a slab is aligned and inside the matrix.
    int wholeEnd;

    /// For the outer indices from `first` on and the k from kFirst up to kLast; the warp reads those from first + ofWarp on, a multiple of 32.
    __device__ __forceinline__ Panel(const float* p, int outers, int k, int first, int ofWarp, int kFirst, int kLast)
        : ld(ALONG_K ? k : outers), outerEnd(outers), kEnd(kLast) {
        const int side = threadIdx.x % SIDE;
        const int line = threadIdx.x / SIDE;
        const int lane = threadIdx.x % 32;
        vector = ld % 4 == 0 && aligned(p);
        wholeEnd = vector && outers - first >= OUTER ? kLast - T::BK : kFirst - 1;
        if (ALONG_K) {
            outer = first + line;
            from = p + (static_cast<long long>(outer) * ld + kFirst + 4 * side);
            to = side * OUTER + line / 32 * 32 + line % 4 * 8 + (line / 4 % 8 ^ (side * TOGETHER + line % TOGETHER));
            at = ofWarp + lane / 8 * 8 + (lane % 8 ^ lane / 8 % TOGETHER);
        } else {
            outer = first + 4 * side;
            from = p + (static_cast<long long>(kFirst + line) * ld + outer);
            to = line * (OUTER / 4) + (side ^ line % 4 * 2);
            at = lane % 4 * (OUTER / 4) + ((ofWarp / 4 + lane / 4) ^ lane % 4 * 2);
        }
    }

    __device__ __forceinline__ int place(int slot) const {
        return 4 * (ALONG_K ? (to ^ slot % WITHIN * (APART / 4)) + slot / WITHIN * (WITHIN * APART) : to + slot * APART * (OUTER / 4));
    }

    /// Begins to copy the next slab, which is aligned and inside the matrix.
    __device__ __forceinline__ void copyWhole(float* slab) {
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            copyQuadOnce(slab + place(slot), from + static_cast<long long>(slot * APART) * ld, true);
        }
        from += ALONG_K ? T::BK : static_cast<long long>(T::BK) * ld;
    }

    /// Begins to copy the next slab, whose first k is this one.
    __device__ __forceinline__ void copy(int k, float* slab) {
        if (k <= wholeEnd) {
            copyWhole(slab);
        } else if (k < kEnd) {
            copyEdge(k, slab);
            from += ALONG_K ? T::BK : static_cast<long long>(T::BK) * ld;
        }
    }

    /// The same with zeros outside the matrix; the next stays the next.
    __device__ __forceinline__ void copyEdge(int k, float* slab) const {
#pragma unroll 1
        for (int slot = 0; slot < SLOTS; slot++) {
            float* at = slab + place(slot);
            const float* quad = from + static_cast<long long>(slot * APART) * ld;
            int left;
            if (ALONG_K) {
                left = outer + slot * APART < outerEnd ? kEnd - k - static_cast<int>(threadIdx.x) % SIDE * 4 : 0;
            } else {
                left = k + static_cast<int>(threadIdx.x) / SIDE + slot * APART < kEnd ? outerEnd - outer : 0;
            }
            if (vector) {
                copyQuadOnce(at, quad, left > 0);
            } else {
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    copyNumber(at + i, quad + i, i < left);
                }
            }
        }
    }

    /// The warp's fragments of a slab for eight k from 8 * step on: number g of fragment f at k = t and t + 4 in lane 4 g + t.
    template <int FRAGMENTS>
    __device__ __forceinline__ void read(const float* slab, int step, float (&fragments)[FRAGMENTS][2]) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int quad = 2 * step + half;
            const float* first = slab + 4 * (ALONG_K ? (at ^ quad * TOGETHER) + quad * OUTER : at + quad * OUTER);
#pragma unroll
            for (int f = 0; f < FRAGMENTS; f += 4) {
                float v[4];
                if (ALONG_K) {
                    loadMatrices(first + 32 * f, v);
                } else {
                    loadQuad(first + 8 * f, true, 4, v);
                }
#pragma unroll
                for (int q = 0; q < 4; q++) {
                    fragments[f + q][half] = v[q];
                }
            }
        }
    }
};

/// Rounds a lane's numbers of fragment f for a step: TF32 has two registers for its eight k; bf16 one, and the other for the next eight.
template <class Precision, int FRAGMENTS>
__device__ __forceinline__ void pack(const float (&fragments)[FRAGMENTS][2], int f, int step, unsigned (&words)[2][FRAGMENTS][2]) {
    unsigned(&of)[2] = words[step / (Precision::K / 8) % 2][f];
    if (Precision::K == 8) {
        of[0] = Precision::pack(fragments[f][0], 0.0f);
        of[1] = Precision::pack(fragments[f][1], 0.0f);
    } else {
        of[step % 2] = Precision::pack(fragments[f][0], fragments[f][1]);
    }
}

/// The sums of this warp over the k from kFirst up to kLast: acc[i][j] is the product of the fragments 2 i and 2 i + 1 of rows with fragment j of
/// columns.
template <class Precision, class T, bool TRANSPOSE_A, bool TRANSPOSE_B>
__device__ __forceinline__ void sum(SlabMemory<T>& memory, int m, int n, int k, const float* __restrict__ a, const float* __restrict__ b,
                                    int kFirst, int kLast, float (&acc)[T::WARP_M / 16][T::WARP_N / 8][4]) {
    const int STEPS = T::BK / 8, TURN = Precision::K / 8;
    const int A_SLAB = T::BM * T::BK, STAGE = (T::BM + T::BN) * T::BK;
    const int ROWS = T::WARP_M / 8, COLUMNS = T::WARP_N / 8, PRODUCTS = ROWS / 2 * COLUMNS, AHEAD = PRODUCTS / 4;
    Panel<T, T::BM, !TRANSPOSE_A> left(a, m, k, blockIdx.x * T::BM, threadIdx.x / 32 / T::ACROSS * T::WARP_M, kFirst, kLast);
    Panel<T, T::BN, TRANSPOSE_B> right(b, n, k, blockIdx.y * T::BN, threadIdx.x / 32 % T::ACROSS * T::WARP_N, kFirst, kLast);
    const auto copySlab = [&](int kk, float* to) {
        left.copy(kk, to);
        right.copy(kk, to + A_SLAB);
    };
#pragma unroll 1
    for (int stage = 0; stage < T::STAGES - 1; stage++) {
        copySlab(kFirst + stage * T::BK, memory.slabs[stage]);
        endCopies();
    }
    float rows[ROWS][2], columns[COLUMNS][2];
    unsigned rowWords[2][ROWS][2], columnWords[2][COLUMNS][2];
    const auto packed = [&](int step, int from, int to) {
#pragma unroll
        for (int f = 0; f < ROWS + COLUMNS; f++) {
            if (f >= from && f < to) {
                if (f < COLUMNS) {
                    pack<Precision>(columns, f, step, columnWords);
                } else {
                    pack<Precision>(rows, f - COLUMNS, step, rowWords);
                }
            }
        }
    };
    const int coming = (T::STAGES - 1) * T::BK;
    float* slab = memory.slabs[0];
    float* before = memory.slabs[T::STAGES - 1];
    awaitCopies<T::STAGES - 2>();
    __syncthreads();
    left.read(slab, 0, rows);
    right.read(slab + A_SLAB, 0, columns);
    // `whole` is known where it is called. (NVRTC does not know a lambda of any type of argument.)
    const auto multiplySlab = [&](int kk, bool whole) {
#pragma unroll
        for (int step = 0; step < STEPS; step++) {
            // What the next step needs is read while the cores work on this one, after the last slab for nothing, and rounded between their products.
            // Not what the next slab begins with: the assembler would leave all of it to the loop's end, behind the last product.
            const int next = (step + 1) % STEPS;
            if (step == 0) {
                packed(0, 0, ROWS + COLUMNS);
            }
            if (next == 0) {
                awaitCopies<T::STAGES - 2>();
                __syncthreads();
                before = slab;
                slab = slab == memory.slabs[T::STAGES - 1] ? memory.slabs[0] : slab + STAGE;
            }
            left.read(slab, next, rows);
            right.read(slab + A_SLAB, next, columns);
            const int turn = step / TURN % 2;
#pragma unroll
            for (int product = 0; product < PRODUCTS; product++) {
                if (step == 0 && product == AHEAD) {
                    // All had read the slab before this one ahead of the last barrier: another takes its place.
                    if (whole) {
                        left.copyWhole(before);
                        right.copyWhole(before + A_SLAB);
                    } else {
                        copySlab(kk + coming, before);
                    }
                    endCopies();
                }
                if (step % TURN == TURN - 1) {
                    const int i = product / COLUMNS;
                    const int j = product % COLUMNS;
                    const unsigned both[4] = {rowWords[turn][2 * i][0], rowWords[turn][2 * i + 1][0], rowWords[turn][2 * i][1],
                                              rowWords[turn][2 * i + 1][1]};
                    Precision::multiply(acc[i][j], both, columnWords[turn][j]);
                }
                if (TURN == 1 && next > 0 && product >= AHEAD) {
                    packed(next, (product - AHEAD) * (ROWS + COLUMNS) / (PRODUCTS - AHEAD),
                           (product - AHEAD + 1) * (ROWS + COLUMNS) / (PRODUCTS - AHEAD));
                }
            }
            if (TURN > 1 && next > 0) {
                packed(next, 0, ROWS + COLUMNS);
            }
        }
    };
    int kk = kFirst;
    // Where what comes is whole there is no branch between the products, and copies are begun among them.
#pragma unroll 1
    for (; kk + coming <= left.wholeEnd && kk + coming <= right.wholeEnd; kk += T::BK) {
        multiplySlab(kk, true);
    }
#pragma unroll 1
    for (; kk < kLast; kk += T::BK) {
        multiplySlab(kk, false);
    }
}

/// The quads of a lane's sums: take(i, j, r, row, column) for acc[i][j .. j + 3][r], at four neighbours of C.
template <class T, class Take>
__device__ __forceinline__ void forEachQuadOfWarp(const Take& take) {
    const int lane = threadIdx.x & 31;
    const int rowFirst = blockIdx.x * T::BM + threadIdx.x / 32 / T::ACROSS * T::WARP_M + lane / 4 * 4;
    const int columnFirst = blockIdx.y * T::BN + threadIdx.x / 32 % T::ACROSS * T::WARP_N + lane % 4 * 8;
#pragma unroll
    for (int i = 0; i < T::WARP_M / 16; i++) {
#pragma unroll
        for (int j = 0; j < T::WARP_N / 8; j += 4) {
#pragma unroll
            for (int r = 0; r < 4; r++) {
                take(i, j, r, rowFirst + i / 2 * 32 + i % 2 * 2 + r / 2, columnFirst + 8 * j + r % 2 * 4);
            }
        }
    }
}

template <class T>
__device__ __forceinline__ void write(const float (&acc)[T::WARP_M / 16][T::WARP_N / 8][4], int m, int n, float alpha, float beta,
                                      float* __restrict__ c) {
    const bool vector = n % 4 == 0 && aligned(c);
    forEachQuadOfWarp<T>([&](int i, int j, int r, int row, int column) {
        if (row < m && column < n) {
            writeQuad(c + (static_cast<long long>(row) * n + column), vector, n - column, alpha, beta, acc[i][j][r], acc[i][j + 1][r],
                      acc[i][j + 2][r], acc[i][j + 3][r]);
        }
    });
}

/// Leaves this part's sums in `parts`, and in acc those of all parts where this is the last of its tile's blocks to come; returns whether it is.
template <class T>
__device__ __forceinline__ bool sumParts(float (&acc)[T::WARP_M / 16][T::WARP_N / 8][4], unsigned* counters, float* parts, bool& last) {
    const unsigned tile = blockIdx.y * gridDim.x + blockIdx.x;
    const int count = static_cast<int>(gridDim.z);
    float* sums = parts + (static_cast<long long>(tile) * count * (T::BM * T::BN) + 4 * threadIdx.x);
    float* own = sums + static_cast<long long>(blockIdx.z) * (T::BM * T::BN);
    forEachQuadOfWarp<T>([&](int i, int j, int r, int, int) {
        const float v[4] = {acc[i][j][r], acc[i][j + 1][r], acc[i][j + 2][r], acc[i][j + 3][r]};
        storeQuad(own + (i * T::WARP_N / 8 + j + r) * (4 * T::THREADS), true, 4, v);
    });
    if (!lastToCome(&counters[tile], count, last)) {
        return false;
    }
    forEachQuadOfWarp<T>([&](int i, int j, int r, int, int) { acc[i][j][r] = acc[i][j + 1][r] = acc[i][j + 2][r] = acc[i][j + 3][r] = 0.0f; });
    // The loads of two parts under way at a time.
#pragma unroll 2
    for (int part = 0; part < count; part++) {
        forEachQuadOfWarp<T>([&](int i, int j, int r, int, int) {
            float v[4];
            loadQuad(sums + (i * T::WARP_N / 8 + j + r) * (4 * T::THREADS), true, 4, v);
#pragma unroll
            for (int q = 0; q < 4; q++) {
                acc[i][j + q][r] += v[q];
            }
        });
        sums += T::BM * T::BN;
    }
    return true;
}

}  // namespace

#define LARGE(NAME, PRECISION, TRANSPOSE_A, TRANSPOSE_B)                                                                        \
    extern "C" __global__ void __launch_bounds__(256, 1)                                                                        \
    NAME(int m, int n, int k, float alpha, const float* __restrict__ a, const float* __restrict__ b, float beta,                \
         float* __restrict__ c) {                                                                                               \
        DYNAMIC_SHARED(SlabMemory<Large>, memory);                                                                              \
        float acc[Large::WARP_M / 16][Large::WARP_N / 8][4] = {};                                                               \
        sum<PRECISION, Large, TRANSPOSE_A, TRANSPOSE_B>(memory, m, n, k, a, b, 0, k, acc);                                      \
        write<Large>(acc, m, n, alpha, beta, c);                                                                                \
    }

// Four blocks a multiprocessor.
#define SMALL(NAME, PRECISION, TRANSPOSE_A, TRANSPOSE_B)                                                                        \
    extern "C" __global__ void __launch_bounds__(128, 4)                                                                        \
    NAME(int m, int n, int k, int chunk, float alpha, const float* __restrict__ a, const float* __restrict__ b, float beta,     \
         unsigned* counters, float* parts, float* __restrict__ c) {                                                             \
        __shared__ SlabMemory<Small> memory;                                                                                    \
        const int kFirst = static_cast<int>(blockIdx.z) * chunk;                                                                \
        float acc[Small::WARP_M / 16][Small::WARP_N / 8][4] = {};                                                               \
        sum<PRECISION, Small, TRANSPOSE_A, TRANSPOSE_B>(memory, m, n, k, a, b, kFirst, k - kFirst < chunk ? k : kFirst + chunk, \
                                                        acc);                                                                   \
        if (gridDim.z == 1 || sumParts<Small>(acc, counters, parts, *reinterpret_cast<bool*>(memory.slabs[0]))) {                   \
            write<Small>(acc, m, n, alpha, beta, c);                                                                            \
        }                                                                                                                       \
    }

LARGE(gemm_nn_128x256_tf32, Tf32, false, false)
LARGE(gemm_nt_128x256_tf32, Tf32, false, true)
LARGE(gemm_tn_128x256_tf32, Tf32, true, false)
LARGE(gemm_nn_128x256_bf16, Bf16, false, false)
LARGE(gemm_nt_128x256_bf16, Bf16, false, true)
LARGE(gemm_tn_128x256_bf16, Bf16, true, false)
SMALL(gemm_nn_64x64_tf32, Tf32, false, false)
SMALL(gemm_nt_64x64_tf32, Tf32, false, true)
SMALL(gemm_tn_64x64_tf32, Tf32, true, false)
SMALL(gemm_nn_64x64_bf16, Bf16, false, false)
SMALL(gemm_nt_64x64_bf16, Bf16, false, true)
SMALL(gemm_tn_64x64_bf16, Bf16, true, false)
