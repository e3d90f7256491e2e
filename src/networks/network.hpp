// A private network that devices join: what Muster asks of its control plane. Implementations:
// tailscale/, headscale/, netbird/, simulated/. One instance serves one connection (one set of
// credentials); calls are made on the I/O thread and may overlap.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/secret.hpp"
#include "core/lifecycle.hpp"
#include "core/result.hpp"

namespace muster::networks {

using Deadline = std::chrono::steady_clock::time_point;

struct KeyRequest {
    std::string
        device_id;         ///< goes into the key's description, so that a lost answer can be healed
    std::string hostname;  ///< what the device will probably call itself
    std::vector<std::string> tags;  ///< NetBird: names of the groups that it joins
    std::chrono::seconds lifetime = std::chrono::hours(24);
};

/// A one-use, pre-authorised key.
struct NetworkKey {
    std::string id;
    base::Secret<std::string> secret;
    core::Timestamp expires_at;
};

/// How a device's node is recognised (match.hpp): the key that it used, else the node bound before,
/// else the exact host name announced at enrolment and a creation after the key's.
struct NodeQuery {
    std::optional<std::string> node_id = {};
    std::optional<std::string> key_id = {};
    std::optional<std::string> hostname = {};
    std::optional<core::Timestamp> key_created_at = {};  ///< without it no host name is enough
};

struct Node {
    core::NodeSighting sighting;
    std::optional<std::string> key_id = {};  ///< that it joined with, where the network tells
    std::optional<core::Timestamp> created_at = {};
    bool expired = false;         ///< has to log in anew: not trusted, whatever `online` says
    bool needs_approval = false;  ///< the network's admin has yet to let it in; it is not online
    std::string name = {};        ///< the network's own name of it, often a full DNS name
    std::vector<std::string> addresses = {};
    std::string user =
        {};  ///< who registered it, by the network's account name; empty: nobody, tagged
    std::string os = {};
    std::string client_version = {};
};

/// A trust level on its way to where the network can act on it.
struct TrustMark {
    std::string node_id;
    core::TrustLevel level = core::TrustLevel::low;
};

/// What a control plane says of itself when credentials are tested.
struct Probe {
    std::string description;  ///< for people: "tailnet example.org, 12 devices", "headscale 0.29.2"
    std::vector<std::string> warnings;  ///< what will not work, and what to do about it
};

/// A fact from the network's own event stream.
struct NetworkEvent {
    enum class Kind { node_joined, node_removed, node_changed, other };
    Kind kind = Kind::other;
    std::optional<std::string> node_id = {};
    std::optional<std::string> key_id = {};  ///< node_joined: the key it used, where told
    std::string type = {};                   ///< the network's own word
    std::optional<core::Timestamp> at = {};
};

struct EventPage {
    std::vector<NetworkEvent> events;  ///< oldest first
    std::string cursor;                ///< for the next call; never empty
};

/// What is known of a connection's health, for metrics, `muster network list` and `device show`.
struct ApiHealth {
    enum class State { unknown, good, failing, paused };
    State state = State::unknown;
    int consecutive_failures = 0;
    std::string last_error = {};  ///< one of core's words
    std::chrono::system_clock::time_point changed_at{};
};

/// "unknown", "good", "failing", "paused".
std::string_view to_text(ApiHealth::State state);

/// Calls fail with network_unreachable or network_timeout (the effect is unknown then),
/// network_refused, network_rate_limited (retry_after), network_answer_invalid; none throws. All
/// are safe to repeat.
class Network {
public:
    virtual ~Network() = default;
    virtual std::string_view name()
        const = 0;  ///< "simulated", "tailscale", "headscale", "netbird"
    virtual ApiHealth health() const = 0;
    /// Are the credentials good for what Muster does? Changes nothing.
    virtual boost::asio::awaitable<core::Result<Probe>> probe(Deadline deadline) = 0;
    /// Asking twice for one device makes two keys; the older one stays good until it expires.
    virtual boost::asio::awaitable<core::Result<NetworkKey>> create_key(KeyRequest request,
                                                                        Deadline deadline) = 0;
    /// Deletes an unused key. One that is unknown or used is success.
    virtual boost::asio::awaitable<core::Result<void>> revoke_key(std::string key_id,
                                                                  Deadline deadline) = 0;
    /// Empty: none, or more than one that could be it.
    virtual boost::asio::awaitable<core::Result<std::optional<Node>>> find_node(
        NodeQuery query, Deadline deadline) = 0;
    /// Removes the node. One that is not there is success.
    virtual boost::asio::awaitable<core::Result<void>> remove_node(std::string node_id,
                                                                   Deadline deadline) = 0;
    virtual boost::asio::awaitable<core::Result<std::vector<Node>>> list_nodes(
        Deadline deadline) = 0;
    /// Does the network itself act on trust levels here? Then push_trust() may be called.
    virtual bool enforces_trust() const = 0;
    /// Nodes that are not named keep what they have; one that is gone is success. Where the network
    /// can, what is pushed is forgotten again after `lifetime`, so that silence lowers it.
    virtual boost::asio::awaitable<core::Result<void>> push_trust(std::vector<TrustMark> marks,
                                                                  std::chrono::seconds lifetime,
                                                                  Deadline deadline) = 0;
    virtual bool has_events() const = 0;
    /// What happened since `cursor`; an empty one: from now on.
    virtual boost::asio::awaitable<core::Result<EventPage>> events_since(std::string cursor,
                                                                         Deadline deadline) = 0;
};

}  // namespace muster::networks
