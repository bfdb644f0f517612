// Pooling, patch merging (Liu et al. 2021) and the parameter-free shortcut of a residual block (He et al. 2016, option A), NHWC. Bound by memory.
// nvcc -ptx -arch=compute_75 pooling.cu
//
//   average_pool           y[n, c] = mean over positions of x[n, ., c]                    4 n c (area + 1) bytes
//   average_pool_backward  dx[n, ., c] (+)= dy[n, c] / area                               4 n c area bytes (8 when adding)
//   shortcut               y[n, i, j, c] = x[n, i * stride, j * stride, c - pad], 0 outside the channels   4 (|y| + read part of x)
//   shortcut_backward      dx[n, i, j, c] (+)= dy[n, i / stride, j / stride, c + pad] at kept positions    4 (|dx| + |dy|)
//   max_pool               y = the largest x of each window                               4 (|y| + |x|) bytes, x once more from the cache
//   max_pool_backward      dx (+)= dy of the windows whose first largest number x is      4 (|dx| + |x| + |dy|), windows anew from the cache
//   merge_patches          y[n, i, j, (2b + a) c + k] = x[n, 2i + a, 2j + b, k], 0 outside     4 (|y| + |x|)
//   merge_patches_backward dx (+)= dy from where its x went                               8 |dx| (12 when adding)
//
// Launch: 256 threads; average_pool ceil(n c / 256) blocks, one output a thread, neighbours on neighbouring channels;
// the others grid-stride over ceil(elements / 1024) blocks.
#include "lanes.cuh"

extern "C" __global__ void average_pool(const float* __restrict__ x, int images, int area, int channels, float* __restrict__ y) {
    const long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < static_cast<long long>(images) * channels) {
        const long long n = i / channels;
        const float* p = x + n * area * channels + (i - n * channels);
        // Runs of 32 in float, the runs in double: the error grows with the root of the area at most.
        double sum = 0.0;
        for (int first = 0; first < area; first += 32) {
            float run = 0.0f;
            for (int j = first; j < first + 32 && j < area; j++) {
                run += p[static_cast<long long>(j) * channels];
            }
            sum += run;
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

extern "C" __global__ void shortcut(const float* __restrict__ x, float* __restrict__ y, int images, int height, int width, int inChannels,
                                    int outHeight, int outWidth, int outChannels, int stride) {
    const long long n = static_cast<long long>(images) * outHeight * outWidth * outChannels;
    const int pad = (outChannels - inChannels) / 2;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const unsigned position = static_cast<unsigned>(i) / outChannels;
        const int c = static_cast<int>(static_cast<unsigned>(i) - position * outChannels) - pad;
        const unsigned line = position / outWidth;
        const unsigned image = line / outHeight;
        const long long row = (line - image * outHeight) * stride;
        const long long column = (position - line * outWidth) * stride;
        y[i] = c >= 0 && c < inChannels ? x[((image * static_cast<long long>(height) + row) * width + column) * inChannels + c] : 0.0f;
    }
}

extern "C" __global__ void shortcut_backward(const float* __restrict__ dy, float* __restrict__ dx, int images, int height, int width,
                                             int inChannels, int outHeight, int outWidth, int outChannels, int stride, int add) {
    const long long n = static_cast<long long>(images) * height * width * inChannels;
    const int pad = (outChannels - inChannels) / 2;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const unsigned position = static_cast<unsigned>(i) / inChannels;
        const int c = static_cast<int>(static_cast<unsigned>(i) - position * inChannels) + pad;
        const unsigned line = position / width;
        const unsigned image = line / height;
        const unsigned row = line - image * height;
        const unsigned column = position - line * width;
        float g = 0.0f;
        if (row % stride == 0 && column % stride == 0) {
            g = dy[((image * static_cast<long long>(outHeight) + row / stride) * outWidth + column / stride) * outChannels + c];
        }
        dx[i] = add ? dx[i] + g : g;
    }
}

namespace {

/// The windows of a pooling layer.
struct Pool {
    int images, height, width, channels, outHeight, outWidth, kernel, stride, padding;
};

/// The place of a window's first largest number of one channel; a NaN is larger than any number. `image` is that image's first of the channel.
__device__ __forceinline__ long long largest(const float* __restrict__ image, const Pool& g, int i, int j) {
    const int top = max(0, i * g.stride - g.padding);
    const int left = max(0, j * g.stride - g.padding);
    const int bottom = min(g.height, i * g.stride - g.padding + g.kernel);
    const int right = min(g.width, j * g.stride - g.padding + g.kernel);
    long long found = (static_cast<long long>(top) * g.width + left) * g.channels;
    float most = image[found];
    for (int row = top; row < bottom; row++) {
        for (int column = left; column < right; column++) {
            const long long at = (static_cast<long long>(row) * g.width + column) * g.channels;
            const float value = image[at];
            if (value > most || (value != value && most == most)) {
                most = value;
                found = at;
            }
        }
    }
    return found;
}

}  // namespace

extern "C" __global__ void max_pool(const float* __restrict__ x, float* __restrict__ y, Pool g) {
    const long long n = static_cast<long long>(g.images) * g.outHeight * g.outWidth * g.channels;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const unsigned position = static_cast<unsigned>(i) / g.channels;
        const unsigned line = position / g.outWidth;
        const unsigned image = line / g.outHeight;
        const float* p = x + static_cast<long long>(image) * g.height * g.width * g.channels + (static_cast<unsigned>(i) - position * g.channels);
        y[i] = p[largest(p, g, line - image * g.outHeight, position - line * g.outWidth)];
    }
}

extern "C" __global__ void max_pool_backward(const float* __restrict__ x, const float* __restrict__ dy, float* __restrict__ dx, int add, Pool g) {
    const long long size = static_cast<long long>(g.height) * g.width * g.channels;
    const long long n = g.images * size;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const long long image = i / size;
        const long long place = i - image * size;
        const int channel = static_cast<int>(place % g.channels);
        const int column = static_cast<int>(place / g.channels % g.width) + g.padding;
        const int row = static_cast<int>(place / g.channels / g.width) + g.padding;
        const float* p = x + image * size + channel;
        float sum = add ? dx[i] : 0.0f;
        for (int a = row < g.kernel ? 0 : (row - g.kernel) / g.stride + 1; a < g.outHeight && a * g.stride <= row; a++) {
            for (int b = column < g.kernel ? 0 : (column - g.kernel) / g.stride + 1; b < g.outWidth && b * g.stride <= column; b++) {
                if (largest(p, g, a, b) == place - channel) {
                    sum += dy[((image * g.outHeight + a) * g.outWidth + b) * g.channels + channel];
                }
            }
        }
        dx[i] = sum;
    }
}

extern "C" __global__ void merge_patches(const float* __restrict__ x, float* __restrict__ y, int images, int height, int width, int channels) {
    const int outHeight = (height + 1) / 2;
    const int outWidth = (width + 1) / 2;
    const long long n = 4ll * images * outHeight * outWidth * channels;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const unsigned patch = static_cast<unsigned>(i) / channels;
        const unsigned position = patch / 4;
        const unsigned line = position / outWidth;
        const unsigned image = line / outHeight;
        const int row = 2 * (line - image * outHeight) + patch % 2;
        const int column = 2 * (position - line * outWidth) + patch % 4 / 2;
        const long long from = ((image * static_cast<long long>(height) + row) * width + column) * channels + i - static_cast<long long>(patch) * channels;
        y[i] = row < height && column < width ? x[from] : 0.0f;
    }
}

extern "C" __global__ void merge_patches_backward(const float* __restrict__ dy, float* __restrict__ dx, int images, int height, int width,
                                                  int channels, int add) {
    const int outHeight = (height + 1) / 2;
    const int outWidth = (width + 1) / 2;
    const long long n = static_cast<long long>(images) * height * width * channels;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const unsigned position = static_cast<unsigned>(i) / channels;
        const unsigned line = position / width;
        const unsigned image = line / height;
        const unsigned row = line - image * height;
        const unsigned column = position - line * width;
        const long long patch = 4 * ((image * static_cast<long long>(outHeight) + row / 2) * outWidth + column / 2) + 2 * (column % 2) + row % 2;
        const float g = dy[patch * channels + i - static_cast<long long>(position) * channels];
        dx[i] = add ? dx[i] + g : g;
    }
}
