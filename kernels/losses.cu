// Losses over the rows of a [rows, columns] matrix and their gradients: one warp a row. Columns go to lanes in fours; where these are aligned, lanes
// keep the first 1024 columns in registers, and all else is read anew, from a cache, in each pass. Sums in double, lane by lane (softmax's
// exponentials in float, four at a time, first), then over the warp in a fixed butterfly; gradients in float. Bound by memory.
// Launch: 128 threads (four rows a block), ceil(rows / 4) blocks. Bytes for n = rows * columns:
//
//   normalize_rows           y = x / |x|, norms = |x|                                                    8n
//   normalize_rows_backward  dx = (dy - y <y, dy>) / |x|                                                12n
//   cosine_loss              loss = s (1 - cos)^2, df = -2 s (1 - cos) (p - cos f / |f|) / |f|           8n, 4n of prototypes from L2
//   dot_regression_loss      e = <f, m> - |f||m|, loss = s e^2 / (2 |f|), df = s e m / |f|               8n, 4n of targets from L2
//   softmax_cross_entropy    loss = -s sum_k t_k log q_k, dlogits = s (q - t)                            8n
//
// |f| and |x| are held at 1e-12 at least. nvcc -ptx -arch=compute_75 losses.cu
#include "lanes.cuh"

namespace {

/// The row of this warp; all lanes of a warp share it, so that a warp past the end leaves whole.
__device__ __forceinline__ long long rowOfWarp() {
    return static_cast<long long>(blockIdx.x) * (blockDim.x >> 5) + (threadIdx.x >> 5);
}

__device__ __forceinline__ int lane() {
    return threadIdx.x & 31;
}

/// How many fours of a row a lane keeps.
const int HELD = 8;

/// A row of a matrix, shared out among the lanes of a warp in fours.
struct Row {
    const float* p;
    int columns;
    bool vector;
    float held[HELD][4];

    /// @param fours whether all rows at hand can be read and written in aligned fours
    __device__ __forceinline__ Row(const float* matrix, long long row, int width, bool fours) : p(matrix + row * width), columns(width), vector(fours) {
        if (vector) {
#pragma unroll
            for (int s = 0; s < HELD; s++) {
                const int column = 4 * lane() + 128 * s;
                if (column < columns) {
                    loadQuad(p + column, true, 4, held[s]);
                }
            }
        }
    }

    /// The four at a column, zeros outside; s is forEachFour's.
    __device__ __forceinline__ void get(int s, int column, float (&v)[4]) const {
        if (s < HELD) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                v[k] = held[s][k];
            }
        } else {
            loadQuad(p + column, vector, columns - column, v);
        }
    }

    /// Keeps another four where one is kept.
    __device__ __forceinline__ void set(int s, const float (&v)[4]) {
        if (s < HELD) {
#pragma unroll
            for (int k = 0; k < 4; k++) {
                held[s][k] = v[k];
            }
        }
    }

    /// work(s, column) for each four of this lane: s says which of those kept it is, HELD that it is none of them, and is constant once inlined.
    template <class Work>
    __device__ __forceinline__ void forEachFour(const Work& work) const {
        if (vector) {
#pragma unroll
            for (int s = 0; s < HELD; s++) {
                const int column = 4 * lane() + 128 * s;
                if (column < columns) {
                    work(s, column);
                }
            }
        }
        for (int column = 4 * lane() + (vector ? 128 * HELD : 0); column < columns; column += 128) {
            work(HELD, column);
        }
    }

    /// Writes the four of a column into the same row of a result; s is forEachFour's.
    __device__ __forceinline__ void put(float* row, int s, int column, const float (&v)[4]) const {
        if (s < HELD) {
            storeQuad(row + column, true, 4, v);
        } else {
            storeQuad(row + column, vector, columns - column, v);
        }
    }
};

/// <a, b> and, where asked for, <a, a> and <b, b>, the same in every lane.
struct Products {
    double ab, aa, bb;
};

template <bool SQUARES_OF_A, bool SQUARES_OF_B>
__device__ __forceinline__ Products products(const Row& a, const Row& b) {
    Products sum = {0.0, 0.0, 0.0};
    a.forEachFour([&](int s, int column) {
        float u[4], v[4];
        a.get(s, column, u);
        b.get(s, column, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const double x = u[k];
            const double y = v[k];
            sum.ab += x * y;
            if (SQUARES_OF_A) {
                sum.aa += x * x;
            }
            if (SQUARES_OF_B) {
                sum.bb += y * y;
            }
        }
    });
    return {warpSum(sum.ab), SQUARES_OF_A ? warpSum(sum.aa) : 0.0, SQUARES_OF_B ? warpSum(sum.bb) : 0.0};
}

/// The length that a row of this square counts as.
__device__ __forceinline__ double length(double square) {
    return fmax(sqrt(square), 1e-12);
}

}  // namespace

// y may be x.
extern "C" __global__ void normalize_rows(const float* x, float* y, float* __restrict__ norms, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const Row in(x, row, columns, columns % 4 == 0 && aligned(x) && aligned(y));
    const double norm = length(products<false, false>(in, in).ab);
    if (lane() == 0) {
        norms[row] = static_cast<float>(norm);
    }
    const float share = static_cast<float>(1.0 / norm);
    in.forEachFour([&](int s, int column) {
        float v[4];
        in.get(s, column, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] *= share;
        }
        in.put(y + row * columns, s, column, v);
    });
}

// dx may be dy.
extern "C" __global__ void normalize_rows_backward(const float* __restrict__ y, const float* __restrict__ norms, const float* dy, float* dx,
                                                   int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const bool fours = columns % 4 == 0 && aligned(y) && aligned(dy) && aligned(dx);
    const Row unit(y, row, columns, fours);
    const Row g(dy, row, columns, fours);
    const float along = static_cast<float>(products<false, false>(unit, g).ab);
    const float share = static_cast<float>(1.0 / norms[row]);
    unit.forEachFour([&](int s, int column) {
        float u[4], v[4];
        unit.get(s, column, u);
        g.get(s, column, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] = (v[k] - u[k] * along) * share;
        }
        unit.put(dx + row * columns, s, column, v);
    });
}

extern "C" __global__ void cosine_loss(const float* __restrict__ f, const float* __restrict__ prototypes, const int* __restrict__ labels,
                                       float scale, float* __restrict__ losses, float* __restrict__ df, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const bool fours = columns % 4 == 0 && aligned(f) && aligned(prototypes) && aligned(df);
    const Row z(f, row, columns, fours);
    const Row p(prototypes, labels[row], columns, fours);
    const Products sums = products<true, false>(z, p);
    const double norm = length(sums.aa);
    const double cosine = sums.ab / norm;
    const double slope = -2.0 * scale * (1.0 - cosine) / norm;
    const float factor = static_cast<float>(slope);
    const float along = static_cast<float>(slope * cosine / norm);
    z.forEachFour([&](int s, int column) {
        float u[4], v[4];
        z.get(s, column, u);
        p.get(s, column, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] = factor * v[k] - along * u[k];
        }
        z.put(df + row * columns, s, column, v);
    });
    if (lane() == 0) {
        losses[row] = static_cast<float>(scale * (1.0 - cosine) * (1.0 - cosine));
    }
}

extern "C" __global__ void dot_regression_loss(const float* __restrict__ f, const float* __restrict__ targets,
                                               const int* __restrict__ labels, float scale, float* __restrict__ losses,
                                               float* __restrict__ df, int rows, int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const bool fours = columns % 4 == 0 && aligned(f) && aligned(targets) && aligned(df);
    const Row z(f, row, columns, fours);
    const Row m(targets, labels[row], columns, fours);
    const Products sums = products<true, true>(z, m);
    const double norm = length(sums.aa);
    const double error = sums.ab - norm * sqrt(sums.bb);
    const float factor = static_cast<float>(scale * error / norm);
    m.forEachFour([&](int s, int column) {
        float v[4];
        m.get(s, column, v);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            v[k] *= factor;
        }
        m.put(df + row * columns, s, column, v);
    });
    if (lane() == 0) {
        losses[row] = static_cast<float>(scale * error * error / (2.0 * norm));
    }
}

// With l = logits + prior, M = max l, Z = sum exp(l - M): log q_k = l_k - M - log Z. dlogits may be logits: every lane reads the
// elements it writes, and writes only after all sums are taken.
extern "C" __global__ void softmax_cross_entropy(const float* logits, const float* __restrict__ prior, const int* __restrict__ labels,
                                                 float smoothing, float scale, float* __restrict__ losses, float* dlogits, int rows,
                                                 int columns) {
    const long long row = rowOfWarp();
    if (row >= rows) {
        return;
    }
    const bool fours = columns % 4 == 0 && aligned(logits) && aligned(prior) && aligned(dlogits);
    Row in(logits, row, columns, fours);
    const int label = labels[row];
    // l, and minus infinity outside the row.
    const auto complete = [&](int column, float (&l)[4]) {
        float added[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        if (prior != nullptr) {
            loadQuad(prior + column, fours, columns - column, added);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            l[k] = column + k < columns ? l[k] + added[k] : -infinity();
        }
    };
    float most = -infinity();
    in.forEachFour([&](int s, int column) {
        float l[4];
        in.get(s, column, l);
        complete(column, l);
        most = fmaxf(most, fmaxf(fmaxf(l[0], l[1]), fmaxf(l[2], l[3])));
        in.set(s, l);
    });
    most = warpMax(most);
    const double base = smoothing / columns;
    const double rest = 1.0 - smoothing;
    double total = 0.0;
    double expected = 0.0;
    in.forEachFour([&](int s, int column) {
        float l[4];
        in.get(s, column, l);
        if (s == HELD) {
            complete(column, l);
        }
        // A zero target leaves its term out, as 0 * log 0 = 0, even where the prior is minus infinity.
        float sum = 0.0f;
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const float away = l[k] - most;
            if (column + k == label && rest != 0.0) {
                expected += rest * away;
            }
            if (base != 0.0 && column + k < columns) {
                expected += base * away;
            }
            l[k] = expf(away);
            sum += l[k];
        }
        total += sum;
        in.set(s, l);
    });
    total = warpSum(total);
    expected = warpSum(expected);
    const float share = static_cast<float>(1.0 / total);
    const float other = static_cast<float>(base);
    const float own = static_cast<float>(base + rest);
    in.forEachFour([&](int s, int column) {
        float v[4];
        in.get(s, column, v);
        if (s == HELD) {
            complete(column, v);
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const float q = (s == HELD ? expf(v[k] - most) : v[k]) * share;
            v[k] = scale * (q - (column + k == label ? own : other));
        }
        in.put(dlogits + row * columns, s, column, v);
    });
    if (lane() == 0) {
        losses[row] = static_cast<float>(scale * (log(total) - expected));
    }
}
