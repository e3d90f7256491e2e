// One of the two servers: the real routes and the background jobs on one database, without sockets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "api/api_test.hpp"
#include "differential/roster_model.hpp"
#include "fakes/mail_sender.hpp"
#include "fakes/networks/netbird_fake.hpp"
#include "jobs/outbox.hpp"
#include "store/keys.hpp"
#include "twins/step.hpp"

namespace muster::twins {

namespace json = boost::json;

/// Counts in place of random bits: ids that a database makes, in the order of their making.
class CountingRandom final : public base::Random {
public:
    void fill(std::span<std::byte> out) override;
    void start_at(std::uint64_t count) { m_count = count; }

private:
    std::atomic<std::uint64_t> m_count{0};
};

/// What every server of one process starts with, so that a token that one signed is good with all.
struct ServerKeys {
    std::vector<store::SigningKey> signing_keys;
    std::vector<store::ApiKey> api_keys;
};

/// The columns of each table.
using Shape = std::map<std::string, std::vector<std::string>>;
using Tables = std::map<std::string, std::vector<json::object>>;

struct TwinOptions {
    store::TestDriver driver = store::TestDriver::sqlite;
    std::uint64_t seed = 0;
    app::AccountRules accounts = {};
};

class Twin final : public api::ApiTest {
public:
    /// A connection with it does not get through at first.
    static constexpr const char* bad_credential = "a bad credential";
    static constexpr const char* webhook_secret = "the secret of every webhook";

    /// `ids` must outlive it.
    Twin(const TwinOptions& options, CountingRandom& ids, const ServerKeys* keys);

    /// Does it at the step's time. On the second server: in_second() of the step's texts first.
    Answer take(const Step& step);
    ServerKeys keys() const;
    /// Of SQLite only: what both databases must have.
    Shape shape() const;
    Tables read(const Shape& shape) const;
    /// The tables as the maker of table requests wants them.
    differential::World world(const Tables& tables) const;
    const std::vector<differential::Asker>& people() const { return m_people; }
    /// The keys of the project in every form, valid bearers all.
    std::vector<std::string> key_bearers() const;
    const std::string& anon_key() const { return token_of(api::Who::anon_key); }
    std::vector<std::string> organizations() const {
        return {organization_id('A'), organization_id('B')};
    }

private:
    void TestBody() override {}
    /// To a simulated network, which answers at once and draws nothing of its own: one for each
    /// address, whatever connection leads there.
    std::unique_ptr<networks::Network> make_network(
        const networks::ConnectionSettings& settings) override;
    void add_networks();
    boost::asio::awaitable<core::Result<api::Comparison>> compare(networks::Connector connector);
    void add_people(std::uint64_t seed, store::TestDriver driver);
    Answer answer_request(const Step& step);
    Answer run_job(const Step& step);

    fakes::FakeMailSender m_mail;
    std::uint64_t m_seed;
    CountingRandom& m_ids;
    std::vector<differential::Asker> m_people;
    std::unique_ptr<jobs::Tools> m_tools;
    fakes::NetBirdFake m_netbird{{}, m_clock};  ///< what is handed on to NetBird's API
};

}  // namespace muster::twins
