// What runs side by side: all of it, never more at once than allowed, and not less than it can.
// SPDX-License-Identifier: Apache-2.0
#include "networks/side_by_side.hpp"

#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "fakes/run.hpp"

namespace muster::networks {
namespace {

namespace asio = boost::asio;

struct Crowd {
    std::size_t here = 0;
    std::size_t most = 0;
    std::size_t done = 0;
};

asio::awaitable<void> visit(Crowd& crowd) {
    crowd.most = std::max(crowd.most, ++crowd.here);
    for (int turn = 0; turn < 20; ++turn) {
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
    --crowd.here;
    ++crowd.done;
}

asio::awaitable<void> stumble(Crowd& crowd) {
    co_await visit(crowd);
    throw std::runtime_error("stumbled");
}

asio::awaitable<int> run_all(std::vector<SideTask> tasks, std::size_t at_once) {
    co_await run_side_by_side(std::move(tasks), at_once);
    co_return 0;
}

TEST(SideBySide, RunsAllAndNoMoreAtOnceThanAllowed) {
    struct Case {
        std::size_t tasks;
        std::size_t at_once;
        std::size_t most;
    };
    for (const Case& c : {Case{0, 3, 0}, Case{1, 3, 1}, Case{2, 3, 2}, Case{10, 3, 3},
                          Case{10, 1, 1}, Case{10, 10, 10}}) {
        SCOPED_TRACE(std::to_string(c.tasks) + ", at once " + std::to_string(c.at_once));
        Crowd crowd;
        std::vector<SideTask> tasks(c.tasks, [&crowd] { return visit(crowd); });
        fakes::run(run_all(std::move(tasks), c.at_once));
        EXPECT_EQ(crowd.done, c.tasks);
        EXPECT_EQ(crowd.most, c.most);
    }
}

TEST(SideBySide, OneThatThrowsStopsNoOther) {
    Crowd crowd;
    std::vector<SideTask> tasks(5, [&crowd] { return visit(crowd); });
    tasks[1] = [&crowd] { return stumble(crowd); };
    EXPECT_THROW(fakes::run(run_all(std::move(tasks), 2)), std::runtime_error);
    EXPECT_EQ(crowd.done, 5U);
}

}  // namespace
}  // namespace muster::networks
