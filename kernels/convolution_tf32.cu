// The convolutions of convolution.cu on the tensor cores, for channels in multiples of 16 and kernels of 5 x 5 at most; sums in float32.
// Factors are rounded to TF32: an error of about 2^-10 of the sum of |x w| at most.
// 2 * batch * outHeight * outWidth * kernel^2 * inChannels * outChannels FLOPs; bytes at least those of the three tensors. For compute
// capability 8.0 and later, and only where the setting asks for it.
//
// A slab of 16 summands lies within one tap of the kernel: which tap is the same for the whole block, and a thread knows of each position
// that it copies one address and one bit a tap. Slabs go to shared memory by asynchronous copies, STAGES of them under way.
//
//   conv_forward_<BN>_tf32, conv_data_<BN>_tf32   128 threads, grid (ceil(positions / BM), ceil(columns / BN)); BM is 128, 64, 64 for
//                                                           BN of 16, 32, 64
//   conv_weights_<BN>_tf32   128 threads, grid (ceil(kernel^2 inChannels / 144), ceil(outChannels / BN), parts): a block sums the positions
//                                 of its part for nine groups of 16 rows of dw, its four warps every fourth eight of them
// nvcc -ptx -arch=compute_80 convolution_tf32.cu
#include "geometry.cuh"
#include "lanes.cuh"
#include "tensor.cuh"

namespace {

/// Four floats to shared memory without a stop in registers; zeros unless `inside`.
__device__ __forceinline__ void copyQuad(float* shared, const float* p, bool inside) {
#ifdef __CUDACC__
    const unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;" : : "r"(to), "l"(p), "r"(inside ? 16 : 0) : "memory");
#else
    float v[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    loadQuad(p, true, inside ? 4 : 0, v);
    storeQuad(shared, true, 4, v);
#endif
}

/// Ends a group of copies.
__device__ __forceinline__ void endCopies() {
#ifdef __CUDACC__
    asm volatile("cp.async.commit_group;" : : : "memory");
#endif
}

/// Waits for this thread's copies but those of its last GROUPS groups.
template <int GROUPS>
__device__ __forceinline__ void awaitCopies() {
#ifdef __CUDACC__
    asm volatile("cp.async.wait_group %0;" : : "n"(GROUPS) : "memory");
#endif
}

/// A number as a factor.
__device__ __forceinline__ unsigned factor(float v) {
    return Tf32::pack(v, 0.0f);
}

/// Where the first tap of a position lies, which may be outside the image, and a bit for each tap that lies inside.
struct Place {
    const float* at;
    unsigned taps;
};

/// The inputs of an output position.
struct InputTaps {
    static const bool FORWARD = true;

    __device__ __forceinline__ static Place place(const Geometry& g, const float* x, int position) {
        int inImage, column;
        const int n = Divider{g.outHeight * g.outWidth, g.byOutArea}.quotient(position, inImage);
        const int row = Divider{g.outWidth, g.byOutWidth}.quotient(inImage, column);
        const int top = row * g.stride - g.padding;
        const int left = column * g.stride - g.padding;
        unsigned across = 0, taps = 0;
        for (int b = 0; b < g.kernel; b++) {
            across |= (left + b >= 0 && left + b < g.width ? 1u : 0u) << b;
        }
        for (int a = 0; a < g.kernel; a++) {
            taps |= (top + a >= 0 && top + a < g.height ? across : 0u) << a * g.kernel;
        }
        return {x + ((static_cast<long long>(n) * g.height + top) * g.width + left) * g.inChannels, n < g.batch ? taps : 0u};
    }

    __device__ __forceinline__ static int offset(const Geometry& g, int a, int b) {
        return (a * g.width + b) * g.inChannels;
    }
};

/// The outputs that an input position reached: through tap (a, b) the one at ((row + padding - a) / stride, ...), where that is whole.
struct OutputTaps {
    static const bool FORWARD = false;

    __device__ __forceinline__ static Place place(const Geometry& g, const float* dy, int position) {
        int inImage, column, overRow, overColumn;
        const Divider stride = {g.stride, g.byStride};
        const int n = Divider{g.height * g.width, g.byArea}.quotient(position, inImage);
        const int row = Divider{g.width, g.byWidth}.quotient(inImage, column);
        const int bottom = stride.quotient(row + g.padding, overRow);
        const int right = stride.quotient(column + g.padding, overColumn);
        unsigned across = 0, taps = 0;
        for (int b = 0; b < g.kernel; b++) {
            int over;
            const int j = right - stride.quotient(b, over);
            across |= (over == overColumn && j >= 0 && j < g.outWidth ? 1u : 0u) << b;
        }
        for (int a = 0; a < g.kernel; a++) {
            int over;
            const int i = bottom - stride.quotient(a, over);
            taps |= (over == overRow && i >= 0 && i < g.outHeight ? across : 0u) << a * g.kernel;
        }
        return {dy + ((static_cast<long long>(n) * g.outHeight + bottom) * g.outWidth + right) * g.outChannels, n < g.batch ? taps : 0u};
    }

    __device__ __forceinline__ static int offset(const Geometry& g, int a, int b) {
        int over;
        const Divider stride = {g.stride, g.byStride};
        return -(stride.quotient(a, over) * g.outWidth + stride.quotient(b, over)) * g.outChannels;
    }
};

/// A warp owns 32 x WARP_N results.
template <int M, int N>
struct PatchTile {
    static const int BM = M, BN = N, BK = 16, THREADS = 128, STAGES = 4;
    static const int WARPS_M = BM / 32, WARPS_N = 4 / WARPS_M, WARP_N = BN / WARPS_N;
    /// Rows of a slab of patches, and of weights by output, with 4 numbers to spare; of weights by input with 8: the 32 lanes of a
    /// fragment's load fall on 32 banks.
    static const int ALONG_K = BK + 4, ALONG_N = BN + 8;
    static const int WEIGHTS = BK * ALONG_N > BN * ALONG_K ? BK * ALONG_N : BN * ALONG_K;
};

typedef PatchTile<128, 16> Narrow;
typedef PatchTile<64, 32> Middle;
typedef PatchTile<64, 64> Wide;

template <class T>
struct __align__(16) PatchMemory {
    float patches[T::STAGES][T::BM * T::ALONG_K];
    float weights[T::STAGES][T::WEIGHTS];
};

/// The sums of a block's positions over all taps and channels, in the warps' registers: acc[i][j] is the product of 16 rows and 8 columns.
template <class T, class Taps>
__device__ __forceinline__ void sumPatches(PatchMemory<T>& memory, const Geometry& g, const float* __restrict__ x, const float* __restrict__ w,
                                           float (&acc)[2][T::WARP_N / 8][4]) {
    const int SLOTS = T::BM * 4 / T::THREADS;
    const int WEIGHT_SLOTS = (T::BN * 4 + T::THREADS - 1) / T::THREADS;
    const int thread = threadIdx.x;
    const int lane = thread & 31;
    const int warp = thread >> 5;
    const int channels = Taps::FORWARD ? g.inChannels : g.outChannels;
    const int columns = Taps::FORWARD ? g.outChannels : g.inChannels;
    const int columnFirst = blockIdx.y * T::BN;
    Place places[SLOTS];
#pragma unroll
    for (int s = 0; s < SLOTS; s++) {
        places[s] = Taps::place(g, x, blockIdx.x * T::BM + (thread + s * T::THREADS) / 4);
    }
    const int slabs = g.kernel * g.kernel * channels / T::BK;
    int tap = 0, a = 0, b = 0, channel = 0;

    const auto copySlab = [&](int slab) {
        const int stage = slab % T::STAGES;
        if (slab < slabs) {
            const int away = Taps::offset(g, a, b) + channel + thread % 4 * 4;
#pragma unroll
            for (int s = 0; s < SLOTS; s++) {
                const bool inside = (places[s].taps >> tap & 1u) != 0;
                copyQuad(&memory.patches[stage][(thread + s * T::THREADS) / 4 * T::ALONG_K + thread % 4 * 4],
                         inside ? places[s].at + away : x, inside);
            }
#pragma unroll
            for (int s = 0; s < WEIGHT_SLOTS; s++) {
                const int q = thread + s * T::THREADS;
                if (T::BN * 4 % T::THREADS == 0 || q < T::BN * 4) {
                    if (Taps::FORWARD) {
                        const int k = q / (T::BN / 4);
                        const int n = q % (T::BN / 4) * 4;
                        const bool inside = columnFirst + n < columns;
                        copyQuad(&memory.weights[stage][k * T::ALONG_N + n],
                                 inside ? w + ((static_cast<long long>(slab) * T::BK + k) * columns + columnFirst + n) : w, inside);
                    } else {
                        const int n = q / 4;
                        const bool inside = columnFirst + n < columns;
                        copyQuad(&memory.weights[stage][n * T::ALONG_K + q % 4 * 4],
                                 inside ? w + ((static_cast<long long>(tap) * columns + columnFirst + n) * channels + channel + q % 4 * 4) : w,
                                 inside);
                    }
                }
            }
            channel += T::BK;
            if (channel == channels) {
                channel = 0;
                tap++;
                if (++b == g.kernel) {
                    b = 0;
                    a++;
                }
            }
        }
        endCopies();
    };

#pragma unroll
    for (int slab = 0; slab < T::STAGES - 1; slab++) {
        copySlab(slab);
    }
    const int group = lane >> 2;
    const int pair = lane & 3;
    const int row = warp % T::WARPS_M * 32 + group;
    const int column = warp / T::WARPS_M * T::WARP_N + group;
    for (int slab = 0; slab < slabs; slab++) {
        awaitCopies<T::STAGES - 2>();
        // This slab is there for all, and all are done with the one before it, whose place the next copies take.
        __syncthreads();
        copySlab(slab + T::STAGES - 1);
        const float* patches = memory.patches[slab % T::STAGES];
        const float* weights = memory.weights[slab % T::STAGES];
#pragma unroll
        for (int k = 0; k < T::BK; k += 8) {
            unsigned left[2][4];
#pragma unroll
            for (int i = 0; i < 2; i++) {
#pragma unroll
                for (int r = 0; r < 4; r++) {
                    left[i][r] = factor(patches[(row + 16 * i + r % 2 * 8) * T::ALONG_K + k + pair + r / 2 * 4]);
                }
            }
#pragma unroll
            for (int j = 0; j < T::WARP_N / 8; j++) {
                unsigned right[2];
#pragma unroll
                for (int r = 0; r < 2; r++) {
                    const int at = k + pair + 4 * r;
                    right[r] = factor(Taps::FORWARD ? weights[at * T::ALONG_N + column + 8 * j] : weights[(column + 8 * j) * T::ALONG_K + at]);
                }
#pragma unroll
                for (int i = 0; i < 2; i++) {
                    Tf32::multiply(acc[i][j], left[i], right);
                }
            }
        }
    }
}

/// Hands the results over in pairs: write(row, column, v0, v1) for those inside rows x columns.
template <class T, class Write>
__device__ __forceinline__ void forEachPair(const float (&acc)[2][T::WARP_N / 8][4], long long rows, int columns, const Write& write) {
    const int lane = threadIdx.x & 31;
    const int warp = threadIdx.x >> 5;
    const int column = blockIdx.y * T::BN + warp / T::WARPS_M * T::WARP_N + 2 * (lane & 3);
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const long long row = static_cast<long long>(blockIdx.x) * T::BM + warp % T::WARPS_M * 32 + 8 * i + (lane >> 2);
#pragma unroll
        for (int j = 0; j < T::WARP_N / 8; j++) {
            if (row < rows && column + 8 * j < columns) {
                write(row, column + 8 * j, acc[i / 2][j][i % 2 * 2], acc[i / 2][j][i % 2 * 2 + 1]);
            }
        }
    }
}

template <class T>
__device__ __forceinline__ void forward(PatchMemory<T>& memory, const Geometry& g, const float* __restrict__ x, const float* __restrict__ w,
                                        const float* __restrict__ bias, const float* __restrict__ residual, int relu, float* __restrict__ y) {
    float acc[2][T::WARP_N / 8][4] = {};
    sumPatches<T, InputTaps>(memory, g, x, w, acc);
    const long long rows = static_cast<long long>(g.batch) * g.outHeight * g.outWidth;
    forEachPair<T>(acc, rows, g.outChannels, [&](long long row, int column, float v0, float v1) {
        const long long at = row * g.outChannels + column;
        if (bias != nullptr) {
            v0 += bias[column];
            v1 += bias[column + 1];
        }
        if (residual != nullptr) {
            const float2 r = *reinterpret_cast<const float2*>(residual + at);
            v0 += r.x;
            v1 += r.y;
        }
        *reinterpret_cast<float2*>(y + at) = make_float2(relu && v0 < 0.0f ? 0.0f : v0, relu && v1 < 0.0f ? 0.0f : v1);
    });
}

template <class T>
__device__ __forceinline__ void data(PatchMemory<T>& memory, const Geometry& g, const float* __restrict__ dy, const float* __restrict__ w,
                                     float* __restrict__ dx, int add) {
    float acc[2][T::WARP_N / 8][4] = {};
    sumPatches<T, OutputTaps>(memory, g, dy, w, acc);
    const long long rows = static_cast<long long>(g.batch) * g.height * g.width;
    forEachPair<T>(acc, rows, g.inChannels, [&](long long row, int column, float v0, float v1) {
        float2* out = reinterpret_cast<float2*>(dx + (row * g.inChannels + column));
        if (add) {
            const float2 old = *out;
            v0 += old.x;
            v1 += old.y;
        }
        *out = make_float2(v0, v1);
    });
}

/// Nine groups of 16 rows of dw, all those of one tap and 16 input channels; slabs of 32 positions, one a thread in four.
template <int BN>
struct WeightTile {
    static const int GROUPS = 9, POSITIONS = 32;
    static const int INPUTS = 16 * GROUPS + 8, GRADIENTS = BN + 8;
    /// A lane's results.
    static const int RESULTS = GROUPS * (BN / 8) * 4;
};

template <int BN>
struct __align__(16) WeightMemory {
    float inputs[2][WeightTile<BN>::POSITIONS * WeightTile<BN>::INPUTS];
    float gradients[2][WeightTile<BN>::POSITIONS * WeightTile<BN>::GRADIENTS];
};

template <int BN>
__device__ __forceinline__ void weights(WeightMemory<BN>& memory, const Geometry& g, const float* __restrict__ x, const float* __restrict__ dy,
                                        int chunk, float* __restrict__ parts) {
    typedef WeightTile<BN> T;
    const int thread = threadIdx.x;
    const int lane = thread & 31;
    const int warp = thread >> 5;
    const int positions = g.batch * g.outHeight * g.outWidth;
    const int groupFirst = blockIdx.x * T::GROUPS;
    const int groups = g.kernel * g.kernel * g.inChannels / 16;
    const int columnFirst = blockIdx.y * BN;
    const long long first = static_cast<long long>(blockIdx.z) * chunk;
    const int last = static_cast<int>(first + chunk < positions ? first + chunk : positions);
    // Of group s its tap and how far its first channel is from a position's first tap: lane s of every warp knows.
    int channel, across;
    const int tap = Divider{g.inChannels, g.byInChannels}.quotient(16 * (groupFirst + lane), channel);
    const int down = Divider{g.kernel, g.byKernel}.quotient(tap, across);
    const int offset = InputTaps::offset(g, down, across) + channel;
    // Past the last group, of a bit that is never set.
    const int bit = groupFirst + lane < groups ? tap : 31;

    const auto copySlab = [&](int k, int stage) {
        if (k < last) {
            const int own = thread / 4;
            const int quad = thread % 4 * 4;
            const Place place = InputTaps::place(g, x, k + own);
            const unsigned taps = k + own < last ? place.taps : 0u;
#pragma unroll
            for (int s = 0; s < T::GROUPS; s++) {
                const float* at = place.at + __shfl_sync(0xffffffffu, offset, s) + quad;
                const bool inside = (taps >> __shfl_sync(0xffffffffu, bit, s) & 1u) != 0;
                copyQuad(&memory.inputs[stage][own * T::INPUTS + 16 * s + quad], inside ? at : x, inside);
            }
#pragma unroll
            for (int s = 0; s < BN / 16; s++) {
                const int q = thread + s * 128;
                const int row = k + q / (BN / 4);
                const int column = columnFirst + q % (BN / 4) * 4;
                const bool inside = row < last && column < g.outChannels;
                copyQuad(&memory.gradients[stage][q / (BN / 4) * T::GRADIENTS + q % (BN / 4) * 4],
                         inside ? dy + (static_cast<long long>(row) * g.outChannels + column) : dy, inside);
            }
        }
        endCopies();
    };

    float acc[T::GROUPS][BN / 8][4] = {};
    const int group = lane >> 2;
    const int pair = lane & 3;
    int stage = 0;
    copySlab(static_cast<int>(first), 0);
    for (int k = static_cast<int>(first); k < last; k += T::POSITIONS) {
        copySlab(k + T::POSITIONS, stage ^ 1);
        awaitCopies<1>();
        __syncthreads();
        const float* inputs = memory.inputs[stage] + (8 * warp + pair) * T::INPUTS + group;
        const float* gradients = memory.gradients[stage] + (8 * warp + pair) * T::GRADIENTS + group;
        unsigned right[BN / 8][2];
#pragma unroll
        for (int j = 0; j < BN / 8; j++) {
#pragma unroll
            for (int r = 0; r < 2; r++) {
                right[j][r] = factor(gradients[4 * r * T::GRADIENTS + 8 * j]);
            }
        }
#pragma unroll
        for (int i = 0; i < T::GROUPS; i++) {
            unsigned left[4];
#pragma unroll
            for (int r = 0; r < 4; r++) {
                left[r] = factor(inputs[r / 2 * 4 * T::INPUTS + 16 * i + r % 2 * 8]);
            }
#pragma unroll
            for (int j = 0; j < BN / 8; j++) {
                Tf32::multiply(acc[i][j], left, right[j]);
            }
        }
        // All are done with this slab before the copies of the turn after the next take its place.
        __syncthreads();
        stage ^= 1;
    }
    awaitCopies<0>();
    // The four warps' sums become one: those of warps 2 and 3 go to 0 and 1, then that of 1 to 0.
    float* shared = memory.inputs[0];
#pragma unroll
    for (int half = 2; half > 0; half /= 2) {
        __syncthreads();
        float* own = shared + warp % half * T::RESULTS * 32 + lane;
        if (warp >= half && warp < 2 * half) {
#pragma unroll
            for (int i = 0; i < T::RESULTS; i++) {
                own[32 * i] = acc[i / (BN / 2)][i / 4 % (BN / 8)][i % 4];
            }
        }
        __syncthreads();
        if (warp < half) {
#pragma unroll
            for (int i = 0; i < T::RESULTS; i++) {
                acc[i / (BN / 2)][i / 4 % (BN / 8)][i % 4] += own[32 * i];
            }
        }
    }
    if (warp == 0) {
        float* part = parts + static_cast<long long>(blockIdx.z) * (16 * groups) * g.outChannels;
#pragma unroll
        for (int i = 0; i < 2 * T::GROUPS; i++) {
            const int row = 16 * groupFirst + 8 * i + group;
#pragma unroll
            for (int j = 0; j < BN / 8; j++) {
                const int column = columnFirst + 8 * j + 2 * pair;
                if (row < 16 * groups && column < g.outChannels) {
                    *reinterpret_cast<float2*>(part + (static_cast<long long>(row) * g.outChannels + column)) =
                            make_float2(acc[i / 2][j][i % 2 * 2], acc[i / 2][j][i % 2 * 2 + 1]);
                }
            }
        }
    }
}

}  // namespace

#define CONVOLUTION(SUFFIX, TILE)                                                                                        \
    extern "C" __global__ void __launch_bounds__(128)                                                                           \
    conv_forward_##SUFFIX(const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias,             \
                          const float* __restrict__ residual, int relu, float* __restrict__ y, Geometry g) {                    \
        __shared__ PatchMemory<TILE> memory;                                                                                    \
        forward<TILE>(memory, g, x, w, bias, residual, relu, y);                                                         \
    }                                                                                                                           \
    extern "C" __global__ void __launch_bounds__(128)                                                                           \
    conv_data_##SUFFIX(const float* __restrict__ dy, const float* __restrict__ w, float* __restrict__ dx, int add, Geometry g) { \
        __shared__ PatchMemory<TILE> memory;                                                                                    \
        data<TILE>(memory, g, dy, w, dx, add);                                                                           \
    }

#define WEIGHTS(SUFFIX, BN)                                                                                              \
    extern "C" __global__ void __launch_bounds__(128)                                                                           \
    conv_weights_##SUFFIX(const float* __restrict__ x, const float* __restrict__ dy, int chunk, float* __restrict__ parts,      \
                          Geometry g) {                                                                                         \
        __shared__ WeightMemory<BN> memory;                                                                                     \
        weights<BN>(memory, g, x, dy, chunk, parts);                                                                     \
    }

CONVOLUTION(16_tf32, Narrow)
CONVOLUTION(32_tf32, Middle)
CONVOLUTION(64_tf32, Wide)
WEIGHTS(16_tf32, 16)
WEIGHTS(32_tf32, 32)
