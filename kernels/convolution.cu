// Convolutions as implicit matrix products (NHWC images, HWIO weights): the patches are gathered while they are loaded, never stored.
// 3 x 3 kernels over channels in eights are convolution3.cu's; this takes all others, and addresses that are not aligned.
// Each 2 * batch * outHeight * outWidth * kernel^2 * inChannels * outChannels FLOPs; bytes at least those of the three tensors.
//
//   conv_forward_<BN>    y[p, o]   = act(sum over (a, b, c) of x[p at (a, b), c] w[(a, b, c), o] + bias[o] + residual[p, o])
//   conv_data_<BN>       dx[q, c] (+)= sum over (a, b, o) of dy[q from (a, b), o] w[(a, b, c), o]
//   conv_weights_<BN>    parts[s, (a, b, c), o] = sum over the positions p of part s of x[p at (a, b), c] dy[p, o]
//   conv_weights_finish  dw = sum over s of parts[s], in double in a fixed order
//   conv_forward_few     y as conv_forward, and
//   conv_weights_few     parts as conv_weights, of patches that have no more numbers than a warp has lanes: a first layer's
//
// p runs over batch * outHeight * outWidth output positions, q over batch * height * width input positions, (a, b) over the kernel's taps.
// Launch: 256 threads (conv_weights: see below), grid (ceil(rows / BM), ceil(columns / BN)), conv_weights with z = parts.
// BN, the columns of a tile, is 16, 32 or 64: the least that holds the channels. BM is 256, 256, 128; for conv_weights 64 with
// 64, 128, 256 threads. 16-byte loads where channels are multiples of four. Taps outside the image are skipped by a test, not by padding.
// conv_forward_few: 256 threads, grid ceil(positions / 256). conv_weights_few: 256 threads, grid (1, ceil(outChannels / 16), parts). Patches are
// padded to 32 numbers instead of 64 rows, and a lane's tap is found once instead of at every number.
// nvcc -ptx -arch=compute_75 convolution.cu
#include "geometry.cuh"
#include "tile.cuh"

namespace {

typedef Tile<256, 16, 8, 4, 4> Narrow;
typedef Tile<256, 32, 8, 8, 4> Middle;
typedef Tile<128, 64, 8, 8, 4> Wide;
typedef Tile<64, 16, 8, 4, 4> NarrowWeights;
typedef Tile<64, 32, 8, 4, 4> MiddleWeights;
typedef Tile<64, 64, 16, 4, 4> WideWeights;

/// A tap (a, b) of the kernel and a channel; steps from one weight to the next.
struct Tap {
    int a, b, channel;

    __device__ __forceinline__ Tap() {}

    __device__ __forceinline__ Tap(const Geometry& g, int index, int channels, unsigned byChannels) {
        const int tap = Divider{channels, byChannels}.quotient(index, channel);
        a = Divider{g.kernel, g.byKernel}.quotient(tap, b);
    }

    __device__ __forceinline__ void step(const Geometry& g, int channels) {
        if (++channel == channels) {
            channel = 0;
            if (++b == g.kernel) {
                b = 0;
                a++;
            }
        }
    }
};

/// Four numbers from where `at(tap)` says, null meaning 0: one load where `vector`, since four channels then share their tap.
template <class At>
__device__ __forceinline__ void gather(const Geometry& g, bool vector, Tap tap, int channels, int count, const At& at, float (&v)[4]) {
    if (vector) {
        const float* p = count > 0 ? at(tap) : nullptr;
        loadQuad(p, true, p == nullptr ? 0 : 4, v);
    } else {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float* p = i < count ? at(tap) : nullptr;
            v[i] = p == nullptr ? 0.0f : *p;
            tap.step(g, channels);
        }
    }
}

/// outer = output position, k = (tap, input channel).
struct InputPatches {
    static const bool ALONG_K = true;
    const Geometry& g;
    const float* __restrict__ x;
    int kEnd;
    bool vector;
    const float* image[4];
    int top[4];
    int left[4];

    __device__ __forceinline__ InputPatches(const Geometry& geometry, const float* input)
        : g(geometry), x(input), kEnd(g.kernel * g.kernel * g.inChannels), vector(g.inChannels % 4 == 0 && aligned(input)) {}

    __device__ __forceinline__ void bind(int slot, int position) {
        int inImage, column;
        const int n = Divider{g.outHeight * g.outWidth, g.byOutArea}.quotient(position, inImage);
        const int row = Divider{g.outWidth, g.byOutWidth}.quotient(inImage, column);
        image[slot] = x + static_cast<long long>(n) * (g.height * g.width * g.inChannels);
        // A position past the end lies below every image, so that its taps are all outside.
        top[slot] = n < g.batch ? row * g.stride - g.padding : g.height;
        left[slot] = column * g.stride - g.padding;
    }

    __device__ __forceinline__ void quad(int slot, int k, float (&v)[4]) const {
        gather(g, vector, Tap(g, k, g.inChannels, g.byInChannels), g.inChannels, kEnd - k, [&](const Tap& tap) {
            const int i = top[slot] + tap.a;
            const int j = left[slot] + tap.b;
            const bool inside = i >= 0 && i < g.height && j >= 0 && j < g.width;
            return inside ? image[slot] + ((i * g.width + j) * g.inChannels + tap.channel) : nullptr;
        }, v);
    }
};

/// outer = input position, k = (tap, output channel): the outputs that this input reached through each tap.
struct OutputPatches {
    static const bool ALONG_K = true;
    const Geometry& g;
    const float* __restrict__ dy;
    int kEnd;
    bool vector;
    const float* image[4];
    int bottom[4];
    int right[4];

    __device__ __forceinline__ OutputPatches(const Geometry& geometry, const float* gradient)
        : g(geometry), dy(gradient), kEnd(g.kernel * g.kernel * g.outChannels), vector(g.outChannels % 4 == 0 && aligned(gradient)) {}

    __device__ __forceinline__ void bind(int slot, int position) {
        int inImage, column;
        const int n = Divider{g.height * g.width, g.byArea}.quotient(position, inImage);
        const int row = Divider{g.width, g.byWidth}.quotient(inImage, column);
        image[slot] = dy + static_cast<long long>(n) * (g.outHeight * g.outWidth * g.outChannels);
        // A position past the end lies above every output.
        bottom[slot] = n < g.batch ? row + g.padding : -1;
        right[slot] = column + g.padding;
    }

    __device__ __forceinline__ void quad(int slot, int k, float (&v)[4]) const {
        gather(g, vector, Tap(g, k, g.outChannels, g.byOutChannels), g.outChannels, kEnd - k, [&](const Tap& tap) {
            const int down = bottom[slot] - tap.a;
            const int across = right[slot] - tap.b;
            int overRow, overColumn;
            const int i = Divider{g.stride, g.byStride}.quotient(down, overRow);
            const int j = Divider{g.stride, g.byStride}.quotient(across, overColumn);
            const bool inside = down >= 0 && across >= 0 && overRow == 0 && overColumn == 0 && i < g.outHeight && j < g.outWidth;
            return inside ? image[slot] + ((i * g.outWidth + j) * g.outChannels + tap.channel) : nullptr;
        }, v);
    }
};

/// outer = input channel, k = (tap, output channel).
struct WeightsByOutput {
    static const bool ALONG_K = true;
    const Geometry& g;
    const float* __restrict__ w;
    int kEnd;
    bool vector;
    int inChannel[4];

    __device__ __forceinline__ WeightsByOutput(const Geometry& geometry, const float* weights)
        : g(geometry), w(weights), kEnd(g.kernel * g.kernel * g.outChannels), vector(g.outChannels % 4 == 0 && aligned(weights)) {}

    __device__ __forceinline__ void bind(int slot, int channel) {
        inChannel[slot] = channel;
    }

    __device__ __forceinline__ void quad(int slot, int k, float (&v)[4]) const {
        gather(g, vector, Tap(g, k, g.outChannels, g.byOutChannels), g.outChannels, kEnd - k, [&](const Tap& tap) {
            const int row = (tap.a * g.kernel + tap.b) * g.inChannels + inChannel[slot];
            return inChannel[slot] < g.inChannels ? w + (row * g.outChannels + tap.channel) : nullptr;
        }, v);
    }
};

/// outer = (tap, input channel), k = output position.
struct InputByPosition {
    static const bool ALONG_K = false;
    const Geometry& g;
    const float* __restrict__ x;
    int kEnd;
    bool vector;
    int left[4];
    Tap first[4];

    __device__ __forceinline__ InputByPosition(const Geometry& geometry, const float* input, int end)
        : g(geometry), x(input), kEnd(end), vector(g.inChannels % 4 == 0 && aligned(input)) {}

    __device__ __forceinline__ void bind(int slot, int outer) {
        left[slot] = g.kernel * g.kernel * g.inChannels - outer;
        first[slot] = Tap(g, outer, g.inChannels, g.byInChannels);
    }

    __device__ __forceinline__ void quad(int slot, int k, float (&v)[4]) const {
        int inImage, column;
        const int n = Divider{g.outHeight * g.outWidth, g.byOutArea}.quotient(k, inImage);
        const int row = Divider{g.outWidth, g.byOutWidth}.quotient(inImage, column);
        const float* image = x + static_cast<long long>(n) * (g.height * g.width * g.inChannels);
        gather(g, vector, first[slot], g.inChannels, k < kEnd ? left[slot] : 0, [&](const Tap& tap) {
            const int i = row * g.stride - g.padding + tap.a;
            const int j = column * g.stride - g.padding + tap.b;
            const bool inside = i >= 0 && i < g.height && j >= 0 && j < g.width;
            return inside ? image + ((i * g.width + j) * g.inChannels + tap.channel) : nullptr;
        }, v);
    }
};

/// y = act(v + bias + residual); not inlined, as writeQuad.
__device__ __noinline__ void writeOutput(float* y, const float* bias, const float* residual, bool vector, int count, int relu, float v0,
                                         float v1, float v2, float v3) {
    float v[4] = {v0, v1, v2, v3}, b[4] = {0.0f, 0.0f, 0.0f, 0.0f}, r[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (bias != nullptr) {
        loadQuad(bias, vector, count, b);
    }
    if (residual != nullptr) {
        loadQuad(residual, vector, count, r);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float sum = v[i] + b[i] + r[i];
        v[i] = relu && sum < 0.0f ? 0.0f : sum;
    }
    storeQuad(y, vector, count, v);
}

template <class T>
__device__ __forceinline__ void forward(TileMemory<T>& memory, const Geometry& g, const float* __restrict__ x,
                                        const float* __restrict__ w, const float* __restrict__ bias, const float* __restrict__ residual,
                                        int relu, float* __restrict__ y) {
    const int rows = g.batch * g.outHeight * g.outWidth;
    InputPatches patches(g, x);
    ColumnsOfMatrix weights(w, g.outChannels, patches.kEnd);
    const int rowFirst = blockIdx.x * T::BM;
    const int columnFirst = blockIdx.y * T::BN;
    float acc[T::TM][T::TN];
    accumulate<T, Multiply>(memory, patches, weights, rowFirst, columnFirst, 0, patches.kEnd, acc);
    const bool vector = g.outChannels % 4 == 0 && aligned(y) && aligned(bias) && aligned(residual);
    forEachQuad<T>(acc, rowFirst, columnFirst, rows, g.outChannels, [&](int row, int column, int count, float (&v)[4]) {
        const long long at = static_cast<long long>(row) * g.outChannels + column;
        writeOutput(y + at, bias == nullptr ? nullptr : bias + column, residual == nullptr ? nullptr : residual + at, vector, count, relu,
                    v[0], v[1], v[2], v[3]);
    });
}

template <class T>
__device__ __forceinline__ void data(TileMemory<T>& memory, const Geometry& g, const float* __restrict__ dy,
                                     const float* __restrict__ w, float* __restrict__ dx, int add) {
    const int rows = g.batch * g.height * g.width;
    OutputPatches patches(g, dy);
    WeightsByOutput weights(g, w);
    const int rowFirst = blockIdx.x * T::BM;
    const int columnFirst = blockIdx.y * T::BN;
    float acc[T::TM][T::TN];
    accumulate<T, Multiply>(memory, patches, weights, rowFirst, columnFirst, 0, patches.kEnd, acc);
    const bool vector = g.inChannels % 4 == 0 && aligned(dx);
    forEachQuad<T>(acc, rowFirst, columnFirst, rows, g.inChannels, [&](int row, int column, int count, float (&v)[4]) {
        writeQuad(dx + (static_cast<long long>(row) * g.inChannels + column), vector, count, 1.0f, add ? 1.0f : 0.0f, v[0], v[1], v[2], v[3]);
    });
}

template <class T>
__device__ __forceinline__ void weights(TileMemory<T>& memory, const Geometry& g, const float* __restrict__ x,
                                        const float* __restrict__ dy, int chunk, float* __restrict__ parts) {
    const int positions = g.batch * g.outHeight * g.outWidth;
    const int rows = g.kernel * g.kernel * g.inChannels;
    const long long kFirst = static_cast<long long>(blockIdx.z) * chunk;
    const int kLast = static_cast<int>(kFirst + chunk < positions ? kFirst + chunk : positions);
    InputByPosition input(g, x, kLast);
    ColumnsOfMatrix gradient(dy, g.outChannels, kLast);
    const int rowFirst = blockIdx.x * T::BM;
    const int columnFirst = blockIdx.y * T::BN;
    float acc[T::TM][T::TN];
    accumulate<T, Multiply>(memory, input, gradient, rowFirst, columnFirst, static_cast<int>(kFirst), kLast, acc);
    float* part = parts + static_cast<long long>(blockIdx.z) * rows * g.outChannels;
    const bool vector = g.outChannels % 4 == 0 && aligned(parts);
    forEachQuad<T>(acc, rowFirst, columnFirst, rows, g.outChannels, [&](int row, int column, int count, float (&v)[4]) {
        writeQuad(part + (static_cast<long long>(row) * g.outChannels + column), vector, count, 1.0f, 0.0f, v[0], v[1], v[2], v[3]);
    });
}

}  // namespace

#define CONVOLUTION(SUFFIX, TILE)                                                                                               \
    extern "C" __global__ void __launch_bounds__(256)                                                                           \
    conv_forward_##SUFFIX(const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias,             \
                          const float* __restrict__ residual, int relu, float* __restrict__ y, Geometry g) {                    \
        __shared__ TileMemory<TILE> memory;                                                                                     \
        forward<TILE>(memory, g, x, w, bias, residual, relu, y);                                                                \
    }                                                                                                                           \
    extern "C" __global__ void __launch_bounds__(256)                                                                           \
    conv_data_##SUFFIX(const float* __restrict__ dy, const float* __restrict__ w, float* __restrict__ dx, int add, Geometry g) { \
        __shared__ TileMemory<TILE> memory;                                                                                     \
        data<TILE>(memory, g, dy, w, dx, add);                                                                                  \
    }                                                                                                                           \
    extern "C" __global__ void __launch_bounds__(TILE##Weights::THREADS)                                                        \
    conv_weights_##SUFFIX(const float* __restrict__ x, const float* __restrict__ dy, int chunk, float* __restrict__ parts,      \
                          Geometry g) {                                                                                         \
        __shared__ TileMemory<TILE##Weights> memory;                                                                            \
        weights<TILE##Weights>(memory, g, x, dy, chunk, parts);                                                                 \
    }

CONVOLUTION(16, Narrow)
CONVOLUTION(32, Middle)
CONVOLUTION(64, Wide)

// ---- few weights an output: a lane of a warp brings one number of every patch

namespace {

const int LANES = 32;
/// Each with its own positions.
const int FEW_WARPS = 8;
const int FEW_COLUMNS = 16;
/// Numbers from a position's patch to the next: eight neighbours' quads keep off one another's banks.
const int FEW_PATCH = LANES + 4;

/// This lane's number of the patches of `count` positions from `first` on, 0 outside the images, behind the patch and behind `count`.
/// The positions' rows and columns are counted, not divided for: about ten instructions a number.
template <int STAGE>
__device__ __forceinline__ void fetchPatches(const Geometry& g, const float* __restrict__ x, int first, int count, float (&held)[STAGE]) {
    const int lane = threadIdx.x % LANES;
    const Tap tap(g, lane, g.inChannels, g.byInChannels);
    int inImage, column;
    const int n = Divider{g.outHeight * g.outWidth, g.byOutArea}.quotient(first, inImage);
    int row = Divider{g.outWidth, g.byOutWidth}.quotient(inImage, column);
    const int available = tap.a < g.kernel ? count : 0;
    int i = row * g.stride - g.padding + tap.a;
    int j = column * g.stride - g.padding + tap.b;
    // Unsigned, since it may pass both ends of x where it is not used.
    unsigned at = ((static_cast<unsigned>(n) * g.height + i) * g.width + j) * g.inChannels + tap.channel;
#pragma unroll
    for (int s = 0; s < STAGE; s++) {
        const bool inside = s < available && static_cast<unsigned>(i) < static_cast<unsigned>(g.height)
                && static_cast<unsigned>(j) < static_cast<unsigned>(g.width);
        held[s] = inside ? x[at] : 0.0f;
        j += g.stride;
        at += g.stride * g.inChannels;
        if (++column == g.outWidth) {
            column = 0;
            j -= g.outWidth * g.stride;
            i += g.stride;
            at += (g.width - g.outWidth) * g.stride * g.inChannels;
            if (++row == g.outHeight) {
                row = 0;
                i -= g.outHeight * g.stride;
                at += (g.height - g.outHeight * g.stride) * g.width * g.inChannels;
            }
        }
    }
}

}  // namespace

// A lane has four positions and four columns.
extern "C" __global__ void __launch_bounds__(FEW_WARPS * LANES, 4)
conv_forward_few(const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias, const float* __restrict__ residual,
                 int relu, float* __restrict__ y, Geometry g) {
    const int STAGE = 32;
    __shared__ __align__(16) float memory[FEW_WARPS * STAGE * FEW_PATCH];
    __shared__ __align__(16) float slab[LANES * FEW_COLUMNS];
    const int lane = threadIdx.x % LANES;
    const int rows = g.kernel * g.kernel * g.inChannels;
    const int positions = g.batch * g.outHeight * g.outWidth;
    const int first = (blockIdx.x * FEW_WARPS + threadIdx.x / LANES) * STAGE;
    float* patches = memory + threadIdx.x / LANES * (STAGE * FEW_PATCH);
    float held[STAGE];
    fetchPatches<STAGE>(g, x, first, positions - first, held);
#pragma unroll
    for (int s = 0; s < STAGE; s++) {
        patches[s * FEW_PATCH + lane] = held[s];
    }
    // Lanes i and i ^ 1 share their positions, i and i ^ 2 their columns: then a 16-byte shared read takes two passes, not four.
    const int columnInTile = (lane & 1 | lane >> 1 & 2) * 4;
    const int position = lane >> 1 & 1 | lane >> 2 & 6;
    const bool vector = g.outChannels % 4 == 0 && aligned(y) && aligned(bias) && aligned(residual);
    for (int columnFirst = 0; columnFirst < g.outChannels; columnFirst += FEW_COLUMNS) {
        __syncthreads();
        for (int i = threadIdx.x; i < LANES * FEW_COLUMNS; i += FEW_WARPS * LANES) {
            const int o = columnFirst + i % FEW_COLUMNS;
            slab[i] = i / FEW_COLUMNS < rows && o < g.outChannels ? w[i / FEW_COLUMNS * g.outChannels + o] : 0.0f;
        }
        __syncthreads();
        float acc[4][4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
#pragma unroll
            for (int j = 0; j < 4; j++) {
                acc[i][j] = 0.0f;
            }
        }
#pragma unroll 1
        for (int k = 0; k < rows; k += 4) {
            const float* b = slab + (k * FEW_COLUMNS + columnInTile);
            const float4 w0 = quadAt(b), w1 = quadAt(b + FEW_COLUMNS), w2 = quadAt(b + 2 * FEW_COLUMNS), w3 = quadAt(b + 3 * FEW_COLUMNS);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const float4 v = quadAt(patches + ((position + 8 * i) * FEW_PATCH + k));
                acc[i][0] = fmaf(v.w, w3.x, fmaf(v.z, w2.x, fmaf(v.y, w1.x, fmaf(v.x, w0.x, acc[i][0]))));
                acc[i][1] = fmaf(v.w, w3.y, fmaf(v.z, w2.y, fmaf(v.y, w1.y, fmaf(v.x, w0.y, acc[i][1]))));
                acc[i][2] = fmaf(v.w, w3.z, fmaf(v.z, w2.z, fmaf(v.y, w1.z, fmaf(v.x, w0.z, acc[i][2]))));
                acc[i][3] = fmaf(v.w, w3.w, fmaf(v.z, w2.w, fmaf(v.y, w1.w, fmaf(v.x, w0.w, acc[i][3]))));
            }
        }
        const int column = columnFirst + columnInTile;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int row = first + position + 8 * i;
            if (row < positions && column < g.outChannels) {
                const long long at = static_cast<long long>(row) * g.outChannels + column;
                writeOutput(y + at, bias == nullptr ? nullptr : bias + column, residual == nullptr ? nullptr : residual + at, vector,
                            g.outChannels - column, relu, acc[i][0], acc[i][1], acc[i][2], acc[i][3]);
            }
        }
    }
}

// A lane has eight rows and four columns, over every other position of its warp; chunk is a multiple of FEW_WARPS.
extern "C" __global__ void __launch_bounds__(FEW_WARPS * LANES, 2)
conv_weights_few(const float* __restrict__ x, const float* __restrict__ dy, int chunk, float* __restrict__ parts, Geometry g) {
    const int STAGE = 16;
    const int NUMBERS = STAGE * (FEW_PATCH + FEW_COLUMNS);
    __shared__ __align__(16) float memory[FEW_WARPS * NUMBERS];
    const int lane = threadIdx.x % LANES;
    const int warp = threadIdx.x / LANES;
    float* patches = memory + warp * NUMBERS;
    float* gradients = patches + STAGE * FEW_PATCH;
    const int columnFirst = blockIdx.y * FEW_COLUMNS;
    const int positions = g.batch * g.outHeight * g.outWidth;
    const long long from = static_cast<long long>(blockIdx.z) * chunk + warp * (chunk / FEW_WARPS);
    const int last = static_cast<int>(from + chunk / FEW_WARPS < positions ? from + chunk / FEW_WARPS : positions);
    const bool vector = g.outChannels % 4 == 0 && aligned(dy);
    // Of the lanes i, i ^ 1 and i ^ 2 as conv_forward_few; both halves of the warp have the same results.
    const int column = (lane & 1 | lane >> 1 & 2) * 4;
    const int row = (lane >> 1 & 1 | lane >> 2 & 2) * 8;
    float acc[8][4];
#pragma unroll
    for (int i = 0; i < 8; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            acc[i][j] = 0.0f;
        }
    }
    float held[STAGE], heldGradients[2][4];
    // What the next positions have is under way while these are multiplied.
    const auto fetch = [&](int first) {
        fetchPatches<STAGE>(g, x, first, last - first, held);
#pragma unroll
        for (int slot = 0; slot < 2; slot++) {
            const int position = first + lane / 4 + 8 * slot;
            const int o = columnFirst + lane % 4 * 4;
            loadQuad(dy + (static_cast<long long>(position) * g.outChannels + o), vector, position < last ? g.outChannels - o : 0,
                     heldGradients[slot]);
        }
    };
    if (from < last) {
        fetch(static_cast<int>(from));
    }
    for (long long k = from; k < last; k += STAGE) {
        // All lanes have read what the stage before held.
        __syncwarp();
#pragma unroll
        for (int s = 0; s < STAGE; s++) {
            patches[s * FEW_PATCH + lane] = held[s];
        }
#pragma unroll
        for (int slot = 0; slot < 2; slot++) {
            storeQuad(gradients + ((lane / 4 + 8 * slot) * FEW_COLUMNS + lane % 4 * 4), true, 4, heldGradients[slot]);
        }
        __syncwarp();
        if (k + STAGE < last) {
            fetch(static_cast<int>(k) + STAGE);
        }
#pragma unroll 4
        for (int s = lane / 16; s < STAGE; s += 2) {
            const float4 d = quadAt(gradients + (s * FEW_COLUMNS + column));
            const float4 low = quadAt(patches + (s * FEW_PATCH + row)), high = quadAt(patches + (s * FEW_PATCH + row + 4));
            const float v[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
            for (int i = 0; i < 8; i++) {
                acc[i][0] = fmaf(v[i], d.x, acc[i][0]);
                acc[i][1] = fmaf(v[i], d.y, acc[i][1]);
                acc[i][2] = fmaf(v[i], d.z, acc[i][2]);
                acc[i][3] = fmaf(v[i], d.w, acc[i][3]);
            }
        }
    }
    __syncwarp();
#pragma unroll
    for (int i = 0; i < 8; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            acc[i][j] += __shfl_xor_sync(0xffffffffu, acc[i][j], 16);
        }
        if (lane < 16) {
            storeQuad(patches + ((row + i) * FEW_COLUMNS + column), true, 4, acc[i]);
        }
    }
    __syncthreads();
    const int rows = g.kernel * g.kernel * g.inChannels;
    float* part = parts + static_cast<long long>(blockIdx.z) * rows * g.outChannels;
    for (int i = threadIdx.x; i < rows * FEW_COLUMNS; i += FEW_WARPS * LANES) {
        float sum = 0.0f;
#pragma unroll
        for (int other = 0; other < FEW_WARPS; other++) {
            sum += memory[other * NUMBERS + i];
        }
        const int o = columnFirst + i % FEW_COLUMNS;
        if (o < g.outChannels) {
            part[i / FEW_COLUMNS * g.outChannels + o] = sum;
        }
    }
}

// Blocks of (32, blockDim.y) threads for 32 of the n weights; a thread adds every blockDim.y-th part. 4n (parts + 1) bytes.
extern "C" __global__ void conv_weights_finish(const float* __restrict__ parts, int splits, long long n, float* __restrict__ dw) {
    __shared__ double sums[32 * 32];
    const long long i = 32ll * blockIdx.x + threadIdx.x;
    double sum = 0.0;
    if (i < n) {
#pragma unroll 4
        for (int s = threadIdx.y; s < splits; s += blockDim.y) {
            sum += parts[s * n + i];
        }
    }
    sums[threadIdx.y * 32 + threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && i < n) {
        for (unsigned y = 1; y < blockDim.y; y++) {
            sum += sums[y * 32 + threadIdx.x];
        }
        dw[i] = static_cast<float>(sum);
    }
}
