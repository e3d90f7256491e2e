// Reads, wild requests and mutations; writes are in write_maker.cpp.
// SPDX-License-Identifier: Apache-2.0
#include "differential/request_maker.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"

namespace muster::differential {

namespace {

using Strings = std::vector<std::string>;

/// Corners of the grammar, of which the oracle knows no answer.
constexpr std::string_view wild_keys[] = {
    "select", "order",   "limit", "offset",        "and",      "or",        "not.and",
    "not.or", "columns", "name",  "on_conflict",   "metadata", "id",        "tags",
    "a.b.c",  "devices", "",      "devices.order", "details",  "x.limit",   "metadata->a->>b",
    "status", "user_id", "role",  "devices.or",    "tags->0",  "is_active", "created_at",
};

constexpr std::string_view wild_values[] = {
    "*",
    "*,*",
    "name,name",
    "count()",
    "id.count()",
    "name.max(),status",
    "name::int",
    "name::numeric",
    "metadata->count::int",
    "metadata->>mark::int",
    "created_at::date",
    "id::uuid[]",
    "metadata->mark->>x->y",
    "organizations(*,devices(*,device_events(*),organizations(*)))",
    "organizations!inner(devices!inner(id))",
    "...organizations(*)",
    "...devices(name)",
    "profiles(*)",
    "users(*)",
    "user_id(*)",
    "trust_evidence(*)",
    "network_memberships(*)",
    "auth.users(*)",
    "devices(id,id,id),a:devices(name),b:devices!inner(*)",
    "id,x:name,organizations()",
    "\"name\"",
    "name.desc.nullsfirst,id.asc",
    "metadata->count.desc",
    "metadata.asc,tags.desc",
    "organizations(name).desc",
    "name.sideways",
    "eq.1",
    "not.not.eq.1",
    "is.maybe",
    "is.true",
    "in.(1,2",
    "in.()",
    "in.(\"a\",b,\"\\\"\")",
    "like.***%_%%%_",
    "ilike.*ZQ*",
    "match.(a+)+$",
    "match.[",
    "imatch.^zq",
    "match.\\",
    "fts.word",
    "wfts(english).a b",
    "cs.{a,b}",
    "cs.{\"a\":1}",
    "cd.[",
    "ov.{",
    "sl.[1,2)",
    "adj.(1,2)",
    "eq(any).{a,b}",
    "eq(all).{}",
    "like(any).{*a*,NULL}",
    "gt.2026-01-01",
    "lt.infinity",
    "gte.2026-13-41T99:99:99Z",
    "eq.zz",
    "eq.00000000-0000-4000-8000-000000000000",
    "isdistinct.null",
    "(name.eq.1,or(id.eq.2,not.and(status.eq.x,os.is.null)))",
    "(name.eq.1",
    "(a.b.c.eq.1)",
    "(devices.not.is.null,name.like.*a*)",
    "()",
    "9223372036854775807",
    "-1",
    "99999999999999999999999",
    "1e3",
    "0",
    "id,name",
    "\"id\",\"name\"",
    "id",
    "fingerprint",
    "organization_id,tailscale_auth_key",
    std::string_view("a\0b", 3),
    "\xff\xfe",
    "''; DROP TABLE devices; --",
};

constexpr std::array<std::string_view, 28> tokens = {
    ".",    ",",   "(",    ")",   "\"",   "\\",      "->", "->>",   "::", "!",
    "...",  "*",   "not.", "eq.", "in.(", "is.null", "{",  "}",     "%",  "_",
    "and(", "or(", ":",    "0",   "-",    " ",       "é",  "!inner"};

}  // namespace

Request RequestMaker::make() {
    Request request;
    request.call.asker = m_dice.below(m_askers.size());
    request.table = m_dice.pick(exposed_tables()).name;
    // Most of what there is to see and to break hangs on devices.
    if (m_dice.chance(30)) request.table = "devices";
    const auto kind = m_dice.below(100);
    if (kind < 46) return make_read(std::move(request));
    if (kind < 58) return make_wild(std::move(request));
    if (kind < 74) return make_insert(std::move(request));
    if (kind < 81) return make_update(std::move(request));
    if (kind < 87) return make_temptation(std::move(request));
    if (kind < 93) return make_delete(std::move(request));
    if (kind < 96) return make_put(std::move(request));
    return make_other(std::move(request));
}

void RequestMaker::address(Request& request, const Parameters& parameters) {
    request.call.target = "/rest/v1/" + request.table;
    const std::string query = write_query(parameters);
    if (!query.empty()) request.call.target += "?" + query;
}

Request RequestMaker::make_read(Request request) {
    DraftedRead read;
    read.level = m_drafts.draft(*find_table(request.table));
    read.has_body = m_dice.chance(90);
    request.call.method = read.has_body ? "GET" : "HEAD";
    add_accept(request, read);
    address(request, write_parameters(read.level));
    add_range(request, read);
    static const Strings counts = {"count=exact", "count=planned", "count=estimated"};
    read.counts = m_dice.chance(40);
    if (read.counts) prefer(request, m_dice.pick(counts));
    if (m_dice.chance(10)) prefer(request, "handling=lenient, something=else");
    request.read = std::move(read);
    if (m_dice.chance(25)) mutate(request);
    return request;
}

void RequestMaker::add_accept(Request& request, DraftedRead& read) {
    const auto accept = [&](const std::string& type) {
        request.call.headers.emplace_back("Accept", type);
    };
    switch (m_dice.below(12)) {
        case 0: accept("application/vnd.pgrst.object+json"); break;
        case 1: accept("application/vnd.pgrst.object+json;nulls=stripped"); break;
        case 2: accept("application/vnd.pgrst.array+json;nulls=stripped"); break;
        case 3: accept("text/csv"); break;
        case 4: accept("application/json"); break;
        case 5: accept("*/*"); break;
        default: break;
    }
    if (request.call.headers.empty()) return;
    const std::string& type = request.call.headers.back().second;
    if (type.contains("object")) read.shape = Shape::object;
    if (type == "text/csv") read.shape = Shape::csv;
    read.strips_nulls = type.contains("stripped");
    // One row is found by its key more often than by chance.
    if (read.shape == Shape::object && m_dice.chance(70)) read.level.limit = 1;
}

/// Only of GET, and only together with no page of the query's own: their meeting is grammar's.
void RequestMaker::add_range(Request& request, DraftedRead& read) {
    Level& level = read.level;
    if (request.call.method != "GET" || level.limit || level.offset || !m_dice.chance(10)) return;
    const std::size_t first = m_dice.below(12);
    const std::size_t count = m_dice.between(1, 9);
    std::string range = std::to_string(first) + "-";
    level.offset = static_cast<std::int64_t>(first);
    if (m_dice.chance(80)) {
        range += std::to_string(first + count - 1);
        level.limit = static_cast<std::int64_t>(count);
    }
    request.call.headers.emplace_back("Range-Unit", "items");
    request.call.headers.emplace_back("Range", range);
}

void RequestMaker::prefer(Request& request, const std::string& preference) {
    for (auto& [name, value] : request.call.headers) {
        if (name != "Prefer") continue;
        value += ", " + preference;
        return;
    }
    request.call.headers.emplace_back("Prefer", preference);
}

void RequestMaker::add_preferences(Request& request) {
    static const Strings preferences = {
        "return=representation",
        "return=representation",
        "return=minimal",
        "return=headers-only",
        "missing=default",
        "missing=null",
        "count=exact",
        "resolution=ignore-duplicates",
        "resolution=merge-duplicates",
        "tx=rollback",
        "handling=strict",
        "handling=strict, max-affected=1",
        "timezone=UTC",
        "handling=strict, nonsense",
        "max-affected=2",
    };
    while (m_dice.chance(40)) prefer(request, m_dice.pick(preferences));
}

/// Embeds in embeds, back and forth: small to write, and large to answer.
std::string RequestMaker::deep_select(std::string_view table, std::size_t depth) {
    const auto links = links_from(table);
    if (depth == 0 || links.empty()) return "id";
    const Link& link = m_dice.pick(links);
    const std::string inner = m_dice.chance(20) ? "!inner" : "";
    return "id," + std::string(link.to) + inner + "(" + deep_select(link.to, depth - 1) + ")";
}

Request RequestMaker::make_wild(Request request) {
    static const Strings methods = {"GET", "GET", "GET", "GET", "HEAD", "PATCH", "DELETE", "POST"};
    static const Strings accepts = {"text/csv",
                                    "application/vnd.pgrst.object+json",
                                    "application/vnd.pgrst.plan+json",
                                    "image/png",
                                    "application/geo+json",
                                    "text/csv;q=0.1, application/json"};
    request.call.method = m_dice.pick(methods);
    Parameters parameters;
    const std::size_t count = m_dice.between(1, 4);
    if (m_dice.chance(50)) {
        parameters = write_parameters(m_drafts.draft(*find_table(request.table)));
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Table& table = *find_table(request.table);
        std::string_view key = m_dice.pick(wild_keys);
        if (m_dice.chance(40)) key = m_dice.pick(table.columns).name;
        if (m_dice.chance(25)) key = "select";
        parameters.emplace_back(key, m_dice.pick(wild_values));
    }
    if (m_dice.chance(10)) {
        parameters = {{"select", deep_select(request.table, m_dice.between(3, 17))}};
    }
    if (m_dice.chance(25)) request.call.headers.emplace_back("Accept", m_dice.pick(accepts));
    if (m_dice.chance(30)) add_preferences(request);
    if (m_dice.chance(5)) request.call.headers.emplace_back("Range", m_dice.pick(wild_values));
    if (m_dice.chance(5)) request.call.headers.emplace_back("Accept-Profile", "private");
    if (request.call.method == "PATCH" || request.call.method == "POST") {
        request.call.headers.emplace_back("Content-Type", "application/json");
        request.call.body = R"({"name":"wild"})";
    }
    address(request, parameters);
    if (m_dice.chance(40)) mutate(request);
    return request;
}

Request RequestMaker::make_other(Request request) {
    static const Strings methods = {"GET", "HEAD", "POST", "OPTIONS", "PATCH", "DELETE", "BREW"};
    static const Strings paths = {
        "/rest/v1/",
        "/rest/v1",
        "/rest/v1/users",
        "/rest/v1/rpc/get_user_role",
        "/rest/v1/sessions",
        "/rest/v1/rpc/nothing?a=1",
        "/rest/v1/devicez",
        "/rest/v1/device_events_archive",
        "/rest/v1/api_keys",
        "/rest/v1/network_jobs?select=*",
        "/rest/v1/column_types",
        "/rest/v1/sqlite_master",
        "/rest/v1/devices/1",
        "/rest/v1/%64evices?limit=3",
        "/rest/v1/trust_pins",
        "/rest/v1/signing_keys?select=*",
        "/rest/v1/DEVICES",
        "/rest/v1/devices%00",
        "/rest/v1/\xff",
        "/rest/v1/devices?select=*&limit=2",
    };
    request.call.method = m_dice.pick(methods);
    request.call.target = m_dice.pick(paths);
    if (request.call.target.contains("evices?")) request.table = "devices";
    if (request.call.method == "POST") request.call.body = "{}";
    if (m_dice.chance(20)) mutate(request);
    return request;
}

/// From here on nobody knows the right answer.
void RequestMaker::mutate(Request& request) {
    request.read.reset();
    request.write.reset();
    const auto question = request.call.target.find('?');
    const std::size_t times = m_dice.between(1, 3);
    for (std::size_t i = 0; i < times; ++i) {
        const auto what = m_dice.below(10);
        if (what == 0 && !request.call.headers.empty()) {
            mutate_text(request.call.headers[m_dice.below(request.call.headers.size())].second);
        } else if (what < 4 && !request.call.body.empty()) {
            mutate_text(request.call.body);
        } else if (question != std::string::npos) {
            std::string query = request.call.target.substr(question + 1);
            if (what < 7) query = base::decode_form(query).value_or(query);
            mutate_text(query);
            // What a client encodes, it encodes: all but the marks that part the parameters.
            std::string text;
            for (const char c : query) {
                const bool kept = c == '&' || c == '=' || c == '%' || c == '+';
                text += kept ? std::string(1, c) : base::encode_form(std::string_view(&c, 1));
            }
            request.call.target = request.call.target.substr(0, question + 1) + text;
        }
    }
}

void RequestMaker::mutate_text(std::string& text) {
    const std::size_t at = m_dice.below(text.size() + 1);
    const std::size_t length = std::min(m_dice.between(1, 6), text.size() - at);
    switch (m_dice.below(6)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, m_dice.pick(tokens)); break;
        case 2: text.insert(at, text.substr(m_dice.below(text.size() + 1), 12)); break;
        case 3: text.insert(at, m_dice.pick(wild_values)); break;
        case 4: text.insert(at, 1, static_cast<char>(m_dice.below(256))); break;
        default:
            if (at < text.size()) text[at] = static_cast<char>(m_dice.below(128));
            break;
    }
}

}  // namespace muster::differential
