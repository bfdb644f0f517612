// Self-attention within shifted windows with relative position bias (Liu et al. 2021, section 3.2). For token i and head h, j over the tokens
// that i sees: s_ij = scale q_i k_j + bias[place of i relative to j, h]; p_i = softmax(s_i); y_i = sum_j p_ij v_j.
// Backward: dp_ij = dy_i v_j, r_i = sum_j p_ij dp_ij, ds_ij = p_ij (dp_ij - r_i); dv_j = sum_i p_ij dy_i, dk_j = scale sum_i ds_ij q_i,
// dq_i = scale sum_j ds_ij k_j, dbias[place] = sum of the ds_ij of the place. W = windows * heads, T = window^2 cells, d = headSize.
// nvcc -ptx -arch=compute_75 attention.cu
//
// Where a window is 7 x 7 at most and a head 32 numbers at most, all pairs of a window lie in registers:
//
//   small_window_attention           y                                                                4 W T^2 d FLOPs
//   small_window_attention_gradient  dqkv; parts[part][place, h] = sum of ds_ij over a part's windows     10 W T^2 d
//
// Bytes: 4 (|qkv| + |y|), 4 (2 |qkv| + |dy|). Forward: 128 threads for five (window, head), ceil(W / 5) blocks; a thread has two rows of pairs, so that
// no exchange and 96 of 100 threads' work is needed, and a load of 16 bytes that neighbours share serves eight multiplications and additions.
// Backward: 64 threads, a block a (part, head), which keeps the sums of its ds_ij over the part's windows in registers and adds up places only once,
// at its end; a thread has seven times seven pairs, for rows and columns both are multiplied: 14 loads serve 196 multiplications and additions.
//
// Else scores are computed anew wherever they are needed, so that nothing of the size W T^2 is stored:
//
//   window_attention        y                                                                         about 4 W T^2 d FLOPs
//   window_attention_rows   dq; keeps of each row log sum exp s_i and r_i                             10 W T^2 d
//   window_attention_keys   dk, dv                                                                    8 W T^2 d
//   window_attention_bias   parts[part][place, h] = sum of ds_ij over a part's windows                4 W T^2 d
//
// Bytes besides what the caches serve: 4 (|qkv| + |y|), backward 4 (2 |qkv| + |dy|) a kernel. Launch: 128 threads, one warp a (window, head,
// cell), ceil(W T / 4) blocks; lanes run over the other tokens, then over 32 numbers of a head. window_attention_bias: 128 threads over the
// windows of a part, blocks (places, heads, parts).
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
    const int line = number / g.windowsAcross;
    const int across = number - line * g.windowsAcross;
    const int image = line / g.windowsDown;
    const int down = line - image * g.windowsDown;
    const int row = down * g.window + cell / g.window + g.shiftDown;
    const int column = across * g.window + cell % g.window + g.shiftAcross;
    // A shift is less than a window: one subtraction brings them back round the edge.
    const int i = row < g.windowsDown * g.window ? row : row - g.windowsDown * g.window;
    const int j = column < g.windowsAcross * g.window ? column : column - g.windowsAcross * g.window;
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

/// A small window: its side, cells and relative places at most; threads of a block. Floats from one vector to the next in shared memory where
/// eight lanes read the same one, where neighbouring lanes read neighbouring ones, and from one row of pairs to the next: the last two odd
/// multiples of 4, so that neither eight lanes reading 16 bytes each nor a warp writing pairs meet in a bank.
const int SIDE = 7;
const int CELLS = SIDE * SIDE;
const int PLACES = (2 * SIDE - 1) * (2 * SIDE - 1);
const int THREADS = 64;
const int ROW_STRIDE = 32;
const int COLUMN_STRIDE = 36;
const int PAIR_STRIDE = 52;
const int ROWS = CELLS * ROW_STRIDE;
const int COLUMNS = CELLS * COLUMN_STRIDE - 4;
const int PAIRS = CELLS * PAIR_STRIDE;

const float LOG2_E = 1.44269504f;
/// The part of a cell without a token.
const int NOWHERE = 4;

/// A number for each pair of cells that a thread owns: rows r + 7 a and columns c + 7 b, r = thread / 8, c = thread % 8, both below 7.
/// So a row of pairs lies in eight neighbouring lanes.
typedef float OwnPairs[SIDE][SIDE];

__device__ __forceinline__ int ownRow() {
    return static_cast<int>(threadIdx.x >> 3);
}

__device__ __forceinline__ int ownColumn() {
    return static_cast<int>(threadIdx.x & 7);
}

__device__ __forceinline__ bool ownsPairs() {
    return ownRow() < SIDE && ownColumn() < SIDE;
}

/// The sum over the eight lanes of a row.
__device__ __forceinline__ float rowSum(float v) {
#pragma unroll
    for (int offset = 4; offset > 0; offset >>= 1) {
        v += __shfl_xor_sync(0xffffffffu, v, offset);
    }
    return v;
}

/// Which place of a small window is a place of a SIDE-wide one, -1 for none. Both count down and across from the negative of their side less one.
__device__ __forceinline__ int placeOfGrid(const Windows& g, int place) {
    const int down = place / (2 * SIDE - 1) - SIDE + g.window;
    const int across = place % (2 * SIDE - 1) - SIDE + g.window;
    const int side = 2 * g.window - 1;
    return down >= 0 && across >= 0 && down < side && across < side ? down * side + across : -1;
}

/// The token of a cell of a SIDE-wide grid over a small window.
__device__ __forceinline__ Token tokenOfGrid(const Windows& g, int number, int cell) {
    const int row = cell / SIDE;
    const int column = cell % SIDE;
    return row < g.window && column < g.window ? tokenAt(g, number, row * g.window + column) : Token{-1, 0};
}

/// 2^v with a relative error of 2^-22, 0 below 2^-126.
__device__ __forceinline__ float powerOfTwo(float v) {
#ifdef __CUDACC__
    float power;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(v));
    return power;
#else
    return exp2f(v);
#endif
}

/// The cells of a small window, one a thread: their tokens' numbers, -1 where there is none, and their parts. All have SIDE x SIDE cells, of which
/// smaller windows leave some without a token: then where a pair's bias lies is known but for the thread's own column.
struct Cells {
    int tokens[THREADS];
    signed char parts[THREADS];
    /// Of the places of a SIDE-wide window, times log2(e) for powers of two.
    float bias[PLACES];
    /// Whether some cells do not see each other.
    int cut;

    __device__ __forceinline__ void of(const Windows& g, int number) {
        const int cell = static_cast<int>(threadIdx.x);
        const Token token = cell < CELLS ? tokenOfGrid(g, number, cell) : Token{-1, 0};
        tokens[cell] = token.number;
        parts[cell] = static_cast<signed char>(token.number < 0 ? NOWHERE : token.part);
        if (cell < CELLS && parts[cell] != 0) {
            cut = 1;
        }
    }
};

/// Vectors of N kinds of a window's tokens into shared memory, zeros where there is no token or a head has ended; `stride` floats from token
/// to token of a tensor whose size an int holds, `toStride` from cell to cell. Where `vector`, all loads of a thread are under way before the first is
/// waited for.
template <int N>
__device__ __forceinline__ void loadVectors(const float* const (&from)[N], const int (&stride)[N], bool vector, int headSize, const Cells& cells,
                                            float* const (&to)[N], const int (&toStride)[N]) {
    if (!vector) {
#pragma unroll
        for (int kind = 0; kind < N; kind++) {
#pragma unroll 1
            for (int i = threadIdx.x; i < 32 * CELLS; i += THREADS) {
                const int token = cells.tokens[i / 32];
                to[kind][i / 32 * toStride[kind] + i % 32] =
                        token >= 0 && i % 32 < headSize ? from[kind][static_cast<long long>(token) * stride[kind] + i % 32] : 0.0f;
            }
        }
        return;
    }
    const int STEPS = (CELLS + 7) / 8;
    const int first = 4 * ownColumn();
    float4 v[N][STEPS];
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
        const int token = cells.tokens[8 * step + ownRow()];
#pragma unroll
        for (int kind = 0; kind < N; kind++) {
            v[kind][step] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (token >= 0 && first < headSize) {
                v[kind][step] = *reinterpret_cast<const float4*>(from[kind] + static_cast<unsigned>(token * stride[kind] + first));
            }
        }
    }
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
        const int cell = 8 * step + ownRow();
        if (cell < CELLS) {
#pragma unroll
            for (int kind = 0; kind < N; kind++) {
                *reinterpret_cast<float4*>(to[kind] + cell * toStride[kind] + first) = v[kind][step];
            }
        }
    }
}

/// s_ij = x_i y_j for the own pairs. Threads that own none do a neighbour's.
__device__ __forceinline__ void dots(const float* x, const float* y, OwnPairs& s) {
    const float* left = x + min(ownRow(), SIDE - 1) * ROW_STRIDE;
    const float* right = y + min(ownColumn(), SIDE - 1) * COLUMN_STRIDE;
#pragma unroll
    for (int a = 0; a < SIDE; a++) {
#pragma unroll
        for (int b = 0; b < SIDE; b++) {
            s[a][b] = 0.0f;
        }
    }
#pragma unroll 1
    for (int l = 0; l < 32; l += 4) {
        float4 p[SIDE];
#pragma unroll
        for (int a = 0; a < SIDE; a++) {
            p[a] = *reinterpret_cast<const float4*>(left + SIDE * a * ROW_STRIDE + l);
        }
#pragma unroll
        for (int b = 0; b < SIDE; b++) {
            const float4 q = *reinterpret_cast<const float4*>(right + SIDE * b * COLUMN_STRIDE + l);
#pragma unroll
            for (int a = 0; a < SIDE; a++) {
                s[a][b] += p[a].x * q.x;
                s[a][b] += p[a].y * q.y;
                s[a][b] += p[a].z * q.z;
                s[a][b] += p[a].w * q.w;
            }
        }
    }
}

/// From the dots of queries and keys the probabilities, 0 where a token does not see the other. The own cells r + 7 a and c + 7 b lie a - b rows
/// and r - c columns apart: 13 biases serve 49 pairs.
__device__ __forceinline__ void softmax(const Cells& cells, float scale, OwnPairs& s) {
    float bias[2 * SIDE - 1];
#pragma unroll
    for (int down = 0; down < 2 * SIDE - 1; down++) {
        const float own = cells.bias[down * (2 * SIDE - 1) + SIDE - 1 + min(ownRow(), SIDE - 1) - min(ownColumn(), SIDE - 1)];
        bias[down] = ownsPairs() ? own : -infinity();
    }
#pragma unroll
    for (int a = 0; a < SIDE; a++) {
#pragma unroll
        for (int b = 0; b < SIDE; b++) {
            s[a][b] = LOG2_E * scale * s[a][b] + bias[a - b + SIDE - 1];
        }
    }
    if (cells.cut) {
        int key[SIDE];
#pragma unroll
        for (int b = 0; b < SIDE; b++) {
            key[b] = cells.parts[min(ownColumn(), SIDE - 1) + SIDE * b];
        }
#pragma unroll
        for (int a = 0; a < SIDE; a++) {
            const int query = cells.parts[min(ownRow(), SIDE - 1) + SIDE * a];
#pragma unroll
            for (int b = 0; b < SIDE; b++) {
                s[a][b] = query == key[b] && query != NOWHERE ? s[a][b] : -infinity();
            }
        }
    }
#pragma unroll
    for (int a = 0; a < SIDE; a++) {
        float most = s[a][0];
#pragma unroll
        for (int b = 1; b < SIDE; b++) {
            most = fmaxf(most, s[a][b]);
        }
#pragma unroll
        for (int offset = 4; offset > 0; offset >>= 1) {
            most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, offset));
        }
        most = most == -infinity() ? 0.0f : most;
        float total = 0.0f;
#pragma unroll
        for (int b = 0; b < SIDE; b++) {
            s[a][b] = powerOfTwo(s[a][b] - most);
            total += s[a][b];
        }
        total = rowSum(total);
        const float inverse = total == 0.0f ? 0.0f : 1.0f / total;
#pragma unroll
        for (int b = 0; b < SIDE; b++) {
            s[a][b] *= inverse;
        }
    }
}

/// The own pairs to [row][column] of shared memory, to [column][row] where TRANSPOSED.
template <bool TRANSPOSED>
__device__ __forceinline__ void writePairs(const OwnPairs& s, float* pairs) {
    if (ownsPairs()) {
        float* to = pairs + (TRANSPOSED ? ownColumn() * PAIR_STRIDE + ownRow() : ownRow() * PAIR_STRIDE + ownColumn());
#pragma unroll
        for (int a = 0; a < SIDE; a++) {
#pragma unroll
            for (int b = 0; b < SIDE; b++) {
                to[SIDE * (TRANSPOSED ? b * PAIR_STRIDE + a : a * PAIR_STRIDE + b)] = s[a][b];
            }
        }
    }
}

/// y_m = factor * sum over k of pairs[k][m] x_k for all cells m, eight of them and four numbers of each a thread, the x_k X_STRIDE floats apart;
/// `stride` floats from token to token of y, whose size an int holds. The last eight threads write nothing, and read 12 floats past the pairs.
template <int X_STRIDE>
__device__ __forceinline__ void multiplyPairs(const float* pairs, const float* x, float factor, const Cells& cells, bool vector, int headSize,
                                              int stride, float* __restrict__ y) {
    const int cell = 8 * ownRow();
    const int first = 4 * ownColumn();
    float sum[8][4] = {};
#pragma unroll 7
    for (int k = 0; k < CELLS; k++) {
        const float4 low = *reinterpret_cast<const float4*>(pairs + k * PAIR_STRIDE + cell);
        const float4 high = *reinterpret_cast<const float4*>(pairs + k * PAIR_STRIDE + cell + 4);
        const float4 q = *reinterpret_cast<const float4*>(x + k * X_STRIDE + first);
        const float p[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
#pragma unroll
        for (int m = 0; m < 8; m++) {
            sum[m][0] += p[m] * q.x;
            sum[m][1] += p[m] * q.y;
            sum[m][2] += p[m] * q.z;
            sum[m][3] += p[m] * q.w;
        }
    }
    vector = vector && first < headSize;
#pragma unroll
    for (int m = 0; m < 8; m++) {
#pragma unroll
        for (int k = 0; k < 4; k++) {
            sum[m][k] *= factor;
        }
        const int token = cells.tokens[cell + m];
        if (token >= 0 && vector) {
            *reinterpret_cast<float4*>(y + (token * stride + first)) = make_float4(sum[m][0], sum[m][1], sum[m][2], sum[m][3]);
        }
    }
    if (!vector) {
#pragma unroll
        for (int m = 0; m < 8; m++) {
            const int token = cells.tokens[cell + m];
            if (token >= 0) {
                storeQuad(y + (token * stride + first), false, headSize - first, sum[m]);
            }
        }
    }
}

/// Threads of a window, each with two queries, and seats for them: an even number, since loads of 16 bytes take half as long where neighbouring lanes
/// read the same. Windows of a block, its cells and more to divide by its threads, and these: two fewer than seats; the last team's last thread sits
/// in the seat that the team before leaves.
const int TEAM = (CELLS + 1) / 2;
const int SEATS = TEAM + 1;
const int TEAMS = 5;
const int TEAM_CELLS = 256;
const int TEAM_THREADS = 128;

/// The windows of a block, each with its head, of SIDE x SIDE cells as in Cells.
struct Teams {
    /// Where a cell's query lies in qkv, and its token's vector in y, -1 where there is no token; an int holds it, as a tensor's size.
    int queries[TEAM_CELLS];
    int outputs[TEAM_CELLS];
    unsigned char parts[TEAM_CELLS];
    /// A bit for each cell of a part.
    unsigned seen[TEAMS][4][2];
    float bias[TEAMS][PLACES];  // as in Cells

    __device__ __forceinline__ void of(const float* __restrict__ all, const Windows& g, long long first) {
        const long long count = static_cast<long long>(g.batch) * g.windowsDown * g.windowsAcross * g.heads;
        const int thread = static_cast<int>(threadIdx.x);
        if (thread < TEAMS * 4 * 2) {
            seen[thread / 8][thread / 2 % 4][thread % 2] = 0;
        }
        __syncthreads();
        for (int i = thread; i < TEAM_CELLS; i += TEAM_THREADS) {
            const long long number = first + i / CELLS;
            const int cell = i % CELLS;
            const int window = static_cast<int>(number / g.heads);
            const Token token = i < TEAMS * CELLS && number < count ? tokenOfGrid(g, window, cell) : Token{-1, 0};
            const int head = static_cast<int>(number - static_cast<long long>(window) * g.heads) * g.headSize;
            queries[i] = token.number < 0 ? -1 : token.number * 3 * g.channels() + head;
            outputs[i] = token.number < 0 ? -1 : token.number * g.channels() + head;
            parts[i] = static_cast<unsigned char>(token.part);
            if (token.number >= 0) {
                atomicAdd(&seen[i / CELLS][token.part][cell / 32], 1u << cell % 32);
            }
        }
        for (int place = thread; place < PLACES; place += TEAM_THREADS) {
            const int from = placeOfGrid(g, place);
            int head = static_cast<int>(first % g.heads);
#pragma unroll
            for (int team = 0; team < TEAMS; team++) {
                bias[team][place] = from < 0 ? 0.0f : LOG2_E * all[from * g.heads + head];
                head = head + 1 == g.heads ? 0 : head + 1;
            }
        }
        __syncthreads();
    }
};

/// The keys (kind 1) or values (kind 2) of all cells into shared memory, zeros where there is no token; eight loads of a thread are under way at once.
/// At COLUMN_STRIDE lanes of two teams read other banks, and lanes that write a row each meet in none.
__device__ __forceinline__ void loadTeams(const float* __restrict__ qkv, const Windows& g, int kind, bool vector, const Teams& teams,
                                          float* memory) {
    const float* from = qkv + kind * g.channels();
    if (!vector) {
        for (int i = threadIdx.x; i < TEAM_CELLS * 32; i += TEAM_THREADS) {
            const int at = teams.queries[i / 32];
            const int l = i % 32;
            memory[i / 32 * COLUMN_STRIDE + l] = at >= 0 && l < g.headSize ? from[at + l] : 0.0f;
        }
        return;
    }
    const int STEPS = 8;
    const int LINE = TEAM_THREADS / 8;
    const int l = 4 * (static_cast<int>(threadIdx.x) & 7);
#pragma unroll 1
    for (int cell = static_cast<int>(threadIdx.x) >> 3; cell < TEAM_CELLS; cell += STEPS * LINE) {
        float4 v[STEPS];
#pragma unroll
        for (int step = 0; step < STEPS; step++) {
            const int at = teams.queries[cell + step * LINE];
            v[step] = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (at >= 0 && l < g.headSize) {
                v[step] = *reinterpret_cast<const float4*>(from + static_cast<unsigned>(at + l));
            }
        }
#pragma unroll
        for (int step = 0; step < STEPS; step++) {
            *reinterpret_cast<float4*>(memory + (cell + step * LINE) * COLUMN_STRIDE + l) = v[step];
        }
    }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(TEAM_THREADS, 3)
small_window_attention(const float* __restrict__ qkv, const float* __restrict__ bias, float* __restrict__ y, float scale, Windows g) {
    __shared__ Teams teams;
    __shared__ __align__(16) float memory[TEAM_CELLS * COLUMN_STRIDE];  // the keys, then the values, in whose place the results come
    const int thread = static_cast<int>(threadIdx.x);
    const int seat = thread == (TEAMS - 1) * SEATS - 1 ? TEAMS * SEATS - 2 : thread;
    const int team = seat / SEATS;
    const int own = seat % SEATS;
    float* vectors = memory + team * CELLS * COLUMN_STRIDE;
    const bool vector = g.headSize % 4 == 0 && aligned(qkv);
    const bool toVector = g.headSize % 4 == 0 && aligned(y);
    teams.of(bias, g, static_cast<long long>(blockIdx.x) * TEAMS);
    loadTeams(qkv, g, 1, vector, teams, memory);
    // The queries that a thread has beyond its window's it does not write.
    const int cells[2] = {min(own, CELLS - 1), min(own + TEAM, CELLS - 1)};
    const bool owned[2] = {own < TEAM, own < CELLS - TEAM};
    const float* query[2];
#pragma unroll
    for (int a = 0; a < 2; a++) {
        query[a] = qkv + max(teams.queries[team * CELLS + cells[a]], 0);
    }
    __syncthreads();
    float s[2][CELLS] = {};
    float q[2][4];
    loadQuad(query[0], vector, vector ? 4 : g.headSize, q[0]);
    loadQuad(query[1], vector, vector ? 4 : g.headSize, q[1]);
#pragma unroll 1
    for (int l = 0; l < g.headSize; l += 4) {
        // The next numbers are under way while these are multiplied.
        const int next = l + 4 < g.headSize ? l + 4 : l;
        float following[2][4];
        loadQuad(query[0] + next, vector, vector ? 4 : g.headSize - next, following[0]);
        loadQuad(query[1] + next, vector, vector ? 4 : g.headSize - next, following[1]);
#pragma unroll
        for (int j = 0; j < CELLS; j++) {
            const float4 k = *reinterpret_cast<const float4*>(vectors + j * COLUMN_STRIDE + l);
#pragma unroll
            for (int a = 0; a < 2; a++) {
                s[a][j] += q[a][0] * k.x;
                s[a][j] += q[a][1] * k.y;
                s[a][j] += q[a][2] * k.z;
                s[a][j] += q[a][3] * k.w;
            }
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            q[0][k] = following[0][k];
            q[1][k] = following[1][k];
        }
    }
    float inverse[2];
#pragma unroll
    for (int a = 0; a < 2; a++) {
        const float* place = teams.bias[team] + (cells[a] / SIDE + SIDE - 1) * (2 * SIDE - 1) + cells[a] % SIDE + SIDE - 1;
        const int part = teams.parts[team * CELLS + cells[a]];
        const unsigned low = teams.seen[team][part][0];
        const unsigned high = teams.seen[team][part][1];
#pragma unroll
        for (int j = 0; j < CELLS; j++) {
            s[a][j] = LOG2_E * scale * s[a][j] + place[-(j / SIDE * (2 * SIDE - 1) + j % SIDE)];
        }
        if (low != 0xffffffffu || high != (1u << (CELLS - 32)) - 1) {
#pragma unroll
            for (int j = 0; j < CELLS; j++) {
                s[a][j] = (j < 32 ? low >> j : high >> (j - 32)) & 1 ? s[a][j] : -infinity();
            }
        }
        float most = s[a][0];
#pragma unroll
        for (int j = 1; j < CELLS; j++) {
            most = fmaxf(most, s[a][j]);
        }
        most = most == -infinity() ? 0.0f : most;
        float total[4] = {};
#pragma unroll
        for (int j = 0; j < CELLS; j++) {
            s[a][j] = powerOfTwo(s[a][j] - most);
            total[j % 4] += s[a][j];
        }
        inverse[a] = 1.0f / (total[0] + total[1] + (total[2] + total[3]));
    }
    __syncthreads();
    loadTeams(qkv, g, 2, vector, teams, memory);
    __syncthreads();
#pragma unroll 1
    for (int l = 0; l < g.headSize; l += 4) {
        float sum[2][4] = {};
#pragma unroll
        for (int j = 0; j < CELLS; j++) {
            const float4 v = *reinterpret_cast<const float4*>(vectors + j * COLUMN_STRIDE + l);
#pragma unroll
            for (int a = 0; a < 2; a++) {
                sum[a][0] += s[a][j] * v.x;
                sum[a][1] += s[a][j] * v.y;
                sum[a][2] += s[a][j] * v.z;
                sum[a][3] += s[a][j] * v.w;
            }
        }
        // All have read these four numbers of the values.
        __syncthreads();
#pragma unroll
        for (int a = 0; a < 2; a++) {
            if (owned[a]) {
                *reinterpret_cast<float4*>(vectors + cells[a] * COLUMN_STRIDE + l) =
                        make_float4(inverse[a] * sum[a][0], inverse[a] * sum[a][1], inverse[a] * sum[a][2], inverse[a] * sum[a][3]);
            }
        }
    }
    __syncthreads();
    const int l = 4 * (thread & 7);
    if (l < g.headSize) {
#pragma unroll 4
        for (int cell = thread >> 3; cell < TEAMS * CELLS; cell += TEAM_THREADS / 8) {
            const int at = teams.outputs[cell];
            const float4 v = *reinterpret_cast<const float4*>(memory + cell * COLUMN_STRIDE + l);
            const float out[4] = {v.x, v.y, v.z, v.w};
            if (at >= 0) {
                storeQuad(y + (at + l), toVector, toVector ? 4 : g.headSize - l, out);
            }
        }
    }
}

extern "C" __global__ void __launch_bounds__(64, 6)
small_window_attention_gradient(const float* __restrict__ qkv, const float* __restrict__ bias, const float* __restrict__ dy,
                                float* __restrict__ dqkv, double* __restrict__ parts, int chunk, float scale, Windows g) {
    __shared__ Cells cells;
    // With the 1000 bytes of cells and the system's 1024 six blocks fill a multiprocessor's 228 KB.
    __shared__ __align__(16) float memory[PAIRS + 2 * ROWS + 2 * COLUMNS];
    float* pairs = memory;
    float* query = memory + PAIRS;
    float* upper = query + ROWS;
    float* key = upper + ROWS;
    float* value = key + COLUMNS;
    const int head = blockIdx.x % g.heads;
    const int part = blockIdx.x / g.heads;
    const int stride = 3 * g.channels();
    const float* from = qkv + head * g.headSize;
    float* to = dqkv + head * g.headSize;
    const bool vector = g.headSize % 4 == 0 && aligned(qkv) && aligned(dy);
    const bool toVector = g.headSize % 4 == 0 && aligned(dqkv);
    const float* own = pairs + min(ownRow(), SIDE - 1) * PAIR_STRIDE + min(ownColumn(), SIDE - 1);
    const long long first = static_cast<long long>(part) * chunk;
    const long long windows = static_cast<long long>(g.batch) * g.windowsDown * g.windowsAcross;
    const long long last = first + chunk < windows ? first + chunk : windows;
    OwnPairs sums = {};
    for (int place = threadIdx.x; place < PLACES; place += THREADS) {
        const int at = placeOfGrid(g, place);
        cells.bias[place] = at < 0 ? 0.0f : LOG2_E * bias[at * g.heads + head];
    }
    if (threadIdx.x == 0) {
        cells.cut = 0;
    }
    for (long long number = first; number < last; number++) {
        __syncthreads();
        cells.of(g, static_cast<int>(number));
        __syncthreads();
        loadVectors<2>({from, from + g.channels()}, {stride, stride}, vector, g.headSize, cells, {query, key}, {ROW_STRIDE, COLUMN_STRIDE});
        loadVectors<2>({from + 2 * g.channels(), dy + head * g.headSize}, {stride, g.channels()}, vector, g.headSize, cells, {value, upper},
                       {COLUMN_STRIDE, ROW_STRIDE});
        __syncthreads();
        OwnPairs s;
        dots(query, key, s);
        softmax(cells, scale, s);
        writePairs<false>(s, pairs);
        __syncthreads();
        if (threadIdx.x == 0) {
            cells.cut = 0;
        }
        multiplyPairs<ROW_STRIDE>(pairs, upper, 1.0f, cells, toVector, g.headSize, stride, to + 2 * g.channels());
        dots(upper, value, s);
#pragma unroll
        for (int a = 0; a < SIDE; a++) {
            // The probabilities are read again: beside the dots and the sums they would take 49 more registers.
            float p[SIDE];
            float mean = 0.0f;
#pragma unroll
            for (int b = 0; b < SIDE; b++) {
                p[b] = own[SIDE * (a * PAIR_STRIDE + b)];
                mean += p[b] * s[a][b];
            }
            mean = rowSum(ownsPairs() ? mean : 0.0f);
#pragma unroll
            for (int b = 0; b < SIDE; b++) {
                s[a][b] = p[b] * (s[a][b] - mean);
                sums[a][b] += s[a][b];
            }
        }
        __syncthreads();
        writePairs<false>(s, pairs);
        __syncthreads();
        multiplyPairs<ROW_STRIDE>(pairs, query, scale, cells, toVector, g.headSize, stride, to + g.channels());
        __syncthreads();
        writePairs<true>(s, pairs);
        __syncthreads();
        multiplyPairs<COLUMN_STRIDE>(pairs, key, scale, cells, toVector, g.headSize, stride, to);
    }
    __syncthreads();
    writePairs<false>(sums, pairs);
    __syncthreads();
    const int side = 2 * g.window - 1;
    for (int place = threadIdx.x; place < side * side; place += THREADS) {
        const int down = place / side - (g.window - 1);
        const int across = place % side - (g.window - 1);
        double sum = 0.0;
        for (int row = max(0, down); row < min(g.window, g.window + down); row++) {
            for (int column = max(0, across); column < min(g.window, g.window + across); column++) {
                sum += pairs[(row * SIDE + column) * PAIR_STRIDE + (row - down) * SIDE + column - across];
            }
        }
        parts[(static_cast<long long>(part) * side * side + place) * g.heads + head] = sum;
    }
}

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
