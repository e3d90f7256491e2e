// What the simulated network knows: its unused keys and its nodes, in memory and in the journal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "networks/simulated/addresses.hpp"
#include "networks/simulated/journal.hpp"
#include "networks/simulated/simulated.hpp"

namespace muster::networks {

/// A key and the node that it becomes, from the key's making on: whether the device has joined yet
/// is a question of the time alone, so nothing has to happen in between.
struct Member {
    Ipv4 address = 0;
    std::string hostname;
    std::vector<std::string> tags;
    core::Timestamp joins_at;
    std::optional<core::Timestamp> offline_since = {};
    core::TrustLevel trust = core::TrustLevel::low;
    std::optional<core::Timestamp> trust_until = {};  ///< empty: no level was pushed
};

/// A DNS label (RFC 1123) made of what a device calls itself: "Ana's Mac" is "ana-s-mac".
/// "device" when nothing of the name can stay.
std::string to_host_label(std::string_view name);

/// Any thread. A change is in the journal before it is seen. Throws std::runtime_error when the
/// journal cannot be written; nothing has changed then.
class MembershipBook {
public:
    MembershipBook(const SimulatedOptions& options, const base::Clock& clock, base::Random& random);

    /// Fails: network_unreachable, when no address is free.
    core::Result<NetworkKey> make_key(const KeyRequest& request);
    void revoke_key(std::string_view key_id);
    std::optional<Node> find_node(const NodeQuery& query);
    void remove_node(std::string_view node_id);
    std::vector<Node> list_nodes();
    void set_online(std::string_view node_id, bool online);
    void set_trust(const TrustMark& mark, std::chrono::seconds lifetime);
    std::optional<core::TrustLevel> find_trust(std::string_view node_id);

private:
    // By the UUID that the ids of a key and of its node share.
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using Members = std::unordered_map<std::string, Member, Hash, std::equal_to<>>;

    void reload(const std::filesystem::path& file);
    void apply(std::string_view line);
    void append(std::string_view line);
    Members::iterator find_joined(std::string_view uuid);
    Node node_of(const Members::value_type& entry) const;
    std::vector<Node> joined_nodes() const;
    void forget(Members::iterator member);

    std::chrono::milliseconds m_join_delay;
    const base::Clock& m_clock;
    base::Random& m_random;
    std::mutex m_mutex;
    AddressPool m_addresses;
    Members m_members;
    std::optional<Journal> m_journal;
};

}  // namespace muster::networks
