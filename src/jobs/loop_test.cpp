// The loop of a background job. The long interval stands for "never by itself".
// SPDX-License-Identifier: Apache-2.0
#include "jobs/loop.hpp"

#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "base/log.hpp"

namespace muster::jobs {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds never = 24h;

class LoopTest : public ::testing::Test {
protected:
    /// Runs `round(number)` as a loop until it stops. True: it ended by itself, in time.
    template <class Round>
    bool run(std::chrono::milliseconds interval, const Round& round) {
        auto counted = [this, &round]() -> asio::awaitable<bool> { co_return round(++m_rounds); };
        m_loop = std::make_unique<Loop>(m_context.get_executor(), "tested", interval, counted);
        m_loop->start();
        m_context.run_for(20s);
        return m_context.stopped();
    }
    void later(std::function<void()> work) { asio::post(m_context, std::move(work)); }

    asio::io_context m_context{1};
    std::unique_ptr<Loop> m_loop;
    int m_rounds = 0;
};

TEST_F(LoopTest, WakeEndsTheWait) {
    const bool ended = run(never, [&](int number) {
        if (number == 3) {
            later([&] { m_loop->stop(); });
        } else {
            later([&] { m_loop->wake(); });
        }
        return false;
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 3);
}

TEST_F(LoopTest, WakeDuringARoundIsNotLost) {
    const bool ended = run(never, [&](int number) {
        if (number == 1) m_loop->wake();
        if (number == 2) m_loop->stop();
        return false;
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 2);
}

TEST_F(LoopTest, ManyWakesAreOne) {
    const bool ended = run(never, [&](int number) {
        if (number == 1) {
            for (int i = 0; i < 5; ++i) m_loop->wake();
        }
        if (number == 2) {
            later([&] { m_loop->stop(); });
        }
        return false;
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 2);
}

TEST_F(LoopTest, MoreWorkIsDoneAtOnce) {
    const bool ended = run(never, [&](int number) {
        if (number == 4) {
            later([&] { m_loop->stop(); });
        }
        return number < 4;
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 4);
}

TEST_F(LoopTest, ComesBackAfterTheInterval) {
    const auto started = std::chrono::steady_clock::now();
    const bool ended = run(5ms, [&](int number) {
        if (number == 3) m_loop->stop();
        return false;
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 3);
    EXPECT_GE(std::chrono::steady_clock::now() - started, 10ms);
}

TEST_F(LoopTest, StopLetsNoOtherRoundStart) {
    const bool ended = run(1ms, [&](int) {
        m_loop->stop();
        m_loop->wake();
        return true;
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 1);
}

TEST_F(LoopTest, StopBeforeTheFirstRound) {
    auto round = [this]() -> asio::awaitable<bool> {
        ++m_rounds;
        co_return false;
    };
    Loop loop(m_context.get_executor(), "tested", never, round);
    loop.start();
    loop.stop();
    m_context.run_for(20s);
    EXPECT_TRUE(m_context.stopped());
    EXPECT_EQ(m_rounds, 0);
}

TEST_F(LoopTest, AFailingRoundIsLoggedAndTriedAgain) {
    testing::internal::CaptureStderr();
    const bool ended = run(1ms, [&](int number) -> bool {
        if (number < 3) throw std::runtime_error("the disk is full");
        m_loop->stop();
        return false;
    });
    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(ended);
    EXPECT_EQ(m_rounds, 3);
    for (const char* const part : {R"("event":"job_failed")", R"("level":"error")",
                                   R"("job":"tested")", R"("reason":"the disk is full")"}) {
        EXPECT_TRUE(logged.contains(part)) << part << " is not in " << logged;
    }
}

}  // namespace
}  // namespace muster::jobs
