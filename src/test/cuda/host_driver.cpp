// A libcuda.so.1 of the emulated device: as much of the driver API as DriverLauncher uses, so that JCuda's path (arguments, copies, streams,
// graphs, modules) runs without a card. A stream's work is done when it is queued; while a stream records, launches and memsets are kept.
// What real hardware would refuse is refused: unknown kernels, foreign pointers, work of one thread without a current context, allocation while
// recording, PTX without a final zero, more shared memory than the function was told of.
// A fill at address 0 stands for the errors that no context outlives: every call for the device after it reports it.
// One call at a time, whatever thread it comes from; what a thread records is that thread's alone.
// With EMULATED_STARTS_FAIL in the environment the n-th start is refused the n-th thing it creates.
#include "host_device.h"

#include <atomic>
#include <memory>
#include <mutex>

namespace {

const int SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, INVALID_PTX = 218, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700,
          CAPTURE_UNSUPPORTED = 900;

typedef std::vector<std::function<void()>> Graph;

std::recursive_mutex driver;

/// Held by every call that touches what calls share; fibers of a launch run on the thread that holds it.
struct Held {
    std::lock_guard<std::recursive_mutex> lock{driver};
};

thread_local bool current = false;
int retained = 0;
bool lost = false;  // the context, by an error that every later call reports
int starts = 0, created = 0;  // contexts asked for so far, and what the latest start has created, its context included
thread_local std::unique_ptr<Graph> recording;
long objects = 0;  // streams, events, graphs, modules and page-locked buffers alive
std::map<uint64_t, uint64_t> allocations;  // address to bytes
std::map<std::string, size_t> mostShared;  // of the functions that were told of more than others may have

/// What a launch may give where nothing was said before.
const size_t USUAL_SHARED = 48 * 1024;

/// Every allocation takes two or three of the 65530 mappings that Linux gives a process.
const size_t MOST_ALLOCATIONS = 8000;

int status() {
    return lost ? ILLEGAL_ADDRESS : SUCCESS;
}

bool refused() {
    return ++created == starts && std::getenv("EMULATED_STARTS_FAIL") != nullptr;
}

bool known(uint64_t address, size_t bytes) {
    auto found = allocations.upper_bound(address);
    return found != allocations.begin() && (--found, address + bytes <= found->first + found->second);
}

int run(const std::function<void()>& work) {
    if (!current) {
        return INVALID_CONTEXT;
    }
    if (recording) {
        recording->push_back(work);
    } else {
        work();
    }
    return status();
}

int make(void** handle) {
    if (refused()) {
        return OUT_OF_MEMORY;
    }
    *handle = reinterpret_cast<void*>(++objects + 0x1000);
    return SUCCESS;
}

/// Given back even where the context is lost: a driver may report an earlier error and have done its work.
int drop() {
    objects--;
    return status();
}

int allocate(uint64_t* address, size_t bytes) {
    if (!current) {
        return INVALID_CONTEXT;
    }
    if (recording) {
        return CAPTURE_UNSUPPORTED;
    }
    if (allocations.size() >= MOST_ALLOCATIONS || refused()) {
        return OUT_OF_MEMORY;
    }
    *address = host::allocate(bytes);
    allocations[*address] = bytes;
    return status();
}

int release(uint64_t address) {
    if (allocations.erase(address) == 0) {
        return INVALID_VALUE;
    }
    host::release(address);
    return status();
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
    return SUCCESS;
}

int cuDriverGetVersion(int* version) {
    *version = 12000;
    return SUCCESS;
}

int cuDeviceGetCount(int* count) {
    *count = 1;
    return SUCCESS;
}

int cuDeviceGet(int* device, int) {
    *device = 0;
    return SUCCESS;
}

int cuDeviceGetName(char* name, int length, int) {
    std::snprintf(name, length, "emulated device");
    return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
    *value = attribute == 75 ? 7 : attribute == 76 ? 5 : attribute == 115 ? 1 : 0;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
    const Held held;
    starts++;
    created = 0;
    if (refused()) {
        return OUT_OF_MEMORY;
    }
    retained++;
    *context = reinterpret_cast<void*>(0x100);
    return SUCCESS;
}

/// The last release says on standard output what has not been given back.
int cuDevicePrimaryCtxRelease_v2(int) {
    const Held held;
    retained--;
    lost = lost && retained > 0;
    if (retained == 0) {
        std::printf("contexts %d, objects %ld, allocations %zu\n", retained, objects, allocations.size());
        std::fflush(stdout);
    }
    return SUCCESS;
}

int cuCtxSetCurrent(void* context) {
    const Held held;
    current = context == reinterpret_cast<void*>(0x100) && retained > 0;
    return current ? SUCCESS : INVALID_CONTEXT;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) {
    const Held held;
    if (!current || retained == 0) {
        return INVALID_CONTEXT;
    }
    *free = *total = 1 << 30;
    return SUCCESS;
}

int cuStreamCreate(void** stream, unsigned) {
    const Held held;
    return make(stream);
}

int cuStreamDestroy_v2(void*) {
    const Held held;
    return drop();
}

int cuStreamSynchronize(void*) {
    const Held held;
    return recording ? CAPTURE_UNSUPPORTED : current ? status() : INVALID_CONTEXT;
}

int cuStreamBeginCapture_v2(void*, int) {
    const Held held;
    recording.reset(new Graph);
    return SUCCESS;
}

int cuStreamEndCapture(void*, void** graph) {
    const Held held;
    objects++;
    *graph = recording.release();
    return SUCCESS;
}

int cuGraphInstantiateWithFlags(void** replay, void* graph, unsigned long long) {
    const Held held;
    objects++;
    *replay = new Graph(*static_cast<Graph*>(graph));
    return SUCCESS;
}

int cuGraphLaunch(void* replay, void*) {
    const Held held;
    for (const auto& work : *static_cast<Graph*>(replay)) {
        work();
    }
    return current ? SUCCESS : INVALID_CONTEXT;
}

int cuGraphDestroy(void* graph) {
    const Held held;
    delete static_cast<Graph*>(graph);
    return drop();
}

int cuGraphExecDestroy(void* replay) {
    const Held held;
    return cuGraphDestroy(replay);
}

int cuEventCreate(void** event, unsigned) {
    const Held held;
    return make(event);
}

int cuEventDestroy_v2(void*) {
    const Held held;
    return drop();
}

int cuEventRecord(void*, void*) {
    return SUCCESS;
}

int cuEventSynchronize(void*) {
    const Held held;
    return recording ? CAPTURE_UNSUPPORTED : status();
}

int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
    const Held held;
    return allocate(address, bytes);
}

int cuMemAllocAsync(uint64_t* address, size_t bytes, void*) {
    const Held held;
    return allocate(address, bytes);
}

int cuMemFree_v2(uint64_t address) {
    const Held held;
    return release(address);
}

int cuMemFreeAsync(uint64_t address, void*) {
    const Held held;
    return release(address);
}

int cuMemAllocHost_v2(void** memory, size_t bytes) {
    const Held held;
    if (refused()) {
        return OUT_OF_MEMORY;
    }
    objects++;
    *memory = std::malloc(bytes);
    return SUCCESS;
}

int cuMemFreeHost(void* memory) {
    const Held held;
    std::free(memory);
    return drop();
}

int cuMemsetD8Async(uint64_t address, unsigned char value, size_t bytes, void*) {
    const Held held;
    lost = lost || address == 0;
    if (!known(address, bytes)) {
        return lost ? ILLEGAL_ADDRESS : INVALID_VALUE;
    }
    return run([=] { std::memset(reinterpret_cast<void*>(address), value, bytes); });
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void*) {
    const Held held;
    if (!known(to, bytes) || recording) {
        return INVALID_VALUE;
    }
    return run([=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
}

int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void*) {
    const Held held;
    if (!known(from, bytes) || recording) {
        return INVALID_VALUE;
    }
    return run([=] { std::memcpy(to, reinterpret_cast<const void*>(from), bytes); });
}

int cuModuleLoadData(void** module, const void* image) {
    const Held held;
    if (std::strncmp(static_cast<const char*>(image), ".version 8.0\n", 13) != 0) {
        return INVALID_PTX;
    }
    // The text must be whole and end with a zero: its length tells.
    objects++;
    *module = new std::string(static_cast<const char*>(image));
    return SUCCESS;
}

int cuModuleUnload(void* module) {
    const Held held;
    delete static_cast<std::string*>(module);
    return drop();
}

int cuModuleGetFunction(void** function, void* module, const char* name) {
    const Held held;
    const auto found = host::kernels().find(name);
    const bool inModule = static_cast<std::string*>(module)->find(".entry " + std::string(name) + "(") != std::string::npos;
    if (found == host::kernels().end() || !inModule) {
        return NOT_FOUND;
    }
    *function = const_cast<std::string*>(&found->first);
    return SUCCESS;
}

int cuFuncSetAttribute(void* function, int attribute, int value) {
    const Held held;
    if (attribute != 8) {
        return INVALID_VALUE;
    }
    mostShared[*static_cast<std::string*>(function)] = value;
    return status();
}

/// The arguments are copied, as the driver does: as many bytes of each as a structure may have.
int cuLaunchKernel(void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
                   unsigned shared, void*, void** arguments, void**) {
    const Held held;
    const std::string name = *static_cast<std::string*>(function);
    if (shared > std::max(USUAL_SHARED, mostShared[name])) {
        return INVALID_VALUE;
    }
    const size_t count = host::kernels()[name].arguments;
    const size_t last = host::kernels()[name].lastBytes;
    std::vector<std::vector<unsigned char>> values;
    for (size_t i = 0; i < count; i++) {
        const unsigned char* value = static_cast<const unsigned char*>(arguments[i]);
        values.emplace_back(value, value + (i + 1 == count ? last : 8));
    }
    return run([=] {
        std::vector<const void*> pointers;
        for (const auto& value : values) {
            pointers.push_back(value.data());
        }
        host::launch(name, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, shared, pointers.data());
    });
}

int cuGetErrorName(int, const char** name) {
    *name = "CUDA_ERROR";
    return SUCCESS;
}

int cuGetErrorString(int, const char** text) {
    *text = "an error of the emulated driver";
    return SUCCESS;
}

}  // extern "C"
