// The moving averages of the classes' directions. For each class c present in the batch, from the features f_i of its samples, in order:
//
//   u_i = f_i / |f_i|;  mean = sum of u_i;  z_c <- normalise(momentum z_c + (1 - momentum) mean / |mean|), without z_c at first sight of the class
//
// In double, as on the host. A feature of length zero adds nothing and is counted, one that is not finite likewise. Where the mean or the new
// z_c cancels to zero, z_c stays. Launch: 128 threads, one block a class. 4 * classes * rows bytes of labels from L2, 8 * rows * d of features (the
// second time from L1), 16 * rows * d of sums (L1), 16 * d a class present; 5 * rows * d FLOPs.
// nvcc -ptx -arch=compute_75 directions.cu
#include "lanes.cuh"

namespace {

const int WARPS = 4;
/// Words of 32 rows each in which the block notes which rows are of its class, before it goes through them.
const int VOTES = 32;

/// sum = (started ? sum : 0) + f / |f|, unless f has no direction, which is counted; whether it has.
__device__ __forceinline__ bool addSample(const float* __restrict__ f, int d, bool started, double* __restrict__ sum, int* __restrict__ skipped,
                                          double* warps) {
    double squares = 0.0;
    for (int j = threadIdx.x; j < d; j += blockDim.x) {
        squares += static_cast<double>(f[j]) * f[j];
    }
    squares = blockSum(squares, warps);
    // The square of a float is far from the largest double: a sum that is none was not finite before.
    if (!(squares > 0.0 && squares < 1e300)) {
        if (threadIdx.x == 0) {
            atomicAdd(&skipped[squares == 0.0 ? 0 : 1], 1);
        }
        return false;
    }
    const double length = sqrt(squares);
    for (int j = threadIdx.x; j < d; j += blockDim.x) {
        sum[j] = (started ? sum[j] : 0.0) + f[j] / length;
    }
    return true;
}

}  // namespace

// features [rows, d]; labels [rows]; z [classes, d] modified; seen [classes] modified; sums [classes, d] scratch; skipped [2] modified: features of
// length zero and features that are not finite, added.
extern "C" __global__ void class_directions(const float* __restrict__ features, const int* __restrict__ labels, int rows, int d,
                                            double momentum, double* __restrict__ z, int* __restrict__ seen, double* __restrict__ sums,
                                            int* __restrict__ skipped) {
    __shared__ double warps[32];
    __shared__ unsigned votes[VOTES];
    const int c = blockIdx.x;
    double* sum = sums + static_cast<long long>(c) * d;
    double* direction = z + static_cast<long long>(c) * d;
    bool found = false;
    for (long long from = 0; from < rows; from += 32 * VOTES) {
        // A thread's labels are all under way at once, instead of one after the other.
        bool member[VOTES / WARPS];
#pragma unroll
        for (int k = 0; k < VOTES / WARPS; k++) {
            const long long i = from + k * 32 * WARPS + threadIdx.x;
            member[k] = i < rows && labels[i] == c;
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < VOTES / WARPS; k++) {
            const unsigned vote = __ballot_sync(0xffffffffu, member[k]);
            if ((threadIdx.x & 31) == 0) {
                votes[k * WARPS + (threadIdx.x >> 5)] = vote;
            }
        }
        __syncthreads();
        for (int word = 0; word < VOTES; word++) {
            for (unsigned left = votes[word]; left != 0; left &= left - 1) {
                found |= addSample(features + (from + 32 * word + __ffs(left) - 1) * d, d, found, sum, skipped, warps);
            }
        }
    }
    if (!found) {
        return;
    }
    double squares = 0.0;
    for (int j = threadIdx.x; j < d; j += blockDim.x) {
        squares += sum[j] * sum[j];
    }
    squares = blockSum(squares, warps);
    if (squares == 0.0) {
        return;
    }
    const double keep = seen[c] ? momentum : 0.0;
    const double take = (1.0 - keep) / sqrt(squares);
    squares = 0.0;
    for (int j = threadIdx.x; j < d; j += blockDim.x) {
        const double moved = keep * direction[j] + take * sum[j];
        sum[j] = moved;
        squares += moved * moved;
    }
    squares = blockSum(squares, warps);
    if (squares == 0.0) {
        return;
    }
    const double share = 1.0 / sqrt(squares);
    for (int j = threadIdx.x; j < d; j += blockDim.x) {
        direction[j] = sum[j] * share;
    }
    // seen was last read before the barriers of the second sum.
    if (threadIdx.x == 0) {
        seen[c] = 1;
    }
}
