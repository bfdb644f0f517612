// CUDA's words for a host compiler, so that the kernels' own sources run without a GPU: every thread of a block is a fiber, barriers and
// warp exchanges are real, shared memory is poisoned before every block. The order of blocks and threads can be shuffled, so that a
// missing barrier shows. A fiber takes the next thread that has not started: threads that meet no barrier cost no switch.
#pragma once
#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)
// The shared memory of a source is a section of its own, so that it alone is poisoned before a block; HOST_MODULE names the source.
#ifdef HOST_MODULE
#define __noinline__ __attribute__((noinline))
#define HOST_PASTE(a, b) a##b
#define HOST_NAME(a, b) HOST_PASTE(a, b)
#define HOST_STRING(a) #a
#define HOST_TEXT(a) HOST_STRING(a)
#define __shared__ static __attribute__((section(HOST_TEXT(HOST_NAME(shared_, HOST_MODULE)))))
// A structure in the shared memory that the launch gives, which must be as much.
#define DYNAMIC_SHARED(TYPE, NAME) \
    __shared__ TYPE NAME;          \
    host::needDynamicShared(sizeof(NAME))
extern unsigned char HOST_NAME(__start_shared_, HOST_MODULE)[] __attribute__((weak));
extern unsigned char HOST_NAME(__stop_shared_, HOST_MODULE)[] __attribute__((weak));
#endif
#define __restrict__ __restrict

struct alignas(16) float4 {
    float x, y, z, w;
};

struct alignas(16) int4 {
    int x, y, z, w;
};

inline float4 make_float4(float x, float y, float z, float w) {
    return {x, y, z, w};
}

struct alignas(8) float2 {
    float x, y;
};

inline float2 make_float2(float x, float y) {
    return {x, y};
}

namespace host {

struct dim3 {
    unsigned x = 1, y = 1, z = 1;
};

extern dim3 grid, block, blockIndex;
extern int current;  // the running thread, counted within its block

struct Index {
    const int axis;
    operator unsigned() const {
        return axis == 0 ? current % block.x : axis == 1 ? current / block.x % block.y : current / (block.x * block.y);
    }
};

struct ThreadIndex {
    Index x{0}, y{1}, z{2};
};

/// Waits until all live threads of the block, or of the running thread's warp, have come.
void blockBarrier();
void warpBarrier(unsigned mask);

/// A copy to shared memory (cp.async), zeros unless `inside`. It is made at once, or when its thread waits for it or returns.
void copy(float* shared, const float* from, size_t bytes, bool inside);

/// Ends a group of the thread's copies, and waits for all groups but its last so many.
void endCopies();
void awaitCopies(size_t but);

/// Complains where the launch gives another number of bytes of shared memory.
void needDynamicShared(size_t bytes);

/// Sixteen bytes a lane that its warp can read between two barriers; two sets, so that one barrier an exchange is enough.
unsigned char* warpSlot(int lane);
void nextWarpSlots();

/// Shows a value to the warp until its next but one exchange.
template <class T>
void publish(unsigned mask, T value) {
    static_assert(sizeof(T) <= 16, "a warp slot holds 16 bytes");
    nextWarpSlots();
    std::memcpy(warpSlot(current & 31), &value, sizeof(T));
    warpBarrier(mask);
}

/// What a lane of the warp published last.
template <class T>
T peek(int lane) {
    T got;
    std::memcpy(&got, warpSlot(lane & 31), sizeof(T));
    return got;
}

template <class T>
T exchange(unsigned mask, T value, int from) {
    publish(mask, value);
    return peek<T>(from);
}

/// A kernel's argument list: a pointer to each argument. Keeps what may be addresses.
struct Reader {
    const void* const* at;
    std::vector<uint64_t> addresses;
    template <class T>
    T next() {
        T value;
        std::memcpy(&value, *at++, sizeof(T));
        if (std::is_pointer<T>::value) {
            uint64_t address;
            std::memcpy(&address, &value, sizeof(address) < sizeof(T) ? sizeof(address) : sizeof(T));
            addresses.push_back(address);
        }
        return value;
    }
};

/// What a kernel takes, its shared memory, and what reads its arguments and returns what one thread runs.
struct Kernel {
    size_t arguments;
    size_t lastBytes;  // the size of the last argument
    unsigned char* sharedFirst;
    unsigned char* sharedLast;
    std::function<std::function<void()>(Reader&)> bind;
};

std::map<std::string, Kernel>& kernels();

template <class... A>
struct Registration {
    Registration(const char* name, unsigned char* sharedFirst, unsigned char* sharedLast, void (*kernel)(A...)) {
        kernels()[name] = {sizeof...(A), sizeof(typename std::tuple_element<sizeof...(A) - 1, std::tuple<A...>>::type), sharedFirst, sharedLast, [kernel](Reader& reader) -> std::function<void()> {
            std::tuple<typename std::decay<A>::type...> arguments{reader.next<typename std::decay<A>::type>()...};
            return [kernel, arguments] { std::apply(kernel, arguments); };
        }};
    }
};

}  // namespace host

static const host::ThreadIndex threadIdx;
#define blockIdx host::blockIndex
#define blockDim host::block
#define gridDim host::grid

#define REGISTER_KERNEL(NAME)                                                                                      \
    static const host::Registration registration_##NAME(#NAME, HOST_NAME(__start_shared_, HOST_MODULE),                  \
                                                        HOST_NAME(__stop_shared_, HOST_MODULE), NAME);

inline void __syncthreads() {
    host::blockBarrier();
}

inline void __syncwarp(unsigned mask = 0xffffffffu) {
    host::warpBarrier(mask);
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int offset) {
    return host::exchange(mask, value, (host::current & 31) ^ offset);
}

template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
    return host::exchange(mask, value, lane);
}

template <class T>
T __shfl_down_sync(unsigned mask, T value, int offset) {
    const int lane = host::current & 31;
    return host::exchange(mask, value, lane + offset < 32 ? lane + offset : lane);
}

inline unsigned __ballot_sync(unsigned mask, int predicate) {
    unsigned votes = 0;
    for (int lane = 0; lane < 32; lane++) {
        const int vote = host::exchange(mask, predicate != 0, lane);
        votes |= (mask >> lane & 1 && vote ? 1u : 0u) << lane;
    }
    return votes;
}

inline int __any_sync(unsigned mask, int predicate) {
    return __ballot_sync(mask, predicate) != 0;
}

inline int __all_sync(unsigned mask, int predicate) {
    return __ballot_sync(mask, predicate) == mask;
}

// One thread runs at a time: a plain addition is atomic.
template <class T>
T atomicAdd(T* at, T value) {
    const T old = *at;
    *at = old + value;
    return old;
}

inline void __threadfence() {}

inline int max(int a, int b) {
    return a < b ? b : a;
}

inline int min(int a, int b) {
    return b < a ? b : a;
}

inline int __ffs(int v) {
    return __builtin_ffs(v);
}

inline unsigned __umulhi(unsigned a, unsigned b) {
    return static_cast<unsigned>(static_cast<uint64_t>(a) * b >> 32);
}

inline unsigned __float_as_uint(float v) {
    unsigned u;
    std::memcpy(&u, &v, 4);
    return u;
}

inline float __uint_as_float(unsigned u) {
    float v;
    std::memcpy(&v, &u, 4);
    return v;
}

namespace host {

/// float32 rounded to bfloat16, to nearest even.
inline unsigned bfloat16(float v) {
    const unsigned u = __float_as_uint(v);
    return v != v ? 0x7fffu : (u + 0x7fffu + (u >> 16 & 1)) >> 16;
}

/// Four matrices of 8 rows of four floats (ldmatrix): `row` is where row i of matrix q begins in lane 8 q + i.
inline void loadMatrices(const float* row, float (&v)[4]) {
    publish(0xffffffffu, row);
    for (int q = 0; q < 4; q++) {
        v[q] = peek<const float*>(8 * q + (current & 31) / 4)[current % 4];
    }
    // No lane goes on, and may write, before all have read.
    warpBarrier(0xffffffffu);
}

/// The tensor cores' D += A B over a warp (see kernels/tensor.cuh): K summands, PACKED of them in a register; `number` unpacks one.
template <int K, int PACKED, class Unpack>
void multiplyInWarp(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], Unpack number) {
    struct Left {
        unsigned words[4];
    };
    struct Right {
        unsigned words[2];
    };
    const int g = (current & 31) / 4, t = current % 4;
    float rows[2][K];
    publish(0xffffffffu, Left{{a[0], a[1], a[2], a[3]}});
    for (int k = 0; k < K; k++) {
        const Left owner = peek<Left>(4 * g + k % (K / 2) / PACKED);
        for (int r = 0; r < 2; r++) {
            rows[r][k] = number(owner.words[2 * (k / (K / 2)) + r], k % PACKED);
        }
    }
    publish(0xffffffffu, Right{{b[0], b[1]}});
    for (int i = 0; i < 4; i++) {
        double sum = d[i];
        for (int k = 0; k < K; k++) {
            const Right owner = peek<Right>(4 * (2 * t + i % 2) + k % (K / 2) / PACKED);
            sum += static_cast<double>(rows[i / 2][k]) * number(owner.words[k / (K / 2)], k % PACKED);
        }
        d[i] = static_cast<float>(sum);
    }
}

}  // namespace host
