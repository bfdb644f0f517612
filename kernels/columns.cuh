// How sums over the rows of a [rows, columns] matrix are taken, in an order that depends on the sizes alone: in one launch or in two.
//
// One launch (batchnorm.cu): blocks of (bx, 512 / bx) threads, bx a power of two up to 8; a thread has a strip, four columns (one load of 16 bytes)
// of every blockDim.y-th row of `chunk` rows, and adds them in float; the block adds its threads in double and writes its part. The last block to
// come, told by a counter, adds the parts in their order, whatever the order they came in; or the blocks that need the sums do, each for itself.
//
// Two launches (layernorm.cu). Launch 1: blocks of (cx, 256 / cx) threads, cx a power of two from 4 to 32; block (i, s) owns columns i*cx .. and
// rows s*chunk ..; a thread adds its rows of one column in float (chunk * cx / 256 of them, about 32), the block adds its threads in double.
// Launch 2: sum_parts.
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

/// Threads of a block that sums in one launch.
constexpr int SUMMING = 512;

/// Four columns of every blockDim.y-th row of a part: what one thread reads. Block b has part b / groups and the columns of group b % groups.
struct Strip {
    long long at;    // where its first number lies
    long long step;  // from a row to the next
    int column;      // the first of the four
    int inside;      // how many of the four there are, 0 for none
    int rows;        // 0 where no column is inside
    int group;
    int part;
};

__device__ __forceinline__ Strip stripOfThread(int rows, int columns, int chunk) {
    const unsigned width = 4 * blockDim.x;
    const unsigned groups = (static_cast<unsigned>(columns) + width - 1) / width;
    const unsigned part = blockIdx.x / groups;
    const unsigned group = blockIdx.x - part * groups;
    const unsigned column = group * width + 4 * threadIdx.x;
    const int inside = column < static_cast<unsigned>(columns) ? static_cast<int>(columns - column) : 0;
    const long long first = static_cast<long long>(part) * chunk;
    const long long left = (first + chunk < rows ? chunk : rows - first) - threadIdx.y;
    const unsigned count = left > 0 && inside > 0 ? (static_cast<unsigned>(left) + blockDim.y - 1) / blockDim.y : 0;
    return {(first + threadIdx.y) * columns + column, static_cast<long long>(blockDim.y) * columns, static_cast<int>(column),
            inside < 4 ? inside : 4, static_cast<int>(count), static_cast<int>(group), static_cast<int>(part)};
}

__device__ __forceinline__ int threadOfBlock() {
    return threadIdx.y * blockDim.x + threadIdx.x;
}

/// Each number's sum over the threads that are the same modulo the columns of a group, in the threads below those alone; two barriers.
/// The sixteen warps are added in four chains, for a quarter of one chain's latency.
template <int SUMS>
__device__ __forceinline__ void sumOverThreads(double (&v)[SUMS], double (&warps)[SUMS][SUMMING]) {
    const int width = 4 * blockDim.x;
    const int thread = threadOfBlock();
    for (int offset = 16; offset >= width; offset >>= 1) {
#pragma unroll
        for (int i = 0; i < SUMS; i++) {
            v[i] += __shfl_xor_sync(0xffffffffu, v[i], offset);
        }
    }
    __syncthreads();
    if ((thread & 31) < width) {
#pragma unroll
        for (int i = 0; i < SUMS; i++) {
            warps[i][thread] = v[i];
        }
    }
    __syncthreads();
    if (thread < width) {
#pragma unroll
        for (int i = 0; i < SUMS; i++) {
            double chains[4] = {0.0, 0.0, 0.0, 0.0};
#pragma unroll
            for (int w = 0; w < SUMMING / 32; w++) {
                chains[w % 4] += warps[i][32 * w + thread];
            }
            v[i] = (chains[0] + chains[1]) + (chains[2] + chains[3]);
        }
    }
}

/// The sums over the block's rows of what each thread has of its four columns: of column c of the group in thread c alone.
template <int SUMS, class Number>
__device__ __forceinline__ void sumOverRows(const Number (&v)[SUMS][4], Number (&rows)[4 * SUMMING], double (&warps)[SUMS][SUMMING],
                                            double (&sums)[SUMS]) {
    const int thread = threadOfBlock();
#pragma unroll
    for (int i = 0; i < SUMS; i++) {
        if (i > 0) {
            __syncthreads();
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            rows[4 * thread + k] = v[i][k];
        }
        __syncthreads();
        sums[i] = 0.0;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            sums[i] += rows[thread + k * SUMMING];
        }
    }
    sumOverThreads(sums, warps);
}

/// Whether this block is the last of `blocks` that come to the counter, which is zero before and after: then all of them have written what they
/// wrote before. The same in every thread.
__device__ __forceinline__ bool lastToCome(unsigned* counter, int blocks, bool& last) {
    __syncthreads();
    if (threadOfBlock() == 0) {
        __threadfence();
        last = atomicAdd(counter, 1u) == static_cast<unsigned>(blocks) - 1;
        if (last) {
            *counter = 0;
        }
        __threadfence();
    }
    __syncthreads();
    return last;
}

/// Parts of a column that a thread reads at a time, so that it waits for the cache once and not for each.
constexpr int PARTS_RUN = 4;

/// The numbers of PARTS_RUN parts of a column from `first` on, `step` apart, the last part's in place of those beyond: no load is behind a branch.
template <int SUMS>
__device__ __forceinline__ void loadParts(const double* parts, int first, int step, int splits, int columns, int column,
                                          double (&v)[PARTS_RUN][SUMS]) {
#pragma unroll
    for (int j = 0; j < PARTS_RUN; j++) {
        const double* p = parts + static_cast<long long>(SUMS) * min(first + j * step, splits - 1) * columns + column;
#pragma unroll
        for (int i = 0; i < SUMS; i++) {
            v[j][i] = p[static_cast<long long>(i) * columns];
        }
    }
}

/// The sums over all parts of parts[(SUMS * part + i) * columns + column], of column c of the group in thread c alone.
template <int SUMS>
__device__ __forceinline__ void sumOverParts(const double* parts, int splits, int columns, int column, double (&warps)[SUMS][SUMMING],
                                             double (&sums)[SUMS]) {
    const int width = 4 * blockDim.x;
#pragma unroll
    for (int i = 0; i < SUMS; i++) {
        sums[i] = 0.0;
    }
    const int step = SUMMING / width;
    for (int s = threadOfBlock() / width; column < columns && s < splits; s += PARTS_RUN * step) {
        double v[PARTS_RUN][SUMS];
        loadParts(parts, s, step, splits, columns, column, v);
#pragma unroll
        for (int j = 0; j < PARTS_RUN; j++) {
#pragma unroll
            for (int i = 0; i < SUMS; i++) {
                sums[i] += s + j * step < splits ? v[j][i] : 0.0;
            }
        }
    }
    sumOverThreads(sums, warps);
}

}  // namespace
