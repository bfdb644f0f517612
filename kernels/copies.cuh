// Copies from memory to shared memory without a stop in registers, under way while a thread works on (cp.async; compute capability 8.0).
#pragma once

namespace {

/// Four floats; zeros unless `inside`, and p is not looked at.
__device__ __forceinline__ void copyQuad(float* shared, const float* p, bool inside) {
#ifdef __CUDACC__
    const unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;" : : "r"(to), "l"(p), "r"(inside ? 16 : 0) : "memory");
#else
    host::copy(shared, p, 16, inside);
#endif
}

/// The same past L1, for what this multiprocessor reads once; L2 fetches the whole line of 128 bytes.
__device__ __forceinline__ void copyQuadOnce(float* shared, const float* p, bool inside) {
#ifdef __CUDACC__
    const unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" : : "r"(to), "l"(p), "r"(inside ? 16 : 0) : "memory");
#else
    host::copy(shared, p, 16, inside);
#endif
}

/// One float at any address; zero unless `inside`.
__device__ __forceinline__ void copyNumber(float* shared, const float* p, bool inside) {
#ifdef __CUDACC__
    const unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" : : "r"(to), "l"(p), "r"(inside ? 4 : 0) : "memory");
#else
    host::copy(shared, p, 4, inside);
#endif
}

/// Ends a group of copies.
__device__ __forceinline__ void endCopies() {
#ifdef __CUDACC__
    asm volatile("cp.async.commit_group;" : : : "memory");
#else
    host::endCopies();
#endif
}

/// Waits for this thread's copies but those of its last GROUPS groups.
template <int GROUPS>
__device__ __forceinline__ void awaitCopies() {
#ifdef __CUDACC__
    asm volatile("cp.async.wait_group %0;" : : "n"(GROUPS) : "memory");
#else
    host::awaitCopies(GROUPS);
#endif
}

}  // namespace
