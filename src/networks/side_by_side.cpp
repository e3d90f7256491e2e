// Some workers take from one list; the last one to end wakes the caller.
// SPDX-License-Identifier: Apache-2.0
#include "networks/side_by_side.hpp"

#include <algorithm>
#include <exception>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace muster::networks {
namespace asio = boost::asio;
namespace {

/// Shared with the workers: the caller may be destroyed while they run.
struct Shared {
    Shared(const asio::any_io_executor& executor, std::vector<SideTask> list)
        : tasks(std::move(list)), ended(executor, asio::steady_timer::time_point::max()) {}

    std::vector<SideTask> tasks;
    std::size_t next = 0;
    std::size_t workers = 0;
    std::exception_ptr failure;
    asio::steady_timer ended;
};

asio::awaitable<void> work(std::shared_ptr<Shared> shared) {
    while (shared->next < shared->tasks.size()) {
        const SideTask& task = shared->tasks[shared->next++];
        try {
            co_await task();
        } catch (...) {
            if (!shared->failure) shared->failure = std::current_exception();
        }
    }
    if (--shared->workers == 0) shared->ended.cancel();
}

}  // namespace

asio::awaitable<void> run_side_by_side(std::vector<SideTask> tasks, std::size_t at_once) {
    const std::size_t workers = std::min(at_once, tasks.size());
    if (workers == 0) co_return;
    const auto executor = co_await asio::this_coro::executor;
    const auto shared = std::make_shared<Shared>(executor, std::move(tasks));
    shared->workers = workers;
    for (std::size_t i = 0; i < workers; ++i) {
        asio::co_spawn(executor, work(shared), asio::detached);
    }
    boost::system::error_code cancelled;
    if (shared->workers > 0) {
        co_await shared->ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    if (shared->failure) std::rethrow_exception(shared->failure);
}

}  // namespace muster::networks
