// Work on several networks at once, so that one that does not answer holds up nobody else.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace muster::jobs {

using Task = std::function<boost::asio::awaitable<void>()>;

/// Runs all, at most `at_once` at a time, in order of their beginning, and returns when the last
/// one has ended. The first exception is thrown then. On the caller's executor, which must be one
/// thread's.
boost::asio::awaitable<void> run_side_by_side(std::vector<Task> tasks, std::size_t at_once);

}  // namespace muster::jobs
