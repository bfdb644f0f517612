// The emulated device: a process that keeps memory and runs kernels on the orders that come through its standard input.
//
// Orders (little endian): 'A' u64 bytes -> u64 address | 'F' u64 address | 'W' u64 address u64 bytes data | 'R' u64 address u64 bytes -> data
// | 'Z' u64 address u64 bytes (zeros) | 'L' u32 length, kernel's name, 6 x u32 grid and block, u32 bytes of shared memory, u32 slots, 8-byte slots
// | 'S' -> one byte (all done) | 'O' u64 seed of the shuffled order, 0 for the natural one.
// Launches give no answer; a fault prints one line on standard error and ends the process, which the next answer's reader notices.
#include "host_device.h"

#include <unistd.h>

namespace {

void readAll(void* to, size_t bytes) {
    if (std::fread(to, 1, bytes, stdin) != bytes) {
        _exit(0);
    }
}

template <class T>
T get() {
    T value;
    readAll(&value, sizeof(T));
    return value;
}

void answer(const void* from, size_t bytes) {
    if (std::fwrite(from, 1, bytes, stdout) != bytes || std::fflush(stdout) != 0) {
        _exit(0);
    }
}

void launchOrdered() {
    std::string name(get<uint32_t>(), ' ');
    readAll(&name[0], name.size());
    host::dim3 sizes[2];
    for (host::dim3& size : sizes) {
        size.x = get<uint32_t>();
        size.y = get<uint32_t>();
        size.z = get<uint32_t>();
    }
    const uint32_t shared = get<uint32_t>();
    const uint32_t count = get<uint32_t>();
    std::vector<unsigned char> slots(8 * count + 8);
    readAll(slots.data(), 8 * count);
    std::vector<const void*> arguments;
    for (uint32_t i = 0; i < count; i++) {
        arguments.push_back(&slots[8 * i]);
    }
    host::launch(name, sizes[0], sizes[1], shared, arguments.data());
}

}  // namespace

int main() {
    host::catchFaults();
    while (true) {
        const unsigned char what = get<unsigned char>();
        if (what == 'A') {
            const uint64_t address = host::allocate(get<uint64_t>());
            answer(&address, 8);
        } else if (what == 'F') {
            host::release(get<uint64_t>());
        } else if (what == 'W') {
            unsigned char* to = reinterpret_cast<unsigned char*>(get<uint64_t>());
            readAll(to, get<uint64_t>());
        } else if (what == 'R') {
            const unsigned char* from = reinterpret_cast<const unsigned char*>(get<uint64_t>());
            answer(from, get<uint64_t>());
        } else if (what == 'Z') {
            unsigned char* to = reinterpret_cast<unsigned char*>(get<uint64_t>());
            std::memset(to, 0, get<uint64_t>());
        } else if (what == 'L') {
            launchOrdered();
        } else if (what == 'S') {
            answer("S", 1);
        } else if (what == 'O') {
            host::setShuffle(get<uint64_t>());
        } else {
            host::fault("unknown order");
        }
    }
}
