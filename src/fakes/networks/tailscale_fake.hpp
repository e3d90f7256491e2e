// Tailscale's API v2 as its documentation and its users' complaints describe it, traps included.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "core/timestamp.hpp"
#include "fakes/networks/fake_network.hpp"

namespace muster::fakes {

class TailscaleFake final : public FakeNetwork {
public:
    /// `clock` must outlive it.
    explicit TailscaleFake(const base::Clock& clock, FakeServerOptions options = {});

    FakeServer& server() override { return *m_server; }
    std::vector<std::pair<std::string, std::string>> settings() override;
    std::optional<std::string> join(std::string_view key, std::string_view hostname) override;
    bool set_online(std::string_view node_id, bool online) override;
    bool has_node(std::string_view node_id) override;
    std::size_t good_key_count() override;
    std::optional<std::string> find_trust(std::string_view node_id) override;

    std::string base_url() const { return m_server->url() + "/api/v2"; }
    /// A person logs in on a device, without a key.
    std::string log_in(std::string_view hostname, std::string_view user);
    /// A device of another tailnet is shared into this one.
    std::string share_in(std::string_view hostname);
    /// Sets a member of the device's JSON; null removes it.
    void set_member(std::string_view node_id, std::string_view name, boost::json::value value);
    /// Of the OAuth client; tokens keep the scopes that they were made with.
    void set_scopes(std::string scopes);
    void set_has_posture(bool has_posture);  ///< does the billing plan have custom attributes?
    /// No access token is good any more, whatever its time.
    void revoke_tokens();
    std::size_t token_count();  ///< that were handed out so far

    static constexpr const char* api_key = "fake-api-key";
    static constexpr const char* client_id = "fake-client";
    static constexpr const char* client_secret = "fake-client-secret";

private:
    struct Caller {
        bool is_oauth = false;
        std::string scopes;
        /// A write scope includes its reading twin.
        bool may(const std::string& wanted) const;
    };
    struct Token {
        std::string scopes;
        core::Timestamp expires_at;
    };
    struct Key {
        boost::json::object shown;  ///< without the secret
        std::string secret;
        core::Timestamp expires_at;
        bool is_used = false;
        bool is_revoked = false;
    };
    struct Attribute {
        boost::json::value value;
        std::optional<core::Timestamp> expires_at;
    };
    struct Device {
        boost::json::object shown;
        std::map<std::string, Attribute> attributes;
    };
    using Words = std::vector<std::string>;

    net::Response answer(const net::Request& request);
    net::Response route(const net::Request& request);
    net::Response give_token(const net::Request& request);
    std::optional<Caller> authenticate(const net::Request& request) const;
    net::Response tailnet(const Caller& caller, const net::Request& request, const Words& path);
    net::Response keys(const Caller& caller, const net::Request& request, const Words& path);
    net::Response make_key(const Caller& caller, const net::Request& request);
    net::Response one_key(const net::Request& request, const std::string& id);
    net::Response device(const Caller& caller, const net::Request& request, const Words& path);
    net::Response list_devices(const net::Request& request) const;
    net::Response patch_attributes(const net::Request& request);
    std::optional<net::Response> check_patch(const boost::json::object& nodes);
    Device& add_device(std::string_view hostname, bool is_external);
    Device* find_device(std::string_view id);
    boost::json::object shown_key(const Key& key) const;
    bool is_good(const Key& key) const;
    std::string free_name(const std::string& hostname) const;

    const base::Clock& m_clock;
    std::mutex m_mutex;
    std::uint64_t m_number = 1000;  ///< of the last thing made
    std::size_t m_token_count = 0;
    std::string m_scopes = "devices:core auth_keys devices:posture_attributes";
    bool m_has_posture = true;
    std::map<std::string, Token> m_tokens;
    std::map<std::string, Key> m_keys;
    std::map<std::string, Device> m_devices;  ///< by nodeId
    std::map<std::string, boost::json::kind> m_attribute_kinds;
    std::unique_ptr<FakeServer> m_server;  ///< last: its thread uses the rest
};

}  // namespace muster::fakes
