// Training batches made on the device from images that stay there as bytes, so that an epoch uploads only draws and indices.
//
//   out[b, y, x, c] = lambda * pixel(b) + (1 - lambda) * pixel(partner[b])
//   pixel(b) = table[c, images[draw.image, y + draw.down, x' + draw.right, c]], 0 for a byte outside, x' = x or width - 1 - x (mirrored)
//
// table [channels, 256] holds (v / 255 - mean[c]) / deviation[c]. Without a partner (null) there is no mixing.
// Launch: 256 threads, grid-stride, ceil(n / 1024) blocks; 5 bytes an output (6 mixed), no FLOPs (3 mixed). Mixing: Zhang et al. 2018.
// nvcc -ptx -arch=compute_75 augment.cu

namespace {

/// What was drawn for one example of the batch.
struct Draw {
    int image, down, right, mirrored;
};

__device__ __forceinline__ float pixel(const unsigned char* __restrict__ images, const Draw& draw, int height, int width, int channels,
                                       const float* __restrict__ table, int y, int x, int c) {
    const int row = y + draw.down;
    const int column = (draw.mirrored ? width - 1 - x : x) + draw.right;
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    const int value = inside ? images[((static_cast<long long>(draw.image) * height + row) * width + column) * channels + c] : 0;
    return table[c * 256 + value];
}

}  // namespace

// images [.., height, width, channels] bytes; draws [batch]; partner [batch], places in this batch, or null; out [batch, height, width, channels].
extern "C" __global__ void augment(const unsigned char* __restrict__ images, const Draw* __restrict__ draws,
                                   const int* __restrict__ partner, float lambda, int batch, int height, int width, int channels,
                                   const float* __restrict__ table, float* __restrict__ out) {
    const long long n = static_cast<long long>(batch) * height * width * channels;
    const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
        const unsigned place = static_cast<unsigned>(i) / channels;
        const int c = static_cast<int>(static_cast<unsigned>(i) - place * channels);
        const unsigned line = place / width;
        const int x = static_cast<int>(place - line * width);
        const unsigned b = line / height;
        const int y = static_cast<int>(line - b * height);
        float v = pixel(images, draws[b], height, width, channels, table, y, x, c);
        if (partner != nullptr) {
            v = lambda * v + (1.0f - lambda) * pixel(images, draws[partner[b]], height, width, channels, table, y, x, c);
        }
        out[i] = v;
    }
}
