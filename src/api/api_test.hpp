// The real routes on a real database in a temporary folder, without sockets: what API tests stand
// on. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "api/router.hpp"
#include "app/installation.hpp"
#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "networks/pool.hpp"
#include "networks/simulated/simulated.hpp"
#include "store/test_place.hpp"

namespace muster::api {

/// Two organisations, A and B, and the people in them.
enum class Who {
    nobody,      ///< no credentials
    anon_key,    ///< the anon key as bearer
    service,     ///< the service key
    ana,         ///< user of A
    ben,         ///< another user of A
    sue,         ///< support of A
    boss,        ///< org_admin of A
    other_boss,  ///< org_admin of B
    root,        ///< global_admin, in A
    ghost,       ///< a genuine session of a user who is gone
    forger,      ///< a session signed by somebody else
};

struct Reply {
    unsigned status = 0;
    boost::json::value body;
    std::vector<net::Header> headers;
    std::string content_type = {};
    std::string raw = {};  ///< the body as it was sent

    std::string code() const;                         ///< body.code, or empty
    std::string text(std::string_view member) const;  ///< a string member, or empty
    std::string header(std::string_view name) const;
};

/// Members of an answer, sorted: the contract fixes which are there.
std::vector<std::string> members_of(const Reply& reply);

struct ApiTestOptions {
    RateLimits::Mode limits = RateLimits::Mode::off;
    store::TestDriver driver = store::test_driver();
    std::chrono::microseconds clock_step{10};  ///< history is ordered by time
    /// Of the ids that a database makes; none: what everything else draws from. Must outlive it.
    base::Random* store_random = nullptr;
    /// Runs before the server looks for its keys.
    std::function<void(store::Transaction&)> prepare = {};
};

class ApiTest : public ::testing::Test {
public:
    ~ApiTest() override;

protected:
    explicit ApiTest(RateLimits::Mode limits = RateLimits::Mode::off)
        : ApiTest(ApiTestOptions{.limits = limits}) {}
    explicit ApiTest(const ApiTestOptions& options);
    /// Makes the connectors of organizations' connections.
    virtual std::unique_ptr<networks::Network> make_network(
        const networks::ConnectionSettings& settings);

    /// `target`: path and query. /auth and /rest get the anon key as apikey, unless `headers` have
    /// one or m_sends_apikey is off.
    Reply send(Who who, std::string_view method, std::string_view target,
               const std::string& body = {}, std::vector<net::HeaderView> headers = {});
    /// POST /functions/v1/device-enrollment.
    Reply enrollment(Who who, const boost::json::object& body);

    std::string user_id(Who who) const { return m_user_ids.at(who); }
    std::string organization_id(char name) const { return name == 'A' ? m_a : m_b; }
    const std::string& token_of(Who who) const { return m_tokens.at(who); }

    struct Pending {
        std::string device_id;
        std::string token;
    };
    Pending generate_token(Who who);
    /// A device of `who` that is active and high. Its fingerprint is `fingerprint`.
    std::string connected_device(Who who, const std::string& fingerprint);

    /// As the database's owner: tables and rows of an operator's own.
    void define(const std::string& statement) { m_place->define(*m_store, statement); }
    std::vector<std::string> events_of(const std::string& device_id);  ///< types, oldest first
    std::vector<std::string> audit_of(const std::string& device_id);   ///< events that name it
    std::string column(const std::string& device_id, std::string_view name);  ///< "NULL" for null
    /// Moves the clock past the simulated network's join delay.
    void let_join() { m_clock.advance(std::chrono::seconds(10)); }

    fakes::FakeClock m_clock;
    fakes::FakeRandom m_random;
    std::filesystem::path m_folder;
    std::unique_ptr<store::TestPlace> m_place;
    std::unique_ptr<crypto::Sealer> m_sealer;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<networks::SimulatedNetwork> m_network;
    std::unique_ptr<networks::Pool> m_networks;
    app::Installation m_installation;
    app::Rules m_rules;
    base::Metrics m_metrics;
    std::unique_ptr<crypto::JwtVerifier> m_verifier;
    RateLimits m_limits;
    std::unique_ptr<Attempts> m_attempts;
    std::unique_ptr<Authenticator> m_authenticator;
    std::unique_ptr<PasswordPool> m_passwords;
    std::unique_ptr<rest::Schema> m_tables;
    std::unique_ptr<Services> m_services;
    bool m_sends_apikey = true;
    int m_wakes = 0;  ///< how often the outbox was woken

private:
    void open(const ApiTestOptions& options);
    void add_people();
    void add_person(Who who, std::string_view email, core::Role role, const std::string& org);
    std::string sign(const crypto::JwtKey& key, const std::string& user_id) const;

    std::string m_a, m_b;
    std::map<Who, std::string> m_user_ids;
    std::map<Who, std::string> m_tokens;
};

}  // namespace muster::api
