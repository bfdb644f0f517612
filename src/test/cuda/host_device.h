// The emulated device as its two users see it: the process behind a pipe (host_main.cpp) and the driver's library (host_driver.cpp).
//
// Memory: every allocation ends at an unreadable page and begins after one, with at most 15 bytes of slack that are checked after each launch;
// new memory holds NaN.
#pragma once
#include "host_cuda.h"

namespace host {

uint64_t allocate(uint64_t bytes);
void release(uint64_t address);
size_t liveAllocations();

/// Runs a kernel to its end; `arguments` points to each argument, its blocks are given so many bytes of shared memory.
void launch(const std::string& name, dim3 gridSize, dim3 blockSize, size_t dynamicShared, const void* const* arguments);

/// Blocks and threads in an order drawn from a seed; 0 for the natural one.
void setShuffle(uint64_t seed);

/// Makes a bad access a message with kernel, block and thread.
void catchFaults();

/// Says what is wrong and where, and ends the process.
[[noreturn]] void fault(const std::string& what);

}  // namespace host
