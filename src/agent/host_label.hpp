// The name under which a device joins a network. The server is told the same one beforehand: where
// a network does not tell which key a node used, the node is found by it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/facts.hpp"

namespace muster::agent {

constexpr std::size_t host_label_characters_max = 63;

/// A DNS label (RFC 1123, section 2.1), lower case, of 2 to 63 characters: the first label of the
/// host name, what is not allowed in it made hyphens. A name of which that leaves less becomes
/// "device-" and the fingerprint's first eight digits.
std::string host_label(const DeviceFacts& facts);

}  // namespace muster::agent
