// JSON is compared as values: the order of members says nothing, 1 and 1.0 are one number.
// SPDX-License-Identifier: Apache-2.0
#include "twins/comparison.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "twins/known_differences.hpp"

namespace muster::twins {

namespace {

constexpr std::size_t shown_length = 600;

std::string shown(std::string_view text) {
    if (text.size() <= shown_length) return std::string(text);
    return std::string(text.substr(0, shown_length)) + "...";
}

bool is_object_list(const json::array& list) {
    return std::ranges::all_of(list, [](const json::value& item) { return item.is_object(); });
}

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

std::optional<double> number_of(const json::value& value) {
    if (value.is_int64()) return static_cast<double>(value.get_int64());
    if (value.is_uint64()) return static_cast<double>(value.get_uint64());
    if (value.is_double()) return value.get_double();
    return std::nullopt;
}

std::vector<std::string> lines_of(const Names& names, std::string_view text, Side side) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(names.masked(text.substr(0, end), side));
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
    }
    std::ranges::sort(lines);
    return lines;
}

/// Of the row's id, if a database made it.
std::string_view time_of_row(const json::value& row) {
    const json::object* const object = row.if_object();
    const json::value* const id = object ? object->if_contains("id") : nullptr;
    return id && id->is_string() ? time_of_making(id->get_string()) : std::string_view();
}

/// Behind the rows that were made when row `begin` was.
std::size_t end_of_ties(const json::array& rows, std::size_t begin) {
    std::size_t end = begin + 1;
    const std::string_view time = time_of_row(rows[begin]);
    while (!time.empty() && end < rows.size() && time_of_row(rows[end]) == time) ++end;
    return end;
}

json::array part_of(const json::array& rows, std::size_t begin, std::size_t end) {
    json::array part;
    for (std::size_t i = begin; i < end; ++i) part.push_back(rows[i]);
    return part;
}

bool is_same_time(const json::value& first, const json::value& second) {
    if (!first.is_string() || !second.is_string()) return false;
    const std::string_view time = time_of_making(first.get_string());
    return !time.empty() && time == time_of_making(second.get_string());
}

/// A JSON body, or nothing.
std::optional<json::value> parse_body(const Answer& answer) {
    if (!answer.content_type.contains("json") || answer.body.empty()) return std::nullopt;
    boost::system::error_code error;
    json::value value = json::parse(answer.body, error);
    return error ? std::nullopt : std::optional(std::move(value));
}

}  // namespace

RowFreedom freedom_of(const Step& step) {
    if (!step.target.starts_with("/rest/v1/")) return {};
    std::set<std::string> ordered, paged;
    if (has_range(step)) paged.insert("");
    std::string_view query = step.target;
    const auto question = query.find('?');
    query = question == std::string_view::npos ? "" : query.substr(question + 1);
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view part = query.substr(0, end);
        query = end == std::string_view::npos ? "" : query.substr(end + 1);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string name = base::decode_form(part.substr(0, equals)).value_or("");
        const std::string value = base::decode_form(part.substr(equals + 1)).value_or("");
        const auto dot = name.rfind('.');
        const std::string level = dot == std::string::npos ? "" : name.substr(0, dot);
        const std::string word = dot == std::string::npos ? name : name.substr(dot + 1);
        if (word == "order" && names_id(value)) ordered.insert(level);
        if (word == "limit" || word == "offset") paged.insert(level);
    }
    // A database makes the ids of history: their order is that in which its triggers fired.
    if (path_names_history(step.target)) ordered.clear();
    RowFreedom freedom;
    freedom.order = !ordered.contains("") || (step.method != "GET" && step.method != "HEAD");
    freedom.page = !std::ranges::includes(ordered, paged);
    return freedom;
}

void Comparison::blame(std::string_view kind, std::string_view where, std::string_view first,
                       std::string_view second) {
    m_faults.push_back(fmt::format("{}: {}: {} | {}", kind, where, shown(first), shown(second)));
}

std::vector<std::string> Comparison::answers(const Step& step, const Answer& first,
                                             const Answer& second) {
    m_faults.clear();
    m_kind = "body";
    m_frees_inner = step.target.starts_with("/rest/v1/");
    if (!first.thrown.empty() || !second.thrown.empty()) {
        blame("broken", "thrown", first.thrown, second.thrown);
        return std::exchange(m_faults, {});
    }
    if (is_known(step, first, second)) return {};
    if (first.status != second.status) {
        blame("status", step.target, std::to_string(first.status), std::to_string(second.status));
    }
    if (first.content_type != second.content_type) {
        blame("header", "Content-Type", first.content_type, second.content_type);
    }
    headers(first, second);
    body(step, first, second);
    letters(first, second);
    return std::exchange(m_faults, {});
}

void Comparison::headers(const Answer& first, const Answer& second) {
    auto ones = first.headers;
    auto others = second.headers;
    for (auto* const list : {&ones, &others}) {
        std::ranges::sort(*list, {}, [](const net::Header& header) {
            return std::tie(header.name, header.value);
        });
    }
    for (std::size_t i = 0; i < std::max(ones.size(), others.size()); ++i) {
        const net::Header one = i < ones.size() ? ones[i] : net::Header();
        const net::Header other = i < others.size() ? others[i] : net::Header();
        if (one.name == other.name && m_names.match_texts(one.value, other.value)) continue;
        blame("header", one.name + " / " + other.name, one.value, other.value);
        return;
    }
}

void Comparison::body(const Step& step, const Answer& first, const Answer& second) {
    const RowFreedom freedom = freedom_of(step);
    const auto one = parse_body(first);
    const auto other = parse_body(second);
    if (!one || !other) return text_body(freedom, first, second);
    if (freedom.page && one->is_array() && other->is_array()) {
        const auto ones = one->get_array().size();
        const auto others = other->get_array().size();
        if (ones != others) blame("body", "rows", std::to_string(ones), std::to_string(others));
        return;
    }
    if (freedom.page && first.status < 300) return;
    values("$", *one, *other, freedom.order);
}

void Comparison::text_body(const RowFreedom& freedom, const Answer& first, const Answer& second) {
    if (freedom.page && first.status < 300) return;
    const std::string one = respelled_cells(first.body);
    const std::string other = respelled_cells(second.body);
    const bool same = freedom.order ? lines_of(m_names, one, Side::first) ==
                                          lines_of(m_names, other, Side::second)
                                    : m_names.match_texts(one, other);
    if (!same) blame("body", "text", first.body, second.body);
}

void Comparison::letters(const Answer& first, const Answer& second) {
    if (first.letters.size() != second.letters.size()) {
        blame("letters", "count", std::to_string(first.letters.size()),
              std::to_string(second.letters.size()));
        return;
    }
    for (std::size_t i = 0; i < first.letters.size(); ++i) {
        const Letter& one = first.letters[i];
        const Letter& other = second.letters[i];
        if (one.to == other.to && m_names.match_texts(one.text, other.text)) continue;
        blame("letters", one.to + " / " + other.to, one.text, other.text);
    }
}

void Comparison::values(const std::string& where, const json::value& first,
                        const json::value& second, bool free) {
    if (first.is_object() && second.is_object()) {
        return objects(where, first.get_object(), second.get_object());
    }
    if (first.is_array() && second.is_array()) {
        return arrays(where, first.get_array(), second.get_array(), free);
    }
    if (first.is_string() && second.is_string()) {
        const std::string_view one = first.get_string();
        const std::string_view other = second.get_string();
        if (!m_names.match_texts(one, other)) blame(m_kind, where, one, other);
        return;
    }
    const auto one = number_of(first);
    const auto other = number_of(second);
    if (one && other ? *one == *other : first == second) return;
    blame(m_kind, where, json::serialize(first), json::serialize(second));
}

void Comparison::objects(const std::string& where, const json::object& first,
                         const json::object& second) {
    for (const auto& member : first) {
        const json::value* const other = second.if_contains(member.key());
        const std::string place = where + "." + std::string(member.key());
        if (member.key() == "next_cursor" && other && is_same_time(member.value(), *other)) {
            continue;
        }
        if (!other) {
            blame(m_kind, place, json::serialize(member.value()), "(absent)");
        } else {
            values(place, member.value(), *other, m_frees_inner);
        }
    }
    for (const auto& member : second) {
        if (first.contains(member.key())) continue;
        blame(m_kind, where + "." + std::string(member.key()), "(absent)",
              json::serialize(member.value()));
    }
}

void Comparison::arrays(const std::string& where, json::array first, json::array second,
                        bool free) {
    if (first.size() != second.size()) {
        blame(m_kind, where, json::serialize(first), json::serialize(second));
        return;
    }
    if (free && is_object_list(first) && is_object_list(second)) {
        sort(first, Side::first);
        sort(second, Side::second);
    }
    for (std::size_t i = 0; i < first.size();) {
        const std::size_t end = free ? i + 1 : end_of_ties(first, i);
        if (!free && !time_of_row(first[i]).empty() && end <= end_of_ties(second, i)) {
            ties(fmt::format("{}[{}..]", where, i), part_of(first, i, end), part_of(second, i, end),
                 i == 0 || end == first.size());
        } else {
            values(fmt::format("{}[{}]", where, i), first[i], second[i], m_frees_inner);
        }
        i = end;
    }
}

void Comparison::ties(const std::string& where, json::array first, json::array second,
                      bool at_edge) {
    sort(first, Side::first);
    sort(second, Side::second);
    const bool alike = masked(first, Side::first) == masked(second, Side::second);
    if (!alike && at_edge && time_of_row(first[0]) == time_of_row(second[0])) return;
    for (std::size_t i = 0; i < first.size(); ++i)
        values(where, first[i], second[i], m_frees_inner);
}

/// Rows that are alike but for ids that nobody has matched yet stay in the order of their making.
void Comparison::sort(json::array& rows, Side side) const {
    std::vector<std::pair<std::string, std::size_t>> order;
    for (std::size_t i = 0; i < rows.size(); ++i) order.emplace_back(masked(rows[i], side), i);
    std::ranges::sort(order);
    json::array sorted;
    for (const auto& entry : order) sorted.push_back(std::move(rows[entry.second]));
    rows = std::move(sorted);
}

/// Alike on both sides, members and rows sorted.
std::string Comparison::masked(const json::value& value, Side side) const {
    if (value.is_string()) return "'" + m_names.masked(value.get_string(), side) + "'";
    if (const auto number = number_of(value)) return fmt::format("{}", *number);
    std::vector<std::string> parts;
    if (const json::array* const list = value.if_array()) {
        for (const json::value& item : *list) parts.push_back(masked(item, side));
        if (is_object_list(*list)) std::ranges::sort(parts);
    } else if (const json::object* const object = value.if_object()) {
        for (const auto& member : *object) {
            parts.push_back(std::string(member.key()) + "=" + masked(member.value(), side));
        }
        std::ranges::sort(parts);
    } else {
        return json::serialize(value);
    }
    return fmt::format("({})", fmt::join(parts, ","));
}

std::vector<std::string> Comparison::tables(const Tables& first, const Tables& second) {
    m_faults.clear();
    std::set<std::string> names;
    for (const auto* const side : {&first, &second}) {
        for (const auto& [name, rows] : *side) names.insert(name);
    }
    m_kind = "tables";
    m_frees_inner = true;
    for (const std::string& name : names) {
        const auto one = first.find(name);
        const auto other = second.find(name);
        json::array ones, others;
        for (json::object row : one == first.end() ? std::vector<json::object>() : one->second) {
            hide_known(name, row);
            ones.push_back(std::move(row));
        }
        for (json::object row :
             other == second.end() ? std::vector<json::object>() : other->second) {
            hide_known(name, row);
            others.push_back(std::move(row));
        }
        arrays(name, std::move(ones), std::move(others), true);
    }
    return std::exchange(m_faults, {});
}

}  // namespace muster::twins
