// Runs one coroutine to its end, for tests of what answers with an awaitable.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace muster::fakes {

/// Returns, or throws, what `task` does; throws std::runtime_error if it is not done after `limit`.
/// What `task` refers to must outlive the call.
template <class T>
T run(boost::asio::awaitable<T> task, std::chrono::seconds limit = std::chrono::seconds(30)) {
    boost::asio::io_context context(1);
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
