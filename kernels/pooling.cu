// Pooling, patch merging (Liu et al. 2021) and the parameter-free shortcut of a residual block (He et al. 2016, option A), NHWC. Bound by memory.
// nvcc -ptx -arch=compute_75 pooling.cu
//
//   average_pool           y[n, c] = mean over positions of x[n, ., c], or the sums of parts of it     4 n c area bytes
//   average_pool_finish    y from those sums                                                           8 n c splits bytes
//   average_pool_backward  dx[n, ., c] (+)= dy[n, c] / area                               4 n c area bytes (8 when adding)
//   shortcut               y[n, i, j, c] = x[n, i * stride, j * stride, c - pad], 0 outside the channels   4 (|y| + read part of x)
//   shortcut_backward      dx[n, i, j, c] (+)= dy[n, i / stride, j / stride, c + pad] at kept positions    4 (|dx| + |dy|)
//   max_pool               y = the largest x of each window                               4 (|y| + |x|) bytes, x once more from the cache
//   max_pool_places        where in each window that x comes first                        4 |x| + |y| bytes, x once more from the cache
//   max_pool_backward      dx (+)= dy of the windows whose place it is                    4 |dx| + 5 |dy| bytes, dy once more from the cache
//   max_pool_backward_pairs  the same where a row or column is in two windows at most     4 |dx| + 5 |dy| bytes, once more from the cache
//   merge_patches          y[n, i, j, (2b + a) c + k] = x[n, 2i + a, 2j + b, k], 0 outside     4 (|y| + |x|)
//   merge_patches_backward dx (+)= dy from where its x went                               8 |dx| (12 when adding)
//
// Launch: average_pool blocks of (bx, 256 / bx) threads, bx a power of two from 4 to 32, each for 4 bx channels of `chunk` positions of an
// image: channel blocks * splits * images of them. The others 256 threads: average_pool_finish one output a thread, average_pool_backward
// grid-stride over ceil(elements / 1024) blocks; the rest four neighbouring channels of one place a thread, max_pool_backward_pairs of a square of
// stride x stride places.
#include "lanes.cuh"

namespace {

/// How many numbers are added in float before their sum goes on in double: the error grows with the root of the area at most.
const int RUN = 32;

/// run += the four channels at p of `rows` places. Where a load needs no branch, four of them are under way at once.
template <bool VECTOR>
__device__ __forceinline__ void addRows(const float* __restrict__ p, long long stride, int rows, int count, float (&run)[4]) {
#pragma unroll 4
    for (int j = 0; j < rows; j++) {
        float v[4];
        loadQuad(p + j * stride, VECTOR, VECTOR ? 4 : count, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            run[k] += v[k];
        }
    }
}

}  // namespace

// parts [images, splits, channels] takes the sums of chunks where there are several; else y takes the means.
extern "C" __global__ void average_pool(const float* __restrict__ x, int area, int channels, int chunk, int splits, double* __restrict__ parts,
                                        float* __restrict__ y) {
    __shared__ double sums[4 * 256];
    const int width = 4 * blockDim.x;
    const int channelBlocks = (channels + width - 1) / width;
    const int firstChannel = static_cast<int>(blockIdx.x % channelBlocks) * width;
    const int split = static_cast<int>(blockIdx.x / channelBlocks % splits);
    const long long image = blockIdx.x / channelBlocks / splits;
    const int channel = firstChannel + 4 * threadIdx.x;
    const bool vector = channels % 4 == 0 && aligned(x);
    const float* p = x + (image * area * channels + channel);
    const int count = channels - channel;
    const int begin = split * chunk;
    const int end = min(area - begin, chunk);
    const int step = blockDim.y;
    double sum[4] = {0.0, 0.0, 0.0, 0.0};
    for (int first = threadIdx.y; first < end && count > 0; first += RUN * step) {
        const int rows = min((end - first - 1) / step + 1, RUN);
        const float* q = p + (begin + static_cast<long long>(first)) * channels;
        float run[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        if (vector) {
            addRows<true>(q, static_cast<long long>(step) * channels, rows, count, run);
        } else {
            addRows<false>(q, static_cast<long long>(step) * channels, rows, count, run);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            sum[k] += run[k];
        }
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
        sums[threadIdx.y * width + 4 * threadIdx.x + k] = sum[k];
    }
    __syncthreads();
    const int own = threadIdx.y * blockDim.x + threadIdx.x;
    if (own < width && firstChannel + own < channels) {
        double total = 0.0;
        for (int row = 0; row < step; row++) {
            total += sums[row * width + own];
        }
        if (splits == 1) {
            y[image * channels + firstChannel + own] = static_cast<float>(total / area);
        } else {
            parts[(image * splits + split) * channels + firstChannel + own] = total;
        }
    }
}

extern "C" __global__ void average_pool_finish(const double* __restrict__ parts, int images, int area, int channels, int splits,
                                               float* __restrict__ y) {
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < static_cast<long long>(images) * channels) {
        const long long image = i / channels;
        const double* p = parts + (image * splits * channels + (i - image * channels));
        double sum = 0.0;
#pragma unroll 8
        for (int s = 0; s < splits; s++) {
            sum += p[static_cast<long long>(s) * channels];
        }
        y[i] = static_cast<float>(sum / area);
    }
}

extern "C" __global__ void average_pool_backward(const float* __restrict__ dy, float* __restrict__ dx, int images, int area, int channels,
                                                 unsigned byChannels, unsigned byArea, int add) {
    const long long n = static_cast<long long>(images) * area * channels;
    const bool vector = channels % 4 == 0 && aligned(dy) && aligned(dx);
    const float share = 1.0f / static_cast<float>(area);
    float v[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (long long i = firstQuad(); i < n; i += strideOfQuads()) {
        int column, position;
        const int row = Divider{channels, byChannels}.quotient(static_cast<int>(i), column);
        int image = Divider{area, byArea}.quotient(row, position);
        if (vector) {
            loadQuad(dy + static_cast<long long>(image) * channels + column, true, 4, v);
        } else {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                v[k] = i + k < n ? dy[static_cast<long long>(image) * channels + column] : 0.0f;
                if (++column == channels) {
                    column = 0;
                    if (++position == area) {
                        position = 0;
                        image++;
                    }
                }
            }
        }
        if (add) {
            loadQuad(dx + i, vector, n - i, old);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] = old[k] + v[k] * share;
        }
        storeQuad(dx + i, vector, n - i, v);
    }
}

namespace {

/// The windows of a pooling layer, the squares of patch merging, or the places a shortcut keeps. `quads` is ceil(channels / 4), `span` how many columns of a window are
/// inside the image at most, `bytes` whether a place within a window fits a byte; the reciprocals are Divider's.
struct Windows {
    int images, height, width, channels, outHeight, outWidth, kernel, stride, padding, quads, span, bytes;
    unsigned byQuads, byWidth, byHeight, byOutWidth, byOutHeight, byStride;
};

/// Four neighbouring channels of one place of an image, of which `count` exist, the first at `offset` of the tensor.
struct Group {
    int image, row, column, channel, count;
    long long offset;
};

__device__ __forceinline__ int numberOfThread() {
    return static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
}

__device__ __forceinline__ Group group(int number, const Windows& g, Divider height, Divider width) {
    Group at;
    int quad;
    const int place = Divider{g.quads, g.byQuads}.quotient(number, quad);
    at.image = height.quotient(width.quotient(place, at.column), at.row);
    at.channel = 4 * quad;
    at.count = g.channels - at.channel;
    at.offset = static_cast<long long>(place) * g.channels + at.channel;
    return at;
}

__device__ __forceinline__ Group groupOfInput(int number, const Windows& g) {
    return group(number, g, {g.height, g.byHeight}, {g.width, g.byWidth});
}

__device__ __forceinline__ Group groupOfOutput(int number, const Windows& g) {
    return group(number, g, {g.outHeight, g.byOutHeight}, {g.outWidth, g.byOutWidth});
}

/// The first row or column of window i that is inside the image.
__device__ __forceinline__ int begin(int i, const Windows& g) {
    return max(0, i * g.stride - g.padding);
}

/// The row or column after the last of window i that is inside the image.
__device__ __forceinline__ int end(int i, int extent, const Windows& g) {
    return min(extent, i * g.stride - g.padding + g.kernel);
}

/// The largest numbers of a window, channel by channel, and where they come first: `span` times the row plus the column, from the window's first
/// place inside the image. A NaN is larger than any number.
template <bool VECTOR>
__device__ __forceinline__ void search(const float* __restrict__ x, const Windows& g, const Group& window, float (&most)[4], int (&place)[4]) {
    const int top = begin(window.row, g), bottom = end(window.row, g.height, g);
    const int left = begin(window.column, g), right = end(window.column, g.width, g);
#pragma unroll
    for (int k = 0; k < 4; k++) {
        most[k] = -infinity();
        place[k] = 0;
    }
    for (int row = top; row < bottom; row++) {
        const float* p = x + (((window.image * static_cast<long long>(g.height) + row) * g.width + left) * g.channels + window.channel);
        // The three loads of a row of the most common windows are under way at once.
#pragma unroll 3
        for (int column = left; column < right; column++, p += g.channels) {
            float v[4];
            loadQuad(p, VECTOR, VECTOR ? 4 : window.count, v);
#pragma unroll
            for (int k = 0; k < 4; k++) {
                // One & and no &&: no branch.
                const bool larger = !(v[k] <= most[k]) & (most[k] == most[k]);
                most[k] = larger ? v[k] : most[k];
                place[k] = larger ? (row - top) * g.span + column - left : place[k];
            }
        }
    }
}

__device__ __forceinline__ void largest(const float* __restrict__ x, const Windows& g, const Group& window, float (&most)[4], int (&place)[4]) {
    if (g.channels % 4 == 0 && aligned(x)) {
        search<true>(x, g, window, most, place);
    } else {
        search<false>(x, g, window, most, place);
    }
}

}  // namespace

// Groups of y, which has g.channels.
extern "C" __global__ void shortcut(const float* __restrict__ x, float* __restrict__ y, int groups, int inChannels, Windows g) {
    const int number = numberOfThread();
    if (number >= groups) {
        return;
    }
    const Group at = groupOfOutput(number, g);
    const int pad = (g.channels - inChannels) / 2;
    const int first = at.channel - pad;
    const bool vector = (g.channels | inChannels | pad) % 4 == 0 && aligned(x) && aligned(y);
    const long long place = (at.image * static_cast<long long>(g.height) + at.row * g.stride) * g.width + at.column * g.stride;
    const float* p = x + place * inChannels;
    float v[4];
    if (vector) {
        loadQuad(p + first, true, first >= 0 && first < inChannels ? 4 : 0, v);
    } else {
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] = first + k >= 0 && first + k < inChannels ? p[first + k] : 0.0f;
        }
    }
    storeQuad(y + at.offset, vector, at.count, v);
}

// Groups of dx, which has g.channels.
extern "C" __global__ void shortcut_backward(const float* __restrict__ dy, float* __restrict__ dx, int groups, int outChannels, int add,
                                             Windows g) {
    const int number = numberOfThread();
    if (number >= groups) {
        return;
    }
    const Group at = groupOfInput(number, g);
    const int pad = (outChannels - g.channels) / 2;
    const bool vector = (g.channels | outChannels | pad) % 4 == 0 && aligned(dy) && aligned(dx);
    const Divider byStride{g.stride, g.byStride};
    int overRow, overColumn;
    const int row = byStride.quotient(at.row, overRow);
    const int column = byStride.quotient(at.column, overColumn);
    const long long place = (at.image * static_cast<long long>(g.outHeight) + row) * g.outWidth + column;
    float v[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    loadQuad(dy + (place * outChannels + at.channel + pad), vector, (overRow | overColumn) == 0 ? at.count : 0, v);
    if (add) {
        loadQuad(dx + at.offset, vector, at.count, old);
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
        v[k] += old[k];
    }
    storeQuad(dx + at.offset, vector, at.count, v);
}

extern "C" __global__ void max_pool(const float* __restrict__ x, float* __restrict__ y, int groups, Windows g) {
    const int number = numberOfThread();
    if (number < groups) {
        const Group window = groupOfOutput(number, g);
        float most[4];
        int place[4];
        largest(x, g, window, most, place);
        storeQuad(y + window.offset, g.channels % 4 == 0 && aligned(y), window.count, most);
    }
}

// The four places of a group in four bytes where they fit, else in four words.
extern "C" __global__ void max_pool_places(const float* __restrict__ x, unsigned* __restrict__ places, int groups, Windows g) {
    const int number = numberOfThread();
    if (number < groups) {
        float most[4];
        int place[4];
        largest(x, g, groupOfOutput(number, g), most, place);
        unsigned packed = 0;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            packed |= static_cast<unsigned>(place[k]) << 8 * k;
            if (!g.bytes) {
                places[4ll * number + k] = place[k];
            }
        }
        if (g.bytes) {
            places[number] = packed;
        }
    }
}

namespace {

/// Adds dy of the windows that hold `at` and have their largest number there.
template <bool VECTOR, bool BYTES>
__device__ __forceinline__ void gather(const unsigned* __restrict__ places, const float* __restrict__ dy, const Windows& g, const Group& at,
                                       float (&sum)[4]) {
    const int row = at.row + g.padding;
    const int column = at.column + g.padding;
    const Divider byStride{g.stride, g.byStride};
    int rest;
    const int firstRow = row < g.kernel ? 0 : byStride.quotient(row - g.kernel, rest) + 1;
    const int firstColumn = column < g.kernel ? 0 : byStride.quotient(column - g.kernel, rest) + 1;
    for (int a = firstRow; a < g.outHeight && a * g.stride <= row; a++) {
        for (int b = firstColumn; b < g.outWidth && b * g.stride <= column; b++) {
            const unsigned place = (at.row - begin(a, g)) * g.span + at.column - begin(b, g);
            const int window = (at.image * g.outHeight + a) * g.outWidth + b;
            const long long group = window * g.quads + at.channel / 4;
            const unsigned packed = BYTES ? places[group] : 0;
            float v[4];
            loadQuad(VECTOR ? dy + 4 * group : dy + (static_cast<long long>(window) * g.channels + at.channel), VECTOR, VECTOR ? 4 : at.count, v);
#pragma unroll
            for (int k = 0; k < 4; k++) {
                if ((BYTES ? packed >> 8 * k & 255 : places[4 * group + k]) == place) {
                    sum[k] += v[k];
                }
            }
        }
    }
}

}  // namespace

extern "C" __global__ void max_pool_backward(const unsigned* __restrict__ places, const float* __restrict__ dy, float* __restrict__ dx,
                                             int groups, int add, Windows g) {
    const int number = numberOfThread();
    if (number >= groups) {
        return;
    }
    const Group at = groupOfInput(number, g);
    const bool vector = g.channels % 4 == 0 && aligned(dy) && aligned(dx);
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (add) {
        loadQuad(dx + at.offset, vector, at.count, sum);
    }
    if (!g.bytes) {
        gather<false, false>(places, dy, g, at, sum);
    } else if (vector) {
        gather<true, true>(places, dy, g, at, sum);
    } else {
        gather<false, true>(places, dy, g, at, sum);
    }
    storeQuad(dx + at.offset, vector, at.count, sum);
}

namespace {

/// The numbers of dx in a square of stride x stride places that begins where window (square.row, square.column) does, in the image with its padding:
/// from that window and those before it.
template <bool VECTOR>
__device__ __forceinline__ void gatherSquare(const unsigned* __restrict__ places, const float* __restrict__ dy, float* __restrict__ dx, int add,
                                             const Windows& g, const Group& square) {
    const int count = VECTOR ? 4 : square.count;
    unsigned packed[2][2];
    float v[2][2][4];
    bool inside[2][2];
#pragma unroll
    for (int a = 0; a < 2; a++) {
#pragma unroll
        for (int b = 0; b < 2; b++) {
            const int row = square.row - 1 + a;
            const int column = square.column - 1 + b;
            inside[a][b] = row >= 0 && column >= 0 && row < g.outHeight && column < g.outWidth;
            // The first window in place of one that is not there: no load waits for a branch, so that all are under way at once.
            const int window = inside[a][b] ? (square.image * g.outHeight + row) * g.outWidth + column : 0;
            packed[a][b] = places[static_cast<long long>(window) * g.quads + square.channel / 4];
            loadQuad(dy + (static_cast<long long>(window) * g.channels + square.channel), VECTOR, count, v[a][b]);
        }
    }
#pragma unroll
    for (int a = 0; a < 2; a++) {
#pragma unroll
        for (int b = 0; b < 2; b++) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                v[a][b][k] = inside[a][b] ? v[a][b][k] : 0.0f;
            }
        }
    }
    for (int i = 0; i < g.stride; i++) {
        const int row = square.row * g.stride - g.padding + i;
        if (row < 0 || row >= g.height) {
            continue;
        }
        for (int j = 0; j < g.stride; j++) {
            const int column = square.column * g.stride - g.padding + j;
            if (column < 0 || column >= g.width) {
                continue;
            }
            float* to = dx + (((square.image * static_cast<long long>(g.height) + row) * g.width + column) * g.channels + square.channel);
            float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            if (add) {
                loadQuad(to, VECTOR, count, sum);
            }
#pragma unroll
            for (int a = 0; a < 2; a++) {
#pragma unroll
                for (int b = 0; b < 2; b++) {
                    // The window before began a stride earlier.
                    if (i + (1 - a) * g.stride < g.kernel && j + (1 - b) * g.stride < g.kernel) {
                        const unsigned place = (row - begin(square.row - 1 + a, g)) * g.span + column - begin(square.column - 1 + b, g);
                        const unsigned other = packed[a][b] ^ place * 0x01010101u;
#pragma unroll
                        for (int k = 0; k < 4; k++) {
                            sum[k] += (other & 255u << 8 * k) == 0 ? v[a][b][k] : 0.0f;
                        }
                    }
                }
            }
            storeQuad(to, VECTOR, count, sum);
        }
    }
}

}  // namespace

// For places in bytes. Of `down` x `across` squares of an image each waits once for its four windows, where its places would each wait for theirs in
// turn; one thread a square and group of channels.
extern "C" __global__ void __launch_bounds__(256, 4)
max_pool_backward_pairs(const unsigned* __restrict__ places, const float* __restrict__ dy, float* __restrict__ dx, int groups,
                        int add, int down, unsigned byDown, int across, unsigned byAcross, Windows g) {
    const int number = numberOfThread();
    if (number >= groups) {
        return;
    }
    const Group square = group(number, g, {down, byDown}, {across, byAcross});
    if (g.channels % 4 == 0 && aligned(dy) && aligned(dx)) {
        gatherSquare<true>(places, dy, dx, add, g, square);
    } else {
        gatherSquare<false>(places, dy, dx, add, g, square);
    }
}

// Here the groups are those of the patches: [images, outHeight, outWidth, 4, channels].
extern "C" __global__ void merge_patches(const float* __restrict__ x, float* __restrict__ y, int groups, Windows g) {
    const int number = numberOfThread();
    if (number >= groups) {
        return;
    }
    const bool vector = g.channels % 4 == 0 && aligned(x) && aligned(y);
    int quad, squareRow, squareColumn;
    const int patch = Divider{g.quads, g.byQuads}.quotient(number, quad);
    const int line = Divider{g.outWidth, g.byOutWidth}.quotient(patch / 4, squareColumn);
    const long long image = Divider{g.outHeight, g.byOutHeight}.quotient(line, squareRow);
    const int row = 2 * squareRow + patch % 2;
    const int column = 2 * squareColumn + patch % 4 / 2;
    const int count = g.channels - 4 * quad;
    float v[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    if (row < g.height && column < g.width) {
        loadQuad(x + (((image * g.height + row) * g.width + column) * g.channels + 4 * quad), vector, count, v);
    }
    storeQuad(y + (static_cast<long long>(patch) * g.channels + 4 * quad), vector, count, v);
}

extern "C" __global__ void merge_patches_backward(const float* __restrict__ dy, float* __restrict__ dx, int groups, int add, Windows g) {
    const int number = numberOfThread();
    if (number >= groups) {
        return;
    }
    const Group at = groupOfInput(number, g);
    const bool vector = g.channels % 4 == 0 && aligned(dy) && aligned(dx);
    const long long square = (at.image * static_cast<long long>(g.outHeight) + at.row / 2) * g.outWidth + at.column / 2;
    const long long patch = 4 * square + 2 * (at.column % 2) + at.row % 2;
    float v[4], old[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    loadQuad(dy + (patch * g.channels + at.channel), vector, at.count, v);
    if (add) {
        loadQuad(dx + at.offset, vector, at.count, old);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] += old[k];
        }
    }
    storeQuad(dx + at.offset, vector, at.count, v);
}
