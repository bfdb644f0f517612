// Operations on single elements, all bound by memory: a grid-stride loop over groups of four, one 16-byte access where the pointers allow.
// Launch: 256 threads a block, ceil(n / 1024) blocks (fewer do as well), no shared memory.
// nvcc -ptx -arch=compute_75 elementwise.cu
//
//   fill           x = value                     4n bytes
//   copy           y = x                         8n
//   add_scaled     y += alpha x                 12n bytes, 2n FLOPs
//   relu           y = max(x, 0)                 8n
//   relu_backward  dx (+)= y > 0 ? dy : 0       12n (16n)
//   add_bias       y = act(y + bias[column])     8n bytes, n FLOPs; NaN passes through act
//   gelu           y = x Phi(x)                  8n bytes, about 20n FLOPs (erfc)
//   gelu_backward  dx (+)= dy (Phi(x) + x phi(x))   12n (16n) bytes, about 40n FLOPs (erfc, exp)
//   scale_examples y (+)= factors[i / length] x  8n (12n) bytes, n (2n) FLOPs
#include "lanes.cuh"

extern "C" __global__ void fill(float* x, long long n, float value) {
    const bool vector = aligned(x);
    const float v[4] = {value, value, value, value};
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        storeQuad(x + i, vector, n - i, v);
    }
}

extern "C" __global__ void copy(const float* __restrict__ x, float* __restrict__ y, long long n) {
    const bool vector = aligned(x) && aligned(y);
    float v[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
        storeQuad(y + i, vector, n - i, v);
    }
}

extern "C" __global__ void add_scaled(float alpha, const float* __restrict__ x, float* __restrict__ y, long long n) {
    const bool vector = aligned(x) && aligned(y);
    float v[4], w[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
        loadQuad(y + i, vector, n - i, w);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            w[k] += alpha * v[k];
        }
        storeQuad(y + i, vector, n - i, w);
    }
}

// y may be x: no __restrict__.
extern "C" __global__ void relu(const float* x, float* y, long long n) {
    const bool vector = aligned(x) && aligned(y);
    float v[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] = v[k] < 0.0f ? 0.0f : v[k];
        }
        storeQuad(y + i, vector, n - i, v);
    }
}

// dx may be dy when it does not accumulate.
extern "C" __global__ void relu_backward(const float* __restrict__ y, const float* dy, float* dx, long long n, int accumulate) {
    const bool vector = aligned(y) && aligned(dy) && aligned(dx);
    float v[4], g[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(y + i, vector, n - i, v);
        loadQuad(dy + i, vector, n - i, g);
        if (accumulate) {
            loadQuad(dx + i, vector, n - i, old);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            g[k] = old[k] + (v[k] > 0.0f ? g[k] : 0.0f);
        }
        storeQuad(dx + i, vector, n - i, g);
    }
}

extern "C" __global__ void add_bias(float* __restrict__ y, const float* __restrict__ bias, long long n, int columns,
                                    unsigned reciprocal, int relu) {
    const bool vector = columns % 4 == 0 && aligned(y) && aligned(bias);
    const Divider row = {columns, reciprocal};
    float v[4], b[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(y + i, vector, n - i, v);
        int column;
        row.quotient(static_cast<int>(i), column);
        loadColumns(bias, vector, column, columns, b);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const float sum = v[k] + b[k];
            v[k] = relu && sum < 0.0f ? 0.0f : sum;
        }
        storeQuad(y + i, vector, n - i, v);
    }
}

namespace {

/// Phi(x); erfc keeps the small values at the lower end exact.
__device__ __forceinline__ float distribution(float x) {
    return 0.5f * erfcf(-0.70710678f * x);
}

}  // namespace

extern "C" __global__ void gelu(const float* __restrict__ x, float* __restrict__ y, long long n) {
    const bool vector = aligned(x) && aligned(y);
    float v[4];
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] *= distribution(v[k]);
        }
        storeQuad(y + i, vector, n - i, v);
    }
}

// dx may be dy when it does not accumulate.
extern "C" __global__ void gelu_backward(const float* __restrict__ x, const float* dy, float* dx, long long n, int accumulate) {
    const bool vector = aligned(x) && aligned(dy) && aligned(dx);
    float v[4], g[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
        loadQuad(dy + i, vector, n - i, g);
        if (accumulate) {
            loadQuad(dx + i, vector, n - i, old);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            g[k] = old[k] + g[k] * (distribution(v[k]) + v[k] * 0.39894228f * expf(-0.5f * v[k] * v[k]));
        }
        storeQuad(dx + i, vector, n - i, g);
    }
}

// y may be x when it does not accumulate.
extern "C" __global__ void scale_examples(const float* __restrict__ factors, const float* x, float* y, long long n, int length,
                                          unsigned reciprocal, int accumulate) {
    const bool vector = aligned(x) && aligned(y);
    const Divider example = {length, reciprocal};
    float v[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        loadQuad(x + i, vector, n - i, v);
        if (accumulate) {
            loadQuad(y + i, vector, n - i, old);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if (i + k < n) {
                int place;
                v[k] = old[k] + factors[example.quotient(static_cast<int>(i + k), place)] * v[k];
            }
        }
        storeQuad(y + i, vector, n - i, v);
    }
}
