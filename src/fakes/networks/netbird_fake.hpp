// NetBird's management API as a test needs it: setup keys, peers, groups, the audit log; with its
// traps: masked keys, writes that replace everything, year-1 times, events that come late.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "core/timestamp.hpp"
#include "fakes/networks/fake_network.hpp"

namespace muster::fakes {

struct NetBirdFakeOptions {
    std::string token = "nbp_fake";
    std::string role = "admin";  ///< or network_admin, which may not make keys
    bool peer_approval = false;
    bool open_policy = true;  ///< the Default one of a new account
    FakeServerOptions server = {};
};

class NetBirdFake final : public FakeNetwork {
public:
    /// `clock` must outlive it.
    NetBirdFake(NetBirdFakeOptions options, const base::Clock& clock);

    FakeServer& server() override { return m_server; }
    const std::string& url() const { return m_server.url(); }
    std::vector<std::pair<std::string, std::string>> settings() override;
    std::optional<std::string> join(std::string_view key, std::string_view hostname) override;
    bool set_online(std::string_view node_id, bool online) override;
    bool has_node(std::string_view node_id) override;
    std::size_t good_key_count() override;
    std::optional<std::string> find_trust(std::string_view node_id) override;

    /// A peer that a person logged in.
    std::string add_peer(std::string_view hostname);
    void set_login_expired(std::string_view peer_id);
    void drop_peer(std::string_view peer_id);
    /// Deleting it is a 412 from now on.
    void set_in_use(std::string_view peer_id);
    /// Events from now on are not shown, until shown again: they are written asynchronously.
    void hold_events(bool held);
    /// Only the newest of them are shown: 10,000 at first.
    void set_events_max(std::size_t count);
    void add_to_group(std::string_view name, std::string_view peer_id);
    /// Done right before the next PUT takes effect.
    void on_next_put(std::function<void()> action);
    /// PUTs are answered and forgotten.
    void ignore_puts(bool ignored);
    std::set<std::string> members_of(std::string_view group) const;
    std::size_t key_count() const;

private:
    struct Key {
        std::string secret;
        std::string name;
        std::vector<std::string> groups;
        core::Timestamp made_at{};
        std::optional<core::Timestamp> expires_at = {};  ///< none: never
        int uses = 0;
    };
    struct Peer {
        std::string hostname;
        std::string user;
        core::Timestamp joined_at{};
        std::optional<core::Timestamp> last_seen = {};
        bool connected = true;
        bool login_expired = false;
        bool in_use = false;
    };
    struct Group {
        std::string name;
        std::set<std::string> peers;
        boost::json::array resources;
    };
    struct Event {
        std::string code;
        std::string initiator;
        std::string target;
        std::string group;
        core::Timestamp at{};
    };
    struct Call;

    net::Response answer(const net::Request& request);
    net::Response answer_keys(const Call& call, const std::string& id);
    net::Response answer_peers(const Call& call, const std::string& id);
    net::Response answer_groups(const Call& call, const std::string& id);
    net::Response make_key(const Call& call);
    net::Response list_groups(const Call& call) const;
    net::Response make_group(const Call& call);
    net::Response replace_group(const Call& call, const std::string& id);
    net::Response list_events() const;
    net::Response current_user() const;
    net::Response accounts() const;
    net::Response policies() const;
    boost::json::object to_json(const std::string& id, const Key& key, bool whole) const;
    boost::json::object to_json(const std::string& id, const Peer& peer) const;
    boost::json::object to_json(const std::string& id, const Group& group) const;
    Group* find_group(std::string_view name);
    std::string add(Peer peer);
    void remove(const std::string& peer_id);
    bool is_good(const Key& key) const;
    void note(Event event);
    std::string make_id();

    NetBirdFakeOptions m_options;
    const base::Clock& m_clock;
    mutable std::mutex m_mutex;
    std::map<std::string, Key> m_keys;
    std::map<std::string, Peer> m_peers;
    std::map<std::string, Group> m_groups;
    std::vector<Event> m_events;  ///< the id is the place, from 1 on
    std::size_t m_events_max = 10'000;
    std::optional<std::size_t> m_held_from;
    std::function<void()> m_before_put;
    bool m_ignores_puts = false;
    int m_last_id = 0;
    FakeServer m_server;  ///< last: its thread uses all of the above
};

}  // namespace muster::fakes
