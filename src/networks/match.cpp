// The order of evidence, from the strongest down.
// SPDX-License-Identifier: Apache-2.0
#include "networks/match.hpp"

#include <algorithm>

namespace muster::networks {
namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

bool is_called(const Node& node, std::string_view hostname) {
    const std::string_view name = node.name;
    return equals_ignoring_case(node.sighting.hostname, hostname) ||
           equals_ignoring_case(name.substr(0, name.find('.')), hostname);
}

/// Networks tell whole seconds: what joined in the second of the key's making is not older.
bool is_younger(const Node& node, core::Timestamp key_created_at) {
    return node.created_at &&
           *node.created_at >= std::chrono::floor<std::chrono::seconds>(key_created_at);
}

/// What is known to have joined with another key is somebody else's.
bool used_other_key(const Node& node, const NodeQuery& query) {
    return node.key_id && query.key_id && *node.key_id != *query.key_id;
}

template <class Predicate>
Match search(std::span<const Node> nodes, Match::By by, Predicate is_it) {
    Match match;
    for (const Node& node : nodes) {
        if (!is_it(node)) continue;
        match.by = by;
        ++match.candidates;
        match.node = match.candidates == 1 ? &node : nullptr;
    }
    return match;
}

}  // namespace

Match match_node(const NodeQuery& query, std::span<const Node> nodes) {
    const auto is_given = [](const auto& text) { return text && !text->empty(); };
    Match match;
    if (is_given(query.key_id)) {
        match =
            search(nodes, Match::By::key, [&](const Node& n) { return n.key_id == query.key_id; });
    }
    if (match.candidates == 0 && is_given(query.node_id)) {
        match = search(nodes, Match::By::node,
                       [&](const Node& n) { return n.sighting.node_id == *query.node_id; });
    }
    if (match.candidates == 0 && is_given(query.hostname) && query.key_created_at) {
        match = search(nodes, Match::By::hostname, [&](const Node& n) {
            return is_called(n, *query.hostname) && is_younger(n, *query.key_created_at) &&
                   !used_other_key(n, query);
        });
    }
    return match;
}

}  // namespace muster::networks
