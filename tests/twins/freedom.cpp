// Parameters of the query, Range, and what the ids of rows say.
// SPDX-License-Identifier: Apache-2.0
#include "twins/freedom.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.hpp"
#include "twins/rows.hpp"

namespace muster::twins {

namespace {

/// SQLite's server opens the key before it sorts, PostgreSQL's sorts what the database keeps: for
/// the service key an order by it is none.
constexpr std::string_view sealed_column = "tailscale_auth_key";

bool names_id(std::string_view order) {
    if (order.contains(sealed_column)) return false;
    while (!order.empty()) {
        const auto comma = order.find(',');
        const std::string_view term = order.substr(0, comma);
        if (term == "id" || term == "id.asc" || term == "id.desc") return true;
        order = comma == std::string_view::npos ? "" : order.substr(comma + 1);
    }
    return false;
}

bool path_names_history(std::string_view target) {
    return target.starts_with("/rest/v1/device_events") ||
           target.starts_with("/rest/v1/audit_logs");
}

bool has_range(const Step& step) {
    return std::ranges::any_of(step.headers,
                               [](const auto& header) { return header.first == "Range"; });
}

/// A parameter of the query: `profiles.limit=1` is the word "limit" of the level "profiles".
struct Parameter {
    std::string level;
    std::string word;
    std::string value;
};

std::vector<Parameter> parameters_of(std::string_view target) {
    std::vector<Parameter> parameters;
    const auto question = target.find('?');
    std::string_view query = question == std::string_view::npos ? "" : target.substr(question + 1);
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view part = query.substr(0, end);
        query = end == std::string_view::npos ? "" : query.substr(end + 1);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string name = base::decode_form(part.substr(0, equals)).value_or("");
        const auto dot = name.rfind('.');
        parameters.push_back({dot == std::string::npos ? "" : name.substr(0, dot),
                              dot == std::string::npos ? name : name.substr(dot + 1),
                              base::decode_form(part.substr(equals + 1)).value_or("")});
    }
    return parameters;
}

std::size_t whole_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// Of the outermost rows.
struct PageWish {
    bool continues = false;                 ///< rows before the first are left out
    std::optional<std::size_t> limit = {};  ///< of rows
};

PageWish page_wish_of(const Step& step) {
    PageWish wish;
    for (const Parameter& parameter : parameters_of(step.target)) {
        if (!parameter.level.empty()) continue;
        if (parameter.word == "cursor" || parameter.word == "offset") wish.continues = true;
        if (parameter.word != "limit") continue;
        const std::size_t number = whole_number(parameter.value);
        wish.limit = std::min(wish.limit.value_or(number), number);
    }
    if (has_range(step)) {
        wish.continues = true;
        wish.limit = 0;
    }
    return wish;
}

bool selects_id(std::string_view target) {
    for (const Parameter& parameter : parameters_of(target)) {
        if (!parameter.level.empty() || parameter.word != "select") continue;
        const std::string items = "," + parameter.value + ",";
        if (!items.contains(",id,") && !items.contains(",*,")) return false;
    }
    return true;
}

/// Rows of history have the order of their ids, but for those of one time: arrays() knows them by
/// the ids that JSON shows.
bool shows_times(const Step& step) {
    if (step.header("Accept").contains("csv") || !selects_id(step.target)) return false;
    for (const Parameter& parameter : parameters_of(step.target)) {
        if (!parameter.level.empty() || parameter.word != "order") continue;
        const std::string_view first =
            std::string_view(parameter.value).substr(0, parameter.value.find(','));
        if (first == "id" || first == "id.asc" || first == "id.desc") return true;
    }
    return false;
}

}  // namespace

bool is_table_request(const Step& step) {
    return step.target.starts_with("/rest/v1/");
}

RowFreedom freedom_of(const Step& step) {
    if (!is_table_request(step)) return {};
    std::set<std::string> ordered, paged;
    if (has_range(step)) paged.insert("");
    for (const Parameter& parameter : parameters_of(step.target)) {
        if (parameter.word == "order" && names_id(parameter.value)) ordered.insert(parameter.level);
        if (parameter.word == "limit" || parameter.word == "offset") paged.insert(parameter.level);
    }
    // A database makes the ids of history: their order is that in which its triggers fired.
    const bool has_ties = path_names_history(step.target);
    if (has_ties) std::erase_if(ordered, [](const auto& level) { return !level.empty(); });
    if (has_ties && !shows_times(step)) ordered.clear();
    RowFreedom freedom;
    freedom.order = !ordered.contains("") || (step.method != "GET" && step.method != "HEAD");
    freedom.page = !std::ranges::includes(ordered, paged);
    const PageWish wish = page_wish_of(step);
    const bool is_cut_inside = std::ranges::any_of(paged, [&](const std::string& level) {
        return !level.empty() && !ordered.contains(level);
    });
    if (!wish.continues && !is_cut_inside) freedom.whole_below = wish.limit.value_or(0);
    return freedom;
}

Edges edges_of(const Step& step, const json::value& body) {
    const json::array* const rows = rows_of(body);
    if (!rows) return {};
    const PageWish wish = page_wish_of(step);
    Edges edges{.front = wish.continues, .back = wish.limit && rows->size() >= *wish.limit};
    if (const json::object* const object = body.if_object()) {
        edges.back = !object->at("next_cursor").is_null();
    }
    return edges;
}

}  // namespace muster::twins
