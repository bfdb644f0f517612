// Self-attention within shifted windows with relative position bias (Liu et al. 2021, section 3.2). For token i and head h, j over the tokens
// that i sees: s_ij = scale q_i k_j + bias[place of i relative to j, h]; p_i = softmax(s_i); y_i = sum_j p_ij v_j.
// nvcc -ptx -arch=compute_75 attention.cu
//
//   window_attention        y                                                                         about 4 W T^2 d FLOPs
//   window_attention_rows   dq_i = scale sum_j ds_ij k_j; keeps of each row log sum exp s_i and r_i = sum_j p_ij dp_ij      10 W T^2 d
//   window_attention_keys   dk_j = scale sum_i ds_ij q_i, dv_j = sum_i p_ij dy_i                      8 W T^2 d
//   window_attention_bias   parts[part][place, h] = sum of ds_ij over the windows of a part           4 W T^2 d
//
// with dp_ij = dy_i v_j, ds_ij = p_ij (dp_ij - r_i), W = windows * heads, T = window^2 cells of a window, d = headSize. Scores are computed anew
// wherever they are needed, so that nothing of the size W T^2 is stored: bytes moved are 4 (|qkv| + |y|) forward, 4 (2 |qkv| + |dy|) a kernel backward
// besides what the caches serve. Launch: 128 threads, one warp a (window, head, cell), ceil(W T / 4) blocks; lanes run over the other
// tokens, then over 32 numbers of a head. window_attention_bias: 128 threads over the windows of a part, blocks (places, heads, parts).
#include "lanes.cuh"

namespace {

struct Windows {
    int batch, height, width, heads, headSize, window, shiftDown, shiftAcross, windowsDown, windowsAcross;

    __device__ __forceinline__ int cells() const {
        return window * window;
    }

    __device__ __forceinline__ int channels() const {
        return heads * headSize;
    }
};

/// A cell of a window: its token's number in the batch, -1 where there is none, and the part of the window it is in.
struct Token {
    int number;
    int part;
};

__device__ __forceinline__ Token tokenAt(const Windows& g, int number, int cell) {
    const int across = number % g.windowsAcross;
    const int down = number / g.windowsAcross % g.windowsDown;
    const int image = number / g.windowsAcross / g.windowsDown;
    const int i = (down * g.window + cell / g.window + g.shiftDown) % (g.windowsDown * g.window);
    const int j = (across * g.window + cell % g.window + g.shiftAcross) % (g.windowsAcross * g.window);
    // Only the last windows go round the edge: what comes from the other side there is a part of its own.
    return {i < g.height && j < g.width ? (image * g.height + i) * g.width + j : -1,
            (i < down * g.window ? 2 : 0) + (j < across * g.window ? 1 : 0)};
}

/// What one warp works on.
struct Place {
    int window, head, cell;
    Token token;
};

/// Whether this warp has a token; all its lanes share the answer.
__device__ __forceinline__ bool placeOfWarp(const Windows& g, Place& p) {
    const long long at = static_cast<long long>(blockIdx.x) * (blockDim.x >> 5) + (threadIdx.x >> 5);
    p.cell = static_cast<int>(at % g.cells());
    p.head = static_cast<int>(at / g.cells() % g.heads);
    const long long number = at / g.cells() / g.heads;
    if (number >= static_cast<long long>(g.batch) * g.windowsDown * g.windowsAcross) {
        return false;
    }
    p.window = static_cast<int>(number);
    p.token = tokenAt(g, p.window, p.cell);
    return p.token.number >= 0;
}

/// A token's query (kind 0), key (1) or value (2) of a head in qkv.
__device__ __forceinline__ const float* vectorOf(const float* qkv, const Windows& g, int token, int kind, int head) {
    return qkv + (static_cast<long long>(token) * 3 + kind) * g.channels() + head * g.headSize;
}

__device__ __forceinline__ const float* gradientOf(const float* dy, const Windows& g, int token, int head) {
    return dy + static_cast<long long>(token) * g.channels() + head * g.headSize;
}

__device__ __forceinline__ float dot(const float* __restrict__ a, const float* __restrict__ b, int n) {
    float sum = 0.0f;
    for (int l = 0; l < n; l++) {
        sum += a[l] * b[l];
    }
    return sum;
}

/// s_ij for the cells i and j of a window whose tokens are there.
__device__ __forceinline__ float score(const float* __restrict__ qkv, const float* __restrict__ bias, const Windows& g, int head, float scale,
                                       int cellI, int tokenI, int cellJ, int tokenJ) {
    const int down = cellI / g.window - cellJ / g.window + g.window - 1;
    const int across = cellI % g.window - cellJ % g.window + g.window - 1;
    return scale * dot(vectorOf(qkv, g, tokenI, 0, head), vectorOf(qkv, g, tokenJ, 1, head), g.headSize)
            + bias[(down * (2 * g.window - 1) + across) * g.heads + head];
}

/// The statistics of a row: its log sum exp and r.
__device__ __forceinline__ long long rowOf(const Windows& g, int window, int head, int cell) {
    return 2 * ((static_cast<long long>(window) * g.heads + head) * g.cells() + cell);
}

}  // namespace

extern "C" __global__ void window_attention(const float* __restrict__ qkv, const float* __restrict__ bias, float* __restrict__ y, float scale,
                                            Windows g) {
    Place p;
    if (!placeOfWarp(g, p)) {
        return;
    }
    const int lane = threadIdx.x & 31;
    for (int first = 0; first < g.headSize; first += 32) {
        const int l = first + lane;
        float most = -infinity();
        float total = 0.0f;
        float sum = 0.0f;
        for (int chunk = 0; chunk < g.cells(); chunk += 32) {
            const int j = chunk + lane;
            const Token other = j < g.cells() ? tokenAt(g, p.window, j) : Token{-1, 0};
            const bool seen = other.number >= 0 && other.part == p.token.part;
            const float s = seen ? score(qkv, bias, g, p.head, scale, p.cell, p.token.number, j, other.number) : -infinity();
            const float top = fmaxf(most, warpMax(s));
            const float e = seen ? expf(s - top) : 0.0f;
            const float shrink = most == -infinity() ? 0.0f : expf(most - top);
            total = total * shrink + warpSum(e);
            sum *= shrink;
            most = top;
            for (int k = 0; k < 32 && chunk + k < g.cells(); k++) {
                const float weight = __shfl_sync(0xffffffffu, e, k);
                const int token = __shfl_sync(0xffffffffu, other.number, k);
                if (weight != 0.0f && l < g.headSize) {
                    sum += weight * vectorOf(qkv, g, token, 2, p.head)[l];
                }
            }
        }
        if (l < g.headSize) {
            y[static_cast<long long>(p.token.number) * g.channels() + p.head * g.headSize + l] = sum / total;
        }
    }
}

extern "C" __global__ void window_attention_rows(const float* __restrict__ qkv, const float* __restrict__ bias, const float* __restrict__ dy,
                                                 float* __restrict__ dqkv, float* __restrict__ kept, float scale, Windows g) {
    Place p;
    if (!placeOfWarp(g, p)) {
        return;
    }
    const int lane = threadIdx.x & 31;
    const float* upper = gradientOf(dy, g, p.token.number, p.head);
    float most = -infinity();
    float total = 0.0f;
    float weighted = 0.0f;
    for (int chunk = 0; chunk < g.cells(); chunk += 32) {
        const int j = chunk + lane;
        const Token other = j < g.cells() ? tokenAt(g, p.window, j) : Token{-1, 0};
        const bool seen = other.number >= 0 && other.part == p.token.part;
        const float s = seen ? score(qkv, bias, g, p.head, scale, p.cell, p.token.number, j, other.number) : -infinity();
        const float top = fmaxf(most, warpMax(s));
        const float e = seen ? expf(s - top) : 0.0f;
        const float dp = seen ? dot(upper, vectorOf(qkv, g, other.number, 2, p.head), g.headSize) : 0.0f;
        const float shrink = most == -infinity() ? 0.0f : expf(most - top);
        total = total * shrink + warpSum(e);
        weighted = weighted * shrink + warpSum(e * dp);
        most = top;
    }
    const float logSum = most + logf(total);
    const float mean = weighted / total;
    if (lane == 0) {
        kept[rowOf(g, p.window, p.head, p.cell)] = logSum;
        kept[rowOf(g, p.window, p.head, p.cell) + 1] = mean;
    }
    for (int first = 0; first < g.headSize; first += 32) {
        const int l = first + lane;
        float sum = 0.0f;
        for (int chunk = 0; chunk < g.cells(); chunk += 32) {
            const int j = chunk + lane;
            const Token other = j < g.cells() ? tokenAt(g, p.window, j) : Token{-1, 0};
            float ds = 0.0f;
            if (other.number >= 0 && other.part == p.token.part) {
                const float weight = expf(score(qkv, bias, g, p.head, scale, p.cell, p.token.number, j, other.number) - logSum);
                ds = weight * (dot(upper, vectorOf(qkv, g, other.number, 2, p.head), g.headSize) - mean);
            }
            for (int k = 0; k < 32 && chunk + k < g.cells(); k++) {
                const float each = __shfl_sync(0xffffffffu, ds, k);
                const int token = __shfl_sync(0xffffffffu, other.number, k);
                if (each != 0.0f && l < g.headSize) {
                    sum += each * vectorOf(qkv, g, token, 1, p.head)[l];
                }
            }
        }
        if (l < g.headSize) {
            dqkv[static_cast<long long>(p.token.number) * 3 * g.channels() + p.head * g.headSize + l] = scale * sum;
        }
    }
}

extern "C" __global__ void window_attention_keys(const float* __restrict__ qkv, const float* __restrict__ bias, const float* __restrict__ dy,
                                                 float* __restrict__ dqkv, const float* __restrict__ kept, float scale, Windows g) {
    Place p;
    if (!placeOfWarp(g, p)) {
        return;
    }
    const int lane = threadIdx.x & 31;
    const float* value = vectorOf(qkv, g, p.token.number, 2, p.head);
    for (int first = 0; first < g.headSize; first += 32) {
        const int l = first + lane;
        float keySum = 0.0f;
        float valueSum = 0.0f;
        for (int chunk = 0; chunk < g.cells(); chunk += 32) {
            const int i = chunk + lane;
            const Token other = i < g.cells() ? tokenAt(g, p.window, i) : Token{-1, 0};
            float weight = 0.0f;
            float ds = 0.0f;
            if (other.number >= 0 && other.part == p.token.part) {
                const float* row = kept + rowOf(g, p.window, p.head, i);
                weight = expf(score(qkv, bias, g, p.head, scale, i, other.number, p.cell, p.token.number) - row[0]);
                ds = weight * (dot(gradientOf(dy, g, other.number, p.head), value, g.headSize) - row[1]);
            }
            for (int k = 0; k < 32 && chunk + k < g.cells(); k++) {
                const float eachWeight = __shfl_sync(0xffffffffu, weight, k);
                const float each = __shfl_sync(0xffffffffu, ds, k);
                const int token = __shfl_sync(0xffffffffu, other.number, k);
                if (eachWeight != 0.0f && l < g.headSize) {
                    keySum += each * vectorOf(qkv, g, token, 0, p.head)[l];
                    valueSum += eachWeight * gradientOf(dy, g, token, p.head)[l];
                }
            }
        }
        if (l < g.headSize) {
            const long long to = (static_cast<long long>(p.token.number) * 3 + 1) * g.channels() + p.head * g.headSize + l;
            dqkv[to] = scale * keySum;
            dqkv[to + g.channels()] = valueSum;
        }
    }
}

extern "C" __global__ void window_attention_bias(const float* __restrict__ qkv, const float* __restrict__ bias, const float* __restrict__ dy,
                                                 const float* __restrict__ kept, double* __restrict__ parts, int chunk, float scale, Windows g) {
    __shared__ double warps[32];
    const int side = 2 * g.window - 1;
    const int down = static_cast<int>(blockIdx.x) / side - (g.window - 1);
    const int across = static_cast<int>(blockIdx.x) % side - (g.window - 1);
    const int head = blockIdx.y;
    const long long first = static_cast<long long>(blockIdx.z) * chunk;
    const long long windows = static_cast<long long>(g.batch) * g.windowsDown * g.windowsAcross;
    const long long last = first + chunk < windows ? first + chunk : windows;
    double sum = 0.0;
    for (long long number = first + threadIdx.x; number < last; number += blockDim.x) {
        for (int row = max(0, down); row < min(g.window, g.window + down); row++) {
            for (int column = max(0, across); column < min(g.window, g.window + across); column++) {
                const int i = row * g.window + column;
                const int j = (row - down) * g.window + column - across;
                const Token query = tokenAt(g, static_cast<int>(number), i);
                const Token key = tokenAt(g, static_cast<int>(number), j);
                if (query.number >= 0 && key.number >= 0 && query.part == key.part) {
                    const float* statistics = kept + rowOf(g, static_cast<int>(number), head, i);
                    const float weight = expf(score(qkv, bias, g, head, scale, i, query.number, j, key.number) - statistics[0]);
                    sum += weight * (dot(gradientOf(dy, g, query.number, head), vectorOf(qkv, g, key.number, 2, head), g.headSize) - statistics[1]);
                }
            }
        }
    }
    sum = blockSum(sum, warps);
    if (threadIdx.x == 0) {
        parts[(static_cast<long long>(blockIdx.z) * side * side + blockIdx.x) * g.heads + head] = sum;
    }
}
