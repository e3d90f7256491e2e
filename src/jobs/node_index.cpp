// Maps narrow the list down; networks::match_node() decides among what is left.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/node_index.hpp"

#include <algorithm>

#include "networks/match.hpp"

namespace muster::jobs {

namespace {

bool is_on_network(const networks::Node& node) {
    return !node.expired && !node.needs_approval;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return lower;
}

}  // namespace

NodeIndex::NodeIndex(std::vector<networks::Node> nodes, core::Timestamp listed_at)
    : m_nodes(std::move(nodes)), m_listed_at(listed_at) {
    std::erase_if(m_nodes, [](const networks::Node& node) { return !is_on_network(node); });
    for (const networks::Node& node : m_nodes) {
        m_by_id.emplace(node.sighting.node_id, &node);
        if (node.key_id) m_by_key[*node.key_id].push_back(&node);
        const std::string_view name = node.name;
        const std::string_view label = name.substr(0, name.find('.'));
        add_name(node.sighting.hostname, node);
        if (to_lower(label) != to_lower(node.sighting.hostname)) add_name(label, node);
    }
}

void NodeIndex::add_name(std::string_view name, const networks::Node& node) {
    if (!name.empty()) m_by_name[to_lower(name)].push_back(&node);
}

app::Finding NodeIndex::look(const store::Membership& membership) const {
    app::Finding finding;
    // Confirmed while the list was on its way: the list cannot speak of it.
    if (membership.confirmed_at && *membership.confirmed_at >= m_listed_at) {
        finding.is_unknown = true;
        return finding;
    }
    if (!membership.node_id) return look_for_waiting(membership);
    const auto found = m_by_id.find(*membership.node_id);
    if (found != m_by_id.end()) finding.node = found->second->sighting;
    return finding;
}

int NodeIndex::count_others(const std::unordered_set<std::string>& node_ids) const {
    return static_cast<int>(std::ranges::count_if(m_nodes, [&](const networks::Node& node) {
        return !node_ids.contains(node.sighting.node_id);
    }));
}

app::Finding NodeIndex::look_for_waiting(const store::Membership& membership) const {
    std::vector<networks::Node> candidates;
    const auto take = [&](const auto& index, const std::optional<std::string>& name) {
        if (!name) return;
        const auto found = index.find(*name);
        if (found == index.end()) return;
        for (const networks::Node* node : found->second) {
            const auto is_it = [&](const networks::Node& other) {
                return other.sighting.node_id == node->sighting.node_id;
            };
            if (std::ranges::none_of(candidates, is_it)) candidates.push_back(*node);
        }
    };
    take(m_by_key, membership.key_id);
    take(m_by_name, membership.announced_hostname);
    networks::NodeQuery query;
    query.key_id = membership.key_id;
    query.hostname = membership.announced_hostname;
    query.key_created_at = membership.created_at;
    const networks::Match match = networks::match_node(query, candidates);
    app::Finding finding;
    finding.candidates = match.candidates;
    finding.is_by_hostname = match.by == networks::Match::By::hostname;
    if (!match.node) return finding;
    finding.node = match.node->sighting;
    finding.key_id = match.node->key_id;
    return finding;
}

}  // namespace muster::jobs
