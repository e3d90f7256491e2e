// Headers, query string and body, in the order in which PostgREST complains.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/table_request.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/encoding.hpp"
#include "rest/parser.hpp"

namespace muster::api {

namespace {

using rest::fail;

Verb verb_of(std::string_view method) {
    if (method == "POST") return Verb::insert;
    if (method == "PATCH") return Verb::update;
    if (method == "PUT") return Verb::upsert_one;
    if (method == "DELETE") return Verb::remove;
    return Verb::read;
}

std::unexpected<rest::Failure> bad_range(std::string_view details) {
    return fail("PGRST103", "Requested range not satisfiable", boost::json::string(details));
}

/// Range: 0-24 or 10-, in rows. Anything else is not ours to honour (RFC 9110 section 14.2), and
/// of nothing there is no part.
rest::Result<void> apply_range(std::string_view header, rest::Level& level) {
    if (level.limit == 0) return {};
    std::int64_t first = 0;
    std::int64_t last = 0;
    const char* const end = header.data() + header.size();
    const auto [dash, error] = std::from_chars(header.data(), end, first);
    if (error != std::errc{} || dash == end || *dash != '-' || first < 0) return {};
    const auto [rest, none] = std::from_chars(dash + 1, end, last);
    const bool open_ended = dash + 1 == end;
    if (!open_ended && (none != std::errc{} || rest != end)) return {};
    if (!open_ended && last < first) {
        return bad_range(
            "The lower boundary must be lower than or equal to the upper boundary in the Range "
            "header.");
    }
    constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();
    const std::int64_t stop = open_ended || last == no_end ? no_end : last + 1;
    const std::int64_t level_stop =
        level.limit && *level.limit < no_end - level.offset ? level.offset + *level.limit : no_end;
    level.offset = std::max(level.offset, first);
    const std::int64_t nearest = std::min(stop, level_stop);
    if (nearest <= level.offset) {
        return bad_range("Limit should be greater than or equal to zero.");
    }
    if (nearest != no_end) level.limit = nearest - level.offset;
    return {};
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The gateway's part of a query is not the table's.
Parameters table_parameters(const net::Request& request) {
    Parameters parameters = rest::parse_parameters(request.query);
    std::erase_if(parameters, [](const auto& each) { return each.first == "apikey"; });
    return parameters;
}

/// By name, so that the same question has the same place.
std::string canonical_query(const Parameters& parameters) {
    const std::multimap<std::string, std::string> by_name(parameters.begin(), parameters.end());
    std::string query;
    for (const auto& [name, value] : by_name) {
        query += query.empty() ? "?" : "&";
        query += base::encode_form(name) + "=" + base::encode_form(value);
    }
    return query;
}

rest::Result<void> read_query(const net::Request& request, std::string_view relation,
                              TableRequest& table) {
    const Parameters parameters = table_parameters(request);
    auto query = rest::parse_query(parameters);
    if (!query) return std::unexpected(query.error());
    table.query = std::move(*query);
    table.location = "/" + std::string(relation) + canonical_query(parameters);
    if (request.method != "GET") return {};
    return apply_range(request.header("Range"), table.query.level);
}

rest::Result<void> read_body(const net::Request& request, TableRequest& table) {
    const auto type = parse_body_type(request.header("Content-Type"));
    if (!type) return std::unexpected(type.error());
    const Keys keys = table.query.has_columns ? Keys::may_differ : Keys::uniform;
    auto rows = parse_rows(request.body, *type, keys);
    if (!rows) return std::unexpected(rows.error());
    table.rows = std::move(*rows);
    table.columns = table.query.has_columns ? table.query.columns : table.rows.columns;
    return {};
}

}  // namespace

rest::Result<void> check_profile(const net::Request& request) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const std::string_view profile = request.header(reads ? "Accept-Profile" : "Content-Profile");
    if (profile.empty() || profile == "public") return {};
    return fail("PGRST106", "Invalid schema: " + std::string(profile), nullptr,
                "Only the following schemas are exposed: public");
}

rest::Result<TableRequest> read_table_request(const net::Request& request,
                                              const rest::Access& access,
                                              std::string_view relation) {
    TableRequest table;
    table.verb = verb_of(request.method);
    auto preferences = parse_preferences(request.headers);
    if (!preferences) return std::unexpected(preferences.error());
    table.preferences = std::move(*preferences);
    if (auto known = check_profile(request); !known) return std::unexpected(known.error());
    const auto media = negotiate(request.headers, table_media_types());
    if (!media) return std::unexpected(media.error());
    table.media = *media;
    if (auto read = read_query(request, relation, table); !read)
        return std::unexpected(read.error());
    const bool has_body = table.verb != Verb::read && table.verb != Verb::remove;
    if (has_body) {
        if (auto read = read_body(request, table); !read) return std::unexpected(read.error());
    }
    const auto found = access.find_relation(relation);
    if (!found) return std::unexpected(found.error());
    table.relation = *found;
    return table;
}

}  // namespace muster::api
