// Batch normalisation over the rows of [rows, columns], with ReLU and the residual sum fused (Ioffe and Szegedy 2015), and the column sums
// of a bias gradient, which are taken in the same way. All bound by memory; n = rows * columns.
// nvcc -ptx -arch=compute_75 batchnorm.cu
//
//   bn_statistics      mean, 1 / sqrt(variance + epsilon), running averages; 7n FLOPs             4n bytes
//   bn_apply           y = act((x - mean) * inverse * gamma + beta + residual)                    8n bytes (12n with residual)
//   bn_apply_parts     the same, and what bn_statistics then leaves to it: mean and the others, from the parts of the sums
//   bn_gradient_sums   dbeta = sum g, dgamma = sum g * xh, with g = dy masked by y > 0            8n bytes (12n with ReLU)
//   bn_gradient        dx = gamma * inverse * (g - dbeta / rows - xh * dgamma / rows); dresidual (+)= g   12n to 24n bytes
//   bn_gradient_parts  the same, and dgamma and dbeta from the parts of bn_gradient_sums
//   bn_inference       y = act((x - runningMean) / sqrt(runningVariance + epsilon) * gamma + beta + residual)   8n (12n)
//   bn_fold            folded = w * s, bias = beta - runningMean * s, s = gamma / sqrt(runningVariance + epsilon)   8n
//   bias_gradient      masks dy by y > 0 in place, dbias = sum dy                                 4n (12n with ReLU)
//
// Launch (see columns.cuh): bn_statistics, bn_gradient_sums, bias_gradient sums in one launch, of (bx, 512 / bx) threads, with a counter of zero a
// group of columns and 16 (8) bytes of parts a column and part. bn_apply, bn_inference, bn_gradient: strips of APPLIED (GRADIENT) rows a thread,
// blocks of (bx, 256 / bx). bn_fold: 256 threads, ceil(n / 1024) blocks.
//
// Small tensors, of 128 blocks at most, lie in the L2 cache, and what counts is how often one block waits for another. The last block of a sum costs
// 2 us of an H100: two fences, a counter, the parts read. There bn_statistics and bn_gradient_sums get no counters and leave their parts;
// bn_apply_parts and bn_gradient_parts have the same blocks, each of which adds the parts of its columns (32 KB of 128 x 32^2 x 16) while its rows
// are on their way.
#include "columns.cuh"
#include "lanes.cuh"

namespace {

/// Rows of a strip in flight, as many as the 64 registers hold that two blocks a multiprocessor leave a thread: 64 KiB a multiprocessor (96 in
/// bn_gradient_sums), where the memory of an H100 needs about 20: 3 TB/s for 0.8 us over 132.
constexpr int MOMENT_RUN = 4;
constexpr int SUM_RUN = 2;
constexpr int BIAS_RUN = 4;
/// Rows of a thread where every number is treated alone; CudaBatchNormalization launches accordingly.
constexpr int APPLIED = 4;
constexpr int GRADIENT = 2;
/// Rows of a thread at most where blocks add parts, as Strips has it: all in flight with the parts; in bn_gradient_parts, which has three or four
/// tensors, as many as the 128 registers hold that one block a multiprocessor leaves a thread.
constexpr int HELD = 8;
constexpr int GRADIENT_HELD = 4;

/// Four columns of one row, or of a vector with one number a column; those outside are zero.
template <bool VECTOR>
__device__ __forceinline__ void loadColumn(const float* p, int inside, float (&v)[4]) {
    loadQuad(p, VECTOR, VECTOR ? 4 : inside, v);
}

/// The first `count` rows of a strip, the last one again in place of those beyond: no load waits for a branch, so that all are in flight at once.
template <bool VECTOR, int ROWS>
__device__ __forceinline__ void loadRows(const float* p, const Strip& strip, int count, float (&v)[ROWS][4]) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        loadColumn<VECTOR>(p + min(r, count - 1) * strip.step, strip.inside, v[r]);
    }
}

/// The same without a load for the rows beyond, which are left as they were: for strips that are often short.
template <bool VECTOR, int ROWS>
__device__ __forceinline__ void loadOwnRows(const float* p, const Strip& strip, int count, float (&v)[ROWS][4]) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        if (r < count) {
            loadColumn<VECTOR>(p + r * strip.step, strip.inside, v[r]);
        }
    }
}

template <bool VECTOR>
__device__ __forceinline__ void storeColumn(float* p, int inside, const float (&v)[4]) {
    storeQuad(p, VECTOR, VECTOR ? 4 : inside, v);
}

/// Mean less the origin and sum of squared deviations of a strip. A run of rows stays in registers for its deviations from its own mean; runs join
/// by Chan, Golub and LeVeque 1983: their deviations by delta^2 * na * nb / (na + nb). One division a run, and nothing cancels.
template <bool VECTOR>
__device__ __forceinline__ void moments(const float* __restrict__ x, const Strip& strip, const float (&origin)[4], float (&mean)[4],
                                        float (&squares)[4]) {
    const float* p = x + strip.at;
    for (int done = 0; done < strip.rows; done += MOMENT_RUN) {
        const int count = min(MOMENT_RUN, strip.rows - done);
        float v[MOMENT_RUN][4];
        loadRows<VECTOR>(p, strip, count, v);
        p += MOMENT_RUN * strip.step;
        const float own = static_cast<float>(count);
        const float share = own / static_cast<float>(done + count);
        const float before = static_cast<float>(done) * share;
        const float each = count == MOMENT_RUN ? 1.0f / MOMENT_RUN : 1.0f / own;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            float sum = 0.0f;
#pragma unroll
            for (int r = 0; r < MOMENT_RUN; r++) {
                v[r][k] -= origin[k];
                sum += r < count ? v[r][k] : 0.0f;
            }
            const float centre = sum * each;
            float run = 0.0f;
#pragma unroll
            for (int r = 0; r < MOMENT_RUN; r++) {
                const float away = r < count ? v[r][k] - centre : 0.0f;
                run += away * away;
            }
            const float delta = centre - mean[k];
            mean[k] += delta * share;
            squares[k] += run + delta * delta * before;
        }
    }
}

/// Mean of a column and sum of its squared deviations.
struct Moments {
    double mean;
    double squares;

    __device__ __forceinline__ float inverseDeviation(int rows, float epsilon) const {
        return static_cast<float>(1.0 / sqrt(squares / rows + epsilon));
    }
};

/// Of the column that this thread finishes, from the means and squares of its parts; in the threads below the columns of a group alone.
__device__ __forceinline__ Moments momentsOfParts(const double* parts, int rows, int columns, int chunk, int splits, int column,
                                                  double (&warps)[2][SUMMING]) {
    const int width = 4 * blockDim.x;
    const bool inside = column < columns;
    // All parts around the first one's mean, as a block's rows around its first.
    const double base = inside ? parts[column] : 0.0;
    double sums[2] = {0.0, 0.0};
    const int step = SUMMING / width;
    for (int s = threadOfBlock() / width; inside && s < splits; s += PARTS_RUN * step) {
        double v[PARTS_RUN][2];
        loadParts(parts, s, step, splits, columns, column, v);
#pragma unroll
        for (int j = 0; j < PARTS_RUN; j++) {
            const int part = s + j * step;
            const double n = part >= splits ? 0.0 : part + 1 < splits ? chunk : rows - static_cast<double>(part) * chunk;
            const double away = v[j][0] - base;
            sums[0] += n * away;
            sums[1] += (part < splits ? v[j][1] : 0.0) + n * away * away;
        }
    }
    sumOverThreads(sums, warps);
    const double around = sums[1] - sums[0] * sums[0] / rows;
    return {base + sums[0] / rows, around < 0.0 ? 0.0 : around};
}

__device__ __forceinline__ void keep(const Moments& all, int rows, int column, float epsilon, float momentum, float* __restrict__ mean,
                                     float* __restrict__ inverse, float* __restrict__ runningMean, float* __restrict__ runningVariance) {
    const double m = momentum;
    mean[column] = static_cast<float>(all.mean);
    inverse[column] = all.inverseDeviation(rows, epsilon);
    runningMean[column] = static_cast<float>((1.0 - m) * runningMean[column] + m * all.mean);
    runningVariance[column] = static_cast<float>((1.0 - m) * runningVariance[column] + m * all.squares / (rows - 1.0));
}

}  // namespace

// The origin of a block is its first row. One of its own numbers is no further from their mean than the square root of their squared deviations' sum:
// sum of squares less square of sum cancels no more bits than the count has, of the 53 of a double. So neither a large mean nor an odd first row harms.
extern "C" __global__ void __launch_bounds__(SUMMING, 2)
bn_statistics(const float* __restrict__ x, int rows, int columns, int chunk, int splits, double* parts, unsigned* counters, float epsilon,
              float momentum, float* __restrict__ mean, float* __restrict__ inverse, float* __restrict__ runningMean,
              float* __restrict__ runningVariance) {
    __shared__ __align__(16) double shared[4 * SUMMING];
    __shared__ double warps[2][SUMMING];
    __shared__ bool last;
    const Strip strip = stripOfThread(rows, columns, chunk);
    const int width = 4 * blockDim.x;
    const int thread = threadOfBlock();
    // The one column this thread finishes.
    const int column = strip.group * width + thread % width;
    const bool inside = column < columns;
    const long long first = static_cast<long long>(strip.part) * chunk;
    // Its origin, read while the rows are: at the end it would be waited for.
    const float start = thread < width && inside && first < rows ? x[first * columns + column] : 0.0f;
    float origin[4] = {0.0f, 0.0f, 0.0f, 0.0f}, centre[4] = {0.0f, 0.0f, 0.0f, 0.0f}, squares[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (strip.rows > 0) {
        const float* row = x + first * columns + strip.column;
        if (columns % 4 == 0 && aligned(x)) {
            loadColumn<true>(row, 4, origin);
            moments<true>(x, strip, origin, centre, squares);
        } else {
            loadColumn<false>(row, strip.inside, origin);
            moments<false>(x, strip, origin, centre, squares);
        }
    }
    double raw[2][4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
        raw[0][k] = static_cast<double>(centre[k]) * strip.rows;
        raw[1][k] = squares[k] + raw[0][k] * centre[k];
    }
    double sums[2];
    sumOverRows(raw, shared, warps, sums);
    if (thread < width && inside) {
        const double n = first + chunk < rows ? chunk : static_cast<double>(rows - first);
        parts[2ll * strip.part * columns + column] = start + sums[0] / n;
        parts[(2ll * strip.part + 1) * columns + column] = sums[1] - sums[0] * sums[0] / n;
    }
    if (counters == nullptr || !lastToCome(counters + strip.group, splits, last)) {
        return;
    }
    const Moments all = momentsOfParts(parts, rows, columns, chunk, splits, column, warps);
    if (thread < width && inside) {
        keep(all, rows, column, epsilon, momentum, mean, inverse, runningMean, runningVariance);
    }
}

namespace {

/// Not v * factor + (shift - centre * factor), which cancels where the mean is large.
__device__ __forceinline__ float normalized(float v, float centre, float factor, float shift, float residual, int relu) {
    const float out = (v - centre) * factor + shift + residual;
    return relu && out < 0.0f ? 0.0f : out;
}

/// What bn_apply and bn_inference share; the second has variances for deviations.
template <bool INVERTED, bool VECTOR>
__device__ __forceinline__ void normalize(const float* x, const float* residual, float* y, const Strip& strip, const float* __restrict__ mean,
                                          const float* __restrict__ deviation, float epsilon, const float* __restrict__ gamma,
                                          const float* __restrict__ beta, int relu) {
    float v[APPLIED][4], r[APPLIED][4] = {}, centre[4], scale[4], factor[4], shift[4];
    loadRows<VECTOR>(x + strip.at, strip, strip.rows, v);
    if (residual != nullptr) {
        loadRows<VECTOR>(residual + strip.at, strip, strip.rows, r);
    }
    loadColumn<VECTOR>(mean + strip.column, strip.inside, centre);
    loadColumn<VECTOR>(deviation + strip.column, strip.inside, scale);
    loadColumn<VECTOR>(gamma + strip.column, strip.inside, factor);
    loadColumn<VECTOR>(beta + strip.column, strip.inside, shift);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        factor[k] *= INVERTED ? scale[k] : 1.0f / sqrtf(scale[k] + epsilon);
    }
#pragma unroll
    for (int i = 0; i < APPLIED; i++) {
        if (i < strip.rows) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                v[i][k] = normalized(v[i][k], centre[k], factor[k], shift[k], r[i][k], relu);
            }
            storeColumn<VECTOR>(y + strip.at + i * strip.step, strip.inside, v[i]);
        }
    }
}

template <bool INVERTED>
__device__ __forceinline__ void normalize(const float* x, const float* residual, float* y, int rows, int columns, const float* __restrict__ mean,
                                          const float* __restrict__ deviation, float epsilon, const float* __restrict__ gamma,
                                          const float* __restrict__ beta, int relu) {
    const Strip strip = stripOfThread(rows, columns, APPLIED * blockDim.y);
    if (strip.rows == 0) {
        return;
    }
    if (columns % 4 == 0 && aligned(x) && aligned(residual) && aligned(y) && aligned(mean) && aligned(deviation) && aligned(gamma)
            && aligned(beta)) {
        normalize<INVERTED, true>(x, residual, y, strip, mean, deviation, epsilon, gamma, beta, relu);
    } else {
        normalize<INVERTED, false>(x, residual, y, strip, mean, deviation, epsilon, gamma, beta, relu);
    }
}

}  // namespace

// y may be x.
extern "C" __global__ void bn_apply(const float* x, const float* residual, float* y, int rows, int columns, const float* __restrict__ mean,
                                    const float* __restrict__ inverse, const float* __restrict__ gamma, const float* __restrict__ beta,
                                    int relu) {
    normalize<true>(x, residual, y, rows, columns, mean, inverse, 0.0f, gamma, beta, relu);
}

// y may be x.
extern "C" __global__ void bn_inference(const float* x, const float* residual, float* y, int rows, int columns,
                                        const float* __restrict__ mean, const float* __restrict__ variance, float epsilon,
                                        const float* __restrict__ gamma, const float* __restrict__ beta, int relu) {
    normalize<false>(x, residual, y, rows, columns, mean, variance, epsilon, gamma, beta, relu);
}

namespace {

/// What the columns of a group have in common with all threads of a block.
typedef float GroupColumns[32];

template <bool VECTOR>
__device__ __forceinline__ void applyParts(const float* x, const float* residual, float* y, int rows, int columns, int chunk, int splits,
                                           const double* parts, float epsilon, float momentum, float* __restrict__ mean,
                                           float* __restrict__ inverse, float* __restrict__ runningMean, float* __restrict__ runningVariance,
                                           const float* __restrict__ gamma, const float* __restrict__ beta, int relu,
                                           double (&warps)[2][SUMMING], GroupColumns& centres, GroupColumns& scales) {
    const Strip strip = stripOfThread(rows, columns, chunk);
    float v[HELD][4], r[HELD][4] = {}, factor[4], shift[4];
    loadOwnRows<VECTOR>(x + strip.at, strip, strip.rows, v);
    if (residual != nullptr) {
        loadOwnRows<VECTOR>(residual + strip.at, strip, strip.rows, r);
    }
    loadQuad(gamma + strip.column, VECTOR && strip.inside > 0, strip.inside, factor);
    loadQuad(beta + strip.column, VECTOR && strip.inside > 0, strip.inside, shift);
    const int thread = threadOfBlock();
    const int width = 4 * blockDim.x;
    const int column = strip.group * width + thread % width;
    const Moments all = momentsOfParts(parts, rows, columns, chunk, splits, column, warps);
    if (thread < width && column < columns) {
        centres[thread] = static_cast<float>(all.mean);
        scales[thread] = all.inverseDeviation(rows, epsilon);
        // Registers are short: the thread's own place among those it has just added.
        warps[0][thread] = all.mean;
        warps[1][thread] = all.squares;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < 4; k++) {
        factor[k] *= scales[4 * threadIdx.x + k];
    }
#pragma unroll
    for (int i = 0; i < HELD; i++) {
        if (i < strip.rows) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                v[i][k] = normalized(v[i][k], centres[4 * threadIdx.x + k], factor[k], shift[k], r[i][k], relu);
            }
            storeColumn<VECTOR>(y + strip.at + i * strip.step, strip.inside, v[i]);
        }
    }
    // Last, since it waits for the averages.
    if (strip.part == 0 && thread < width && column < columns) {
        keep({warps[0][thread], warps[1][thread]}, rows, column, epsilon, momentum, mean, inverse, runningMean, runningVariance);
    }
}

}  // namespace

// y may be x. Rows of at most HELD passes; a block of the first part keeps what its columns' moments are.
extern "C" __global__ void __launch_bounds__(SUMMING)
bn_apply_parts(const float* x, const float* residual, float* y, int rows, int columns, int chunk, int splits, const double* __restrict__ parts,
               float epsilon, float momentum, float* __restrict__ mean, float* __restrict__ inverse, float* __restrict__ runningMean,
               float* __restrict__ runningVariance, const float* __restrict__ gamma, const float* __restrict__ beta, int relu) {
    __shared__ double warps[2][SUMMING];
    __shared__ GroupColumns centres, scales;
    if (columns % 4 == 0 && aligned(x) && aligned(residual) && aligned(y) && aligned(gamma) && aligned(beta)) {
        applyParts<true>(x, residual, y, rows, columns, chunk, splits, parts, epsilon, momentum, mean, inverse, runningMean, runningVariance, gamma,
                         beta, relu, warps, centres, scales);
    } else {
        applyParts<false>(x, residual, y, rows, columns, chunk, splits, parts, epsilon, momentum, mean, inverse, runningMean, runningVariance, gamma,
                          beta, relu, warps, centres, scales);
    }
}

namespace {

/// Sums of g and of g (x - mean) over a strip; y null for no mask.
template <bool VECTOR>
__device__ __forceinline__ void gradientSums(const float* __restrict__ x, const float* __restrict__ y, const float* __restrict__ dy,
                                             const float* __restrict__ mean, const Strip& strip, float (&sums)[2][4]) {
    float centre[4];
    loadColumn<VECTOR>(mean + strip.column, strip.inside, centre);
    long long at = strip.at;
    for (int done = 0; done < strip.rows; done += SUM_RUN) {
        const int count = min(SUM_RUN, strip.rows - done);
        float v[SUM_RUN][4], g[SUM_RUN][4], out[SUM_RUN][4];
        loadRows<VECTOR>(x + at, strip, count, v);
        loadRows<VECTOR>(dy + at, strip, count, g);
        if (y != nullptr) {
            loadRows<VECTOR>(y + at, strip, count, out);
        }
        at += SUM_RUN * strip.step;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            float sum = 0.0f, product = 0.0f;
#pragma unroll
            for (int r = 0; r < SUM_RUN; r++) {
                const float own = r < count && (y == nullptr || out[r][k] > 0.0f) ? g[r][k] : 0.0f;
                sum += own;
                product += own * (v[r][k] - centre[k]);
            }
            sums[0][k] += sum;
            sums[1][k] += product;
        }
    }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(SUMMING, 2)
bn_gradient_sums(const float* __restrict__ x, const float* __restrict__ y, const float* __restrict__ dy, int rows, int columns, int chunk,
                 int splits, double* parts, unsigned* counters, const float* __restrict__ mean, const float* __restrict__ inverse,
                 float* __restrict__ dgamma, float* __restrict__ dbeta) {
    __shared__ __align__(16) float shared[4 * SUMMING];
    __shared__ double warps[2][SUMMING];
    __shared__ bool last;
    const Strip strip = stripOfThread(rows, columns, chunk);
    float sums[2][4] = {};
    if (strip.rows > 0) {
        if (columns % 4 == 0 && aligned(x) && aligned(y) && aligned(dy) && aligned(mean)) {
            gradientSums<true>(x, y, dy, mean, strip, sums);
        } else {
            gradientSums<false>(x, y, dy, mean, strip, sums);
        }
    }
    const int thread = threadOfBlock();
    const int width = 4 * blockDim.x;
    const int column = strip.group * width + thread % width;
    const bool inside = column < columns;
    double all[2];
    sumOverRows(sums, shared, warps, all);
    if (thread < width && inside) {
        parts[2ll * strip.part * columns + column] = all[0];
        parts[(2ll * strip.part + 1) * columns + column] = all[1];
    }
    if (counters == nullptr || !lastToCome(counters + strip.group, splits, last)) {
        return;
    }
    sumOverParts(parts, splits, columns, column, warps, all);
    if (thread < width && inside) {
        dbeta[column] = static_cast<float>(all[0]);
        dgamma[column] = static_cast<float>(all[1] * inverse[column]);
    }
}

namespace {

/// dx = factor * (g - sum - (x - centre) * slope) for four columns.
struct GradientColumns {
    float centre[4];
    float factor[4];
    float slope[4];
    float sum[4];

    /// From what the tensors of these names hold.
    __device__ __forceinline__ void of(const float (&mean)[4], const float (&inverse)[4], const float (&gamma)[4], const float (&dgamma)[4],
                                       const float (&dbeta)[4], int rows) {
        const float share = 1.0f / static_cast<float>(rows);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            centre[k] = mean[k];
            factor[k] = gamma[k] * inverse[k];
            slope[k] = dgamma[k] * share * inverse[k];
            sum[k] = dbeta[k] * share;
        }
    }
};

/// The tensors of a gradient, y null for no mask; dx may be dy. Without dresidual nothing is accumulated.
struct GradientTensors {
    const float* x;
    const float* y;
    const float* dy;
    float* dx;
    float* dresidual;
    bool accumulate;

    __device__ __forceinline__ bool areAligned() const {
        return aligned(x) && aligned(y) && aligned(dy) && aligned(dx) && aligned(dresidual);
    }
};

/// Rows of a strip from their loads to their stores.
template <bool VECTOR, int ROWS>
struct GradientRows {
    float v[ROWS][4];
    float g[ROWS][4];
    float out[ROWS][4];
    float old[ROWS][4];

    __device__ __forceinline__ void load(const GradientTensors& t, const Strip& strip, int from) {
        const long long at = strip.at + from * strip.step;
        const int count = strip.rows - from;
        loadOwnRows<VECTOR>(t.x + at, strip, count, v);
        loadOwnRows<VECTOR>(t.dy + at, strip, count, g);
        if (t.y != nullptr) {
            loadOwnRows<VECTOR>(t.y + at, strip, count, out);
        }
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            old[i][0] = old[i][1] = old[i][2] = old[i][3] = 0.0f;
        }
        if (t.accumulate) {
            loadOwnRows<VECTOR>(t.dresidual + at, strip, count, old);
        }
    }

    __device__ __forceinline__ void store(const GradientTensors& t, const Strip& strip, int from, const GradientColumns& c) {
#pragma unroll
        for (int i = 0; i < ROWS; i++) {
            if (from + i < strip.rows) {
                const long long at = strip.at + (from + i) * strip.step;
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    g[i][k] = t.y == nullptr || out[i][k] > 0.0f ? g[i][k] : 0.0f;
                    v[i][k] = c.factor[k] * (g[i][k] - c.sum[k] - (v[i][k] - c.centre[k]) * c.slope[k]);
                    g[i][k] += old[i][k];
                }
                storeColumn<VECTOR>(t.dx + at, strip.inside, v[i]);
                if (t.dresidual != nullptr) {
                    storeColumn<VECTOR>(t.dresidual + at, strip.inside, g[i]);
                }
            }
        }
    }
};

template <bool VECTOR>
__device__ __forceinline__ void gradient(const GradientTensors& t, int rows, const Strip& strip, const float* __restrict__ mean,
                                         const float* __restrict__ inverse, const float* __restrict__ gamma, const float* __restrict__ dgamma,
                                         const float* __restrict__ dbeta) {
    GradientRows<VECTOR, GRADIENT> own;
    own.load(t, strip, 0);
    float centre[4], scale[4], factor[4], slope[4], sum[4];
    loadColumn<VECTOR>(mean + strip.column, strip.inside, centre);
    loadColumn<VECTOR>(inverse + strip.column, strip.inside, scale);
    loadColumn<VECTOR>(gamma + strip.column, strip.inside, factor);
    loadColumn<VECTOR>(dgamma + strip.column, strip.inside, slope);
    loadColumn<VECTOR>(dbeta + strip.column, strip.inside, sum);
    GradientColumns c;
    c.of(centre, scale, factor, slope, sum, rows);
    own.store(t, strip, 0, c);
}

}  // namespace

extern "C" __global__ void bn_gradient(const float* x, const float* y, const float* dy, float* dx, float* dresidual, int accumulate, int rows,
                                       int columns, const float* __restrict__ mean, const float* __restrict__ inverse,
                                       const float* __restrict__ gamma, const float* __restrict__ dgamma, const float* __restrict__ dbeta) {
    const Strip strip = stripOfThread(rows, columns, GRADIENT * blockDim.y);
    if (strip.rows == 0) {
        return;
    }
    const GradientTensors t = {x, y, dy, dx, dresidual, accumulate && dresidual != nullptr};
    if (columns % 4 == 0 && t.areAligned() && aligned(mean) && aligned(inverse) && aligned(gamma) && aligned(dgamma) && aligned(dbeta)) {
        gradient<true>(t, rows, strip, mean, inverse, gamma, dgamma, dbeta);
    } else {
        gradient<false>(t, rows, strip, mean, inverse, gamma, dgamma, dbeta);
    }
}

namespace {

template <bool VECTOR>
__device__ __forceinline__ void gradientParts(const GradientTensors& t, int rows, int columns, int chunk, int splits, const double* parts,
                                              const float* __restrict__ mean, const float* __restrict__ inverse,
                                              const float* __restrict__ gamma, float* __restrict__ dgamma, float* __restrict__ dbeta,
                                              double (&warps)[2][SUMMING], GroupColumns& products, GroupColumns& sums) {
    const Strip strip = stripOfThread(rows, columns, chunk);
    GradientRows<VECTOR, GRADIENT_HELD> own;
    own.load(t, strip, 0);
    const bool vector = VECTOR && strip.inside > 0;
    float centre[4], scale[4], factor[4];
    loadQuad(mean + strip.column, vector, strip.inside, centre);
    loadQuad(inverse + strip.column, vector, strip.inside, scale);
    loadQuad(gamma + strip.column, vector, strip.inside, factor);
    const int thread = threadOfBlock();
    const int width = 4 * blockDim.x;
    const int column = strip.group * width + thread % width;
    double all[2];
    sumOverParts(parts, splits, columns, column, warps, all);
    if (thread < width && column < columns) {
        sums[thread] = static_cast<float>(all[0]);
        products[thread] = static_cast<float>(all[1]);
    }
    __syncthreads();
    float slope[4], sum[4];
#pragma unroll
    for (int k = 0; k < 4; k++) {
        slope[k] = products[4 * threadIdx.x + k] * scale[k];
        sum[k] = sums[4 * threadIdx.x + k];
    }
    if (strip.part == 0 && threadIdx.y == 0) {
        storeQuad(dgamma + strip.column, vector, strip.inside, slope);
        storeQuad(dbeta + strip.column, vector, strip.inside, sum);
    }
    GradientColumns c;
    c.of(centre, scale, factor, slope, sum, rows);
    own.store(t, strip, 0, c);
#pragma unroll 1
    for (int from = GRADIENT_HELD; from < strip.rows; from += GRADIENT_HELD) {
        own.load(t, strip, from);
        own.store(t, strip, from, c);
    }
}

}  // namespace

// A block of the first part keeps what its columns' sums are.
extern "C" __global__ void __launch_bounds__(SUMMING)
bn_gradient_parts(const float* x, const float* y, const float* dy, float* dx, float* dresidual, int accumulate, int rows, int columns, int chunk,
                  int splits, const double* __restrict__ parts, const float* __restrict__ mean, const float* __restrict__ inverse,
                  const float* __restrict__ gamma, float* __restrict__ dgamma, float* __restrict__ dbeta) {
    __shared__ double warps[2][SUMMING];
    __shared__ GroupColumns products, sums;
    const GradientTensors t = {x, y, dy, dx, dresidual, accumulate && dresidual != nullptr};
    if (columns % 4 == 0 && t.areAligned() && aligned(mean) && aligned(inverse) && aligned(gamma) && aligned(dgamma) && aligned(dbeta)) {
        gradientParts<true>(t, rows, columns, chunk, splits, parts, mean, inverse, gamma, dgamma, dbeta, warps, products, sums);
    } else {
        gradientParts<false>(t, rows, columns, chunk, splits, parts, mean, inverse, gamma, dgamma, dbeta, warps, products, sums);
    }
}

extern "C" __global__ void bn_fold(const float* __restrict__ w, float* __restrict__ folded, float* __restrict__ bias, long long n,
                                   int columns, unsigned reciprocal, const float* __restrict__ mean,
                                   const float* __restrict__ variance, float epsilon, const float* __restrict__ gamma,
                                   const float* __restrict__ beta) {
    const Divider row = {columns, reciprocal};
    const long long stride = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride) {
        int column;
        row.quotient(static_cast<int>(i), column);
        const float scale = gamma[column] / sqrtf(variance[column] + epsilon);
        folded[i] = w[i] * scale;
        if (i < columns) {
            bias[column] = beta[column] - mean[column] * scale;
        }
    }
}

namespace {

/// Sums of dy over a strip, masked in place where y is not null.
template <bool VECTOR>
__device__ __forceinline__ void biasSums(const float* __restrict__ y, float* __restrict__ dy, const Strip& strip, float (&sums)[1][4]) {
    long long at = strip.at;
    for (int done = 0; done < strip.rows; done += BIAS_RUN) {
        const int count = min(BIAS_RUN, strip.rows - done);
        float g[BIAS_RUN][4], out[BIAS_RUN][4];
        loadRows<VECTOR>(dy + at, strip, count, g);
        if (y != nullptr) {
            loadRows<VECTOR>(y + at, strip, count, out);
#pragma unroll
            for (int r = 0; r < BIAS_RUN; r++) {
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    g[r][k] = out[r][k] > 0.0f ? g[r][k] : 0.0f;
                }
                if (r < count) {
                    storeColumn<VECTOR>(dy + at + r * strip.step, strip.inside, g[r]);
                }
            }
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            float sum = 0.0f;
#pragma unroll
            for (int r = 0; r < BIAS_RUN; r++) {
                sum += r < count ? g[r][k] : 0.0f;
            }
            sums[0][k] += sum;
        }
        at += BIAS_RUN * strip.step;
    }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(SUMMING, 2)
bias_gradient(const float* __restrict__ y, float* __restrict__ dy, int rows, int columns, int chunk, int splits, double* parts,
              unsigned* counters, float* __restrict__ dbias) {
    __shared__ __align__(16) float shared[4 * SUMMING];
    __shared__ double warps[1][SUMMING];
    __shared__ bool last;
    const Strip strip = stripOfThread(rows, columns, chunk);
    float sums[1][4] = {};
    if (strip.rows > 0) {
        if (columns % 4 == 0 && aligned(y) && aligned(dy)) {
            biasSums<true>(y, dy, strip, sums);
        } else {
            biasSums<false>(y, dy, strip, sums);
        }
    }
    const int thread = threadOfBlock();
    const int width = 4 * blockDim.x;
    const int column = strip.group * width + thread % width;
    const bool inside = column < columns;
    double all[1];
    sumOverRows(sums, shared, warps, all);
    if (thread < width && inside) {
        parts[static_cast<long long>(strip.part) * columns + column] = all[0];
    }
    if (!lastToCome(counters + strip.group, splits, last)) {
        return;
    }
    sumOverParts(parts, splits, columns, column, warps, all);
    if (thread < width && inside) {
        dbias[column] = static_cast<float>(all[0]);
    }
}
