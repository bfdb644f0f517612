// 3 x 3 convolutions (NHWC images, HWIO weights) whose channels come in eights, from windows of the images in shared memory.
// The general form, for all other sizes, is convolution.cu; what the two compute is the same.
//
//   conv3_forward_<BM>x<BN>   y[p, o]  = act(sum over (a, b, c) of x[p at (a, b), c] w[(a, b, c), o] + bias[o] + residual[p, o])
//   conv3_data_<BM>x<BN>      dx[q, c] = sum over (a, b, o) of dy[q from (a, b), o] w[(a, b, c), o] (+ residual[q, c]): the forward form
//                             with taps turned about and weights transposed
//   conv3_data_stride2_<BM>x<BN>   the same with stride 2, whose q meet one or two rows and one or two columns of taps by their parity
//   conv3_weights             parts[s, (a, b, c), o] = sum over the positions p of part s of x[p at (a, b), c] dy[p, o]
//
// What BM neighbouring positions meet lies within a short stretch of the canvas of canvas.cuh. It is brought to shared memory once, eight channels
// at a time (64 x 32 and conv3_weights: sixteen), and serves all nine taps: a ninth of the loads of patches that are gathered, no test in
// the loop, and every address in it a number a thread holds plus one that all share. 16-byte shared reads along the channels, rows apart by
// an odd multiple of four, so that eight neighbouring positions keep off one another's banks; the next slice is on its way to registers
// meanwhile.
//
// Launch: 128 threads (64 x 32: 256), grid (ceil(positions / BM), ceil(channels out / BN)); conv3_data_stride2 with positions of one parity
// and z = the four parities, that with the most taps first; conv3_weights 288 threads, grid
// (ceil(inChannels / 16), ceil(outChannels / 16), parts). A thread owns 8 x 4 results. All pointers must be aligned to 16 bytes, both
// channels multiples of eight, the stretch of every tile no longer than PLACES.
// 18 * positions * inChannels * outChannels FLOPs; bytes about those of the three tensors, the weights once a block from L2.
// nvcc -ptx -arch=compute_75 convolution3.cu
#include "canvas.cuh"
#include "lanes.cuh"

namespace {

const int KERNEL = 3;
const int TAPS = KERNEL * KERNEL;

/// The positions of a grid as they are stored. They meet rows() x columns() taps, of SIDE x SIDE at most.
struct EveryPosition {
    static const int SIDE = KERNEL;
    /// Taps from the i-th of those to its (i + count)-th, where SIDE divides count or is KERNEL.
    static const int APART = 1;

    __device__ __forceinline__ int rows() const {
        return KERNEL;
    }

    __device__ __forceinline__ int columns() const {
        return KERNEL;
    }

    /// Which tap the i-th of the SIDE x SIDE is, TAPS if no position meets it.
    __device__ __forceinline__ int tap(int i) const {
        return i;
    }

    /// How far from its corner a position's first place lies.
    __device__ __forceinline__ int shift(const Canvas&) const {
        return 0;
    }

    /// Where the result holds a position's first channel, -1 for none.
    __device__ __forceinline__ int offset(const Canvas& g, int position) const {
        return position < g.positions() ? position * g.outChannels : -1;
    }
};

/// Every other row and column of a result of height x width, over a canvas with one row and column of zeros: row i meets the taps 0 and 2 if
/// i + padding is even, tap 1 if it is odd.
struct EveryOtherPosition {
    static const int SIDE = 2;
    static const int APART = KERNEL;
    int height, width, padding;

    /// The first tap's row and column.
    __device__ __forceinline__ int top() const {
        return blockIdx.z >> 1;
    }

    __device__ __forceinline__ int left() const {
        return blockIdx.z & 1;
    }

    __device__ __forceinline__ int rows() const {
        return 2 - top();
    }

    __device__ __forceinline__ int columns() const {
        return 2 - left();
    }

    __device__ __forceinline__ int tap(int i) const {
        return i / 2 < rows() && i % 2 < columns() ? (top() + i / 2 * 2) * KERNEL + left() + i % 2 * 2 : TAPS;
    }

    __device__ __forceinline__ int shift(const Canvas& g) const {
        return (padding + top() + 1) / 2 * g.pitch() + (padding + left() + 1) / 2;
    }

    __device__ __forceinline__ int offset(const Canvas& g, int position) const {
        int inImage, inRow;
        const int n = Divider{g.outHeight * g.outWidth, g.byOutArea}.quotient(position, inImage);
        const int i = 2 * Divider{g.outWidth, g.byOutWidth}.quotient(inImage, inRow) + (top() + padding & 1);
        const int j = 2 * inRow + (left() + padding & 1);
        return n < g.batch && i < height && j < width ? ((n * height + i) * width + j) * g.outChannels : -1;
    }
};

template <int M, int N, int SPLITS, int CHANNELS, int STRETCH, int SLOTS>
struct WindowTile {
    static const int BM = M, BN = N, TM = 8, TN = 4;
    /// Parts of a slice's channels that threads sum apart, where a tile has few results.
    static const int GROUPS = SPLITS;
    static const int THREADS = BM / TM * (BN / TN) * GROUPS;
    static const int PLACES = STRETCH;
    /// Channels of a slice; numbers from place to place and from a weight's row to the next.
    static const int SLICE = CHANNELS, PLACE = SLICE + 4, ROW = BN + 4;
    /// Quads of a place.
    static const int QUADS = SLICE / 4;
    /// Quads of the next slice's window that a thread holds: they cover stride 1; the rest of longer stretches is loaded when it is due.
    static const int WINDOW_SLOTS = SLOTS;
    static const int NUMBERS = PLACES * PLACE + TAPS * SLICE * ROW + BM;
};

typedef WindowTile<256, 16, 1, 8, 384, 6> Narrow;
typedef WindowTile<128, 32, 1, 8, 320, 3> Wide;
typedef WindowTile<64, 32, 4, 16, 320, 2> Small;

/// Whether there is such a channel: of slices of eight none is partly empty.
template <class T>
__device__ __forceinline__ bool inSlice(const Canvas& g, int channel) {
    return T::SLICE == 8 || channel < g.channels;
}

/// The weights of a tile's columns, a slice of channels at a time: this thread's share, one quad of every TAPS_APART-th tap. TURNED: those of
/// conv3_data, four neighbours in memory are four channels, else four columns.
template <class T, bool TURNED, class Positions>
struct Weights {
    static const int TAPS_APART = T::THREADS / (T::QUADS * T::BN);
    static const int MET = Positions::SIDE * Positions::SIDE;
    static const int SLOTS = (MET + TAPS_APART - 1) / TAPS_APART;
    static_assert(Positions::SIDE == KERNEL || TAPS_APART % Positions::SIDE == 0, "a thread's taps lie the same distance apart");
    int tap, column, channel;
    float held[SLOTS][4];

    __device__ __forceinline__ Weights() {
        const int inTap = threadIdx.x % (T::QUADS * T::BN);
        tap = threadIdx.x / (T::QUADS * T::BN);
        column = TURNED ? inTap / T::QUADS : inTap % (T::BN / 4) * 4;
        channel = TURNED ? inTap % T::QUADS * 4 : inTap / (T::BN / 4);
    }

    /// Those of taps that none of the positions meets are zeros.
    __device__ __forceinline__ void fetch(const Canvas& g, const Positions& positions, const float* __restrict__ w, int columnFirst,
                                          int channelFirst) {
        const int o = columnFirst + column;
        const int c = channelFirst + channel;
        const int t = positions.tap(tap);
        const int first = TURNED ? ((TAPS - 1 - t) * g.outChannels + o) * g.channels + c : (t * g.channels + c) * g.outChannels + o;
        const int apart = (TURNED ? -TAPS_APART : TAPS_APART) * Positions::APART * g.channels * g.outChannels;
        const bool inside = o < g.outChannels && inSlice<T>(g, c);
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            const int i = tap + slot * TAPS_APART;
            loadQuad(w + (first + slot * apart), true, inside && i < MET && positions.tap(i) < TAPS ? 4 : 0, held[slot]);
        }
    }

    __device__ __forceinline__ void store(float* slab) const {
        float* first = slab + ((tap * T::SLICE + channel) * T::ROW + column);
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            if (tap + slot * TAPS_APART < MET) {
                float* row = first + slot * (TAPS_APART * T::SLICE * T::ROW);
                if (TURNED) {
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        row[i * T::ROW] = held[slot][i];
                    }
                } else {
                    storeQuad(row, true, 4, held[slot]);
                }
            }
        }
    }
};

/// Adds a slice's products; `corners` says where this thread's positions begin in the window, `b` is its column of the weights.
template <class T, class Positions>
__device__ __forceinline__ void addSlice(const float* window, const float* b, const int* corners, int pitch, const Positions& positions,
                                         float (&acc)[T::TM][T::TN]) {
    int at[T::TM];
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
        at[i] = corners[i * (T::BM / T::TM)];
    }
#pragma unroll 1
    for (int row = 0; row < positions.rows(); row++) {
#pragma unroll (Positions::SIDE == KERNEL ? KERNEL : 1)
        for (int column = 0; column < positions.columns(); column++) {
            const float* a = window + (row * pitch + column) * T::PLACE;
#pragma unroll
            for (int k = 0; k < T::SLICE / T::GROUPS; k += 4) {
                const float* first = b + ((row * Positions::SIDE + column) * T::SLICE + k) * T::ROW;
                const float4 w0 = quadAt(first), w1 = quadAt(first + T::ROW), w2 = quadAt(first + 2 * T::ROW), w3 = quadAt(first + 3 * T::ROW);
#pragma unroll
                for (int i = 0; i < T::TM; i++) {
                    const float4 x = quadAt(a + at[i] + k);
                    acc[i][0] = fmaf(x.w, w3.x, fmaf(x.z, w2.x, fmaf(x.y, w1.x, fmaf(x.x, w0.x, acc[i][0]))));
                    acc[i][1] = fmaf(x.w, w3.y, fmaf(x.z, w2.y, fmaf(x.y, w1.y, fmaf(x.x, w0.y, acc[i][1]))));
                    acc[i][2] = fmaf(x.w, w3.z, fmaf(x.z, w2.z, fmaf(x.y, w1.z, fmaf(x.x, w0.z, acc[i][2]))));
                    acc[i][3] = fmaf(x.w, w3.w, fmaf(x.z, w2.w, fmaf(x.y, w1.w, fmaf(x.x, w0.w, acc[i][3]))));
                }
            }
        }
    }
}

/// residual may be y itself: a thread reads what it will write before it writes.
template <class T, bool TURNED, class Positions>
__device__ __forceinline__ void convolve(float* memory, const Canvas& g, const Positions& positions, const float* __restrict__ x,
                                         const float* __restrict__ w, const float* bias, const float* residual, int relu, float* y) {
    float* window = memory;
    float* slab = memory + T::PLACES * T::PLACE;
    int* corners = reinterpret_cast<int*>(slab + TAPS * T::SLICE * T::ROW);
    const int group = threadIdx.x / (T::THREADS / T::GROUPS);
    const int inGroup = threadIdx.x % (T::THREADS / T::GROUPS);
    // Lanes i and i ^ 1 share their position, i and i ^ 2 their column: then a 16-byte shared read takes two passes, not four.
    const int columnInTile = (inGroup & 1 | inGroup >> 1 & (T::BN / T::TN - 2)) * 4;
    const int columnFirst = blockIdx.y * T::BN;
    // Neighbouring lanes have neighbouring positions, a thread's own lie BM / TM apart.
    const int inTile = inGroup >> 1 & 1 | inGroup / (2 * T::BN / T::TN) * 2;
    const int position = blockIdx.x * T::BM + inTile;
    const int corner = g.corner(blockIdx.x * T::BM);
    const int first = corner + positions.shift(g);
    const int channelInSlice = group * (T::SLICE / T::GROUPS);
    float acc[T::TM][T::TN];
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
#pragma unroll
        for (int j = 0; j < T::TN; j++) {
            acc[i][j] = 0.0f;
        }
    }
    int from[T::WINDOW_SLOTS];
#pragma unroll
    for (int slot = 0; slot < T::WINDOW_SLOTS; slot++) {
        const int q = threadIdx.x + slot * T::THREADS;
        from[slot] = q / T::QUADS < g.places ? g.offset(first + q / T::QUADS) : -1;
    }
    // Turn i fetches slice i while it works on slice i - 1: one place in the code that fetches, which halves it.
    float held[T::WINDOW_SLOTS][4];
    Weights<T, TURNED, Positions> weights;
    for (int channel = 0; channel < g.channels + T::SLICE; channel += T::SLICE) {
        if (channel < g.channels) {
#pragma unroll
            for (int slot = 0; slot < T::WINDOW_SLOTS; slot++) {
                const int quad = channel + (threadIdx.x + slot * T::THREADS) % T::QUADS * 4;
                loadQuad(x + (from[slot] + quad), true, from[slot] >= 0 && inSlice<T>(g, quad) ? 4 : 0, held[slot]);
            }
            weights.fetch(g, positions, w, columnFirst, channel);
        }
        if (channel > 0) {
            addSlice<T>(window + channelInSlice, slab + (channelInSlice * T::ROW + columnInTile), corners + inTile, g.pitch(), positions,
                        acc);
            __syncthreads();
        }
        if (channel < g.channels) {
#pragma unroll
            for (int slot = 0; slot < T::WINDOW_SLOTS; slot++) {
                const int q = threadIdx.x + slot * T::THREADS;
                storeQuad(window + (q / T::QUADS * T::PLACE + q % T::QUADS * 4), true, 4, held[slot]);
            }
            // Neither loop is unrolled: the registers would be missing where it is hot.
#pragma unroll 1
            for (int q = threadIdx.x + T::WINDOW_SLOTS * T::THREADS; q < T::QUADS * g.places; q += T::THREADS) {
                const int offset = g.offset(first + q / T::QUADS);
                const int quad = channel + q % T::QUADS * 4;
                float late[4];
                loadQuad(x + (offset + quad), true, offset >= 0 && inSlice<T>(g, quad) ? 4 : 0, late);
                storeQuad(window + (q / T::QUADS * T::PLACE + q % T::QUADS * 4), true, 4, late);
            }
            weights.store(slab);
            if (channel == 0) {
#pragma unroll 1
                for (int p = threadIdx.x; p < T::BM; p += T::THREADS) {
                    corners[p] = (g.corner(blockIdx.x * T::BM + p) - corner) * T::PLACE;
                }
            }
            __syncthreads();
        }
    }
    if (T::GROUPS > 1) {
        // The groups hand their sums to the first: thread by thread, so that 16 bytes a thread lie side by side.
        const int numbers = T::THREADS / T::GROUPS * 4;
        if (group > 0) {
#pragma unroll
            for (int i = 0; i < T::TM; i++) {
                storeQuad(memory + (((group - 1) * T::TM + i) * numbers + inGroup * 4), true, 4, acc[i]);
            }
        }
        __syncthreads();
        if (group > 0) {
            return;
        }
#pragma unroll
        for (int other = 0; other < T::GROUPS - 1; other++) {
#pragma unroll
            for (int i = 0; i < T::TM; i++) {
                float sums[4];
                loadQuad(memory + ((other * T::TM + i) * numbers + inGroup * 4), true, 4, sums);
#pragma unroll
                for (int j = 0; j < T::TN; j++) {
                    acc[i][j] += sums[j];
                }
            }
        }
    }
    const int column = columnFirst + columnInTile;
    if (column >= g.outChannels) {
        return;
    }
    float added[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (bias != nullptr) {
        loadQuad(bias + column, true, 4, added);
    }
    // All loads before the first store: one latency, not eight.
    int at[T::TM];
    float old[T::TM][4];
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
        at[i] = positions.offset(g, position + i * (T::BM / T::TM));
        loadQuad(residual + (at[i] + column), true, residual != nullptr && at[i] >= 0 ? 4 : 0, old[i]);
    }
#pragma unroll
    for (int i = 0; i < T::TM; i++) {
        if (at[i] >= 0) {
#pragma unroll
            for (int j = 0; j < T::TN; j++) {
                const float sum = acc[i][j] + added[j] + old[i][j];
                acc[i][j] = relu && sum < 0.0f ? 0.0f : sum;
            }
            storeQuad(y + (at[i] + column), true, 4, acc[i]);
        }
    }
}

// ---- the weights

/// Sixteen channels in, sixteen out and nine taps to a block; each of four groups of threads has all of their results over its positions.
const int BLOCK = 16;
const int GROUPS = 4;
const int OWNERS = TAPS * (BLOCK / 8) * (BLOCK / 4);
const int WEIGHT_THREADS = GROUPS * OWNERS;
/// Each thread says where one is.
const int WEIGHT_PLACES = WEIGHT_THREADS;
const int STEP = 128;
const int WEIGHT_PLACE = BLOCK + 4;
const int PLACE_SLOTS = WEIGHT_PLACES * (BLOCK / 4) / WEIGHT_THREADS;
const int POSITION_SLOTS = (STEP * (BLOCK / 4) + WEIGHT_THREADS - 1) / WEIGHT_THREADS;
const int WEIGHT_NUMBERS = WEIGHT_PLACES * WEIGHT_PLACE + STEP * BLOCK;

}  // namespace

// 512 threads a multiprocessor: with more than 128 registers a thread there would be fewer.
#define CONVOLUTION(SUFFIX, TILE)                                                                                                \
    extern "C" __global__ void __launch_bounds__(TILE::THREADS, 512 / TILE::THREADS)                                             \
    conv3_forward_##SUFFIX(const float* __restrict__ x, const float* __restrict__ w, const float* bias, const float* residual,   \
                           int relu, float* __restrict__ y, Canvas g) {                                                          \
        __shared__ __align__(16) float memory[TILE::NUMBERS];                                                                    \
        convolve<TILE, false>(memory, g, EveryPosition(), x, w, bias, residual, relu, y);                                        \
    }                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(TILE::THREADS, 512 / TILE::THREADS)                                             \
    conv3_data_##SUFFIX(const float* __restrict__ dy, const float* __restrict__ w, const float* residual, float* dx, Canvas g) { \
        __shared__ __align__(16) float memory[TILE::NUMBERS];                                                                    \
        convolve<TILE, true>(memory, g, EveryPosition(), dy, w, nullptr, residual, 0, dx);                                       \
    }                                                                                                                            \
    extern "C" __global__ void __launch_bounds__(TILE::THREADS, 512 / TILE::THREADS)                                             \
    conv3_data_stride2_##SUFFIX(const float* __restrict__ dy, const float* __restrict__ w, const float* residual, float* dx,     \
                                int height, int width, int padding, Canvas g) {                                                  \
        __shared__ __align__(16) float memory[TILE::NUMBERS];                                                                    \
        convolve<TILE, true>(memory, g, EveryOtherPosition{height, width, padding}, dy, w, nullptr, residual, 0, dx);            \
    }

CONVOLUTION(256x16, Narrow)
CONVOLUTION(128x32, Wide)
CONVOLUTION(64x32, Small)

// A part has `chunk` positions, `step` of them (a multiple of 16, at most STEP) at a time; chunk is a multiple of step.
extern "C" __global__ void __launch_bounds__(WEIGHT_THREADS, 2)
conv3_weights(const float* __restrict__ x, const float* __restrict__ dy, int chunk, int step, float* __restrict__ parts, Canvas g) {
    __shared__ __align__(16) float memory[WEIGHT_NUMBERS];
    __shared__ __align__(16) int corners[STEP];
    __shared__ int offsets[WEIGHT_PLACES];
    float* window = memory;
    float* gradients = memory + WEIGHT_PLACES * WEIGHT_PLACE;
    const int channelFirst = blockIdx.x * BLOCK;
    const int columnFirst = blockIdx.y * BLOCK;
    const int group = threadIdx.x / OWNERS;
    const int owner = threadIdx.x % OWNERS;
    // A thread's channels are the quads `half` and `half + 2` of one tap: neighbours read from different banks. Lanes i and i ^ 1 share
    // their channels, i and i ^ 2 their column: see convolve.
    const int column = (owner & 1 | owner >> 1 & 2) * 4;
    const int half = owner >> 1 & 1;
    const int tap = owner / 8;
    const int mine = (tap / KERNEL * g.pitch() + tap % KERNEL) * WEIGHT_PLACE + half * 4;
    float acc[8][4];
#pragma unroll
    for (int i = 0; i < 8; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            acc[i][j] = 0.0f;
        }
    }
    const long long from = static_cast<long long>(blockIdx.z) * chunk;
    const int kFirst = static_cast<int>(from);
    const int kLast = static_cast<int>(from + chunk < g.positions() ? from + chunk : g.positions());
    // One of four neighbouring threads fetches each quad of a place's or a position's sixteen channels.
    const int quad = threadIdx.x % (BLOCK / 4) * 4;
    const int row = threadIdx.x / (BLOCK / 4);
    const int rows = WEIGHT_THREADS / (BLOCK / 4);
    // One thread says where one place is, for the four that fetch it in the next turn.
    int first = g.corner(kFirst);
    offsets[threadIdx.x] = g.offset(first + static_cast<int>(threadIdx.x));
    __syncthreads();
    float heldPlaces[PLACE_SLOTS][4];
    float heldPositions[POSITION_SLOTS][4];
    for (int k = kFirst; k < kLast + step; k += step) {
        if (k < kLast) {
#pragma unroll
            for (int slot = 0; slot < PLACE_SLOTS; slot++) {
                const int place = row + slot * rows;
                const int offset = place < g.places && channelFirst + quad < g.channels ? offsets[place] : -1;
                loadQuad(x + (offset + channelFirst + quad), true, offset < 0 ? 0 : 4, heldPlaces[slot]);
            }
#pragma unroll
            for (int slot = 0; slot < POSITION_SLOTS; slot++) {
                const int position = row + slot * rows;
                const bool inside = position < step && k + position < kLast && columnFirst + quad < g.outChannels;
                loadQuad(dy + ((k + position) * g.outChannels + columnFirst + quad), true, inside ? 4 : 0, heldPositions[slot]);
            }
        }
        if (k > kFirst) {
            const int last = (group + 1) * (step / GROUPS);
#pragma unroll 1
            for (int p = group * (step / GROUPS); p < last; p += 4) {
                const int4 four = *reinterpret_cast<const int4*>(corners + p);
                const int at[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const float* a = window + (at[i] + mine);
                    const float4 d = quadAt(gradients + ((p + i) * BLOCK + column));
                    const float4 low = quadAt(a), high = quadAt(a + 8);
                    const float v[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
                    for (int c = 0; c < 8; c++) {
                        acc[c][0] = fmaf(v[c], d.x, acc[c][0]);
                        acc[c][1] = fmaf(v[c], d.y, acc[c][1]);
                        acc[c][2] = fmaf(v[c], d.z, acc[c][2]);
                        acc[c][3] = fmaf(v[c], d.w, acc[c][3]);
                    }
                }
            }
        }
        // All have read the window and, in the first turn too, where its places are.
        __syncthreads();
        if (k < kLast) {
#pragma unroll
            for (int slot = 0; slot < PLACE_SLOTS; slot++) {
                if (row + slot * rows < g.places) {
                    storeQuad(window + ((row + slot * rows) * WEIGHT_PLACE + quad), true, 4, heldPlaces[slot]);
                }
            }
#pragma unroll
            for (int slot = 0; slot < POSITION_SLOTS; slot++) {
                if (row + slot * rows < step) {
                    storeQuad(gradients + ((row + slot * rows) * BLOCK + quad), true, 4, heldPositions[slot]);
                }
            }
            if (threadIdx.x < STEP) {
                corners[threadIdx.x] = (g.corner(k + static_cast<int>(threadIdx.x)) - first) * WEIGHT_PLACE;
            }
            first = g.corner(k + step);
            offsets[threadIdx.x] = g.offset(first + static_cast<int>(threadIdx.x));
            __syncthreads();
        }
    }
    // The groups hand their sums to the first, thread by thread, so that 16 bytes a thread lie side by side.
    if (group > 0) {
#pragma unroll
        for (int c = 0; c < 8; c++) {
            storeQuad(memory + ((((group - 1) * 8 + c) * OWNERS + owner) * 4), true, 4, acc[c]);
        }
    }
    __syncthreads();
    if (group > 0) {
        return;
    }
    float* part = parts + static_cast<long long>(blockIdx.z) * TAPS * g.channels * g.outChannels;
#pragma unroll
    for (int c = 0; c < 8; c++) {
#pragma unroll
        for (int other = 0; other < GROUPS - 1; other++) {
            float sums[4];
            loadQuad(memory + (((other * 8 + c) * OWNERS + owner) * 4), true, 4, sums);
#pragma unroll
            for (int j = 0; j < 4; j++) {
                acc[c][j] += sums[j];
            }
        }
        const int channel = channelFirst + half * 4 + c / 4 * 8 + c % 4;
        if (channel < g.channels && columnFirst + column < g.outChannels) {
            storeQuad(part + ((tap * g.channels + channel) * g.outChannels + columnFirst + column), true, 4, acc[c]);
        }
    }
}
