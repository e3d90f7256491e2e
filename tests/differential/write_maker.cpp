// Inserts, updates, upserts and deletions: with bodies of every kind, among them what nobody may
// write.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.hpp"
#include "differential/request_maker.hpp"

namespace muster::differential {

namespace {

using Strings = std::vector<std::string>;

/// Columns that whoever may touch a row may set to any text.
std::string_view harmless_column(std::string_view table) {
    if (table == "devices") return "location";
    if (table == "profiles") return "full_name";
    if (table == "organizations") return "logo_url";
    if (table == "organization_tailscale_config") return "description";
    return "details";
}

std::string csv_text(const json::value& value) {
    if (value.is_null()) return "NULL";
    std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace

json::value RequestMaker::value(const Table& table, const Column& column) {
    static const std::map<std::string_view, Strings> words = {
        {"status", {"pending", "active", "inactive", "revoked", "x"}},
        {"trust_level", {"low", "medium", "high", "null"}},
        {"role", {"user", "support", "org_admin", "global_admin", ""}},
    };
    if (m_dice.chance(8)) return nullptr;
    if (m_dice.chance(3)) return static_cast<std::int64_t>(m_dice.below(100));
    if (const auto own = words.find(column.name); own != words.end()) {
        return json::string(m_dice.pick(own->second));
    }
    if (column.kind == Kind::boolean) return m_dice.chance(50);
    // Identities that exist, of whatever organisation, are worth more than made-up ones.
    if (column.name == "user_id" || column.name == "created_by") {
        return cell(m_dice.pick(m_world.rows("profiles")), "id");
    }
    if (column.name == "organization_id" && !m_world.rows("organizations").empty()) {
        return cell(m_dice.pick(m_world.rows("organizations")), "id");
    }
    if (column.name == "device_id" && !m_world.rows("devices").empty()) {
        return cell(m_dice.pick(m_world.rows("devices")), "id");
    }
    const std::string text = m_drafts.sample(table, column);
    const bool fresh = column.kind == Kind::text && m_dice.chance(60);
    if (fresh) return json::string("new" + std::to_string(m_dice.below(1'000'000)));
    if (column.kind == Kind::json) {
        boost::system::error_code error;
        json::value parsed = json::parse(text, error);
        return error ? json::value(json::string(text)) : parsed;
    }
    return json::string(text);
}

/// What must be there is there mostly; ids are left to the database mostly.
json::object RequestMaker::row(const Table& table) {
    json::object row;
    for (const Column& column : table.columns) {
        const bool needed = !column.nullable && column.name != "id" &&
                            column.name != "created_at" && column.name != "status" &&
                            column.name != "trust_level";
        const unsigned percent = needed ? 92 : column.name == "id" ? 20 : 18;
        if (m_dice.chance(percent)) row[column.name] = value(table, column);
    }
    return row;
}

void RequestMaker::write_body(Request& request, const json::array& rows) {
    std::string type = "application/json";
    std::string& body = request.call.body;
    const auto kind = m_dice.below(20);
    if (kind == 0 && !rows.empty()) {
        type = "text/csv";
        Strings names;
        for (const auto& member : rows.front().as_object()) names.emplace_back(member.key());
        for (const std::string& name : names) body += (body.empty() ? "" : ",") + name;
        for (const json::value& row : rows) {
            std::string line;
            for (const std::string& name : names) {
                const json::value* const found = row.as_object().if_contains(name);
                line += (line.empty() ? "" : ",") + (found ? csv_text(*found) : "NULL");
            }
            body += "\n" + line;
        }
    } else if (kind == 1 && !rows.empty()) {
        type = "application/x-www-form-urlencoded";
        for (const auto& member : rows.front().as_object()) {
            const json::value& value = member.value();
            const std::string text =
                value.is_string() ? std::string(value.get_string()) : json::serialize(value);
            body += (body.empty() ? "" : "&") + base::encode_form(member.key()) + "=" +
                    base::encode_form(text);
        }
    } else {
        const bool alone = rows.size() == 1 && m_dice.chance(60);
        body = alone ? json::serialize(rows.front()) : json::serialize(rows);
    }
    static const Strings broken = {
        "",      "{",    "[]",  "{}", "3", "[1,2]", "null", "[{}]", "[{},{\"name\":1}]",
        "\"x\"", "[[]]", "\xff"};
    if (m_dice.chance(4)) body = m_dice.pick(broken);
    if (m_dice.chance(2)) type = "application/xml";
    if (m_dice.chance(95)) request.call.headers.emplace_back("Content-Type", type);
}

Request RequestMaker::make_insert(Request request) {
    const Table& table = *find_table(request.table);
    request.call.method = "POST";
    json::array rows;
    const std::size_t count = m_dice.chance(75) ? 1 : m_dice.below(5);
    const json::object first = row(table);
    for (std::size_t i = 0; i < count; ++i) {
        json::object next = i == 0 ? first : row(table);
        // Rows of one body have the same keys, but for some.
        if (i > 0 && m_dice.chance(80)) {
            json::object same;
            for (const auto& member : first) {
                same[member.key()] = value(table, *table.find(member.key()));
            }
            next = std::move(same);
        }
        rows.emplace_back(std::move(next));
    }
    Parameters parameters;
    if (m_dice.chance(15)) {
        std::string columns;
        for (const auto& member : first) {
            if (m_dice.chance(85))
                columns += (columns.empty() ? "\"" : ",\"") + std::string(member.key()) + "\"";
        }
        if (m_dice.chance(30)) columns += columns.empty() ? "id" : ",id";
        parameters.emplace_back("columns", columns);
    }
    static const Strings targets = {
        "id",      "fingerprint", "organization_id,tailscale_auth_key", "enrollment_token", "name",
        "id,name", "nothing"};
    const bool upserts = m_dice.chance(25);
    if (upserts) {
        prefer(request,
               m_dice.chance(60) ? "resolution=merge-duplicates" : "resolution=ignore-duplicates");
        for (json::value& row : rows) {
            if (m_dice.chance(60))
                row.as_object()["id"] = json::string(m_drafts.sample(table, table.columns.front()));
        }
    }
    if (upserts && m_dice.chance(40)) parameters.emplace_back("on_conflict", m_dice.pick(targets));
    if (m_dice.chance(30)) {
        for (auto& parameter : write_parameters(m_drafts.draft(table))) {
            if (parameter.first == "select") parameters.push_back(std::move(parameter));
        }
    }
    add_preferences(request);
    if (m_dice.chance(8)) {
        request.call.headers.emplace_back("Accept", "application/vnd.pgrst.object+json");
    }
    write_body(request, rows);
    address(request, parameters);
    if (m_dice.chance(12)) mutate(request);
    return request;
}

Request RequestMaker::make_update(Request request) {
    const Table& table = *find_table(request.table);
    request.call.method = "PATCH";
    DraftedWrite write;
    write.chosen.table = &table;
    write.chosen.where = m_drafts.filters(table);
    write.reads = !write.chosen.where.empty();
    Parameters parameters = write_filters(write.chosen);
    if (m_dice.chance(40)) {
        const std::string text = "set" + std::to_string(m_dice.below(1'000'000));
        write.values[harmless_column(request.table)] = json::string(text);
        if (m_dice.chance(50)) {
            prefer(request, "return=representation");
            write.reads = true;
        }
        request.call.headers.emplace_back("Content-Type", "application/json");
        request.call.body = json::serialize(write.values);
        address(request, parameters);
        if (harmless_column(request.table) != "details") request.write = std::move(write);
        return request;
    }
    json::object changes;
    const std::size_t count = m_dice.between(1, 3);
    for (std::size_t i = 0; i < count; ++i) {
        const Column& column = m_dice.pick(table.columns);
        changes[column.name] = value(table, column);
    }
    add_preferences(request);
    if (m_dice.chance(20)) {
        for (auto& parameter : write_parameters(m_drafts.draft(table))) {
            if (parameter.first == "select") parameters.push_back(std::move(parameter));
        }
    }
    if (m_dice.chance(10)) parameters.emplace_back("columns", "name,id,location");
    write_body(request, {changes});
    address(request, parameters);
    if (m_dice.chance(12)) mutate(request);
    return request;
}

/// The id of a row of the asker's, or of its organisation's, or of any.
std::string RequestMaker::own_row(const Request& request) {
    const Asker& asker = m_askers.at(request.call.asker);
    const Row* const profile = m_world.find("profiles", "id", json::string(asker.id));
    const std::string home = profile ? text_of(*profile, "organization_id") : "";
    std::vector<std::string> own, near;
    for (const Row& row : m_world.rows(request.table)) {
        const std::string id = text_of(row, "id");
        if (text_of(row, "user_id") == asker.id || id == asker.id) own.push_back(id);
        if (!home.empty() && text_of(row, "organization_id") == home) near.push_back(id);
    }
    if (!own.empty() && m_dice.chance(60)) return m_dice.pick(own);
    if (!near.empty() && m_dice.chance(75)) return m_dice.pick(near);
    const Table& table = *find_table(request.table);
    return m_drafts.sample(table, table.columns.front());
}

Request RequestMaker::make_temptation(Request request) {
    static const Strings tables = {"devices", "devices", "profiles",
                                   "organization_tailscale_config"};
    static const Strings columns = {"status",      "status",      "trust_level",
                                    "role",        "role",        "organization_id",
                                    "user_id",     "fingerprint", "enrolled_at",
                                    "created_at",  "id",          "tailscale_ip",
                                    "tags",        "is_active",   "tailscale_auth_key",
                                    "name",        "full_name",   "tailscale_hostname",
                                    "description", "created_by",  "tailscale_device_id"};
    request.table = m_dice.pick(tables);
    const Table& table = *find_table(request.table);
    const std::string id = own_row(request);
    json::object changes;
    while (changes.empty() || m_dice.chance(15)) {
        const Column* const column = table.find(m_dice.pick(columns));
        if (column) changes[column->name] = value(table, *column);
    }
    request.call.method = "PATCH";
    if (m_dice.chance(25)) {  // the same through the door of an upsert
        request.call.method = "POST";
        prefer(request, "resolution=merge-duplicates");
        for (const auto& member : row(table)) {
            if (!changes.contains(member.key())) changes[member.key()] = member.value();
        }
        changes["id"] = json::string(id);
    }
    add_preferences(request);
    request.call.headers.emplace_back("Content-Type", "application/json");
    request.call.body = json::serialize(changes);
    const bool patches = request.call.method == "PATCH";
    address(request, patches ? Parameters{{"id", "eq." + id}} : Parameters{});
    return request;
}

Request RequestMaker::make_delete(Request request) {
    const Table& table = *find_table(request.table);
    request.call.method = "DELETE";
    DraftedWrite write;
    write.deletes = true;
    write.chosen.table = &table;
    write.chosen.where = m_drafts.filters(table);
    write.reads = !write.chosen.where.empty();
    address(request, write_filters(write.chosen));
    const bool whole = m_dice.chance(60);
    if (whole && m_dice.chance(50)) {
        prefer(request, "return=representation");
        write.reads = true;
    }
    if (whole) request.write = std::move(write);
    if (!whole) add_preferences(request);
    if (!whole && m_dice.chance(30)) mutate(request);
    return request;
}

Request RequestMaker::make_put(Request request) {
    const Table& table = *find_table(request.table);
    request.call.method = "PUT";
    json::object one = row(table);
    const std::string id = m_dice.chance(70) ? m_drafts.sample(table, table.columns.front())
                                             : "00000000-0000-4000-8000-0000000000aa";
    one["id"] = json::string(m_dice.chance(90) ? id : "00000000-0000-4000-8000-0000000000ab");
    add_preferences(request);
    write_body(request, {one});
    Parameters parameters = {{"id", "eq." + id}};
    if (m_dice.chance(10)) parameters.emplace_back("limit", "1");
    if (m_dice.chance(10)) parameters.emplace_back("name", "eq.x");
    address(request, parameters);
    if (m_dice.chance(12)) mutate(request);
    return request;
}

}  // namespace muster::differential
