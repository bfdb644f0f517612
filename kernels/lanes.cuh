// What all kernels share: four floats at a time where memory allows it, sums within a warp, exact division by a fixed number.
#pragma once

namespace {

/// Whether p can be read and written as float4.
__device__ __forceinline__ bool aligned(const void* p) {
    return (reinterpret_cast<unsigned long long>(p) & 15) == 0;
}

/// Larger than every number; NVRTC knows no INFINITY.
__device__ __forceinline__ float infinity() {
    return __uint_as_float(0x7f800000u);
}

/// The grid-stride place of this thread among groups of four elements; see strideOfQuads.
__device__ __forceinline__ long long firstQuad() {
    return 4 * (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x);
}

__device__ __forceinline__ long long strideOfQuads() {
    return 4 * static_cast<long long>(gridDim.x) * blockDim.x;
}

/// p[0..3], p being aligned.
__device__ __forceinline__ float4 quadAt(const float* p) {
    return *reinterpret_cast<const float4*>(p);
}

/// p[0..3] in one load where `vector`, else the first `count` of them and zeros.
__device__ __forceinline__ void loadQuad(const float* p, bool vector, long long count, float (&v)[4]) {
    if (vector && count >= 4) {
        const float4 q = *reinterpret_cast<const float4*>(p);
        v[0] = q.x;
        v[1] = q.y;
        v[2] = q.z;
        v[3] = q.w;
    } else {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            v[i] = i < count ? p[i] : 0.0f;
        }
    }
}

/// The counterpart of loadQuad.
__device__ __forceinline__ void storeQuad(float* p, bool vector, long long count, const float (&v)[4]) {
    if (vector && count >= 4) {
        *reinterpret_cast<float4*>(p) = make_float4(v[0], v[1], v[2], v[3]);
    } else {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (i < count) {
                p[i] = v[i];
            }
        }
    }
}

/// The sum over the warp, the same in every lane; a butterfly, so its order is fixed.
template <class Number>
__device__ __forceinline__ Number warpSum(Number v) {
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) {
        v += __shfl_xor_sync(0xffffffffu, v, offset);
    }
    return v;
}

__device__ __forceinline__ float warpMax(float v) {
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) {
        v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, offset));
    }
    return v;
}

/// The sum over a block of whole warps, the same in every thread. `warps` holds 32 numbers; two barriers.
template <class Number>
__device__ __forceinline__ Number blockSum(Number v, Number* warps) {
    v = warpSum(v);
    const int lane = threadIdx.x & 31;
    __syncthreads();
    if (lane == 0) {
        warps[threadIdx.x >> 5] = v;
    }
    __syncthreads();
    return warpSum(lane < static_cast<int>(blockDim.x >> 5) ? warps[lane] : Number(0));
}

/// Division by a number known at the launch: one high multiplication instead of the twenty instructions of `/`.
/// `reciprocal` is floor(2^32 / divisor), 2^32 - 1 for a divisor of 1. Exact for 0 <= n < 2^31: the product falls short of the quotient
/// by 1 at most, which is put right. Of a negative n it makes numbers that mean nothing, without overflow: a caller may look at the sign after.
struct Divider {
    int divisor;
    unsigned reciprocal;

    __device__ __forceinline__ int quotient(int n, int& remainder) const {
        unsigned q = __umulhi(static_cast<unsigned>(n), reciprocal);
        unsigned rest = static_cast<unsigned>(n) - q * divisor;
        if (rest >= static_cast<unsigned>(divisor)) {
            q++;
            rest -= divisor;
        }
        remainder = static_cast<int>(rest);
        return static_cast<int>(q);
    }
};

/// p[column .. column + 3] of a vector that repeats every `columns`: one load where `vector` (columns % 4 == 0, p and column aligned).
__device__ __forceinline__ void loadColumns(const float* __restrict__ p, bool vector, int column, int columns, float (&v)[4]) {
    if (vector) {
        loadQuad(p + column, true, 4, v);
    } else {
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] = p[column];
            column = column + 1 == columns ? 0 : column + 1;
        }
    }
}

}  // namespace
