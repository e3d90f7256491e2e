// The query string: each parameter by its key, then everything to the level that it is for.
// SPDX-License-Identifier: Apache-2.0
#include "rest/parser.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "rest/field_parser.hpp"
#include "rest/filter_parser.hpp"
#include "rest/logic_parser.hpp"
#include "rest/order_parser.hpp"
#include "rest/page_parser.hpp"
#include "rest/query_limits.hpp"
#include "rest/select_parser.hpp"

namespace muster::rest {
namespace {

using Names = std::vector<std::string>;

/// Something for the level that its embeds lead to.
template <class Value>
struct Addressed {
    Names embeds;
    Value value;
};

/// The parameters after parsing, before it is known which level each is for.
struct Parts {
    std::vector<Addressed<std::vector<OrderTerm>>> orders = {};
    std::vector<LogicParameter> logic = {};
    std::vector<Addressed<Condition>> filters = {};
};

enum class Kind { select, columns, on_conflict, order, limit, offset, logic, filter };

Kind kind_of(std::string_view key) {
    if (key == "select") return Kind::select;
    if (key == "columns") return Kind::columns;
    if (key == "on_conflict") return Kind::on_conflict;
    const std::string_view last = key.substr(key.rfind('.') + 1);
    if (last == "order") return Kind::order;
    if (last == "limit") return Kind::limit;
    if (last == "offset") return Kind::offset;
    return is_logic_key(key) ? Kind::logic : Kind::filter;
}

/// Percent signs that encode nothing are encoded themselves.
std::string mend_percents(std::string_view text) {
    const auto is_hex = [](char c) {
        const char lower = static_cast<char>(c | 0x20);
        return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
    };
    std::string mended;
    for (std::size_t i = 0; i < text.size(); ++i) {
        mended += text[i];
        if (text[i] != '%') continue;
        if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) mended += "25";
    }
    return mended;
}

std::string decode(std::string_view text) {
    return base::decode_form(mend_percents(text)).value();
}

/// PostgreSQL takes no such text, and says so before it looks at anything else.
Result<void> check_text(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = base::utf8_front(text);
        if (length == 0 || text.front() == '\0') {
            return fail("22021",
                        fmt::format("invalid byte sequence for encoding \"UTF8\": 0x{:02x}",
                                    static_cast<unsigned char>(text.front())));
        }
        text.remove_prefix(length);
    }
    return {};
}

Result<void> check_parameters(Parameters parameters) {
    if (parameters.size() > parameters_max) {
        return fail("PGRST100", fmt::format("more than {} parameters", parameters_max));
    }
    for (const auto& [key, value] : parameters) {
        if (auto checked = check_text(key); !checked) return checked;
        if (auto checked = check_text(value); !checked) return checked;
    }
    return {};
}

const std::string* find_first(Parameters parameters, Kind kind) {
    const auto found = std::ranges::find_if(
        parameters, [&](const auto& parameter) { return kind_of(parameter.first) == kind; });
    return found == parameters.end() ? nullptr : &found->second;
}

Result<void> parse_orders(Parameters parameters, Parts& parts) {
    for (const auto& [key, value] : parameters) {
        if (kind_of(key) != Kind::order) continue;
        auto path = parse_path(key);
        if (!path) return std::unexpected(std::move(path.error()));
        auto terms = parse_order(value);
        if (!terms) return std::unexpected(std::move(terms.error()));
        parts.orders.push_back({std::move(path->embeds), std::move(*terms)});
    }
    return {};
}

Result<void> parse_logic_trees(Parameters parameters, Parts& parts) {
    for (const auto& [key, value] : parameters) {
        if (kind_of(key) != Kind::logic) continue;
        auto tree = parse_logic(key, value);
        if (!tree) return std::unexpected(std::move(tree.error()));
        parts.logic.push_back(std::move(*tree));
    }
    return {};
}

Result<void> parse_filters(Parameters parameters, Parts& parts) {
    for (const auto& [key, value] : parameters) {
        if (kind_of(key) != Kind::filter) continue;
        auto path = parse_path(key);
        if (!path) return std::unexpected(std::move(path.error()));
        auto condition = parse_filter(value);
        if (!condition) return std::unexpected(std::move(condition.error()));
        condition->field = std::move(path->field);
        parts.filters.push_back({std::move(path->embeds), std::move(*condition)});
    }
    return {};
}

/// The parts that are one of a kind: the first of several counts.
Result<void> parse_columns(Parameters parameters, Query& query) {
    const std::string* columns = find_first(parameters, Kind::columns);
    if (!columns) return {};
    auto names = parse_names(*columns, "columns");
    if (!names) return std::unexpected(std::move(names.error()));
    query.columns = std::move(*names);
    query.has_columns = true;
    return {};
}

Result<void> parse_selection(Parameters parameters, Query& query) {
    const std::string* select = find_first(parameters, Kind::select);
    auto items = parse_select(select ? std::string_view(*select) : "*");
    if (!items) return std::unexpected(std::move(items.error()));
    query.level.select = std::move(*items);
    return {};
}

Result<void> parse_conflict_target(Parameters parameters, Query& query) {
    const std::string* target = find_first(parameters, Kind::on_conflict);
    if (!target) return {};
    auto names = parse_names(*target, "on_conflict");
    if (!names) return std::unexpected(std::move(names.error()));
    query.on_conflict = std::move(*names);
    return {};
}

/// An embed answers to its alias; to its target's name too where nothing else does.
Embed* find_embed(Level& level, std::string_view name) {
    Embed* by_target = nullptr;
    for (auto& item : level.select) {
        auto* embed = std::get_if<Embed>(&item);
        if (!embed) continue;
        if ((embed->alias.empty() ? embed->target : embed->alias) == name) return embed;
        if (!by_target && embed->target == name) by_target = embed;
    }
    return by_target;
}

std::unexpected<Failure> not_embedded(std::string_view name) {
    return fail("PGRST108", fmt::format("'{}' is not an embedded resource in this request", name),
                nullptr,
                boost::json::value(fmt::format(
                    "Verify that '{}' is included in the 'select' query parameter.", name)));
}

Result<Level*> find_level(Query& query, const Names& embeds) {
    Level* level = &query.level;
    for (const std::string& name : embeds) {
        Embed* embed = find_embed(*level, name);
        if (!embed) return not_embedded(name);
        level = &embed->level;
    }
    return level;
}

Result<void> attach_filters(Query& query, Parts& parts) {
    for (auto& [embeds, condition] : parts.filters) {
        const auto level = find_level(query, embeds);
        if (!level) return std::unexpected(level.error());
        (*level)->where.children.emplace_back(std::move(condition));
    }
    for (auto& [embeds, node] : parts.logic) {
        const auto level = find_level(query, embeds);
        if (!level) return std::unexpected(level.error());
        (*level)->where.children.push_back(std::move(node));
    }
    return {};
}

Result<void> attach_orders(Query& query, Parts& parts) {
    for (auto& [embeds, terms] : parts.orders) {
        const auto level = find_level(query, embeds);
        if (!level) return std::unexpected(level.error());
        for (const OrderTerm& term : terms) {
            if (term.embed && !find_embed(**level, *term.embed)) return not_embedded(*term.embed);
        }
        if ((*level)->order.empty()) (*level)->order = std::move(terms);
    }
    return {};
}

/// limit= and offset=: the last of several counts.
Result<void> attach_pages(Query& query, Parameters parameters) {
    std::vector<Addressed<Page>> pages;
    for (const auto& [key, value] : parameters) {
        const Kind kind = kind_of(key);
        if (kind != Kind::limit && kind != Kind::offset) continue;
        auto path = parse_path(key);
        if (!path) return std::unexpected(std::move(path.error()));
        auto page = std::ranges::find(pages, path->embeds, &Addressed<Page>::embeds);
        if (page == pages.end()) page = pages.insert(page, {std::move(path->embeds), {}});
        (kind == Kind::limit ? page->value.limit : page->value.offset) = parse_count(value);
    }
    for (const auto& [embeds, page] : pages) {
        const auto level = find_level(query, embeds);
        if (!level) return std::unexpected(level.error());
        const auto applied =
            embeds.empty() ? apply_page(page, **level) : apply_embed_page(page, **level);
        if (!applied) return applied;
    }
    return {};
}

Result<void> attach(Query& query, Parts& parts, Parameters parameters) {
    if (auto attached = attach_filters(query, parts); !attached) return attached;
    if (auto attached = attach_orders(query, parts); !attached) return attached;
    return attach_pages(query, parameters);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    while (!query.empty()) {
        const std::string_view part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(part.size() + 1, query.size()));
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        parameters.emplace_back(decode(part.substr(0, equals)), decode(part.substr(equals + 1)));
    }
    return parameters;
}

Result<Query> parse_query(Parameters parameters) {
    if (auto checked = check_parameters(parameters); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    Query query;
    Parts parts;
    // In PostgREST's order: of several mistakes it reports the same one.
    Result<void> parsed = parse_orders(parameters, parts);
    if (parsed) parsed = parse_logic_trees(parameters, parts);
    if (parsed) parsed = parse_columns(parameters, query);
    if (parsed) parsed = parse_selection(parameters, query);
    if (parsed) parsed = parse_filters(parameters, parts);
    if (parsed) parsed = parse_conflict_target(parameters, query);
    if (parsed) parsed = attach(query, parts, parameters);
    if (parsed) parsed = check_limits(query);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    return query;
}

}  // namespace muster::rest
