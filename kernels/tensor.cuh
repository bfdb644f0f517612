// The tensor cores' warp-wide products D += A B, with A 16 x K row by row, B K x 8 column by column, D 16 x 8 in float32 (PTX ISA, mma.sync).
//
// Lane 4 g + t holds, for K = 8 (TF32): A at (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4); B at (t, g), (t + 4, g);
// for K = 16 (bf16) the same with pairs k = 2t, 2t + 1 in place of t and 8 in place of 4; D at (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).
#pragma once

namespace {

/// TF32: float32 with 10 bits of mantissa, rounded to nearest, ties away from zero. The cores look at no more bits, so that half a unit of the
/// tenth is added and the rest left as it is: two instructions, where cvt.rna.tf32 takes three. The unit comes from the number's own exponent and the
/// sum is one of floats: infinities and all that is not a number stay what they are.
struct Tf32 {
    static const int K = 8;

    /// The register of A or B that holds k (and k + 1).
    __device__ __forceinline__ static unsigned pack(float k, float) {
        const float power = __uint_as_float(__float_as_uint(k) & 0xff800000u);
        return __float_as_uint(fmaf(power, 1.0f / 2048, k));
    }

    __device__ __forceinline__ static void multiply(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#ifdef __CUDACC__
        asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
        host::multiplyInWarp<K, 1>(d, a, b, [](unsigned word, int) { return __uint_as_float(word & ~0x1fffu); });
#endif
    }
};

/// bfloat16: float32 with 7 bits of mantissa, rounded to nearest even, two to a register.
struct Bf16 {
    static const int K = 16;

    __device__ __forceinline__ static unsigned pack(float k, float next) {
#ifdef __CUDACC__
        unsigned both;
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(next), "f"(k));
        return both;
#else
        return host::bfloat16(k) | host::bfloat16(next) << 16;
#endif
    }

    __device__ __forceinline__ static void multiply(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#ifdef __CUDACC__
        asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
            : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
        host::multiplyInWarp<K, 2>(d, a, b, [](unsigned word, int half) { return __uint_as_float(half == 0 ? word << 16 : word & 0xffff0000u); });
#endif
    }
};

/// Four matrices of 8 x 4 floats from shared memory (ldmatrix, for which a float is a pair): lane 8 q + i names where row i of matrix q begins,
/// and lane 4 g + t gets row g's number t of each.
__device__ __forceinline__ void loadMatrices(const float* row, float (&v)[4]) {
#ifdef __CUDACC__
    const unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=f"(v[0]), "=f"(v[1]), "=f"(v[2]), "=f"(v[3])
                 : "r"(from)
                 : "memory");
#else
    host::loadMatrices(row, v);
#endif
}

}  // namespace
