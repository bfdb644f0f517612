// Convolutions as implicit matrix products (NHWC images, HWIO weights): the patches are gathered while they are loaded, never stored.
// 3 x 3 kernels over channels in eights are convolution3.cu's; this takes all others, and addresses that are not aligned.
// Each 2 * batch * outHeight * outWidth * kernel^2 * inChannels * outChannels FLOPs; bytes at least those of the three tensors.
//
//   conv_forward_<BN>    y[p, o]   = act(sum over (a, b, c) of x[p at (a, b), c] w[(a, b, c), o] + bias[o] + residual[p, o])
//   conv_data_<BN>       dx[q, c] (+)= sum over (a, b, o) of dy[q from (a, b), o] w[(a, b, c), o]
//   conv_weights_<BN>    parts[s, (a, b, c), o] = sum over the positions p of part s of x[p at (a, b), c] dy[p, o]
//   conv_weights_finish  dw = sum over s of parts[s], in double in a fixed order
//
// p runs over batch * outHeight * outWidth output positions, q over batch * height * width input positions, (a, b) over the kernel's taps.
// Launch: 256 threads (conv_weights: see below), grid (ceil(rows / BM), ceil(columns / BN)), conv_weights with z = parts.
// BN, the columns of a tile, is 16, 32 or 64: the least that holds the channels. BM is 256, 256, 128; for conv_weights 64 with
// 64, 128, 256 threads. 16-byte loads where channels are multiples of four. Taps outside the image are skipped by a test, not by padding.
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

}  // namespace

namespace {

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
