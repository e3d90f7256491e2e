// The rows of the world, and how a request's effect is read.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>

#include <boost/json/serialize.hpp>

#include "api/isolation_test.hpp"
#include "api/rest/table_schema.hpp"
#include "app/network_connections.hpp"
#include "crypto/tokens.hpp"
#include "fakes/networks/fake_server.hpp"

namespace muster::api {

namespace {

constexpr const char* bea = "00000000-0000-7000-8000-0000000000be";

/// Ids of the world are made of what they are: 'a' or 'b' at the end is the organisation.
std::string made_id(std::string_view kind, char organization) {
    const std::string tail = std::string(kind) + static_cast<char>(organization + 0x20);
    return "00000000-0000-7000-8000-" + std::string(12 - tail.size(), '0') + tail;
}

const char* every_table() {
    if (!store::tests_use_postgres()) {
        return "SELECT '\"' || name || '\"' FROM sqlite_master WHERE type = 'table' ORDER BY name";
    }
    return "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c "
           "JOIN pg_namespace n ON n.oid = c.relnamespace "
           "WHERE n.nspname IN ('public', 'muster') "
           "AND (c.relkind = 'r' OR (n.nspname = 'muster' AND c.relname = 'users')) "
           "AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1";
}

/// A NetBird without anything in it, that takes every call: one for all worlds.
const std::string& netbird_url() {
    static const fakes::FakeServer server([](const net::Request& request) {
        net::Response response;
        const bool makes_key = request.method == "POST" && request.path == "/api/setup-keys";
        response.body = makes_key ? R"({"id":"key","key":"SECRET"})" : "[]";
        return response;
    });
    return server.url();
}

/// Rows that the server may write itself; tables are their owner's.
bool is_definition(std::string_view statement) {
    for (const std::string_view word : {"CREATE", "ALTER", "DROP", "GRANT"}) {
        if (statement.starts_with(word)) return true;
    }
    return false;
}

}  // namespace

World::World() {
    m_services->mail = &m_mail;
    m_services->compare =
        [](networks::Connector) -> boost::asio::awaitable<core::Result<Comparison>> {
        co_return Comparison{};
    };
    name("ana", user_id(Who::ana));
    name("ben", user_id(Who::ben));
    name("boss", user_id(Who::boss));
    name("root", user_id(Who::root));
    name("other_boss", user_id(Who::other_boss));
    name("a", organization_id('A'));
    name("b", organization_id('B'));
    name("bea", bea);
    name("nothing", "00000000-0000-7000-8000-000000000000");
    sql("INSERT INTO users (id, email) VALUES ('$bea', 'bea@b.test')");
    sql("INSERT INTO profiles (id, organization_id, full_name) VALUES ('$bea', '$b', 'Bea')");
    sql("INSERT INTO sessions (id, user_id, refresh_key, refreshed_at, ip_address) "
        "SELECT id, id, 'sealed', now(), '' FROM profiles");
    add_rows_of('A', id("ana"));
    add_rows_of('B', bea);
}

void World::add_rows_of(char organization, const std::string& owner) {
    const std::string letter(1, static_cast<char>(organization + 0x20));
    const auto add = [&](const std::string& kind, std::string_view code) {
        std::string made = made_id(code, organization);
        name(kind + "_" + letter, made);
        return "'" + made + "'";
    };
    const std::string org = "'" + organization_id(organization) + "'";
    add_device(organization, "device", owner, "pending");
    add_device(organization, "revoked", owner, "revoked");
    const std::string device = "'" + id("device_" + letter) + "'";
    sql("INSERT INTO device_events (id, device_id, event_type, ip_address) VALUES (" +
        add("event", "e") + ", " + device + ", 'enrolled', '192.0.2.9')");
    const auto key = m_sealer->seal_comparable(base::Secret("tskey-config-" + letter),
                                               "organization_tailscale_config.tailscale_auth_key");
    sql("INSERT INTO organization_tailscale_config (id, organization_id, tailscale_auth_key, "
        "description) VALUES (" +
        add("config", "c") + ", " + org + ", '" + key + "', 'the config of " + letter + "')");
    sql("INSERT INTO audit_logs (id, organization_id, user_id, event) VALUES (" +
        add("audit", "ad") + ", " + org + ", '" + owner + "', 'seen')");
    sql("INSERT INTO mfa_factors (id, user_id, secret) VALUES (" + add("factor", "fa") + ", '" +
        owner + "', 'sealed')");
    name("link_of_" + letter, "link-of-" + letter);
    sql("INSERT INTO one_time_tokens (user_id, kind, address, link_digest, sealed_code, "
        "expires_at) "
        "SELECT id, 'recovery', email, '" +
        crypto::token_digest("link-of-" + letter) +
        "', 'sealed', '2099-01-01T00:00:00.000000+00:00' FROM users WHERE id = '" + owner + "'");
    add_connection(organization);
    // Somebody who has an account and no profile yet.
    sql("INSERT INTO users (id, email) VALUES (" + add("guest", "0f") + ", 'guest@" + letter +
        ".test')");
}

void World::add_connection(char organization) {
    const std::string letter(1, static_cast<char>(organization + 0x20));
    const std::string made = made_id("cc", organization);
    name("connection_" + letter, made);
    const std::string credential =
        m_sealer->seal(base::Secret("nbp-of-" + letter), app::connection_credential_purpose);
    sql("INSERT INTO network_connections (id, organization_id, name, network, base_url, "
        "credential, created_by) VALUES ('" +
        made + "', '" + organization_id(organization) + "', 'NetBird', 'netbird', '" +
        netbird_url() + "', '" + credential + "', 'service_role')");
}

void World::add_device(char organization, const std::string& kind, const std::string& owner,
                       std::string_view status) {
    const std::string letter(1, static_cast<char>(organization + 0x20));
    const std::string made = made_id(kind == "device" ? "d1" : "d2", organization);
    name(kind + "_" + letter, made);
    const std::string token = "token-of-" + kind + "-" + letter;
    name("token_of_" + kind + "_" + letter, token);
    const std::string key = m_sealer->seal_comparable(base::Secret("tskey-" + kind + "-" + letter),
                                                      "devices.tailscale_auth_key");
    sql("INSERT INTO devices (id, user_id, organization_id, name, fingerprint, enrollment_token, "
        "enrollment_expires_at, status, tailscale_auth_key) VALUES ('" +
        made + "', '" + owner + "', '" + organization_id(organization) + "', '" + kind + " of " +
        letter + "', 'fp-" + kind + "-" + letter + "', '" + crypto::token_digest(token) +
        "', '2099-01-01T00:00:00.000000+00:00', '" + std::string(status) + "', '" + key + "')");
}

Reply World::ask(Who who, const Question& question) {
    m_sends_apikey = who != Who::nobody;
    std::vector<net::HeaderView> headers;
    if (!question.prefer.empty()) headers.push_back({"Prefer", question.prefer});
    return send(who, question.method, fill(question.target), fill(question.body), headers);
}

std::string World::fill(std::string_view text) const {
    std::string filled;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto known =
            text[i] != '$' ? m_names.end() : std::ranges::find_if(m_names, [&](const auto& entry) {
                return text.substr(i + 1).starts_with(entry.first);
            });
        if (known == m_names.end()) {
            filled += text[i];
            continue;
        }
        filled += known->second;
        i += known->first.size();
    }
    return filled;
}

std::string World::dump() {
    const auto text = m_store->read_now([](store::Transaction& tx) -> core::Result<std::string> {
        std::string all;
        for (const store::Row& table : tx.all(every_table())) {
            all += table.text(0) + "\n";
            for (const store::Row& row : tx.all("SELECT * FROM " + table.text(0))) {
                for (const store::Cell& cell : row.cells()) {
                    if (const auto* word = std::get_if<std::string>(&cell)) all += *word;
                    if (const auto* n = std::get_if<std::int64_t>(&cell)) all += std::to_string(*n);
                    all += '\t';
                }
                all += '\n';
            }
        }
        return all;
    });
    return *text;
}

void World::sql(std::string_view statement) {
    const std::string text = fill(statement);
    if (is_definition(text)) {
        define(text);
        return;
    }
    const auto done = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
        tx.execute(text);
        return {};
    });
    if (!done) throw std::runtime_error("refused: " + text);
}

std::string World::value(std::string_view query) {
    const std::string text = fill(query);
    return *m_store->read_now([&](store::Transaction& tx) -> core::Result<std::string> {
        const auto row = tx.one(text);
        if (!row) return std::string("none");
        if (row->is_null(0)) return std::string("NULL");
        const auto* n = std::get_if<std::int64_t>(row->cells().data());
        return n ? std::to_string(*n) : row->text(0);
    });
}

void World::reload(const std::string& policies) {
    TableSchemaOptions options;
    if (!policies.empty()) {
        options.policies_file = m_folder / "own.sql";
        std::ofstream(options.policies_file) << policies;
    }
    auto tables = load_table_schema(*m_store, *m_sealer, options);
    if (!tables) throw std::runtime_error(tables.error());
    *m_tables = std::move(*tables);
}

std::vector<std::string> World::relations() const {
    std::vector<std::string> names;
    for (const auto& [name, relation] : m_tables->catalog.relations()) names.push_back(name);
    return names;
}

std::string World::text_of(const Reply& reply) const {
    if (reply.body.is_string()) return std::string(reply.body.get_string());
    return boost::json::serialize(reply.body);
}

World& FreshWorld::get() {
    if (m_world && m_world->dump() == m_before) return *m_world;
    m_world.reset();
    m_world = std::make_unique<World>();
    if (!m_preparation.empty()) m_world->sql(m_preparation);
    m_before = m_world->dump();
    return *m_world;
}

char FreshWorld::letter_of(Who who, const Question& question, std::string_view seen) {
    World& world = get();
    const Reply reply = world.ask(who, question);
    const bool success = reply.status >= 200 && reply.status < 400;  // a link leads elsewhere
    const bool changed = world.dump() != m_before;
    const bool shown = !seen.empty() && world.text_of(reply).contains(world.fill(seen));
    const bool effect = seen == "*" ? success : seen.empty() ? changed : shown;
    const bool crooked = (!seen.empty() && changed) || (!success && effect);
    if (crooked || reply.status >= 500) return '!';
    if (success) return effect ? '+' : '.';
    return static_cast<char>('0' + reply.status % 10);
}

}  // namespace muster::api
