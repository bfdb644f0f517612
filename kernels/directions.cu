// The moving averages of the classes' directions. For each class c present in the batch, from the features f_i of its samples, in order:
//
//   u_i = f_i / |f_i|;  mean = sum of u_i;  z_c <- normalise(momentum z_c + (1 - momentum) mean / |mean|), without z_c at first sight of the class
//
// In double, as on the host. A feature of length zero adds nothing and is counted, one that is not finite likewise. Where the mean or the new
// z_c cancels to zero, z_c stays. Launch: 128 threads, one block a class. 4 * classes * rows bytes of labels from L2, 8 * rows * d of features (the
// second time from L1), 16 * rows * d of sums (L1), 16 * d a class present; 5 * rows * d FLOPs.
// nvcc -ptx -arch=compute_75 directions.cu
#include "lanes.cuh"

// features [rows, d]; labels [rows]; z [classes, d] modified; seen [classes] modified; sums [classes, d] scratch; skipped [2] modified: features of
// length zero and features that are not finite, added.
extern "C" __global__ void class_directions(const float* __restrict__ features, const int* __restrict__ labels, int rows, int d,
                                            double momentum, double* __restrict__ z, int* __restrict__ seen, double* __restrict__ sums,
                                            int* __restrict__ skipped) {
    __shared__ double warps[32];
    const int c = blockIdx.x;
    double* sum = sums + static_cast<long long>(c) * d;
    double* direction = z + static_cast<long long>(c) * d;
    bool found = false;
    for (int i = 0; i < rows; i++) {
        if (labels[i] != c) {
            continue;
        }
        const float* feature = features + static_cast<long long>(i) * d;
        double squares = 0.0;
        for (int j = threadIdx.x; j < d; j += blockDim.x) {
            squares += static_cast<double>(feature[j]) * feature[j];
        }
        squares = blockSum(squares, warps);
        // The square of a float is far from the largest double: a sum that is none was not finite before.
        if (!(squares > 0.0 && squares < 1e300)) {
            if (threadIdx.x == 0) {
                atomicAdd(&skipped[squares == 0.0 ? 0 : 1], 1);
            }
            continue;
        }
        const double length = sqrt(squares);
        for (int j = threadIdx.x; j < d; j += blockDim.x) {
            sum[j] = (found ? sum[j] : 0.0) + feature[j] / length;
        }
        found = true;
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
