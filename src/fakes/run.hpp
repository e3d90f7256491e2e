// Runs one coroutine to its end, for tests of what answers with an awaitable.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace muster::fakes {

/// An event loop for one run. Loops are kept as long as their thread: a storage thread that has
/// just resumed a coroutine may still be leaving post() when the coroutine is done. Runs may nest.
class RunContext {
public:
    RunContext() : m_depth(depth()++) {
        if (contexts().size() <= m_depth) contexts().emplace_back(1);
        get().restart();
    }
    ~RunContext() { --depth(); }
    RunContext(const RunContext&) = delete;
    RunContext& operator=(const RunContext&) = delete;
    boost::asio::io_context& get() { return contexts()[m_depth]; }

private:
    static std::deque<boost::asio::io_context>& contexts() {
        thread_local std::deque<boost::asio::io_context> kept;
        return kept;
    }
    static std::size_t& depth() {
        thread_local std::size_t count = 0;
        return count;
    }
    std::size_t m_depth;
};

/// Returns, or throws, what `task` does; throws std::runtime_error if it is not done after `limit`.
/// What `task` refers to must outlive the call.
template <class T>
T run(boost::asio::awaitable<T> task, std::chrono::seconds limit = std::chrono::seconds(30)) {
    RunContext kept;
    boost::asio::io_context& context = kept.get();
    std::optional<T> value;
    std::exception_ptr failure;
    auto done = [&](std::exception_ptr thrown, T got) {
        failure = thrown;
        if (!thrown) value.emplace(std::move(got));
    };
    boost::asio::co_spawn(context, std::move(task), done);
    context.run_for(limit);
    if (failure) std::rethrow_exception(failure);
    if (!value) throw std::runtime_error("the coroutine did not end in time");
    return std::move(*value);
}

}  // namespace muster::fakes
