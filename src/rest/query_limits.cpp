// One walk over all levels; the parsers have limited how deep they are.
// SPDX-License-Identifier: Apache-2.0
#include "rest/query_limits.hpp"

#include <cstddef>
#include <variant>

#include <fmt/format.h>

#include "rest/filter_parser.hpp"
#include "rest/parser.hpp"

namespace muster::rest {
namespace {

struct Sizes {
    std::size_t select_items = 0;
    std::size_t conditions = 0;
};

Result<void> check(std::size_t size, std::size_t size_max, std::string_view what) {
    if (size <= size_max) return {};
    return fail("PGRST100", fmt::format("more than {} {}", size_max, what));
}

Result<void> check_field(const Field& field) {
    return check(field.path.size(), json_steps_max, "arrows in a JSON path");
}

Result<void> check_condition(Condition& condition, Sizes& sizes) {
    if (auto checked = check(++sizes.conditions, conditions_max, "conditions"); !checked) {
        return checked;
    }
    if (auto checked = check_field(condition.field); !checked) return checked;
    if (auto parsed = parse_elements(condition); !parsed) return parsed;
    return check(condition.list.size(), list_items_max, "items in a list");
}

Result<void> check_logic(Logic& logic, Sizes& sizes) {
    for (auto& child : logic.children) {
        auto* condition = std::get_if<Condition>(&child);
        auto checked = condition ? check_condition(*condition, sizes)
                                 : check_logic(std::get<Logic>(child), sizes);
        if (!checked) return checked;
    }
    return {};
}

Result<void> check_level(Level& level, Sizes& sizes) {
    sizes.select_items += level.select.size();
    if (auto checked = check(sizes.select_items, select_items_max, "selected items"); !checked) {
        return checked;
    }
    if (auto checked = check_logic(level.where, sizes); !checked) return checked;
    for (const OrderTerm& term : level.order) {
        if (auto checked = check_field(term.field); !checked) return checked;
    }
    for (auto& item : level.select) {
        auto* embed = std::get_if<Embed>(&item);
        auto checked = embed ? check_level(embed->level, sizes)
                             : check_field(std::get<SelectField>(item).field);
        if (!checked) return checked;
    }
    return {};
}

}  // namespace

Result<void> check_limits(Query& query) {
    Sizes sizes;
    return check_level(query.level, sizes);
}

}  // namespace muster::rest
