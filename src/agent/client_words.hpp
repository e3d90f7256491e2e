// What the network clients say, made safe to repeat and sorted into what can be explained.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/join_failure.hpp"
#include "base/secret.hpp"

namespace muster::agent {

/// JoinFault::failed where none of the known words is in it.
JoinFault fault_in(std::string_view said);

/// Every occurrence of the key, whatever its case, is "[key]" afterwards; so is everything that
/// looks like a key of Tailscale's or Headscale's, which are told by how they begin.
std::string without_keys(std::string_view said, const base::Secret<std::string>& key);

/// One line for people: its last lines, at most 300 bytes of valid UTF-8 without control
/// characters.
std::string in_short(std::string_view said);

}  // namespace muster::agent
