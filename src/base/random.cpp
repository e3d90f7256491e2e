// The system's randomness, and version 7 UUIDs.
// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

#include <pthread.h>
#include <sys/random.h>

#include "base/encoding.hpp"
#include "base/stop.hpp"

namespace muster::base {
namespace {

void fill_from_system(std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got > 0) {
            out = out.subspan(static_cast<std::size_t>(got));
        } else if (errno != EINTR) {
            stop("the system has no randomness");
        }
    }
}

/// Grows in a forked child, whose copy of the parent's buffer must never be used.
std::atomic<unsigned>& fork_count() {
    static std::atomic<unsigned> count{0};
    static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { count.fetch_add(1, std::memory_order_relaxed); });
    if (registered != 0) stop("pthread_atfork failed");
    return count;
}

struct Buffer {
    std::array<std::byte, 256> bytes;
    std::size_t used = bytes.size();
    unsigned forks = 0;
};

}  // namespace

void SystemRandom::fill(std::span<std::byte> out) {
    thread_local Buffer buffer;
    if (out.size() > buffer.bytes.size() / 4) {
        fill_from_system(out);
        return;
    }
    const unsigned forks = fork_count().load(std::memory_order_relaxed);
    if (out.size() > buffer.bytes.size() - buffer.used || forks != buffer.forks) {
        fill_from_system(buffer.bytes);
        buffer.used = 0;
        buffer.forks = forks;
    }
    const auto taken = std::span(buffer.bytes).subspan(buffer.used, out.size());
    std::ranges::copy(taken, out.begin());
    std::ranges::fill(taken, std::byte{0});  // handed out once: gone from memory
    buffer.used += out.size();
}

std::string make_uuid(Random& random, std::chrono::sys_time<std::chrono::microseconds> at) {
    std::array<std::byte, 16> bytes;
    random.fill(bytes);
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at);
    const auto count = static_cast<std::uint64_t>(milliseconds.time_since_epoch().count());
    for (unsigned i = 0; i < 6; ++i) bytes[i] = static_cast<std::byte>(count >> (40 - 8 * i));
    // 12 bits hold the fraction of the millisecond, in 4096ths.
    const auto fraction = static_cast<unsigned>((at - milliseconds).count()) * 4096 / 1000;
    bytes[6] = static_cast<std::byte>(0x70 | fraction >> 8);
    bytes[7] = static_cast<std::byte>(fraction);
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    std::string text = to_hex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
    return text;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool is_hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_dash ? c != '-' : !is_hex) return false;
    }
    return true;
}

}  // namespace muster::base
