// Kernels with faults that the emulated device must show. They take the names of real ones, by which a launch finds them.
#include "../../kernels/copies.cuh"

// Writes element n.
extern "C" __global__ void fill(float* x, long long n, float value) {
    if (threadIdx.x == 0) {
        x[n] = value;
    }
}

// Reads what lies 1500 elements before.
extern "C" __global__ void copy(const float* x, float* y, long long n) {
    if (threadIdx.x == 0) {
        y[0] = x[-1500];
    }
}

// Reverses n <= 256 numbers through shared memory, without the barrier.
extern "C" __global__ void relu(const float* x, float* y, long long n) {
    __shared__ float held[256];
    held[threadIdx.x] = threadIdx.x < n ? x[threadIdx.x] : 0.0f;
    if (threadIdx.x < n) {
        y[threadIdx.x] = held[n - 1 - threadIdx.x];
    }
}

// Every other lane waits for its block, the lanes between for their warp.
extern "C" __global__ void add_scaled(float alpha, const float* x, float* y, long long n) {
    if (threadIdx.x % 2 == 0) {
        __syncthreads();
    } else {
        __syncwarp();
    }
}

// An exchange among all lanes of a warp, half of which have left.
extern "C" __global__ void relu_backward(const float* y, const float* dy, float* dx, long long n, int accumulate) {
    if (threadIdx.x % 32 < 16) {
        dx[0] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
    }
}

// An index outside a shared array.
extern "C" __global__ void sgd_step(const float* rate, float momentum, float decay, int nesterov, float* w, const float* g, float* v,
                                    long long n) {
    __shared__ float held[16];
    held[(n + threadIdx.x) % 32] = momentum;
    __syncthreads();
    w[0] = held[3];
}

// A product of ints that no int holds.
extern "C" __global__ void average_pool(int* y, int n) {
    y[0] = n * n;
}

// Reads what it began to copy, without waiting for it.
extern "C" __global__ void gelu(const float* x, float* y, long long n) {
    __shared__ float held[256];
    copyNumber(&held[threadIdx.x], x + threadIdx.x, threadIdx.x < n);
    endCopies();
    if (threadIdx.x < n) {
        y[threadIdx.x] = held[threadIdx.x];
    }
}

// Copies sixteen bytes that begin at any float.
extern "C" __global__ void gelu_backward(const float* x, const float* dy, float* dx, long long n, int accumulate) {
    __shared__ float4 held;
    copyQuad(&held.x, x + 1, true);
}

// More shared memory than the launch gives.
extern "C" __global__ void scale_examples(const float* factors, float* y, long long n) {
    DYNAMIC_SHARED(float4, held);
    held.x = factors[0];
    y[0] = held.x;
}

// What a launch hands over: an int, a long, a float, a double and a structure behind them.
struct Words {
    int first, second, third;
};

extern "C" __global__ void augment(int i, long long l, float f, double d, float* y, Words words) {
    if (threadIdx.x == 0) {
        y[0] = i;
        y[1] = l;
        y[2] = f;
        y[3] = d;
        y[4] = words.first;
        y[5] = words.third;
    }
}

// Four floats at once from an address that is not a multiple of 16.
extern "C" __global__ void add_bias(float* y, const float* bias, long long n, int columns, unsigned reciprocal, int relu) {
    const float4 q = *reinterpret_cast<const float4*>(bias + 1);
    y[0] = q.x + q.y + q.z + q.w;
}
