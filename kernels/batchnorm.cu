// Batch normalisation over the rows of [rows, columns], with ReLU and the residual sum fused (Ioffe and Szegedy 2015), and the column sums
// of a bias gradient, which are taken in the same way. Sums: see columns.cuh. All bound by memory; n = rows * columns.
// nvcc -ptx -arch=compute_75 batchnorm.cu
//
//   bn_statistics      parts[s] = mean and sum of squared deviations of the rows of part s        4n bytes, one pass (Welford)
//   bn_finish          mean, 1 / sqrt(variance + epsilon), running averages                       16 * splits * columns bytes
//   bn_apply           y = act((x - mean) * inverse * gamma + beta + residual)                    8n bytes (12n with residual)
//   bn_gradient_sums   parts[s] = sum g, sum g * xh, with g = dy masked by y > 0                  8n bytes (12n with ReLU)
//   bn_gradient_finish dbeta, dgamma
//   bn_gradient        dx = gamma * inverse * (g - dbeta / rows - xh * dgamma / rows); dresidual (+)= g   12n to 24n bytes
//   bn_inference       y = act((x - runningMean) / sqrt(runningVariance + epsilon) * gamma + beta + residual)   8n (12n)
//   bn_fold            folded = w * s, bias = beta - runningMean * s, s = gamma / sqrt(runningVariance + epsilon)   8n
//   bias_gradient      masks dy by y > 0 in place, parts[s] = sum dy                              4n (12n with ReLU)
//   bias_finish        dbias
//
// Launch of bn_apply, bn_gradient, bn_inference, bn_fold: 256 threads, ceil(n / 1024) blocks.
#include "columns.cuh"
#include "lanes.cuh"

extern "C" __global__ void bn_statistics(const float* __restrict__ x, int rows, int columns, int chunk, double* __restrict__ parts) {
    __shared__ double means[256];
    __shared__ double squares[256];
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const RowRange range = rowsOfBlock(rows, chunk);
    // Welford: mean += (x - mean) / count; m2 += (x - old mean) * (x - new mean), of x less the thread's first value: neither a large
    // mean nor an odd first value cancels.
    float origin = 0.0f;
    float mean = 0.0f;
    float m2 = 0.0f;
    int count = 0;
    if (column < columns && range.first + threadIdx.y < range.last) {
        origin = x[(range.first + threadIdx.y) * columns + column];
        for (long long r = range.first + threadIdx.y; r < range.last; r += blockDim.y) {
            const float v = x[r * columns + column] - origin;
            count++;
            const float away = v - mean;
            mean += away / static_cast<float>(count);
            m2 += away * (v - mean);
        }
    }
    const int own = threadIdx.y * blockDim.x + threadIdx.x;
    means[own] = static_cast<double>(origin) + mean;
    squares[own] = m2;
    __syncthreads();
    if (threadIdx.y == 0 && column < columns) {
        // Chan, Golub and LeVeque 1983: two sets' deviations join with delta^2 * na * nb / (na + nb).
        double total = 0.0, joined = 0.0, deviations = 0.0;
        for (unsigned y = 0; y < blockDim.y; y++) {
            const long long left = range.last - range.first - y;
            const double n = left <= 0 ? 0.0 : static_cast<double>((left + blockDim.y - 1) / blockDim.y);
            if (n > 0.0) {
                const double delta = means[y * blockDim.x + threadIdx.x] - joined;
                deviations += squares[y * blockDim.x + threadIdx.x] + delta * delta * total * n / (total + n);
                joined += delta * n / (total + n);
                total += n;
            }
        }
        parts[2ll * blockIdx.y * columns + column] = joined;
        parts[(2ll * blockIdx.y + 1) * columns + column] = deviations;
    }
}

// Blocks of (32, 8) for 32 columns. The mean of all rows first, then the deviations around it: sum of (m2 + n (mean - total)^2).
extern "C" __global__ void bn_finish(const double* __restrict__ parts, int splits, int rows, int columns, int chunk, float epsilon,
                                     float momentum, float* __restrict__ mean, float* __restrict__ inverse,
                                     float* __restrict__ runningMean, float* __restrict__ runningVariance) {
    __shared__ double scratch[256];
    __shared__ double shared[32];
    const int column = blockIdx.x * 32 + threadIdx.x;
    const bool inside = column < columns;
    double sum = 0.0;
    for (int s = threadIdx.y; inside && s < splits; s += blockDim.y) {
        const int left = rows - s * chunk;
        sum += parts[2ll * s * columns + column] * (left < chunk ? left : chunk);
    }
    sum = sumOverY(sum, scratch);
    if (threadIdx.y == 0) {
        shared[threadIdx.x] = sum / rows;
    }
    __syncthreads();
    const double average = shared[threadIdx.x];
    double deviations = 0.0;
    for (int s = threadIdx.y; inside && s < splits; s += blockDim.y) {
        const int left = rows - s * chunk;
        const double delta = parts[2ll * s * columns + column] - average;
        deviations += parts[(2ll * s + 1) * columns + column] + delta * delta * (left < chunk ? left : chunk);
    }
    deviations = sumOverY(deviations, scratch);
    if (inside && threadIdx.y == 0) {
        mean[column] = static_cast<float>(average);
        inverse[column] = static_cast<float>(1.0 / sqrt(deviations / rows + epsilon));
        const double m = momentum;
        runningMean[column] = static_cast<float>((1.0 - m) * runningMean[column] + m * average);
        runningVariance[column] = static_cast<float>((1.0 - m) * runningVariance[column] + m * deviations / (rows - 1.0));
    }
}

namespace {

/// What bn_apply and bn_inference share; the second has variances for deviations.
template <bool INVERTED>
__device__ __forceinline__ void normalize(const float* x, const float* residual, float* y, long long n, const Divider& row,
                                          const float* __restrict__ mean, const float* __restrict__ deviation, float epsilon,
                                          const float* __restrict__ gamma, const float* __restrict__ beta, int relu) {
    const bool vector = row.divisor % 4 == 0 && aligned(x) && aligned(residual) && aligned(y) && aligned(mean) && aligned(deviation)
            && aligned(gamma) && aligned(beta);
    float v[4], r[4] = {0.0f, 0.0f, 0.0f, 0.0f}, centre[4], scale[4], factor[4], shift[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
        if (residual != nullptr) {
            loadQuad(residual + i, vector, n - i, r);
        }
        int column;
        row.quotient(static_cast<int>(i), column);
        loadColumns(mean, vector, column, row.divisor, centre);
        loadColumns(deviation, vector, column, row.divisor, scale);
        loadColumns(gamma, vector, column, row.divisor, factor);
        loadColumns(beta, vector, column, row.divisor, shift);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const float inverse = INVERTED ? scale[k] : 1.0f / sqrtf(scale[k] + epsilon);
            const float out = (v[k] - centre[k]) * (factor[k] * inverse) + shift[k] + r[k];
            v[k] = relu && out < 0.0f ? 0.0f : out;
        }
        storeQuad(y + i, vector, n - i, v);
    }
}

}  // namespace

// y may be x.
extern "C" __global__ void bn_apply(const float* x, const float* residual, float* y, long long n, int columns,
                                    unsigned reciprocal, const float* __restrict__ mean, const float* __restrict__ inverse,
                                    const float* __restrict__ gamma, const float* __restrict__ beta, int relu) {
    normalize<true>(x, residual, y, n, {columns, reciprocal}, mean, inverse, 0.0f, gamma, beta, relu);
}

// y may be x.
extern "C" __global__ void bn_inference(const float* x, const float* residual, float* y, long long n, int columns,
                                        unsigned reciprocal, const float* __restrict__ mean,
                                        const float* __restrict__ variance, float epsilon, const float* __restrict__ gamma,
                                        const float* __restrict__ beta, int relu) {
    normalize<false>(x, residual, y, n, {columns, reciprocal}, mean, variance, epsilon, gamma, beta, relu);
}

extern "C" __global__ void bn_gradient_sums(const float* __restrict__ x, const float* __restrict__ y, const float* __restrict__ dy,
                                            int rows, int columns, int chunk, const float* __restrict__ mean,
                                            const float* __restrict__ inverse, double* __restrict__ parts) {
    __shared__ double scratch[256];
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const RowRange range = rowsOfBlock(rows, chunk);
    float sum = 0.0f;
    float product = 0.0f;
    if (column < columns) {
        const float centre = mean[column];
        for (long long r = range.first + threadIdx.y; r < range.last; r += blockDim.y) {
            const long long i = r * columns + column;
            const float g = y == nullptr || y[i] > 0.0f ? dy[i] : 0.0f;
            sum += g;
            product += g * (x[i] - centre);
        }
    }
    const double allSum = sumOverY(sum, scratch);
    const double allProduct = sumOverY(product, scratch);
    if (threadIdx.y == 0 && column < columns) {
        parts[2ll * blockIdx.y * columns + column] = allSum;
        parts[(2ll * blockIdx.y + 1) * columns + column] = allProduct * inverse[column];
    }
}

extern "C" __global__ void bn_gradient_finish(const double* __restrict__ parts, int splits, int columns, float* __restrict__ dgamma,
                                              float* __restrict__ dbeta) {
    __shared__ double scratch[256];
    const int column = blockIdx.x * 32 + threadIdx.x;
    const bool inside = column < columns;
    const double sum = sumOfParts(parts, splits, 2ll * columns, column, inside, scratch);
    const double product = sumOfParts(parts + columns, splits, 2ll * columns, column, inside, scratch);
    if (inside && threadIdx.y == 0) {
        dbeta[column] = static_cast<float>(sum);
        dgamma[column] = static_cast<float>(product);
    }
}

// dx may be dy.
extern "C" __global__ void bn_gradient(const float* __restrict__ x, const float* __restrict__ y, const float* dy, float* dx,
                                       float* dresidual, int accumulate, long long n, int rows, int columns,
                                       unsigned reciprocal, const float* __restrict__ mean,
                                       const float* __restrict__ inverse, const float* __restrict__ gamma,
                                       const float* __restrict__ dgamma, const float* __restrict__ dbeta) {
    const bool vector = columns % 4 == 0 && aligned(x) && aligned(y) && aligned(dy) && aligned(dx) && aligned(dresidual) && aligned(mean)
            && aligned(inverse) && aligned(gamma) && aligned(dgamma) && aligned(dbeta);
    const Divider row = {columns, reciprocal};
    const float share = 1.0f / static_cast<float>(rows);
    float v[4], out[4] = {1.0f, 1.0f, 1.0f, 1.0f}, g[4], old[4], centre[4], scale[4], factor[4], slope[4], sum[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
        loadQuad(dy + i, vector, n - i, g);
        if (y != nullptr) {
            loadQuad(y + i, vector, n - i, out);
        }
        int column;
        row.quotient(static_cast<int>(i), column);
        loadColumns(mean, vector, column, columns, centre);
        loadColumns(inverse, vector, column, columns, scale);
        loadColumns(gamma, vector, column, columns, factor);
        loadColumns(dgamma, vector, column, columns, slope);
        loadColumns(dbeta, vector, column, columns, sum);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            g[k] = out[k] > 0.0f ? g[k] : 0.0f;
            const float normal = (v[k] - centre[k]) * scale[k];
            v[k] = factor[k] * scale[k] * (g[k] - share * (sum[k] + normal * slope[k]));
        }
        storeQuad(dx + i, vector, n - i, v);
        if (dresidual != nullptr) {
            if (accumulate) {
                loadQuad(dresidual + i, vector, n - i, old);
#pragma unroll
                for (int k = 0; k < 4; k++) {
                    g[k] += old[k];
                }
            }
            storeQuad(dresidual + i, vector, n - i, g);
        }
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

extern "C" __global__ void bias_gradient(const float* __restrict__ y, float* __restrict__ dy, int rows, int columns, int chunk,
                                         double* __restrict__ parts) {
    __shared__ double scratch[256];
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const RowRange range = rowsOfBlock(rows, chunk);
    float sum = 0.0f;
    if (column < columns) {
        for (long long r = range.first + threadIdx.y; r < range.last; r += blockDim.y) {
            const long long i = r * columns + column;
            float g = dy[i];
            if (y != nullptr && !(y[i] > 0.0f)) {
                g = 0.0f;
                dy[i] = g;
            }
            sum += g;
        }
    }
    const double all = sumOverY(sum, scratch);
    if (threadIdx.y == 0 && column < columns) {
        parts[static_cast<long long>(blockIdx.y) * columns + column] = all;
    }
}

extern "C" __global__ void bias_finish(const double* __restrict__ parts, int splits, int columns, float* __restrict__ dbias) {
    __shared__ double scratch[256];
    const int column = blockIdx.x * 32 + threadIdx.x;
    const bool inside = column < columns;
    const double sum = sumOfParts(parts, splits, columns, column, inside, scratch);
    if (inside && threadIdx.y == 0) {
        dbias[column] = static_cast<float>(sum);
    }
}
