// Which node is a device's, without guessing. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "networks/network.hpp"

namespace muster::networks {

struct Match {
    enum class By { nothing, key, node, hostname };
    const Node* node = nullptr;  ///< into the list that was searched
    By by = By::nothing;
    int candidates = 0;  ///< more than one: ambiguous, and `node` is null
};

/// The node that used the key; else the one that was bound before; else the only one of exactly
/// that host name (its first DNS label or its host name, case-insensitive) that was created after
/// the key. A step whose answer is ambiguous ends the search: no weaker one may decide.
Match match_node(const NodeQuery& query, std::span<const Node> nodes);

}  // namespace muster::networks
