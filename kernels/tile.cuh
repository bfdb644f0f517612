// The loop nest below every matrix product, convolution and pairwise kernel: a block computes a BM x BN tile of
//
//   acc[m][n] = sum over k of term(A(m, k), B(n, k))
//
// from slabs of BK in shared memory, double-buffered: the next slab is on its way to registers while this one is worked on, one barrier a
// slab. A thread owns TM x TN results in groups of four rows and four columns, so that its shared reads are 16 bytes wide and free of
// bank conflicts. Where A and B come from is an operand's business:
//
//   struct Operand {
//       static const bool ALONG_K;      // four neighbours in memory are four k (true) or four outer indices (false)
//       void bind(int slot, int outer); // before the loop: this thread's slot will ask for this outer index (and three more if !ALONG_K)
//       void quad(int slot, int k, float (&v)[4]);   // the four neighbours at k, zeros outside
//   };
#pragma once
#include "lanes.cuh"

namespace {

template <int M, int N, int K, int ROWS, int COLUMNS>
struct Tile {
    static const int BM = M, BN = N, BK = K, TM = ROWS, TN = COLUMNS;
    static const int THREADS = (BM / TM) * (BN / TN);
    /// Spare numbers at the end of a slab's row: transposing stores keep off one another's banks.
    static const int PAD = 4;
    /// Rows and columns between a thread's groups of four.
    static const int ROW_STEP = BM / (TM / 4), COLUMN_STEP = BN / (TN / 4);
};

/// The slabs of a tile.
template <class T>
struct __align__(16) TileMemory {
    float a[2][T::BK][T::BM + T::PAD];
    float b[2][T::BK][T::BN + T::PAD];
};

template <class T>
__device__ __forceinline__ int tileRow(int i) {
    return (i / 4) * T::ROW_STEP + static_cast<int>(threadIdx.x) / (T::BN / T::TN) * 4 + i % 4;
}

template <class T>
__device__ __forceinline__ int tileColumn(int j) {
    return (j / 4) * T::COLUMN_STEP + static_cast<int>(threadIdx.x) % (T::BN / T::TN) * 4 + j % 4;
}

/// One operand's slab: which quads this thread carries from memory to shared memory.
template <class Operand, int EXTENT, int BK, int THREADS>
struct Carrier {
    static const int QUADS = EXTENT * BK / 4;
    static const int SLOTS = (QUADS + THREADS - 1) / THREADS;
    static const int WIDTH = (Operand::ALONG_K ? BK : EXTENT) / 4;
    float held[SLOTS][4];

    __device__ __forceinline__ static bool active(int slot) {
        return QUADS % THREADS == 0 || static_cast<int>(threadIdx.x) + slot * THREADS < QUADS;
    }

    __device__ __forceinline__ static int outerOf(int slot) {
        const int q = threadIdx.x + slot * THREADS;
        return Operand::ALONG_K ? q / WIDTH : q % WIDTH * 4;
    }

    __device__ __forceinline__ static int kOf(int slot) {
        const int q = threadIdx.x + slot * THREADS;
        return Operand::ALONG_K ? q % WIDTH * 4 : q / WIDTH;
    }

    __device__ __forceinline__ void bind(Operand& operand, int first) {
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            operand.bind(slot, first + outerOf(slot));
        }
    }

    __device__ __forceinline__ void fetch(Operand& operand, int k) {
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            if (active(slot)) {
                operand.quad(slot, k + kOf(slot), held[slot]);
            }
        }
    }

    template <int ROW>
    __device__ __forceinline__ void store(float (*slab)[ROW]) const {
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            if (active(slot)) {
                const int outer = outerOf(slot);
                const int k = kOf(slot);
                if (Operand::ALONG_K) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        slab[k + i][outer] = held[slot][i];
                    }
                } else {
                    storeQuad(&slab[k][outer], true, 4, held[slot]);
                }
            }
        }
    }
};

/// The term of a product.
struct Multiply {
    __device__ __forceinline__ static float add(float sum, float a, float b) {
        return fmaf(a, b, sum);
    }
};

/// The term of a squared distance: the difference itself is squared, so that close points do not cancel.
struct SquareDifference {
    __device__ __forceinline__ static float add(float sum, float a, float b) {
        const float d = a - b;
        return fmaf(d, d, sum);
    }
};

/// Adds one slab's terms.
template <class T, class Term>
__device__ __forceinline__ void addSlab(const TileMemory<T>& memory, int buffer, float (&acc)[T::TM][T::TN]) {
#pragma unroll 4
    for (int k = 0; k < T::BK; k++) {
        float x[T::TM], y[T::TN];
#pragma unroll
        for (int i = 0; i < T::TM; i += 4) {
            const float4 q = *reinterpret_cast<const float4*>(&memory.a[buffer][k][tileRow<T>(i)]);
            x[i] = q.x;
            x[i + 1] = q.y;
            x[i + 2] = q.z;
            x[i + 3] = q.w;
        }
#pragma unroll
        for (int j = 0; j < T::TN; j += 4) {
            const float4 q = *reinterpret_cast<const float4*>(&memory.b[buffer][k][tileColumn<T>(j)]);
            y[j] = q.x;
            y[j + 1] = q.y;
            y[j + 2] = q.z;
            y[j + 3] = q.w;
        }
#pragma unroll
        for (int i = 0; i < T::TM; i++) {
#pragma unroll
            for (int j = 0; j < T::TN; j++) {
                acc[i][j] = Term::add(acc[i][j], x[i], y[j]);
            }
        }
    }
}

/// Sums over k from kFirst up to kLast, which operands treat as their end; all threads of the block take part.
template <class T, class Term, class A, class B>
__device__ __forceinline__ void accumulate(TileMemory<T>& memory, A& a, B& b, int rowFirst, int columnFirst, int kFirst, int kLast,
                                           float (&acc)[T::TM][T::TN]) {
    Carrier<A, T::BM, T::BK, T::THREADS> carryA;
    Carrier<B, T::BN, T::BK, T::THREADS> carryB;
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
#pragma unroll
        for (int j = 0; j < T::TN; j++) {
            acc[i][j] = 0.0f;
        }
    }
    if (kFirst >= kLast) {
        return;
    }
    carryA.bind(a, rowFirst);
    carryB.bind(b, columnFirst);
    // Turn i fetches slab i while it works on slab i - 1: one place in the code that fetches, which halves it.
    int buffer = 0;
    for (int k = kFirst; k < kLast + T::BK; k += T::BK) {
        if (k < kLast) {
            carryA.fetch(a, k);
            carryB.fetch(b, k);
        }
        if (k > kFirst) {
            addSlab<T, Term>(memory, buffer ^ 1, acc);
        }
        if (k < kLast) {
            // This buffer was last read before the barrier of the turn before this one.
            carryA.store(memory.a[buffer]);
            carryB.store(memory.b[buffer]);
            __syncthreads();
            buffer ^= 1;
        }
    }
}

/// Hands the results over in quads: write(row, column, count, v) for each group of four columns that begins inside rows x columns.
template <class T, class Write>
__device__ __forceinline__ void forEachQuad(const float (&acc)[T::TM][T::TN], int rowFirst, int columnFirst, int rows, int columns,
                                            const Write& write) {
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
        const int row = rowFirst + tileRow<T>(i);
#pragma unroll
        for (int j = 0; j < T::TN; j += 4) {
            const int column = columnFirst + tileColumn<T>(j);
            if (row < rows && column < columns) {
                float v[4] = {acc[i][j], acc[i][j + 1], acc[i][j + 2], acc[i][j + 3]};
                write(row, column, columns - column, v);
            }
        }
    }
}

/// out = scale * v + keep * out, four neighbours or the first `count` of them; keep = 0 overwrites whatever out held.
/// Not inlined: a thread writes up to sixteen quads, and the code of one is longer than the loop that computes them all.
__device__ __noinline__ void writeQuad(float* out, bool vector, int count, float scale, float keep, float v0, float v1, float v2, float v3) {
    float v[4] = {v0, v1, v2, v3}, old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (keep != 0.0f) {
        loadQuad(out, vector, count, old);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        v[i] = scale * v[i] + keep * old[i];
    }
    storeQuad(out, vector, count, v);
}

/// A matrix whose outer index is its row: element (outer, k) at p[outer * ld + k].
struct RowsOfMatrix {
    static const bool ALONG_K = true;
    const float* __restrict__ p;
    int outerEnd;
    int kEnd;
    bool vector;
    int outerOf[4];

    __device__ __forceinline__ RowsOfMatrix(const float* matrix, int outer, int k)
        : p(matrix), outerEnd(outer), kEnd(k), vector(k % 4 == 0 && aligned(matrix)) {}

    __device__ __forceinline__ void bind(int slot, int outer) {
        outerOf[slot] = outer;
    }

    __device__ __forceinline__ void quad(int slot, int k, float (&v)[4]) const {
        loadQuad(p + (static_cast<long long>(outerOf[slot]) * kEnd + k), vector, outerOf[slot] < outerEnd ? kEnd - k : 0, v);
    }
};

/// A matrix whose outer index is its column: element (outer, k) at p[k * ld + outer].
struct ColumnsOfMatrix {
    static const bool ALONG_K = false;
    const float* __restrict__ p;
    int outerEnd;
    int kEnd;
    bool vector;
    int outerOf[4];

    __device__ __forceinline__ ColumnsOfMatrix(const float* matrix, int outer, int k)
        : p(matrix), outerEnd(outer), kEnd(k), vector(outer % 4 == 0 && aligned(matrix)) {}

    __device__ __forceinline__ void bind(int slot, int outer) {
        outerOf[slot] = outer;
    }

    __device__ __forceinline__ void quad(int slot, int k, float (&v)[4]) const {
        loadQuad(p + (static_cast<long long>(k) * outerEnd + outerOf[slot]), vector, k < kEnd ? outerEnd - outerOf[slot] : 0, v);
    }
};

}  // namespace
