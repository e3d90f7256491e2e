// Tests of base/random.
// SPDX-License-Identifier: Apache-2.0
#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakes/random.hpp"

namespace muster::base {
namespace {

using Block = std::array<std::byte, 16>;

Block draw(SystemRandom& random) {
    Block block{};
    random.fill(block);
    return block;
}

constexpr std::chrono::sys_time<std::chrono::microseconds> at_microsecond(std::int64_t count) {
    return std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(count));
}

}  // namespace

TEST(SystemRandom, NeverRepeatsABlockInAnyThread) {
    SystemRandom random;
    std::array<std::vector<Block>, 4> drawn;
    {
        std::vector<std::jthread> threads;
        for (auto& blocks : drawn) {
            threads.emplace_back([&random, &blocks] {
                for (int i = 0; i < 500; ++i) blocks.push_back(draw(random));
            });
        }
    }
    std::set<Block> all;
    for (const auto& blocks : drawn) all.insert(blocks.begin(), blocks.end());
    EXPECT_EQ(all.size(), 4U * 500U);
}

TEST(SystemRandom, FillsEverySize) {
    SystemRandom random;
    for (const std::size_t size : {0U, 1U, 64U, 65U, 255U, 256U, 257U, 5000U}) {
        SCOPED_TRACE(size);
        // A byte that stays zero eight times by chance: 1 in 2^64.
        std::vector<bool> is_touched(size, false);
        for (int round = 0; round < 8; ++round) {
            std::vector<std::byte> bytes(size, std::byte{0});
            random.fill(bytes);
            for (std::size_t i = 0; i < size; ++i) {
                if (bytes[i] != std::byte{0}) is_touched[i] = true;
            }
        }
        EXPECT_EQ(std::ranges::count(is_touched, false), 0);
    }
}

TEST(SystemRandom, AForkedChildDrawsAnotherSequence) {
    SystemRandom random;
    static_cast<void>(draw(random));  // the buffer is full now
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(::pipe(pipe_ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const Block block = draw(random);
        const ssize_t written = ::write(pipe_ends[1], block.data(), block.size());
        ::_exit(written == static_cast<ssize_t>(block.size()) ? 0 : 1);
    }
    const Block ours = draw(random);
    Block theirs{};
    EXPECT_EQ(::read(pipe_ends[0], theirs.data(), theirs.size()), 16);
    EXPECT_NE(ours, theirs);
    int state = 0;
    ASSERT_EQ(::waitpid(child, &state, 0), child);
    EXPECT_EQ(state, 0);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

TEST(Uuid, HasVersionVariantAndTime) {
    fakes::FakeRandom random;
    // RFC 9562, A.6: 2022-02-22 14:22:22.000 -05:00 is 0x017F22E279B0 in milliseconds.
    const std::string uuid = make_uuid(random, at_microsecond(0x017F22E279B0 * 1000 + 500));
    EXPECT_TRUE(uuid.starts_with("017f22e2-79b0-7800-")) << uuid;  // 500 of 1000 is 0x800 of 0x1000
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    EXPECT_TRUE(is_uuid(uuid));
    EXPECT_NE(make_uuid(random, at_microsecond(0)), make_uuid(random, at_microsecond(0)));
}

TEST(Uuid, SortsByTheMicrosecond) {
    fakes::FakeRandom random;
    std::string last;
    for (std::int64_t i = 0; i < 3000; ++i) {
        std::string next = make_uuid(random, at_microsecond(1'795'428'000'000'000 + i));
        ASSERT_LT(last, next);
        last = std::move(next);
    }
}

TEST(Uuid, IsRecognised) {
    struct Case {
        const char* name;
        const char* text;
        bool expect;
    };
    const Case cases[] = {
        {"lower case", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", true},
        {"upper case", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", true},
        {"any version", "00000000-0000-0000-0000-000000000000", true},
        {"one short", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", false},
        {"one long", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff", false},
        {"not hex", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", false},
        {"a dash too early", "017f22e-279b0-7cc3-98c4-dc0c0c07398f", false},
        {"dashes missing", "017f22e2079b007cc3098c40dc0c0c07398f", false},
        {"only dashes", "------------------------------------", false},
        {"braces", "{017f22e2-79b0-7cc3-98c4-dc0c0c0739}", false},
        {"empty", "", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(is_uuid(c.text), c.expect);
    }
}

}  // namespace muster::base
