// Askers, requests, and the database as the model has it.
// SPDX-License-Identifier: Apache-2.0
#include "differential/roster_server.hpp"

#include <chrono>

#include <boost/json/parse.hpp>

#include "differential/roster_seed.hpp"
#include "fakes/run.hpp"

namespace muster::differential {

std::string Reply::header(std::string_view name) const {
    for (const net::Header& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

RosterServer::RosterServer(std::uint64_t seed) {
    Dice dice(seed);
    const std::vector<SeedPerson> more = seed_roster(
        *m_store, *m_sealer, dice, {organization_id('A'), organization_id('B')},
        {user_id(api::Who::ana), user_id(api::Who::ben), user_id(api::Who::sue),
         user_id(api::Who::boss), user_id(api::Who::other_boss), user_id(api::Who::root)});
    using enum api::Who;
    m_askers = {
        {"anonymous", Asker::Kind::anonymous, {}, token_of(anon_key)},
        {"service", Asker::Kind::service, {}, token_of(service)},
        {"ghost", Asker::Kind::user, "00000000-0000-4000-8000-00000000dead", token_of(ghost)},
        {"forger", Asker::Kind::rejected, {}, token_of(forger)},
        {"ana", Asker::Kind::user, user_id(ana), token_of(ana)},
        {"ben", Asker::Kind::user, user_id(ben), token_of(ben)},
        {"sue", Asker::Kind::user, user_id(sue), token_of(sue)},
        {"boss", Asker::Kind::user, user_id(boss), token_of(boss)},
        {"other_boss", Asker::Kind::user, user_id(other_boss), token_of(other_boss)},
        {"root", Asker::Kind::user, user_id(root), token_of(root)},
    };
    for (const SeedPerson& person : more) {
        const auto issued = core::to_unix_seconds(m_clock.now());
        const std::string token =
            m_installation.signing_keys.front().sign({{"sub", person.id},
                                                      {"role", "authenticated"},
                                                      {"aud", "authenticated"},
                                                      {"session_id", person.id},
                                                      {"iat", issued},
                                                      {"exp", issued + 400 * 86'400}});
        m_askers.push_back({person.name, Asker::Kind::user, person.id, token});
    }
    open_trials();
}

void RosterServer::open_trials() {
    m_world = *m_store->read_now(
        [&](store::Transaction& transaction) -> core::Result<World> { return read(transaction); });
    const auto look = [this](store::Transaction& transaction) {
        transaction.act_as({});
        m_changed = read(transaction);
        m_has_changed = true;
        return m_keeps;
    };
    m_trials = std::make_unique<TrialStore>(*m_store, look);
    m_real_services = std::move(m_services);
    m_services = std::make_unique<api::Services>(
        api::Services{*m_trials, m_clock, m_random, *m_sealer, m_rules, m_metrics, *m_attempts,
                      *m_authenticator, *m_passwords, m_installation.signing_keys.front(),
                      *m_verifier, m_tables.get(), *m_networks});
    m_services->public_url = m_real_services->public_url;
}

Reply RosterServer::send(const Call& call) {
    const std::string_view target = call.target;
    const auto question = target.find('?');
    net::Request request;
    request.method = call.method;
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    request.body = call.body;
    request.client_address = "192.0.2.7";
    request.request_id = "test";
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const std::string bearer = "Bearer " + m_askers.at(call.asker).token;
    for (const auto& [name, value] : call.headers) request.headers.push_back({name, value});
    request.headers.push_back({"Authorization", bearer});
    request.headers.push_back({"apikey", token_of(api::Who::anon_key)});
    m_has_changed = false;
    const auto start = std::chrono::steady_clock::now();
    net::Response response;
    try {
        response = fakes::run(answer(request, *m_services));
    } catch (const std::exception& broken) {
        response = {.status = 500, .content_type = "text/plain", .body = broken.what()};
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    return {response.status, std::move(response.content_type), std::move(response.body),
            std::move(response.headers), taken.count()};
}

void RosterServer::keep(const Call& call) {
    m_keeps = true;
    send(call);
    m_keeps = false;
    if (m_has_changed) m_world = m_changed;
}

World RosterServer::read(store::Transaction& transaction) const {
    World world;
    for (const store::Row& row :
         transaction.all("SELECT name FROM pragma_table_list "
                         "WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*'")) {
        read_table(transaction, row.text(0), world);
    }
    Rows& roles = world.tables["user_roles"];
    for (const Row& profile : world.rows("profiles")) {
        roles.push_back({{"id", cell(profile, "id")},
                         {"user_id", cell(profile, "id")},
                         {"role", cell(profile, "role")},
                         {"created_at", cell(profile, "created_at")}});
    }
    return world;
}

void RosterServer::read_table(store::Transaction& transaction, const std::string& name,
                              World& world) const {
    std::vector<std::string> columns;
    bool has_rowid = false;
    for (const store::Row& row :
         transaction.all("SELECT x.name, l.wr FROM pragma_table_list($1) l, "
                         "pragma_table_xinfo($1) x ORDER BY x.cid",
                         name)) {
        columns.push_back(row.text(0));
        has_rowid = !row.boolean(1);
    }
    Rows& rows = world.tables[name];
    const std::string sql =
        "SELECT *" + std::string(has_rowid ? ", rowid" : "") + " FROM \"" + name + "\"";
    for (const store::Row& found : transaction.all(sql)) {
        Row row;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            row[columns[i]] = read_cell(name, columns[i], found.cells()[i], world);
        }
        if (has_rowid) row[row_number] = found.integer(columns.size());
        rows.push_back(std::move(row));
    }
}

json::value RosterServer::read_cell(const std::string& table, const std::string& column,
                                    const store::Cell& cell, World& world) const {
    if (std::holds_alternative<std::monostate>(cell)) return nullptr;
    const Table* const known = find_table(table);
    const Column* const shape = known ? known->find(column) : nullptr;
    if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        return shape && shape->kind == Kind::boolean ? json::value(*number != 0)
                                                     : json::value(*number);
    }
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    const std::string& text = std::get<std::string>(cell);
    const bool is_json = shape && (shape->kind == Kind::json || shape->kind == Kind::texts);
    if (is_json || (!known && column == "details")) return json::parse(text);
    if (shape && shape->secret != Secret::none) world.stored_secrets.insert(text);
    if (!shape || shape->secret != Secret::sealed) return json::string(text);
    const auto opened = m_sealer->open(text, table + "." + column);
    return json::string(opened ? opened->reveal() : text);
}

}  // namespace muster::differential
