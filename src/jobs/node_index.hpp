// A network's list, searched by each way in which a node is recognised. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/reconciliation.hpp"
#include "core/timestamp.hpp"
#include "networks/network.hpp"
#include "store/memberships.hpp"

namespace muster::jobs {

/// Nodes that have to log in anew, or that the network's admin has yet to let in, are not on the
/// network: it is as if they were not listed.
class NodeIndex {
public:
    /// `listed_at`: before the network was asked.
    NodeIndex(std::vector<networks::Node> nodes, core::Timestamp listed_at);
    NodeIndex(const NodeIndex&) = delete;
    NodeIndex& operator=(const NodeIndex&) = delete;

    std::size_t size() const { return m_nodes.size(); }
    app::Finding look(const store::Membership& membership) const;
    /// How many are not among these.
    int count_others(const std::unordered_set<std::string>& node_ids) const;

private:
    app::Finding look_for_waiting(const store::Membership& membership) const;
    void add_name(std::string_view name, const networks::Node& node);

    using Nodes = std::vector<const networks::Node*>;
    std::vector<networks::Node> m_nodes;
    core::Timestamp m_listed_at;
    std::unordered_map<std::string, const networks::Node*> m_by_id;
    std::unordered_map<std::string, Nodes> m_by_key;
    std::unordered_map<std::string, Nodes> m_by_name;  ///< host name or first label, lower case
};

}  // namespace muster::jobs
