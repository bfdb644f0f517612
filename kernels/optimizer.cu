// One optimiser step over all parameters at once: they lie in one array. Rates are read from memory, so that a recorded step can be
// replayed with others. Launch: 256 threads, ceil(n / 1024) blocks.
// nvcc -ptx -arch=compute_75 optimizer.cu
//
//   sgd_step    g' = g + decay w; v = momentum v + g'; w -= rate (nesterov ? g' + momentum v : v)                      20n bytes, 6n FLOPs
//   adamw_step  m = b1 m + (1 - b1) g; s = b2 s + (1 - b2) g^2; w -= rate decay w;
//               w -= rate (m / c1) / (sqrt(s / c2) + epsilon)                                                          28n bytes, 15n FLOPs
#include "lanes.cuh"

extern "C" __global__ void sgd_step(const float* __restrict__ rate, float momentum, float decay, int nesterov, float* __restrict__ w,
                                    const float* __restrict__ g, float* __restrict__ v, long long n) {
    const bool vector = aligned(w) && aligned(g) && aligned(v);
    const float r = *rate;
    float weight[4], slope[4], velocity[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(w + i, vector, n - i, weight);
        loadQuad(g + i, vector, n - i, slope);
        loadQuad(v + i, vector, n - i, velocity);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            slope[k] += decay * weight[k];
            velocity[k] = momentum * velocity[k] + slope[k];
            weight[k] -= r * (nesterov ? slope[k] + momentum * velocity[k] : velocity[k]);
        }
        storeQuad(v + i, vector, n - i, velocity);
        storeQuad(w + i, vector, n - i, weight);
    }
}

// rates: the rate, c1 = 1 - b1^step, c2 = 1 - b2^step.
extern "C" __global__ void adamw_step(const float* __restrict__ rates, float beta1, float beta2, float epsilon, float decay,
                                      float* __restrict__ w, const float* __restrict__ g, float* __restrict__ m, float* __restrict__ s,
                                      long long n) {
    const bool vector = aligned(w) && aligned(g) && aligned(m) && aligned(s);
    const float rate = rates[0], c1 = rates[1], c2 = rates[2];
    float weight[4], slope[4], mean[4], square[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(w + i, vector, n - i, weight);
        loadQuad(g + i, vector, n - i, slope);
        loadQuad(m + i, vector, n - i, mean);
        loadQuad(s + i, vector, n - i, square);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            mean[k] = beta1 * mean[k] + (1.0f - beta1) * slope[k];
            square[k] = beta2 * square[k] + (1.0f - beta2) * slope[k] * slope[k];
            const float decayed = weight[k] - rate * decay * weight[k];
            weight[k] = decayed - rate * (mean[k] / c1) / (sqrtf(square[k] / c2) + epsilon);
        }
        storeQuad(m + i, vector, n - i, mean);
        storeQuad(s + i, vector, n - i, square);
        storeQuad(w + i, vector, n - i, weight);
    }
}
