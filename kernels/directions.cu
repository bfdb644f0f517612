// The moving averages of the classes' directions. For each class c present in the batch, from unit features u_i of its samples, in order:
//
//   mean = sum of u_i;  z_c <- normalise(momentum z_c + (1 - momentum) mean / |mean|), without z_c at first sight of the class
//
// A feature of length zero (u = 0) adds nothing. Where the mean or the new z_c cancels to zero, z_c stays.
// Launch: 128 threads, one block a class. 4 * classes * rows bytes of labels from L2, 4 * rows * d of features, 8 * classes * d of directions.
// nvcc -ptx -arch=compute_75 directions.cu
#include "lanes.cuh"

// unit [rows, d]; labels [rows]; z [classes, d] modified; seen [classes] modified; sums [classes, d] scratch.
extern "C" __global__ void class_directions(const float* __restrict__ unit, const int* __restrict__ labels, int rows, int d,
                                            float momentum, float* __restrict__ z, int* __restrict__ seen, double* __restrict__ sums) {
    __shared__ double warps[32];
    const int c = blockIdx.x;
    double* sum = sums + static_cast<long long>(c) * d;
    float* direction = z + static_cast<long long>(c) * d;
    double squares = 0.0;
    for (int j = threadIdx.x; j < d; j += blockDim.x) {
        double s = 0.0;
        for (int i = 0; i < rows; i++) {
            if (labels[i] == c) {
                s += unit[static_cast<long long>(i) * d + j];
            }
        }
        sum[j] = s;
        squares += s * s;
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
        direction[j] = static_cast<float>(sum[j] * share);
    }
    // seen was last read before the barriers of the second sum.
    if (threadIdx.x == 0) {
        seen[c] = 1;
    }
}
