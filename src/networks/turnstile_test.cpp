// Who may go through, and when.
// SPDX-License-Identifier: Apache-2.0
#include "networks/turnstile.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace muster::networks {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

struct Gate {
    Turnstile turnstile;
    std::vector<std::string> log;

    asio::awaitable<void> pass(std::string name, std::chrono::milliseconds stay,
                               std::chrono::milliseconds patience) {
        const Deadline deadline = std::chrono::steady_clock::now() + patience;
        const auto turn = co_await turnstile.enter(deadline);
        log.push_back(name + (turn ? " in" : " gave up"));
        if (!turn) co_return;
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer timer(executor, stay);
        co_await timer.async_wait(asio::use_awaitable);
        log.push_back(name + " out");
    }
};

TEST(Turnstile, OneAtATimeInOrder) {
    asio::io_context context;
    Gate gate;
    for (const auto* name : {"a", "b", "c"}) {
        asio::co_spawn(context, gate.pass(name, 1ms, 20s), asio::detached);
    }
    context.run();
    EXPECT_EQ(gate.log,
              (std::vector<std::string>{"a in", "a out", "b in", "b out", "c in", "c out"}));
    context.restart();
    asio::co_spawn(context, gate.pass("d", 0ms, 20s), asio::detached);
    context.run();
    EXPECT_EQ(gate.log.back(), "d out") << "it is free again";
}

TEST(Turnstile, WhoseDeadlinePassesGivesUpItsPlace) {
    asio::io_context context;
    Gate gate;
    asio::co_spawn(context, gate.pass("a", 100ms, 20s), asio::detached);
    asio::co_spawn(context, gate.pass("b", 1ms, 1ms), asio::detached);
    asio::co_spawn(context, gate.pass("c", 1ms, 20s), asio::detached);
    context.run();
    EXPECT_EQ(gate.log, (std::vector<std::string>{"a in", "b gave up", "a out", "c in", "c out"}));
}

TEST(Turnstile, TurnsMayOutliveIt) {
    asio::io_context context;
    auto gate = std::make_unique<Gate>();
    std::optional<Turnstile::Turn> kept;
    auto keep = [&]() -> asio::awaitable<void> {
        auto turn = co_await gate->turnstile.enter(Deadline::max());
        kept.emplace(std::move(*turn));
    };
    asio::co_spawn(context, keep(), asio::detached);
    context.run();
    ASSERT_TRUE(kept);
    gate.reset();
    kept.reset();
}

}  // namespace
}  // namespace muster::networks
