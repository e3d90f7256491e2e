// People, organisations and how requests are sent.
// SPDX-License-Identifier: Apache-2.0
#include "api/api_test.hpp"

#include <algorithm>
#include <cstdlib>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api/rest/table_schema.hpp"
#include "fakes/run.hpp"
#include "networks/connect.hpp"
#include "store/accounts.hpp"

namespace muster::api {

namespace json = boost::json;

namespace {

/// Hashing is slow by design, and each test has the same people.
const std::string& hash_once(const std::string& password) {
    static std::map<std::string, std::string> hashes;
    std::string& hash = hashes[password];
    if (hash.empty()) hash = crypto::hash_password(base::Secret(password), {8 * 1024, 1});
    return hash;
}

}  // namespace

std::string Reply::text(std::string_view member) const {
    if (!body.is_object()) return {};
    const json::value* const value = body.get_object().if_contains(member);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string Reply::code() const {
    return text("code");
}

std::string Reply::header(std::string_view name) const {
    for (const net::Header& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

std::vector<std::string> members_of(const Reply& reply) {
    std::vector<std::string> names;
    for (const auto& [name, value] : reply.body.as_object()) names.emplace_back(name);
    std::ranges::sort(names);
    return names;
}

ApiTest::ApiTest(const ApiTestOptions& options) : m_limits(options.limits) {
    std::string name = (std::filesystem::temp_directory_path() / "muster-api-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    m_folder = name;
    m_clock.set_step(options.clock_step);
    open(options);
    add_people();
}

std::unique_ptr<networks::Network> ApiTest::make_network(
    const networks::ConnectionSettings& settings) {
    return networks::connect(settings, m_clock, m_random);
}

ApiTest::~ApiTest() {
    m_services.reset();
    m_store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(m_folder, ignored);
}

void ApiTest::open(const ApiTestOptions& options) {
    std::vector<crypto::SealingKey> keys;
    keys.push_back(crypto::make_sealing_key(m_random));
    m_sealer = std::make_unique<crypto::Sealer>(std::move(keys), m_random);
    const auto reveal = [this](std::string_view purpose, std::string_view sealed) {
        const auto secret = m_sealer->open(sealed, purpose);
        return secret ? std::optional(secret->reveal()) : std::nullopt;
    };
    m_place = store::make_test_place(options.driver, reveal);
    m_store = m_place->open(m_clock, options.store_random ? *options.store_random : m_random);
    m_rules.default_network = "simulated";
    m_network = networks::SimulatedNetwork::open({}, m_clock, m_random);
    m_networks = std::make_unique<networks::Pool>(
        std::shared_ptr<networks::Network>(std::shared_ptr<void>(), m_network.get()),
        [this](const networks::ConnectionSettings& settings) { return make_network(settings); });
    const core::Caller caller{core::Caller::Kind::service};
    const app::Context context{m_clock.now(), caller, m_rules, *m_sealer, m_random};
    m_installation = std::move(*m_store->write_now([&](store::Transaction& transaction) {
        if (options.prepare) options.prepare(transaction);
        return app::open_installation(transaction, context);
    }));
    m_verifier = std::make_unique<crypto::JwtVerifier>(m_installation.signing_keys);
    m_authenticator = std::make_unique<Authenticator>(*m_verifier, *m_store, TokenTrust{});
    m_authenticator->set_issuer("http://muster.test/auth/v1");
    m_passwords = std::make_unique<PasswordPool>(crypto::PasswordCost{8 * 1024, 1});
    m_attempts = std::make_unique<Attempts>(m_limits, *m_store);
    m_services = std::make_unique<Services>(Services{
        *m_store, m_clock, m_random, *m_sealer, m_rules, m_metrics, *m_attempts, *m_authenticator,
        *m_passwords, m_installation.signing_keys.front(), *m_verifier, nullptr, *m_networks});
    m_services->public_url = "http://muster.test";
    m_services->wake_outbox = [this] { ++m_wakes; };
    auto tables = load_table_schema(*m_store, *m_sealer, {});
    if (!tables) throw std::runtime_error(tables.error());
    m_tables = std::make_unique<rest::Schema>(std::move(*tables));
    m_services->tables = m_tables.get();
}

void ApiTest::add_people() {
    m_a = base::make_uuid(m_random, m_clock.now());
    m_b = base::make_uuid(m_random, m_clock.now());
    const auto added = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
        store::insert_organization(tx, {m_a, "Organization A", m_clock.now()});
        store::insert_organization(tx, {m_b, "Organization B", m_clock.now()});
        return {};
    });
    ASSERT_TRUE(added);
    add_person(Who::ana, "ana@a.test", core::Role::user, m_a);
    add_person(Who::ben, "ben@a.test", core::Role::user, m_a);
    add_person(Who::sue, "sue@a.test", core::Role::support, m_a);
    add_person(Who::boss, "boss@a.test", core::Role::org_admin, m_a);
    add_person(Who::root, "root@a.test", core::Role::global_admin, m_a);
    add_person(Who::other_boss, "boss@b.test", core::Role::org_admin, m_b);
    m_tokens[Who::anon_key] = m_installation.anon_key.reveal();
    m_tokens[Who::service] = m_installation.service_role_key.reveal();
    const auto& signer = m_installation.signing_keys.front();
    m_tokens[Who::ghost] = sign(signer, base::make_uuid(m_random, m_clock.now()));
    m_tokens[Who::forger] = sign(crypto::JwtKey::generate_es256(), m_user_ids.at(Who::ana));
}

void ApiTest::add_person(Who who, std::string_view email, core::Role role, const std::string& org) {
    store::User user;
    user.id = base::make_uuid(m_random, m_clock.now());
    user.email = email;
    user.encrypted_password = hash_once("password of " + user.email);
    user.email_confirmed_at = m_clock.now();
    user.created_at = m_clock.now();
    user.updated_at = m_clock.now();
    const auto added = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
        store::insert_user(tx, user);
        store::insert_profile(tx, {user.id, org, user.email, role}, m_clock.now());
        return {};
    });
    ASSERT_TRUE(added);
    m_user_ids[who] = user.id;
    m_tokens[who] = sign(m_installation.signing_keys.front(), user.id);
}

std::string ApiTest::sign(const crypto::JwtKey& key, const std::string& user_id) const {
    const auto issued = core::to_unix_seconds(m_clock.now());
    return key.sign({{"sub", user_id},
                     {"role", "authenticated"},
                     {"aud", "authenticated"},
                     {"session_id", user_id},
                     {"iat", issued},
                     {"exp", issued + 400 * 86'400}});
}

Reply ApiTest::send(Who who, std::string_view method, std::string_view target,
                    const std::string& body, std::vector<net::HeaderView> headers) {
    net::Request request;
    const auto question = target.find('?');
    request.method = method;
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    request.body = body;
    request.client_address = "192.0.2.7";
    request.request_id = "test";
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string authorization;
    if (who != Who::nobody) authorization = "Bearer " + m_tokens.at(who);
    request.headers = std::move(headers);
    if (who != Who::nobody) request.headers.push_back({"Authorization", authorization});
    const bool behind_gateway = target.starts_with("/auth/") || target.starts_with("/rest/");
    if (m_sends_apikey && behind_gateway && request.header("apikey").empty()) {
        request.headers.push_back({"apikey", m_tokens.at(Who::anon_key)});
    }
    const net::Response response = fakes::run(answer(request, *m_services));
    Reply reply{response.status, nullptr, response.headers, response.content_type, response.body};
    const bool is_json = response.content_type.starts_with("application/json");
    if (is_json && !response.body.empty()) {
        reply.body = json::parse(response.body);
    } else {
        reply.body = json::string(response.body);
    }
    return reply;
}

Reply ApiTest::enrollment(Who who, const json::object& body) {
    return send(who, "POST", "/functions/v1/device-enrollment", json::serialize(body));
}

ApiTest::Pending ApiTest::generate_token(Who who) {
    const Reply reply = enrollment(who, {{"action", "generate_token"}});
    EXPECT_EQ(reply.status, 200U) << json::serialize(reply.body);
    return {reply.text("device_id"), reply.text("enrollment_token")};
}

std::string ApiTest::connected_device(Who who, const std::string& fingerprint) {
    const Pending pending = generate_token(who);
    const Reply verified = enrollment(
        Who::nobody,
        {{"action", "verify"}, {"enrollment_token", pending.token}, {"fingerprint", fingerprint}});
    EXPECT_EQ(verified.status, 200U) << json::serialize(verified.body);
    let_join();
    const Reply checked =
        enrollment(who, {{"action", "check_tailscale_status"}, {"device_id", pending.device_id}});
    EXPECT_EQ(checked.text("status"), "active") << json::serialize(checked.body);
    return pending.device_id;
}

std::vector<std::string> ApiTest::events_of(const std::string& device_id) {
    const auto types =
        m_store->read_now([&](store::Transaction& tx) -> core::Result<std::vector<std::string>> {
            std::vector<std::string> words;
            for (const store::Row& row :
                 tx.all("SELECT event_type FROM device_events WHERE device_id = $1 ORDER BY id",
                        device_id)) {
                words.push_back(row.text(0));
            }
            return words;
        });
    return *types;
}

std::vector<std::string> ApiTest::audit_of(const std::string& device_id) {
    const auto events =
        m_store->read_now([&](store::Transaction& tx) -> core::Result<std::vector<std::string>> {
            std::vector<std::string> words;
            for (const store::Row& row :
                 tx.all("SELECT event, details FROM audit_logs ORDER BY id")) {
                if (row.text(1).contains(device_id)) words.push_back(row.text(0));
            }
            return words;
        });
    return *events;
}

std::string ApiTest::column(const std::string& device_id, std::string_view name) {
    const std::string sql = "SELECT " + std::string(name) + " FROM devices WHERE id = $1";
    const auto value = m_store->read_now([&](store::Transaction& tx) -> core::Result<std::string> {
        const auto row = tx.one(sql, device_id);
        if (!row) return std::string("no row");
        return row->optional_text(0).value_or("NULL");
    });
    return *value;
}

}  // namespace muster::api
