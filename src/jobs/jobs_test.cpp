// How devices of the tests come onto the roster and the network.
// SPDX-License-Identifier: Apache-2.0
#include "jobs/jobs_test.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/connections.hpp"
#include "networks/connect.hpp"

namespace muster::jobs {

JobsTest::JobsTest()
    : m_sealer(sealing_keys(m_database.random), m_database.random),
      m_network(networks::SimulatedNetwork::open({.file = {}, .join_delay = join_delay},
                                                 m_database.clock, m_database.random)),
      m_pool(pool_of(m_network.get())),
      m_tools{m_database.store(),
              m_database.clock,
              m_database.random,
              m_metrics,
              m_rules,
              m_sealer,
              m_pool} {
    m_rules.default_network = "simulated";
    m_organization = base::make_uuid(m_database.random, now());
    m_owner.user_id = base::make_uuid(m_database.random, now());
    m_admin.user_id = base::make_uuid(m_database.random, now());
    m_database.sql("INSERT INTO organizations (id, name) VALUES ($1, 'One')", m_organization);
    const auto add = [&](const core::Caller& caller, std::string_view email,
                         std::string_view role) {
        m_database.sql("INSERT INTO users (id, email) VALUES ($1, $2)", caller.user_id, email);
        m_database.sql(
            "INSERT INTO profiles (id, organization_id, full_name, role) VALUES ($1, $2, 'x', $3)",
            caller.user_id, m_organization, role);
    };
    add(m_owner, "ana@example.org", "user");
    add(m_admin, "boss@example.org", "org_admin");
}

networks::Pool JobsTest::pool_of(networks::Network* own) {
    // Not its owner: the test is.
    const std::shared_ptr<void> nobody;
    return {own ? std::shared_ptr<networks::Network>(nobody, own) : nullptr,
            [this](const networks::ConnectionSettings& settings) {
                return networks::connect(settings, m_database.clock, m_database.random);
            }};
}

app::ConnectionInUse JobsTest::own_target() const {
    app::ConnectionInUse target;
    target.connector.settings.network = "simulated";
    target.scope.network = "simulated";
    return target;
}

JobsTest::Pending JobsTest::issue_token() {
    app::NewDevice input;
    input.device_name = "laptop";
    const app::IssuedToken issued =
        act(m_owner, [&](store::Transaction& transaction, const app::Context& context) {
            return app::generate_token(transaction, context, input);
        });
    return {issued.device_id, issued.token.reveal()};
}

void JobsTest::verify(const Pending& pending, const std::string& fingerprint) {
    app::Verification input{base::Secret(pending.token), {}};
    input.facts.fingerprint = fingerprint;
    const app::VerifiedDevice verified =
        act(m_nobody, [&](store::Transaction& transaction, const app::Context& context) {
            return app::verify(transaction, context, input);
        });
    networks::KeyRequest request;
    request.device_id = pending.device_id;
    request.hostname = "laptop";
    const auto key = fakes::run(m_network->create_key(std::move(request), soon()));
    const app::MadeKey made{"simulated", key.value().id, key->secret, key->expires_at};
    act(m_nobody, [&](store::Transaction& transaction, const app::Context& context) {
        return app::keep_network_key(transaction, context, verified, made);
    });
}

JobsTest::Pending JobsTest::verified_device(const std::string& fingerprint) {
    Pending pending = issue_token();
    verify(pending, fingerprint);
    return pending;
}

void JobsTest::confirm(const std::string& device_id) {
    const auto membership = act(m_owner, [&](store::Transaction& transaction, const app::Context&) {
        return core::Result<std::optional<store::Membership>>(
            store::find_membership(transaction, device_id));
    });
    networks::NodeQuery query;
    query.node_id = membership.value().node_id;
    query.key_id = membership->key_id;
    const auto node = fakes::run(m_network->find_node(std::move(query), soon()));
    const networks::Node& found = node.value().value();
    act(m_owner, [&](store::Transaction& transaction, const app::Context& context) {
        return app::confirm_connection(transaction, context, device_id, found.sighting,
                                       found.key_id);
    });
}

std::string JobsTest::connected_device(const std::string& fingerprint) {
    const Pending pending = verified_device(fingerprint);
    advance(join_delay);
    confirm(pending.device_id);
    EXPECT_EQ(column(pending.device_id, "trust_level"), "high");
    advance(std::chrono::seconds(1));
    return pending.device_id;
}

void JobsTest::revoke(const std::string& device_id) {
    act(m_owner, [&](store::Transaction& transaction, const app::Context& context) {
        return app::revoke_device(transaction, context, device_id, "lost");
    });
}

app::ReactivatedDevice JobsTest::reactivate(const std::string& device_id) {
    return act(m_admin, [&](store::Transaction& transaction, const app::Context& context) {
        return app::reactivate_device(transaction, context, device_id);
    });
}

std::string JobsTest::column(const std::string& device_id, std::string_view name) {
    const auto rows =
        m_database.rows("SELECT " + std::string(name) + " FROM devices WHERE id = $1", device_id);
    return rows.at(0).optional_text(0).value_or("NULL");
}

std::vector<std::string> JobsTest::events_of(const std::string& device_id) {
    std::vector<std::string> types;
    for (const store::Row& row : m_database.rows(
             "SELECT event_type FROM device_events WHERE device_id = $1 ORDER BY id", device_id)) {
        types.push_back(row.text(0));
    }
    return types;
}

std::string JobsTest::last_details_of(const std::string& device_id) {
    const auto rows = m_database.rows(
        "SELECT details FROM device_events WHERE device_id = $1 ORDER BY id DESC LIMIT 1",
        device_id);
    return boost::json::serialize(boost::json::parse(rows.at(0).text(0)));
}

bool JobsTest::has_evidence(const std::string& device_id, std::string_view kind) {
    return !m_database
                .rows("SELECT 1 FROM trust_evidence WHERE device_id = $1 AND kind = $2", device_id,
                      kind)
                .empty();
}

bool JobsTest::is_on_network(const std::string& node_id) {
    networks::NodeQuery query;
    query.node_id = node_id;
    return fakes::run(m_network->find_node(std::move(query), soon())).value().has_value();
}

store::NetworkJob JobsTest::only_job() {
    const auto ids = m_database.rows("SELECT DISTINCT device_id FROM network_jobs");
    if (ids.size() != 1) throw std::runtime_error("jobs of several devices, or none");
    const auto jobs = act(m_owner, [&](store::Transaction& transaction, const app::Context&) {
        return core::Result<std::vector<store::NetworkJob>>(
            store::list_jobs(transaction, ids.at(0).text(0)));
    });
    if (jobs.size() != 1) throw std::runtime_error("not one job");
    return jobs.front();
}

}  // namespace muster::jobs
