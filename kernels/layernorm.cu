// Layer normalisation over the rows of a [rows, columns] matrix (Ba et al. 2016), xh = (x - mean) / sqrt(variance + epsilon). Bound by memory.
// nvcc -ptx -arch=compute_75 layernorm.cu
//
//   layer_norm           y = gamma xh + beta                                                          8n bytes, 8n FLOPs, n = rows * columns
//   layer_norm_gradient  dx (+)= (g - mean(g) - xh mean(g xh)) / sqrt(variance + epsilon), g = gamma dy    12n (16n) bytes, 20n FLOPs;
//                        narrow rows: parts[s] = sum dy, sum dy xh over the rows of block s; wide ones: mean and 1 / sqrt(variance + epsilon) of each
//   layer_norm_sums      of wide rows parts[s] = sum dy, sum dy xh over the rows of a part            8n bytes, 4n FLOPs
//   sum_parts            first = sum of parts[s] up to `size`, second = sum of the others             8 * splits * columns bytes
//
// A row lies in the registers of `lanes` lanes, at most 16 numbers each, so that it is read once and a warp has several rows on their way;
// a wide row, of more than 512 numbers, is read again from the caches. Launch: 256 threads; layer_norm ceil(rows * lanes / 256) blocks,
// layer_norm_gradient a block for each `chunk` rows; layer_norm_sums as columns.cuh says; sum_parts ceil(columns / 8) blocks.
#include "columns.cuh"
#include "lanes.cuh"

namespace {

const int MOST_QUADS = 4;
const int WARPS = 8;

/// The lanes, a power of two, of a row: each has every `count`-th quad of a stretch of 4 * QUADS * count columns.
template <int QUADS>
struct RowLanes {
    /// Four numbers each of the own quads of a stretch.
    typedef float Quads[QUADS][4];

    int count;
    int columns;

    __device__ __forceinline__ int stretch() const {
        return 4 * QUADS * count;
    }

    /// With fewer quads a row is known not to be wide, and that it ends with its first stretch.
    __device__ __forceinline__ bool wide() const {
        return QUADS == MOST_QUADS && columns > stretch();
    }

    __device__ __forceinline__ int end() const {
        return QUADS == MOST_QUADS ? columns : 1;
    }

    /// The first column of an own quad of the stretch from column `from` on.
    __device__ __forceinline__ int column(int from, int quad) const {
        return from + 4 * (quad * count + (static_cast<int>(threadIdx.x) & (count - 1)));
    }

    /// The quad from column j on, zeros past the row.
    __device__ __forceinline__ void load(const float* __restrict__ row, bool vector, int j, float (&v)[4]) const {
        if (vector) {
            float4 w = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (j < columns) {
                w = *reinterpret_cast<const float4*>(row + j);
            }
            v[0] = w.x;
            v[1] = w.y;
            v[2] = w.z;
            v[3] = w.w;
        } else {
            loadQuad(row + j, false, columns - j, v);
        }
    }

    /// The own quads of the stretch from column `from` on.
    __device__ __forceinline__ void load(const float* __restrict__ row, bool vector, int from, Quads& v) const {
#pragma unroll
        for (int q = 0; q < QUADS; q++) {
            load(row, vector, column(from, q), v[q]);
        }
    }

    /// The sum over the lanes of the row, the same in each.
    __device__ __forceinline__ double sum(double v) const {
        for (int offset = count >> 1; offset > 0; offset >>= 1) {
            v += __shfl_xor_sync(0xffffffffu, v, offset);
        }
        return v;
    }
};

struct Statistics {
    float mean;
    float inverse;
};

/// a + b, and in `error` what its rounding took away (Knuth 1969).
__device__ __forceinline__ float sumAndError(float a, float b, float& error) {
    const float sum = a + b;
    const float added = sum - a;
    error = (a - (sum - added)) + (b - added);
    return sum;
}

/// As good as in double, with two conversions instead of four: where the mean is near 0 its error must be, too.
__device__ __forceinline__ double sumOfFour(const float (&v)[4]) {
    float low, high, both;
    const float sum = sumAndError(sumAndError(v[0], v[1], low), sumAndError(v[2], v[3], high), both);
    return static_cast<double>(sum) + (low + high + both);
}

/// Mean and 1 / sqrt(variance + epsilon) of a row, whose first stretch is in v. `share` is 1 / columns.
template <int QUADS>
__device__ __forceinline__ Statistics statistics(const RowLanes<QUADS>& lanes, const float* __restrict__ row, bool vector, double share,
                                                 float epsilon, float (&v)[QUADS][4]) {
    double sum = 0.0;
    for (int from = 0; from < lanes.end(); from += lanes.stretch()) {
        if (lanes.wide()) {
            lanes.load(row, vector, from, v);
        }
#pragma unroll
        for (int q = 0; q < QUADS; q++) {
            sum += sumOfFour(v[q]);
        }
    }
    const float mean = static_cast<float>(lanes.sum(sum) * share);
    double squares = 0.0;
    for (int from = 0; from < lanes.end(); from += lanes.stretch()) {
        if (lanes.wide()) {
            lanes.load(row, vector, from, v);
        }
#pragma unroll
        for (int q = 0; q < QUADS; q++) {
            float four = 0.0f;
#pragma unroll
            for (int k = 0; k < 4; k++) {
                const float away = lanes.column(from, q) + k < lanes.columns ? v[q][k] - mean : 0.0f;
                four += away * away;
            }
            squares += four;
        }
    }
    return {mean, static_cast<float>(1.0 / sqrt(lanes.sum(squares) * share + epsilon))};
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256)
layer_norm(const float* __restrict__ x, const float* __restrict__ gamma, const float* __restrict__ beta, float epsilon, float* __restrict__ y,
           int rows, int columns, double share, int count) {
    const RowLanes<MOST_QUADS> lanes = {count, columns};
    const bool vector = columns % 4 == 0 && aligned(x) && aligned(gamma) && aligned(beta) && aligned(y);
    const long long row = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) / count;
    const bool inside = row < rows;
    const float* in = x + (inside ? row : 0) * columns;
    RowLanes<MOST_QUADS>::Quads v;
    lanes.load(in, vector, 0, v);
    const Statistics s = statistics(lanes, in, vector, share, epsilon, v);
    for (int from = 0; from < columns; from += lanes.stretch()) {
        if (lanes.wide()) {
            lanes.load(in, vector, from, v);
        }
#pragma unroll
        for (int q = 0; q < MOST_QUADS; q++) {
            const int j = lanes.column(from, q);
            float scale[4], shift[4];
            lanes.load(gamma, vector, j, scale);
            lanes.load(beta, vector, j, shift);
#pragma unroll
            for (int k = 0; k < 4; k++) {
                v[q][k] = (v[q][k] - s.mean) * s.inverse * scale[k] + shift[k];
            }
            if (inside && j < columns) {
                storeQuad(y + row * columns + j, vector, columns - j, v[q]);
            }
        }
    }
}

namespace {

/// What layer_norm_gradient does. AHEAD: a lane has three quads of a row at most, all of them aligned, and the next row is under way while one is
/// worked on; a fourth quad would leave no registers for that.
template <bool AHEAD>
__device__ __forceinline__ void layerNormGradient(const float* __restrict__ x, const float* __restrict__ gamma, float epsilon,
                                                  const float* __restrict__ dy, float* __restrict__ dx, int accumulate,
                                                  float* __restrict__ kept, double* __restrict__ parts, int rows, int columns, double share,
                                                  int count, int chunk, bool vector, double (&warps)[4][WARPS][32]) {
    constexpr int QUADS = AHEAD ? MOST_QUADS - 1 : MOST_QUADS;
    const RowLanes<QUADS> lanes = {count, columns};
    vector = AHEAD || vector;
    const int own = threadIdx.x / count;
    const int step = blockDim.x / count;
    const long long first = static_cast<long long>(blockIdx.x) * chunk;
    const long long last = first + chunk < rows ? first + chunk : rows;
    float sums[2][QUADS][4] = {};
    float v[QUADS][4], upper[QUADS][4], next[QUADS][4], nextUpper[QUADS][4];
    if (AHEAD) {
        const long long row = first + own < last ? first + own : first;
        lanes.load(x + row * columns, true, 0, next);
        lanes.load(dy + row * columns, true, 0, nextUpper);
    }
    for (long long block = first; block < last; block += step) {
        const bool inside = block + own < last;
        const long long row = inside ? block + own : first;
        const float* in = x + row * columns;
        const float* from = dy + row * columns;
        if (AHEAD) {
#pragma unroll
            for (int q = 0; q < QUADS; q++) {
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    v[q][k] = next[q][k];
                    upper[q][k] = nextUpper[q][k];
                }
            }
            const long long following = block + step + own < last ? block + step + own : first;
            lanes.load(x + following * columns, true, 0, next);
            lanes.load(dy + following * columns, true, 0, nextUpper);
        } else {
            lanes.load(in, vector, 0, v);
            lanes.load(from, vector, 0, upper);
        }
        const Statistics s = statistics(lanes, in, vector, share, epsilon, v);
        float sum = 0.0f;
        float product = 0.0f;
        for (int at = 0; at < lanes.end(); at += lanes.stretch()) {
            if (lanes.wide()) {
                lanes.load(in, vector, at, v);
                lanes.load(from, vector, at, upper);
            }
#pragma unroll
            for (int q = 0; q < QUADS; q++) {
                float scale[4];
                lanes.load(gamma, vector, lanes.column(at, q), scale);
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    const float g = scale[k] * upper[q][k];
                    sum += g;
                    product += g * (v[q][k] - s.mean);
                }
            }
        }
        const float meanSum = static_cast<float>(lanes.sum(sum) * share);
        const float meanProduct = static_cast<float>(lanes.sum(product) * share) * s.inverse;
        for (int at = 0; at < lanes.end(); at += lanes.stretch()) {
            if (lanes.wide()) {
                lanes.load(in, vector, at, v);
                lanes.load(from, vector, at, upper);
            }
#pragma unroll
            for (int q = 0; q < QUADS; q++) {
                const int j = lanes.column(at, q);
                float scale[4], g[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
                lanes.load(gamma, vector, j, scale);
                if (accumulate) {
                    lanes.load(dx + row * columns, vector, j, old);
                }
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    const float normalized = (v[q][k] - s.mean) * s.inverse;
                    g[k] = s.inverse * (scale[k] * upper[q][k] - meanSum - normalized * meanProduct) + old[k];
                    sums[0][q][k] += inside ? upper[q][k] : 0.0f;
                    sums[1][q][k] += inside ? upper[q][k] * normalized : 0.0f;
                }
                if (inside && j < columns) {
                    storeQuad(dx + row * columns + j, vector, columns - j, g);
                }
            }
        }
        if (lanes.wide() && inside && threadIdx.x % count == 0) {
            kept[2 * row] = s.mean;
            kept[2 * row + 1] = s.inverse;
        }
    }
    if (lanes.wide()) {
        return;
    }
#pragma unroll
    for (int which = 0; which < 2; which++) {
#pragma unroll
        for (int q = 0; q < QUADS; q++) {
            __syncthreads();
#pragma unroll
            for (int k = 0; k < 4; k++) {
                double sum = sums[which][q][k];
                for (int offset = count; offset < 32; offset <<= 1) {
                    sum += __shfl_xor_sync(0xffffffffu, sum, offset);
                }
                warps[k][threadIdx.x >> 5][threadIdx.x & 31] = sum;
            }
            __syncthreads();
            const int k = threadIdx.x / count;
            const int column = lanes.column(0, q) + k;
            if (k < 4 && column < columns) {
                double sum = 0.0;
                for (int warp = 0; warp < WARPS; warp++) {
                    sum += warps[k][warp][threadIdx.x & (count - 1)];
                }
                parts[(2ll * blockIdx.x + which) * columns + column] = sum;
            }
        }
    }
}

}  // namespace

// Two blocks a multiprocessor: with more than 128 registers a thread there would be one.
extern "C" __global__ void __launch_bounds__(256, 2)
layer_norm_gradient(const float* __restrict__ x, const float* __restrict__ gamma, float epsilon, const float* __restrict__ dy,
                    float* __restrict__ dx, int accumulate, float* __restrict__ kept, double* __restrict__ parts, int rows, int columns,
                    double share, int count, int chunk) {
    __shared__ double warps[4][WARPS][32];
    const bool vector = columns % 4 == 0 && aligned(x) && aligned(gamma) && aligned(dy) && aligned(dx);
    if (vector && columns <= 4 * (MOST_QUADS - 1) * count) {
        layerNormGradient<true>(x, gamma, epsilon, dy, dx, accumulate, kept, parts, rows, columns, share, count, chunk, true, warps);
    } else {
        layerNormGradient<false>(x, gamma, epsilon, dy, dx, accumulate, kept, parts, rows, columns, share, count, chunk, vector, warps);
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

// Eight columns a block: even a hundred columns make a dozen blocks, whose threads each wait for few loads.
extern "C" __global__ void __launch_bounds__(256)
sum_parts(const double* __restrict__ parts, int splits, long long columns, float* __restrict__ first, int size, float* __restrict__ second) {
    __shared__ double warps[WARPS][8];
    const long long column = blockIdx.x * 8ll + (threadIdx.x & 7);
    double sum = 0.0;
    if (column < columns) {
#pragma unroll 8
        for (int s = threadIdx.x >> 3; s < splits; s += 32) {
            sum += parts[s * columns + column];
        }
    }
    sum += __shfl_xor_sync(0xffffffffu, sum, 16);
    sum += __shfl_xor_sync(0xffffffffu, sum, 8);
    if ((threadIdx.x & 31) < 8) {
        warps[threadIdx.x >> 5][threadIdx.x & 7] = sum;
    }
    __syncthreads();
    if (threadIdx.x < 8 && column < columns) {
        double all = 0.0;
        for (int warp = 0; warp < WARPS; warp++) {
            all += warps[warp][threadIdx.x];
        }
        *(column < size ? first + column : second + (column - size)) = static_cast<float>(all);
    }
}
