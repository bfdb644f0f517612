// 3 x 3 convolutions (NHWC images, HWIO weights) on the tensor cores, for channels in multiples of 16; sums in float32.
// Factors are rounded to TF32: an error of about 2^-10 of the sum of |x w| at most. For compute capability 8.0 and later, and only where the
// setting asks for it.
//
//   conv3_forward_<BM>x<BN>_tf32   y[p, o]  = act(sum over (a, b, c) of x[p at (a, b), c] w[(a, b, c), o] + bias[o] + residual[p, o])
//   conv3_data_<BM>x<BN>_tf32      dx[q, c] = sum over (a, b, o) of dy[q from (a, b), o] w[(a, b, c), o] (+ residual[q, c]), stride 1: q meets
//                                  through tap (a, b) what it would forward through (2 - a, 2 - b)
//   conv3_data_stride2_<BM>x<BN>_tf32   the same for stride 2. Input rows of one parity meet taps of one parity: two rows of dy through taps
//                                  0 and 2, or one through tap 1. So a position here is a square of 2 x 2 inputs, all of which meet
//                                  2 x 2 places of dy: nine products in all, none with zeros, and four sums of them.
//
// What BM neighbouring positions meet lies within a short stretch of the canvas of canvas.cuh. A WINDOW of it is brought to shared memory by
// asynchronous copies, eight channels at a time beside their weights, and serves all taps; the next eight are under way meanwhile. Lane
// 4 g + t of a fragment takes channels 2t and 2t + 1 where mma.sync says k = t and t + 4, of both factors, which changes no sum: 8-byte
// reads, of four neighbouring places 128 bytes in a row. Column g of product j is column g * BN / 8 + j of the tile: a lane's weights, and its
// results, lie side by side.
//
// 128 threads, grid (ceil(positions / BM), ceil(channels out / BN)). All pointers must be aligned to 16 bytes, the stretch of every tile no
// longer than PLACES. 18 * positions * inChannels * outChannels FLOPs; bytes about those of the three tensors, the weights once a block from L2.
// Shared memory bounds it: a warp reads 2 (WARP_ROWS + BN) words a summand for 2 * WARP_ROWS * BN FLOPs.
//
//   conv3_weights_<BN>_tf32        parts[s, (a, b, c), o] = sum over the positions p of part s of x[p at (a, b), c] dy[p, o]: 128 threads, grid
//                                  (inChannels / 16, ceil(outChannels / BN), parts); a block sums the positions of its part, `step` of them (16,
//                                  32 or 64) at a time from a window of sixteen channels
// nvcc -ptx -arch=compute_80 convolution_tf32.cu
#include "canvas.cuh"
#include "copies.cuh"
#include "tensor.cuh"

namespace {

const int KERNEL = 3;
const int TAPS = KERNEL * KERNEL;

/// A number as a factor.
__device__ __forceinline__ unsigned factor(float v) {
    return Tf32::pack(v, 0.0f);
}

/// Numbers side by side in one read.
__device__ __forceinline__ void read(const float* p, float (&v)[2]) {
    const float2 two = *reinterpret_cast<const float2*>(p);
    v[0] = two.x;
    v[1] = two.y;
}

__device__ __forceinline__ void read(const float* p, float (&v)[4]) {
    loadQuad(p, true, 4, v);
}

/// How results meet the window: through weights' tap `tap` the place at row and column place / REACH and place % REACH of a position's square
/// of REACH x REACH, for the sum `parity` of the position's PARITIES.
struct Forward {
    static const int REACH = KERNEL, PARITIES = 1;
    static const bool TRANSPOSED = false;

    __device__ __forceinline__ static int place(int tap) {
        return tap;
    }

    __device__ __forceinline__ static int parity(int) {
        return 0;
    }
};

struct Data {
    static const int REACH = KERNEL, PARITIES = 1;
    static const bool TRANSPOSED = true;

    __device__ __forceinline__ static int place(int tap) {
        return TAPS - 1 - tap;
    }

    __device__ __forceinline__ static int parity(int) {
        return 0;
    }
};

struct Stride2Data {
    static const int REACH = 2, PARITIES = 4;
    static const bool TRANSPOSED = true;

    __device__ __forceinline__ static int place(int tap) {
        return (1 - tap / KERNEL / 2) * REACH + 1 - tap % KERNEL / 2;
    }

    __device__ __forceinline__ static int parity(int tap) {
        return tap / KERNEL % 2 * 2 + tap % KERNEL % 2;
    }
};

/// Four warps of WARP_ROWS positions each, all of a tile's columns to a warp.
template <int WARP_ROWS, int N, int STRETCH>
struct WindowTile {
    static const int THREADS = 128, BM = 4 * WARP_ROWS, BN = N, PLACES = STRETCH;
    /// Products of 16 x 8 down and across a warp's tile.
    static const int DOWN = WARP_ROWS / 16, ACROSS = BN / 8;
    /// Channels of a slice; numbers from one of them to the next in the weights: rows 2t of four lanes eight banks apart.
    static const int SLICE = 8, ROW = BN + 4;
    static const int WEIGHTS = TAPS * SLICE * ROW;
    static const int WINDOW_SLOTS = (PLACES * 2 + THREADS - 1) / THREADS;
    /// Taps that a copy by all threads spans, 2 * BN quads each.
    static const int TAPS_APART = THREADS / (2 * BN);
    static const int WEIGHT_SLOTS = (TAPS + TAPS_APART - 1) / TAPS_APART;
};

typedef WindowTile<32, 16, 256> Narrow;
typedef WindowTile<32, 32, 320> Wide;
typedef WindowTile<16, 32, 432> Small;

template <class T>
struct __align__(16) WindowMemory {
    float window[2][T::PLACES * T::SLICE];
    float weights[2][T::WEIGHTS];
};

/// The sums of a block's positions over all taps and channels, in the warps' registers: acc[parity][i][j] is a product of 16 rows and 8 columns.
template <class T, class Way>
__device__ __forceinline__ void sumWindows(WindowMemory<T>& memory, const Canvas& g, const float* __restrict__ x, const float* __restrict__ w,
                                           float (&acc)[Way::PARITIES][T::DOWN][T::ACROSS][4]) {
    const int thread = threadIdx.x;
    const int group = thread % 32 / 4;
    const int pair = thread % 4;
    const int first = g.corner(blockIdx.x * T::BM);
    int from[T::WINDOW_SLOTS];
#pragma unroll
    for (int slot = 0; slot < T::WINDOW_SLOTS; slot++) {
        const int q = thread + slot * T::THREADS;
        from[slot] = g.offset(first + q / 2);
    }
    // This thread's share of the weights: one quad of every TAPS_APART-th tap. Rows along the channels out, or TRANSPOSED, of columns in the
    // order in which lanes read them, along the channels of the sum.
    const int inTap = thread % (2 * T::BN);
    const int firstTap = thread / (2 * T::BN);
    const int row = inTap / 2;
    const int channel = Way::TRANSPOSED ? inTap % 2 * 4 : inTap / (T::BN / 4);
    const int column = blockIdx.y * T::BN + (Way::TRANSPOSED ? row % 8 * T::ACROSS + row / 8 : inTap % (T::BN / 4) * 4);
    const int held = firstTap * T::SLICE * T::ROW + (Way::TRANSPOSED ? inTap * 4 : channel * T::ROW + inTap % (T::BN / 4) * 4);
    const float* weight = w + (Way::TRANSPOSED ? (firstTap * g.outChannels + column) * g.channels + channel
                                               : (firstTap * g.channels + channel) * g.outChannels + column);
    const int apart = T::TAPS_APART * g.channels * g.outChannels;

    const auto copySlice = [&](int c) {
        if (c < g.channels) {
            const int stage = c / T::SLICE % 2;
#pragma unroll
            for (int slot = 0; slot < T::WINDOW_SLOTS; slot++) {
                const int q = thread + slot * T::THREADS;
                if (q < 2 * g.places) {
                    const bool inside = from[slot] >= 0;
                    copyQuad(&memory.window[stage][q * 4], x + (inside ? from[slot] + c + q % 2 * 4 : 0), inside);
                }
            }
            const bool inside = column < g.outChannels;
            const float* at = weight + (Way::TRANSPOSED ? c : c * g.outChannels);
#pragma unroll
            for (int slot = 0; slot < T::WEIGHT_SLOTS; slot++) {
                if (TAPS % T::TAPS_APART == 0 || firstTap + slot * T::TAPS_APART < TAPS) {
                    copyQuad(&memory.weights[stage][held + slot * T::TAPS_APART * T::SLICE * T::ROW], inside ? at + slot * apart : w, inside);
                }
            }
        }
        endCopies();
    };

    copySlice(0);
    copySlice(T::SLICE);
    int corners[T::DOWN][2];
#pragma unroll
    for (int i = 0; i < T::DOWN; i++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int position = blockIdx.x * T::BM + thread / 32 * (16 * T::DOWN) + 16 * i + 8 * half + group;
            corners[i][half] = (g.corner(position) - first) * T::SLICE + 2 * pair;
        }
    }
#pragma unroll 1
    for (int c = 0; c < g.channels; c += T::SLICE) {
        awaitCopies<1>();
        __syncthreads();
        const float* window = memory.window[c / T::SLICE % 2];
        const float* weights = memory.weights[c / T::SLICE % 2];
#pragma unroll
        for (int place = 0; place < Way::REACH * Way::REACH; place++) {
            const float* a = window + (place / Way::REACH * g.pitch() + place % Way::REACH) * T::SLICE;
            unsigned left[T::DOWN][4];
#pragma unroll
            for (int i = 0; i < T::DOWN; i++) {
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    float two[2];
                    read(a + corners[i][half], two);
                    left[i][half] = factor(two[0]);
                    left[i][half + 2] = factor(two[1]);
                }
            }
#pragma unroll
            for (int tap = 0; tap < TAPS; tap++) {
                if (Way::place(tap) == place) {
                    const float* b = weights + tap * T::SLICE * T::ROW;
                    unsigned right[T::ACROSS][2];
                    if (Way::TRANSPOSED) {
#pragma unroll
                        for (int j = 0; j < T::ACROSS; j++) {
                            float two[2];
                            read(b + (8 * j + group) * T::SLICE + 2 * pair, two);
                            right[j][0] = factor(two[0]);
                            right[j][1] = factor(two[1]);
                        }
                    } else {
#pragma unroll
                        for (int r = 0; r < 2; r++) {
                            float side[T::ACROSS];
                            read(b + ((2 * pair + r) * T::ROW + group * T::ACROSS), side);
#pragma unroll
                            for (int j = 0; j < T::ACROSS; j++) {
                                right[j][r] = factor(side[j]);
                            }
                        }
                    }
#pragma unroll
                    for (int i = 0; i < T::DOWN; i++) {
#pragma unroll
                        for (int j = 0; j < T::ACROSS; j++) {
                            Tf32::multiply(acc[Way::parity(tap)][i][j], left[i], right[j]);
                        }
                    }
                }
            }
        }
        // All are done with this slice before another takes its place.
        __syncthreads();
        copySlice(c + 2 * T::SLICE);
    }
}

/// Writes a block's sums. at(position) is where the position's first channel goes, -1 for none. residual may be y itself: a thread reads what
/// it will write before it writes.
template <class T, class At>
__device__ __forceinline__ void write(float (&acc)[T::DOWN][T::ACROSS][4], const Canvas& g, const float* bias, const float* residual, int relu,
                                      float* y, const At& at) {
    const int group = threadIdx.x % 32 / 4;
    const int columnFirst = blockIdx.y * T::BN + threadIdx.x % 4 * (2 * T::ACROSS);
#pragma unroll
    for (int i = 0; i < T::DOWN; i++) {
        int places[2];
        // All loads before the first store.
        float old[2][T::ACROSS / 2][4];
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int position = blockIdx.x * T::BM + threadIdx.x / 32 * (16 * T::DOWN) + 16 * i + 8 * half + group;
            places[half] = position < g.positions() ? at(position) : -1;
#pragma unroll
            for (int quad = 0; quad < T::ACROSS / 2; quad++) {
                const int column = columnFirst + 4 * quad;
                loadQuad(residual + (places[half] + column), true, residual != nullptr && places[half] >= 0 && column < g.outChannels ? 4 : 0,
                         old[half][quad]);
            }
        }
#pragma unroll
        for (int quad = 0; quad < T::ACROSS / 2; quad++) {
            const int column = columnFirst + 4 * quad;
            float added[4];
            loadQuad(bias + column, true, bias != nullptr && column < g.outChannels ? 4 : 0, added);
#pragma unroll
            for (int half = 0; half < 2; half++) {
                float v[4];
#pragma unroll
                for (int n = 0; n < 4; n++) {
                    const int of = 4 * quad + n;
                    const float sum = acc[i][of % T::ACROSS][2 * half + of / T::ACROSS] + added[n] + old[half][quad][n];
                    v[n] = relu && sum < 0.0f ? 0.0f : sum;
                }
                if (places[half] >= 0 && column < g.outChannels) {
                    storeQuad(y + (places[half] + column), true, 4, v);
                }
            }
        }
    }
}

template <class T, class Way>
__device__ __forceinline__ void convolve(WindowMemory<T>& memory, const Canvas& g, const float* __restrict__ x, const float* __restrict__ w,
                                         const float* bias, const float* residual, int relu, float* y) {
    float acc[1][T::DOWN][T::ACROSS][4] = {};
    sumWindows<T, Way>(memory, g, x, w, acc);
    write<T>(acc[0], g, bias, residual, relu, y, [&](int position) { return position * g.outChannels; });
}

/// The positions are squares of 2 x 2 of the height x width inputs of an image; the first square begins at row and column `begin`.
template <class T>
__device__ __forceinline__ void stride2Data(WindowMemory<T>& memory, const Canvas& g, const float* __restrict__ dy, const float* __restrict__ w,
                                            const float* residual, float* dx, int height, int width, int begin) {
    float acc[4][T::DOWN][T::ACROSS][4] = {};
    sumWindows<T, Stride2Data>(memory, g, dy, w, acc);
#pragma unroll
    for (int parity = 0; parity < 4; parity++) {
        write<T>(acc[parity], g, nullptr, residual, 0, dx, [&](int position) {
            int inImage, column;
            const int n = Divider{g.outHeight * g.outWidth, g.byOutArea}.quotient(position, inImage);
            const int i = 2 * Divider{g.outWidth, g.byOutWidth}.quotient(inImage, column) + begin + parity / 2;
            const int j = 2 * column + begin + parity % 2;
            return i >= 0 && j >= 0 && i < height && j < width ? ((n * height + i) * width + j) * g.outChannels : -1;
        });
    }
}

/// Sixteen channels of x and BN of dy to a block, a product of 16 x 8 a tap and eight columns; STEP positions at a time, every fourth eight
/// of them a warp's.
template <int BN>
struct WeightTile {
    static const int CHANNELS = 16, STEP = 64, PLACES = 216, GRADIENT = BN + 8;
    static const int WINDOW_SLOTS = (PLACES * 2 + 127) / 128;
    /// A lane's results.
    static const int RESULTS = TAPS * (BN / 8) * 4;
};

/// The window's channels 0 to 7 lie apart from 8 to 15: those of four neighbouring places fill the 32 banks.
template <int BN>
struct __align__(16) WeightMemory {
    float window[2][2][WeightTile<BN>::PLACES * 8];
    float gradients[2][WeightTile<BN>::STEP * WeightTile<BN>::GRADIENT];
    int corners[2][WeightTile<BN>::STEP];
};

template <int BN>
__device__ __forceinline__ void weights(WeightMemory<BN>& memory, const Canvas& g, const float* __restrict__ x, const float* __restrict__ dy,
                                        int chunk, int step, float* __restrict__ parts) {
    typedef WeightTile<BN> T;
    const int thread = threadIdx.x;
    const int lane = thread & 31;
    const int warp = thread >> 5;
    const int channelFirst = blockIdx.x * T::CHANNELS;
    const int columnFirst = blockIdx.y * BN;
    const long long from = static_cast<long long>(blockIdx.z) * chunk;
    const int kFirst = static_cast<int>(from);
    const int kLast = static_cast<int>(from + chunk < g.positions() ? from + chunk : g.positions());

    const auto copyStep = [&](int k, int stage) {
        if (k < kLast) {
            const int first = g.corner(k);
#pragma unroll
            for (int slot = 0; slot < T::WINDOW_SLOTS; slot++) {
                const int q = thread + slot * 128;
                if (q < 2 * g.places) {
                    const int offset = g.offset(first + q / 2);
                    const float* at = x + (offset >= 0 ? offset + channelFirst + q % 2 * 4 : 0);
                    copyQuad(&memory.window[stage][0][4 * q], at, offset >= 0);
                    copyQuad(&memory.window[stage][1][4 * q], offset >= 0 ? at + 8 : x, offset >= 0);
                }
            }
#pragma unroll
            for (int slot = 0; slot < T::STEP * BN / 4 / 128; slot++) {
                const int q = thread + slot * 128;
                const int p = q / (BN / 4);
                const int column = q % (BN / 4) * 4;
                if (p < step) {
                    const bool inside = k + p < kLast && columnFirst + column < g.outChannels;
                    copyQuad(&memory.gradients[stage][p * T::GRADIENT + column],
                             inside ? dy + ((k + p) * g.outChannels + columnFirst + column) : dy, inside);
                }
            }
            if (thread < step) {
                memory.corners[stage][thread] = (g.corner(k + thread) - first) * 8;
            }
        }
        endCopies();
    };

    float acc[TAPS][BN / 8][4] = {};
    const int group = lane >> 2;
    const int pair = lane & 3;
    int stage = 0;
    copyStep(kFirst, 0);
    copyStep(kFirst + step, 1);
#pragma unroll 1
    for (int k = kFirst; k < kLast; k += step) {
        awaitCopies<1>();
        __syncthreads();
#pragma unroll 1
        for (int p = 8 * warp + pair; p < step; p += 32) {
            const float* gradients = memory.gradients[stage] + p * T::GRADIENT + group;
            unsigned right[BN / 8][2];
#pragma unroll
            for (int j = 0; j < BN / 8; j++) {
#pragma unroll
                for (int r = 0; r < 2; r++) {
                    right[j][r] = factor(gradients[4 * r * T::GRADIENT + 8 * j]);
                }
            }
            const float* low = memory.window[stage][0] + memory.corners[stage][p] + group;
            const float* high = memory.window[stage][0] + memory.corners[stage][p + 4] + group;
#pragma unroll
            for (int tap = 0; tap < TAPS; tap++) {
                const int away = (tap / KERNEL * g.pitch() + tap % KERNEL) * 8;
                const unsigned left[4] = {factor(low[away]), factor(low[away + T::PLACES * 8]), factor(high[away]),
                                          factor(high[away + T::PLACES * 8])};
#pragma unroll
                for (int j = 0; j < BN / 8; j++) {
                    Tf32::multiply(acc[tap][j], left, right[j]);
                }
            }
        }
        // All are done with this step before another takes its place.
        __syncthreads();
        copyStep(k + 2 * step, stage);
        stage ^= 1;
    }
    awaitCopies<0>();
    // The four warps' sums become one: those of warps 2 and 3 go to 0 and 1, then that of 1 to 0.
    float* shared = memory.window[0][0];
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
        float* part = parts + static_cast<long long>(blockIdx.z) * TAPS * g.channels * g.outChannels;
#pragma unroll
        for (int i = 0; i < 2 * TAPS; i++) {
            const int row = i / 2 * g.channels + channelFirst + i % 2 * 8 + group;
#pragma unroll
            for (int j = 0; j < BN / 8; j++) {
                const int column = columnFirst + 8 * j + 2 * pair;
                if (column < g.outChannels) {
                    *reinterpret_cast<float2*>(part + (row * g.outChannels + column)) =
                            make_float2(acc[i / 2][j][i % 2 * 2], acc[i / 2][j][i % 2 * 2 + 1]);
                }
            }
        }
    }
}

}  // namespace

#define CONVOLUTION(SUFFIX, TILE, BLOCKS)                                                                                        \
    extern "C" __global__ void __launch_bounds__(128, BLOCKS)                                                                    \
    conv3_forward_##SUFFIX(const float* __restrict__ x, const float* __restrict__ w, const float* bias, const float* residual,   \
                           int relu, float* y, Canvas g) {                                                                       \
        __shared__ WindowMemory<TILE> memory;                                                                                    \
        convolve<TILE, Forward>(memory, g, x, w, bias, residual, relu, y);                                                       \
    }                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(128, BLOCKS)                                                                    \
    conv3_data_##SUFFIX(const float* __restrict__ dy, const float* __restrict__ w, const float* residual, float* dx, Canvas g) { \
        __shared__ WindowMemory<TILE> memory;                                                                                    \
        convolve<TILE, Data>(memory, g, dy, w, nullptr, residual, 0, dx);                                                        \
    }

#define SQUARES(SUFFIX, TILE)                                                                                                    \
    extern "C" __global__ void __launch_bounds__(128, 4)                                                                         \
    conv3_data_stride2_##SUFFIX(const float* __restrict__ dy, const float* __restrict__ w, const float* residual, float* dx,     \
                                int height, int width, int begin, Canvas g) {                                                    \
        __shared__ WindowMemory<TILE> memory;                                                                                    \
        stride2Data<TILE>(memory, g, dy, w, residual, dx, height, width, begin);                                                 \
    }

#define WEIGHTS(SUFFIX, BN)                                                                                                      \
    extern "C" __global__ void __launch_bounds__(128)                                                                            \
    conv3_weights_##SUFFIX(const float* __restrict__ x, const float* __restrict__ dy, int chunk, int step,                       \
                           float* __restrict__ parts, Canvas g) {                                                                \
        __shared__ WeightMemory<BN> memory;                                                                                      \
        weights<BN>(memory, g, x, dy, chunk, step, parts);                                                                       \
    }

CONVOLUTION(128x16_tf32, Narrow, 8)
CONVOLUTION(128x32_tf32, Wide, 4)
CONVOLUTION(64x32_tf32, Small, 4)
SQUARES(128x16_tf32, Narrow)
SQUARES(64x32_tf32, Small)
WEIGHTS(16_tf32, 16)
WEIGHTS(32_tf32, 32)
