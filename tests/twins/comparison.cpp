// JSON is compared as values: the order of members says nothing, 1 and 1.0 are one number.
// SPDX-License-Identifier: Apache-2.0
#include "twins/comparison.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "twins/known_differences.hpp"
#include "twins/rows.hpp"

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

json::array part_of(const json::array& rows, std::size_t begin, std::size_t end) {
    json::array part;
    for (std::size_t i = begin; i < end; ++i) part.push_back(rows[i]);
    return part;
}

/// A cursor is the last row's id.
bool names_last_row(const json::object& page, const json::value& cursor) {
    for (const auto& member : page) {
        const json::array* const rows = member.value().if_array();
        if (!rows || rows->empty() || !rows->back().is_object()) continue;
        const json::value* const id = rows->back().get_object().if_contains("id");
        if (id && *id == cursor) return true;
    }
    return false;
}

}  // namespace

void Comparison::blame(std::string_view kind, std::string_view where, std::string_view first,
                       std::string_view second) {
    m_faults.push_back(fmt::format("{}: {}: {} | {}", kind, where, shown(first), shown(second)));
}

std::vector<std::string> Comparison::answers(const Step& step, const Answer& first,
                                             const Answer& second) {
    m_faults.clear();
    m_kind = "body";
    m_frees_inner = is_table_request(step);
    m_strips_nulls = step.header("Accept").contains("nulls=stripped");
    if (!first.thrown.empty() || !second.thrown.empty()) {
        blame("broken", "thrown", first.thrown, second.thrown);
        return std::exchange(m_faults, {});
    }
    if (const KnownDifference* const known = find_known(step, first, second)) {
        ++m_uses[known->why];
        if (known->extent == KnownDifference::Extent::answer) return {};
        frames(step, without_reason(first), without_reason(second));
        return std::exchange(m_faults, {});
    }
    frames(step, first, second);
    body(step, first, second);
    return std::exchange(m_faults, {});
}

/// What is around a body.
void Comparison::frames(const Step& step, const Answer& first, const Answer& second) {
    if (first.status != second.status) {
        blame("status", step.target, std::to_string(first.status), std::to_string(second.status));
    }
    if (first.content_type != second.content_type) {
        blame("header", "Content-Type", first.content_type, second.content_type);
    }
    headers(first, second);
    letters(first, second);
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
    m_edges = edges_of(step, *one);
    const bool is_part = freedom.page && first.status < 300 &&
                         !(one->is_array() && one->get_array().size() < freedom.whole_below);
    if (is_part) return shapes(*one, *other);
    values("$", *one, *other, freedom.order);
}

/// Any rows: what they have in common, and how many there are.
void Comparison::shapes(const json::value& first, const json::value& second) {
    if (first.kind() != second.kind()) {
        return blame("body", "kind", json::serialize(first), json::serialize(second));
    }
    if (first.is_array() && first.get_array().size() != second.get_array().size()) {
        return blame("body", "rows", std::to_string(first.get_array().size()),
                     std::to_string(second.get_array().size()));
    }
    const auto ones = members_of(first);
    const auto others = members_of(second);
    if (ones == others || m_strips_nulls) return;
    blame("body", "members", fmt::format("{}", fmt::join(ones, ",")),
          fmt::format("{}", fmt::join(others, ",")));
}

void Comparison::text_body(const RowFreedom& freedom, const Answer& first, const Answer& second) {
    if (freedom.page && first.status < 300) return text_page(freedom, first, second);
    const auto masks_of = [this](Side side) {
        return [this, side](std::string_view text) { return m_names.masked(text, side); };
    };
    const std::string one = respelled_cells(first.body, masks_of(Side::first));
    const std::string other = respelled_cells(second.body, masks_of(Side::second));
    const bool same = freedom.order ? lines_of(m_names, one, Side::first) ==
                                          lines_of(m_names, other, Side::second)
                                    : m_names.match_texts(one, other);
    if (!same) blame("body", "text", first.body, second.body);
}

/// The first record is the header.
void Comparison::text_page(const RowFreedom& freedom, const Answer& first, const Answer& second) {
    const auto ones = records_of(first.body);
    const auto others = records_of(second.body);
    const bool alike =
        ones.size() == others.size() && (ones.empty() || ones.front() == others.front());
    if (!alike) return blame("body", "text", first.body, second.body);
    if (ones.size() <= freedom.whole_below) {
        text_body({.order = freedom.order}, first, second);
    }
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
        const bool is_cursor = member.key() == "next_cursor" && other && other->is_string();
        const bool is_last = is_cursor && names_last_row(first, member.value());
        if (is_cursor && is_last != names_last_row(second, *other)) {
            blame(m_kind, place, json::serialize(member.value()), json::serialize(*other));
        }
        if (is_last) continue;
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
    const bool is_outer = !where.contains('[');
    for (std::size_t i = 0; i < first.size();) {
        const std::size_t end = free ? i + 1 : end_of_ties(first, i);
        if (!free && !time_of_row(first[i]).empty() && end <= end_of_ties(second, i)) {
            const bool is_cut =
                is_outer && ((i == 0 && m_edges.front) || (end == first.size() && m_edges.back));
            ties(fmt::format("{}[{}..]", where, i), part_of(first, i, end), part_of(second, i, end),
                 is_cut);
        } else {
            values(fmt::format("{}[{}]", where, i), first[i], second[i], m_frees_inner);
        }
        i = end;
    }
}

void Comparison::ties(const std::string& where, json::array first, json::array second,
                      bool is_cut) {
    if (is_cut) {
        const auto ones = names_of(first, Side::first);
        const auto others = names_of(second, Side::second);
        leave_out_strangers(first, Side::first, others);
        leave_out_strangers(second, Side::second, ones);
    }
    sort(first, Side::first);
    sort(second, Side::second);
    if (first.size() != second.size()) {
        blame(m_kind, where, json::serialize(first), json::serialize(second));
        return;
    }
    for (std::size_t i = 0; i < first.size(); ++i) {
        values(where, first[i], second[i], m_frees_inner);
    }
}

/// Of the rows' ids; an id that nobody has matched yet has none.
std::set<std::string> Comparison::names_of(const json::array& rows, Side side) const {
    std::set<std::string> names;
    for (const json::value& row : rows) names.insert(m_names.masked(id_of_row(row), side));
    return names;
}

/// A page's edge leaves rows of one time out, on each side others. Those that are matched say by
/// their names which they are.
void Comparison::leave_out_strangers(json::array& rows, Side side,
                                     const std::set<std::string>& others) const {
    json::array kept;
    for (json::value& row : rows) {
        const std::string_view id = id_of_row(row);
        if (!m_names.knows(id, side) || others.contains(m_names.masked(id, side))) {
            kept.push_back(std::move(row));
        }
    }
    rows = std::move(kept);
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
