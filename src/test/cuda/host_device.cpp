// The runtime of the emulated device: fibers, memory with guards, launches.
#include "host_device.h"

#include <csignal>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

namespace host {

dim3 grid, block, blockIndex;
int current = 0;

std::map<std::string, Kernel>& kernels() {
    static std::map<std::string, Kernel> all;
    return all;
}

namespace {

std::string kernelName = "none";

}  // namespace

void fault(const std::string& what) {
    const std::string where = "kernel " + kernelName + ", block (" + std::to_string(blockIndex.x) + ", " + std::to_string(blockIndex.y) + ", "
        + std::to_string(blockIndex.z) + "), thread " + std::to_string(current) + ": " + what + "\n";
    if (write(2, where.data(), where.size()) < 0) {
        _exit(4);
    }
    _exit(3);
}

namespace {

// ---- fibers

const size_t STACK = 256 * 1024;

struct Fiber {
    ucontext_t start;
    jmp_buf place;
    bool entered = false;
    int thread = -1;
    unsigned char* stack = nullptr;
};

struct Barrier {
    int arrived = 0;
    int live = 0;
    bool left = false;  // some thread has returned
    std::vector<Fiber*> waiting;
};

std::vector<Fiber*> allFibers, idle, ready;
Fiber* running = nullptr;
jmp_buf launcher;
std::function<void()> body;
unsigned char* sharedFirst = nullptr;
unsigned char* sharedLast = nullptr;
size_t givenShared = 0;
std::vector<int> order;
size_t nextThread = 0;
int unfinished = 0;
Barrier wholeBlock;
std::vector<Barrier> warps;
uint64_t shuffle = 0;
unsigned char slotsOfWarps[2][1024][16];
unsigned char turnOfThread[1024];

struct Copy {
    float* to;
    const float* from;
    size_t bytes;
};

/// Of each thread the groups of copies that are under way; the last is not ended.
std::vector<std::vector<Copy>> copies[1024];

void makeCopies(size_t groupsLeft) {
    auto& groups = copies[current];
    while (groups.size() > groupsLeft) {
        for (const Copy& copy : groups.front()) {
            std::memcpy(copy.to, copy.from, copy.bytes);
        }
        groups.erase(groups.begin());
    }
}

uint64_t random() {
    shuffle ^= shuffle << 13;
    shuffle ^= shuffle >> 7;
    shuffle ^= shuffle << 17;
    return shuffle;
}

void fiberMain() {
    while (true) {
        while (nextThread < order.size()) {
            running->thread = current = order[nextThread++];
            body();
            makeCopies(0);
            unfinished--;
            // A thread that has returned counts as present at every barrier of its block; its warp may not wait for it.
            for (Barrier* barrier : {&wholeBlock, &warps[running->thread / 32]}) {
                barrier->live--;
                barrier->left = true;
                if (barrier != &wholeBlock && barrier->arrived > 0) {
                    fault("this lane has left while others of its warp wait for it");
                }
                if (barrier->live > 0 && barrier->arrived == barrier->live) {
                    ready.insert(ready.end(), barrier->waiting.begin(), barrier->waiting.end());
                    barrier->waiting.clear();
                    barrier->arrived = 0;
                }
            }
            if (!ready.empty()) {
                break;
            }
        }
        idle.push_back(running);
        if (_setjmp(running->place) == 0) {
            if (ready.empty()) {
                _longjmp(launcher, 1);
            }
            running = ready.back();
            ready.pop_back();
            current = running->thread;
            _longjmp(running->place, 1);
        }
    }
}

Fiber* newFiber() {
    Fiber* fiber = new Fiber;
    fiber->stack = static_cast<unsigned char*>(mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    getcontext(&fiber->start);
    fiber->start.uc_stack.ss_sp = fiber->stack;
    fiber->start.uc_stack.ss_size = STACK;
    fiber->start.uc_link = nullptr;
    makecontext(&fiber->start, fiberMain, 0);
    allFibers.push_back(fiber);
    return fiber;
}

/// Continues on a fiber that may start new threads.
[[noreturn]] void enterFresh() {
    if (idle.empty()) {
        idle.push_back(newFiber());
    }
    running = idle.back();
    idle.pop_back();
    if (running->entered) {
        _longjmp(running->place, 1);
    }
    running->entered = true;
    setcontext(&running->start);
    abort();
}

/// Leaves the running fiber: a ready one goes on, else a new thread starts, else the launcher sees that nothing can go on.
void leave() {
    Fiber* self = running;
    if (_setjmp(self->place) != 0) {
        return;
    }
    if (!ready.empty()) {
        const size_t pick = shuffle ? random() % ready.size() : ready.size() - 1;
        std::swap(ready[pick], ready.back());
        running = ready.back();
        ready.pop_back();
        current = running->thread;
        _longjmp(running->place, 1);
    }
    if (nextThread < order.size()) {
        enterFresh();
    }
    _longjmp(launcher, 1);
}

void await(Barrier& barrier) {
    if (++barrier.arrived == barrier.live) {
        barrier.arrived = 0;
        ready.insert(ready.end(), barrier.waiting.begin(), barrier.waiting.end());
        barrier.waiting.clear();
        return;
    }
    barrier.waiting.push_back(running);
    leave();
}

void runBlock() {
    const int threads = block.x * block.y * block.z;
    order.resize(threads);
    for (int i = 0; i < threads; i++) {
        order[i] = i;
    }
    for (int i = threads - 1; shuffle && i > 0; i--) {
        std::swap(order[i], order[random() % (i + 1)]);
    }
    wholeBlock.arrived = 0;
    wholeBlock.left = false;
    wholeBlock.live = threads;
    wholeBlock.waiting.clear();
    warps.resize((threads + 31) / 32);
    for (size_t w = 0; w < warps.size(); w++) {
        warps[w].arrived = 0;
        warps[w].left = false;
        warps[w].live = std::min(32, threads - static_cast<int>(w) * 32);
        warps[w].waiting.clear();
    }
    nextThread = 0;
    unfinished = threads;
    ready.clear();
    std::memset(turnOfThread, 0, sizeof(turnOfThread));
    std::memset(sharedFirst, 0xff, sharedLast - sharedFirst);
    if (_setjmp(launcher) == 0) {
        enterFresh();
    }
    if (unfinished > 0) {
        fault(std::to_string(unfinished) + " threads wait at a barrier that the others never reach");
    }
}

// ---- memory

const size_t PAGE = 4096;
const unsigned char SLACK = 0xff;

struct Allocation {
    size_t bytes;
    unsigned char* mapping;
    size_t mapped;
};

std::map<uint64_t, Allocation> memory;

}  // namespace

uint64_t allocate(uint64_t bytes) {
    const size_t rounded = (bytes + 15) / 16 * 16;
    const size_t pages = (rounded + PAGE - 1) / PAGE * PAGE;
    const size_t mapped = pages + 2 * PAGE;
    void* mapping = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        fault("out of memory: " + std::to_string(bytes) + " bytes");
    }
    unsigned char* first = static_cast<unsigned char*>(mapping) + PAGE;
    if (pages > 0 && mprotect(first, pages, PROT_READ | PROT_WRITE) != 0) {
        fault("out of memory: " + std::to_string(bytes) + " bytes");
    }
    std::memset(first, SLACK, pages);
    const uint64_t address = reinterpret_cast<uint64_t>(first + pages - rounded);
    memory[address] = {bytes, static_cast<unsigned char*>(mapping), mapped};
    return address;
}

void release(uint64_t address) {
    const auto found = memory.find(address);
    if (found == memory.end()) {
        fault("freed what was never allocated: " + std::to_string(address));
    }
    munmap(found->second.mapping, found->second.mapped);
    memory.erase(found);
}

namespace {

/// Checks the slack of the allocation that holds the address, if one does.
void checkSlack(uint64_t address) {
    auto found = memory.upper_bound(address);
    if (found == memory.begin()) {
        return;
    }
    --found;
    const unsigned char* end = reinterpret_cast<const unsigned char*>(found->first) + found->second.bytes;
    for (const unsigned char* p = end; reinterpret_cast<uint64_t>(p) % 16 != 0; p++) {
        if (*p != SLACK) {
            fault("wrote past the end of " + std::to_string(found->second.bytes) + " bytes");
        }
    }
}

void onFault(int signal, siginfo_t* info, void*) {
    const uint64_t at = reinterpret_cast<uint64_t>(info->si_addr);
    std::string what = signal == SIGILL || signal == SIGTRAP ? "index outside an array, overflow of an int, or address that is not aligned" : "bad access at " + std::to_string(at);
    for (const auto& entry : memory) {
        const uint64_t first = reinterpret_cast<uint64_t>(entry.second.mapping);
        if (at >= first && at < first + entry.second.mapped) {
            what = "access at byte " + std::to_string(static_cast<int64_t>(at - entry.first)) + " of " + std::to_string(entry.second.bytes);
        }
    }
    fault(what);
}

}  // namespace

void catchFaults() {
    static unsigned char stack[64 * 1024];
    stack_t alternative = {};
    alternative.ss_sp = stack;
    alternative.ss_size = sizeof(stack);
    sigaltstack(&alternative, nullptr);
    struct sigaction action = {};
    action.sa_sigaction = onFault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE}) {
        sigaction(signal, &action, nullptr);
    }
}

// ---- launches

void setShuffle(uint64_t seed) {
    shuffle = seed;
}

size_t liveAllocations() {
    return memory.size();
}

void launch(const std::string& name, dim3 gridSize, dim3 blockSize, size_t dynamicShared, const void* const* arguments) {
    kernelName = name;
    givenShared = dynamicShared;
    grid = gridSize;
    block = blockSize;
    const auto found = kernels().find(name);
    if (found == kernels().end()) {
        fault("there is no such kernel");
    }
    if (block.x * block.y * block.z > 1024 || grid.y > 65535 || grid.z > 65535 || grid.x * block.x == 0 || grid.y * grid.z == 0) {
        fault("impossible launch");
    }
    Reader reader{arguments, {}};
    body = found->second.bind(reader);
    sharedFirst = found->second.sharedFirst;
    sharedLast = found->second.sharedLast;
    const uint64_t blocks = static_cast<uint64_t>(grid.x) * grid.y * grid.z;
    std::vector<uint32_t> sequence(blocks);
    for (uint64_t i = 0; i < blocks; i++) {
        sequence[i] = static_cast<uint32_t>(i);
    }
    for (uint64_t i = blocks - 1; shuffle && i > 0; i--) {
        std::swap(sequence[i], sequence[random() % (i + 1)]);
    }
    for (uint32_t b : sequence) {
        blockIndex = {b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y};
        runBlock();
    }
    for (uint64_t address : reader.addresses) {
        checkSlack(address);
    }
}

void copy(float* shared, const float* from, size_t bytes, bool inside) {
    static const float ZEROS[4] = {};
    if ((reinterpret_cast<uint64_t>(shared) | (inside ? reinterpret_cast<uint64_t>(from) : 0)) % bytes != 0) {
        fault("a copy of " + std::to_string(bytes) + " bytes is not aligned");
    }
    auto& groups = copies[current];
    if (groups.empty()) {
        groups.emplace_back();
    }
    if (shuffle && random() % 2 == 0) {
        std::memcpy(shared, inside ? from : ZEROS, bytes);
    } else {
        groups.back().push_back({shared, inside ? from : ZEROS, bytes});
    }
}

void endCopies() {
    if (copies[current].empty()) {
        copies[current].emplace_back();
    }
    copies[current].emplace_back();
}

void awaitCopies(size_t but) {
    makeCopies(but + 1);
}

void needDynamicShared(size_t bytes) {
    if (bytes != givenShared) {
        fault("needs " + std::to_string(bytes) + " bytes of shared memory, " + std::to_string(givenShared) + " are given");
    }
}

void blockBarrier() {
    await(wholeBlock);
}

void warpBarrier(unsigned mask) {
    if (mask != 0xffffffffu) {
        fault("only whole warps are emulated");
    }
    if (warps[current / 32].left) {
        fault("a lane that this exchange names has left");
    }
    await(warps[current / 32]);
}

unsigned char* warpSlot(int lane) {
    return slotsOfWarps[turnOfThread[current]][current / 32 * 32 + lane];
}

void nextWarpSlots() {
    turnOfThread[current] ^= 1;
}

}  // namespace host
