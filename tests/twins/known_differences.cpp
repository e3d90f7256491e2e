// The table of exceptions.
// SPDX-License-Identifier: Apache-2.0
#include "twins/known_differences.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"

namespace muster::twins {

namespace {

constexpr std::string_view table_api = "/rest/v1/";
constexpr std::string_view grammar_code = "PGRST100";
constexpr std::string_view timeout_code = "57014";
/// Fewer levels of a selection SQLite's parser always takes.
constexpr std::size_t deep_levels = 8;

std::string code_of(const Answer& answer) {
    const std::string status = answer.header("Proxy-Status");
    const auto equals = status.rfind('=');
    return equals == std::string::npos ? std::string() : status.substr(equals + 1);
}

std::size_t levels_of(std::string_view target) {
    std::size_t level = 0;
    std::size_t most = 0;
    for (const char c : base::decode_form(target).value_or("")) {
        if (c == '(') most = std::max(most, ++level);
        if (c == ')' && level > 0) --level;
    }
    return most;
}

/// SQLite's parser goes so deep and no deeper; PostgreSQL answers the same request, or runs out of
/// time over it.
bool is_too_deep(const Step& step, const Answer& first, const Answer& second) {
    if (!step.target.starts_with(table_api)) return false;
    if (first.status != 400 || code_of(first) != grammar_code) return false;
    const bool is_late = code_of(second) == timeout_code;
    if (code_of(second) == grammar_code || (second.status >= 500 && !is_late)) return false;
    // A HEAD has only the code, which is that of a fault of grammar too.
    if (step.method == "HEAD") return levels_of(step.target) >= deep_levels;
    return first.body.contains("nested too deeply");
}

bool is_write(const Step& step) {
    constexpr std::string_view methods[] = {"POST", "PATCH", "PUT", "DELETE"};
    return step.target.starts_with(table_api) &&
           std::ranges::find(methods, step.method) != std::end(methods);
}

/// What a policy, a guard or a constraint says when it refuses a write.
struct Refusal {
    std::string code;
    std::string message;
};

std::optional<Refusal> parse_refusal(const Answer& answer) {
    struct Row {
        std::string_view code;
        std::initializer_list<unsigned> statuses;
    };
    static constexpr Row rows[] = {
        {"42501", {401, 403}}, {"23502", {400}}, {"23503", {409}},
        {"23505", {409}},      {"23514", {400}},
    };
    boost::system::error_code error;
    const json::value body = json::parse(answer.body, error);
    if (error || !body.is_object() || body.get_object().size() != 4) return std::nullopt;
    const json::value* const code = body.get_object().if_contains("code");
    const json::value* const message = body.get_object().if_contains("message");
    if (!code || !message || !code->is_string() || !message->is_string()) return std::nullopt;
    const bool is_listed = std::ranges::any_of(rows, [&](const Row& row) {
        return row.code == code->get_string() &&
               std::ranges::find(row.statuses, answer.status) != row.statuses.end();
    });
    if (!is_listed || code_of(answer) != code->get_string()) return std::nullopt;
    return Refusal{std::string(code->get_string()), std::string(message->get_string())};
}

/// Which of several reasons is named. PostgreSQL asks its triggers first, then policies, then
/// constraints, row by row; SQLite its constraints first, and its server the policies of all rows.
/// That neither wrote anything is seen when the tables are compared.
bool is_refused_twice(const Step& step, const Answer& first, const Answer& second) {
    if (!is_write(step)) return false;
    const auto one = parse_refusal(first);
    const auto other = parse_refusal(second);
    if (!one || !other) return false;
    if (one->code != other->code) return true;
    return one->message != other->message && first.status == second.status;
}

constexpr KnownDifference known_differences[] = {
    {"a write that several rules forbid is refused for any of them",
     KnownDifference::Extent::reason, &is_refused_twice},
    {"SQLite's parser takes expressions of 1000 levels, PostgreSQL's has no such limit",
     KnownDifference::Extent::answer, &is_too_deep},
};

struct HiddenColumn {
    std::string_view table;
    std::string_view column;
    std::string_view why;
};

constexpr HiddenColumn hidden_columns[] = {
    {"users", "encrypted_password", "libsodium draws the salt from its own source"},
};

/// Those that are alike keep their order.
void sort_by(std::vector<std::string>& parts, const Mask& masked) {
    std::vector<std::pair<std::string, std::size_t>> order;
    for (std::size_t i = 0; i < parts.size(); ++i) order.emplace_back(masked(parts[i]), i);
    std::ranges::sort(order);
    std::vector<std::string> sorted;
    for (const auto& entry : order) sorted.push_back(std::move(parts[entry.second]));
    parts = std::move(sorted);
}

std::string spelled(const json::value& value, const Mask& masked) {
    std::vector<std::string> parts;
    if (const json::object* const object = value.if_object()) {
        for (const auto& member : *object) {
            parts.push_back(std::string(member.key()) + ": " + spelled(member.value(), masked));
        }
        std::ranges::sort(parts);
    } else if (const json::array* const list = value.if_array()) {
        for (const json::value& item : *list) parts.push_back(spelled(item, masked));
        const bool has_rows =
            std::ranges::all_of(*list, [](const json::value& item) { return item.is_object(); });
        if (has_rows) sort_by(parts, masked);
    } else {
        return json::serialize(value);
    }
    return fmt::format("({})", fmt::join(parts, ", "));
}

}  // namespace

std::string respelled(std::string_view text, const Mask& masked) {
    if (!text.starts_with('{') && !text.starts_with('[')) return std::string(text);
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    return error ? std::string(text) : spelled(value, masked);
}

std::string respelled_cells(std::string_view csv, const Mask& masked) {
    std::string text;
    while (!csv.empty()) {
        if (!csv.starts_with("\"{") && !csv.starts_with("\"[")) {
            text += csv.front();
            csv.remove_prefix(1);
            continue;
        }
        std::string cell;
        csv.remove_prefix(1);
        while (!csv.empty() && (csv.front() != '"' || csv.starts_with("\"\""))) {
            if (csv.front() == '"' || csv.starts_with(R"(\\)")) csv.remove_prefix(1);
            cell += csv.front();
            csv.remove_prefix(1);
        }
        if (!csv.empty()) csv.remove_prefix(1);
        text += respelled(cell, masked);
    }
    return text;
}

const KnownDifference* find_known(const Step& step, const Answer& first, const Answer& second) {
    const auto* const found = std::ranges::find_if(
        known_differences,
        [&](const KnownDifference& known) { return known.allows(step, first, second); });
    return found == std::end(known_differences) ? nullptr : found;
}

std::vector<std::string_view> known_reasons() {
    std::vector<std::string_view> reasons;
    for (const KnownDifference& known : known_differences) reasons.push_back(known.why);
    return reasons;
}

Answer without_reason(Answer answer) {
    answer.status = 400;
    answer.body.clear();
    std::erase_if(answer.headers, [](const net::Header& header) {
        return header.name == "Proxy-Status" || header.name == "WWW-Authenticate";
    });
    return answer;
}

void hide_known(const std::string& table, json::object& row) {
    for (const HiddenColumn& hidden : hidden_columns) {
        if (hidden.table != table) continue;
        json::value& cell = row[hidden.column];
        if (!cell.is_null()) cell = "(something)";
    }
}

}  // namespace muster::twins
