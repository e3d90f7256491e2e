// Several calls of one control plane at once, for servers that keep each writer waiting.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace muster::networks {

using SideTask = std::function<boost::asio::awaitable<void>()>;

/// Runs all, at most `at_once` at a time, in order of their beginning, and returns when the last
/// one has ended. The first exception is thrown then. I/O thread only.
boost::asio::awaitable<void> run_side_by_side(std::vector<SideTask> tasks, std::size_t at_once);

}  // namespace muster::networks
