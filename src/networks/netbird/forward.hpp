// Calls of NetBird's management API that are somebody else's: handed on with our token, and their
// answers handed back as they came.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "networks/connection.hpp"
#include "networks/network.hpp"

namespace muster::networks {

inline constexpr std::size_t netbird_target_bytes_max = 4000;
inline constexpr std::size_t netbird_answer_bytes_max = std::size_t{16} * 1024 * 1024;

/// Where a call may lead: something below /api/, by one spelling only, and never to another host.
struct NetBirdTarget {
    std::string path;   ///< percent-encoded: "/api/peers/a%20b"
    std::string query;  ///< without the '?'; empty: none
};

using NetBirdParameters = std::vector<std::pair<std::string, std::string>>;

/// `text`: a path, decoded once, with its own query if it has one; escapes that are still in it are
/// decoded, too, so that nothing can hide in them. `more`: further parameters, decoded; they follow
/// the query's own. Fails: invalid_type ("path"): not below /api/, "." and "..", empty segments,
/// what is no character of a name (slashes, backslashes and percent signs in escapes, control
/// characters), a fragment, too long.
core::Result<NetBirdTarget> parse_netbird_target(std::string_view text,
                                                 const NetBirdParameters& more);

struct NetBirdCall {
    std::string method;
    NetBirdTarget target;
    std::string body = {};
    std::string content_type = {};  ///< of the body
};

struct NetBirdAnswer {
    unsigned status = 0;
    std::string content_type;
    std::string retry_after;  ///< empty: none
    std::string body;
};

/// Tried once, whatever it does. Any status is an answer. Fails: network_unreachable,
/// network_timeout, network_answer_invalid (larger than netbird_answer_bytes_max). Logs failures
/// without query and bodies.
boost::asio::awaitable<core::Result<NetBirdAnswer>> forward_to_netbird(ConnectionSettings settings,
                                                                       NetBirdCall call,
                                                                       Deadline deadline);

}  // namespace muster::networks
