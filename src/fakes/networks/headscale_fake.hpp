// Headscale's API v1 as a test needs it: keys, nodes, tags, the policy; with the traps of the lines
// 0.26, 0.28/0.29 and 0.30.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "core/timestamp.hpp"
#include "fakes/networks/fake_network.hpp"

namespace muster::fakes {

struct HeadscaleFakeOptions {
    int minor = 29;            ///< of version 0: 26, 27, 28, 29 or 30
    bool numeric_ids = false;  ///< numbers where texts are usual
    std::string api_key = "hskey-api-fake000000-fake";
    std::vector<std::string> users = {"muster"};
    std::string policy = {};  ///< HuJSON; empty: none, and reading it is a 500
    FakeServerOptions server = {};
};

class HeadscaleFake final : public FakeNetwork {
public:
    /// `clock` must outlive it.
    HeadscaleFake(HeadscaleFakeOptions options, const base::Clock& clock);

    FakeServer& server() override { return m_server; }
    const std::string& url() const { return m_server.url(); }
    std::vector<std::pair<std::string, std::string>> settings() override;
    std::optional<std::string> join(std::string_view key, std::string_view hostname) override;
    bool set_online(std::string_view node_id, bool online) override;
    bool has_node(std::string_view node_id) override;
    std::size_t good_key_count() override;
    std::optional<std::string> find_trust(std::string_view node_id) override;

    /// A node of the first user's, without a key.
    std::string add_node(std::string_view hostname);
    void set_expiry(std::string_view node_id, core::Timestamp at);
    /// Its client logs in with another key: it stays the same node, as old as it was. False: the
    /// key is not good.
    bool log_in_again(std::string_view node_id, std::string_view key);
    /// Only now it forgets which nodes had joined with keys that are deleted.
    void restart();
    void set_policy(std::string policy);
    std::size_t key_count() const;
    std::vector<std::string> tags_of(std::string_view node_id) const;

private:
    struct Key {
        std::string prefix;
        std::string secret;
        std::string user;
        std::vector<std::string> tags;
        core::Timestamp created_at{};
        std::optional<core::Timestamp> expires_at = {};  ///< none: year 1, which has passed
        bool used = false;
    };
    struct Machine {
        std::string hostname;
        std::string user;
        std::optional<int> key = {};
        std::vector<std::string> tags;
        core::Timestamp created_at{};
        std::optional<core::Timestamp> expires_at = {};
        std::optional<core::Timestamp> last_seen = {};
        bool online = true;
    };
    struct Call;

    net::Response answer(const net::Request& request);
    net::Response answer_api(const Call& call);
    net::Response answer_node(const Call& call, int id, std::string_view verb);
    net::Response list_users(const Call& call) const;
    net::Response list_nodes() const;
    net::Response list_keys(const Call& call) const;
    net::Response make_key(const Call& call);
    net::Response expire_key(const Call& call);
    net::Response delete_key(const Call& call);
    net::Response set_tags(const Call& call, Machine& machine) const;
    net::Response get_policy() const;

    bool is_new() const { return m_options.minor >= 30; }
    bool has_key_ids() const { return m_options.minor >= 28; }
    net::Response refusal(unsigned status, std::string_view message) const;
    /// What `new_status` is from 0.30 on and was a 500 before.
    net::Response stumble(unsigned new_status, std::string_view message) const;
    boost::json::value id(int number) const;
    boost::json::value user(std::string_view name) const;
    boost::json::object to_json(int id, const Key& key, bool whole) const;
    boost::json::object to_json(int id, const Machine& machine) const;
    std::string add(Machine machine);
    Key* find_secret(std::string_view secret);
    Machine* find_machine(std::string_view node_id);
    bool is_good(const Key& key) const;

    HeadscaleFakeOptions m_options;
    const base::Clock& m_clock;
    mutable std::mutex m_mutex;
    std::map<int, Key> m_keys;
    std::map<int, Key> m_deleted_keys;  ///< since it was started
    std::map<int, Machine> m_nodes;
    int m_last_key = 0;
    int m_last_node = 0;
    FakeServer m_server;  ///< last: its thread uses all of the above
};

}  // namespace muster::fakes
