// Losses over the rows of a [rows, columns] matrix and their gradients: one warp a row, each lane adds columns lane, lane + 32, .. in double
// and the warp joins the lanes in a fixed butterfly. Bound by memory; a row is read again from the L1 cache.
// Launch: 128 threads (four rows a block), ceil(rows / 4) blocks. Bytes for n = rows * columns:
//
//   normalize_rows           y = x / |x|, norms = |x|                                                    8n
//   normalize_rows_backward  dx = (dy - y <y, dy>) / |x|                                                12n
//   cosine_loss              loss = s (1 - cos)^2, df = -2 s (1 - cos) (p - cos f / |f|) / |f|          12n
//   dot_regression_loss      e = <f, m> - |f||m|, loss = s e^2 / (2 |f|), df = s e m / |f|              12n
//   softmax_cross_entropy    loss = -s sum_k t_k log q_k, dlogits = s (q - t)                            8n
//
// |f| and |x| are held at 1e-12 at least. nvcc -ptx -arch=compute_75 losses.cu
#include "lanes.cuh"

namespace {

/// The row of this warp; all lanes of a warp share it, so that a warp past the end leaves whole.
__device__ __forceinline__ long long rowOfWarp() {
    return static_cast<long long>(blockIdx.x) * (blockDim.x >> 5) + (threadIdx.x >> 5);
}

__device__ __forceinline__ int lane() {
    return threadIdx.x & 31;
}

/// <a, b>, the same in every lane.
__device__ __forceinline__ double dot(const float* a, const float* b, int columns) {
    double sum = 0.0;
    for (int j = lane(); j < columns; j += 32) {
        sum += static_cast<double>(a[j]) * b[j];
    }
    return warpSum(sum);
}

__device__ __forceinline__ double norm(const float* a, int columns) {
    return fmax(sqrt(dot(a, a, columns)), 1e-12);
}

}  // namespace

// y may be x.
extern "C" __global__ void normalize_rows(const float* x, float* y, float* __restrict__ norms, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const float* in = x + row * columns;
    const double length = norm(in, columns);
    if (lane() == 0) {
        norms[row] = static_cast<float>(length);
    }
    for (int j = lane(); j < columns; j += 32) {
        y[row * columns + j] = static_cast<float>(in[j] / length);
    }
}

// dx may be dy.
extern "C" __global__ void normalize_rows_backward(const float* __restrict__ y, const float* __restrict__ norms, const float* dy, float* dx,
                                                   int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const float* unit = y + row * columns;
    const float* g = dy + row * columns;
    const double along = dot(unit, g, columns);
    const double share = 1.0 / norms[row];
    for (int j = lane(); j < columns; j += 32) {
        dx[row * columns + j] = static_cast<float>((g[j] - unit[j] * along) * share);
    }
}

extern "C" __global__ void cosine_loss(const float* __restrict__ f, const float* __restrict__ prototypes, const int* __restrict__ labels,
                                       float scale, float* __restrict__ losses, float* __restrict__ df, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const float* z = f + row * columns;
    const float* p = prototypes + static_cast<long long>(labels[row]) * columns;
    const double length = norm(z, columns);
    const double cosine = dot(z, p, columns) / length;
    const double factor = -2.0 * scale * (1.0 - cosine) / length;
    const double along = factor * cosine / length;
    for (int j = lane(); j < columns; j += 32) {
        df[row * columns + j] = static_cast<float>(factor * p[j] - along * z[j]);
    }
    if (lane() == 0) {
        losses[row] = static_cast<float>(scale * (1.0 - cosine) * (1.0 - cosine));
    }
}

extern "C" __global__ void dot_regression_loss(const float* __restrict__ f, const float* __restrict__ targets,
                                               const int* __restrict__ labels, float scale, float* __restrict__ losses,
                                               float* __restrict__ df, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const float* z = f + row * columns;
    const float* m = targets + static_cast<long long>(labels[row]) * columns;
    const double length = norm(z, columns);
    const double error = dot(z, m, columns) - length * sqrt(dot(m, m, columns));
    const double factor = scale * error / length;
    for (int j = lane(); j < columns; j += 32) {
        df[row * columns + j] = static_cast<float>(factor * m[j]);
    }
    if (lane() == 0) {
        losses[row] = static_cast<float>(scale * error * error / (2.0 * length));
    }
}

// With l = logits + prior, M = max l, Z = sum exp(l - M): log q_k = l_k - M - log Z. dlogits may be logits: every lane reads the
// elements it writes, and writes only after all sums are taken.
extern "C" __global__ void softmax_cross_entropy(const float* logits, const float* __restrict__ prior, const int* __restrict__ labels,
                                                 float smoothing, float scale, float* __restrict__ losses, float* dlogits, int rows,
                                                 int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const float* in = logits + row * columns;
    const int label = labels[row];
    float most = -infinity();
    for (int k = lane(); k < columns; k += 32) {
        most = fmaxf(most, in[k] + (prior == nullptr ? 0.0f : prior[k]));
    }
    most = warpMax(most);
    const double base = smoothing / columns;
    double total = 0.0;
    double expected = 0.0;
    for (int k = lane(); k < columns; k += 32) {
        const float away = in[k] + (prior == nullptr ? 0.0f : prior[k]) - most;
        total += expf(away);
        // A zero target leaves its term out, as 0 * log 0 = 0, even where the prior is minus infinity.
        const double target = base + (k == label ? 1.0 - smoothing : 0.0);
        expected += target == 0.0 ? 0.0 : target * away;
    }
    total = warpSum(total);
    expected = warpSum(expected);
    const float share = static_cast<float>(1.0 / total);
    for (int k = lane(); k < columns; k += 32) {
        const float q = expf(in[k] + (prior == nullptr ? 0.0f : prior[k]) - most) * share;
        const float target = static_cast<float>(base + (k == label ? 1.0 - smoothing : 0.0));
        dlogits[row * columns + k] = scale * (q - target);
    }
    if (lane() == 0) {
        losses[row] = static_cast<float>(scale * (log(total) - expected));
    }
}
