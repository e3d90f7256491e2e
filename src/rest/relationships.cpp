// Every relationship of a relation is listed anew for each embed: there are a handful.
// SPDX-License-Identifier: Apache-2.0
#include "rest/relationships.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace muster::rest {

namespace {

namespace json = boost::json;

ColumnPairs pair_up(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    ColumnPairs pairs;
    for (std::size_t i = 0; i < left.size(); ++i) pairs.emplace_back(left[i], right[i]);
    return pairs;
}

const Relation* find_target(const Catalog& catalog, const ForeignKey& key) {
    return key.reaches_catalog ? catalog.find(key.target) : nullptr;
}

bool points_at(const ForeignKey& key, const Relation& relation) {
    return key.reaches_catalog && key.target == relation.name;
}

void add_parents(const Catalog& catalog, const Relation& origin, std::vector<Relationship>& all) {
    for (const ForeignKey& key : origin.foreign_keys) {
        const Relation* target = find_target(catalog, key);
        if (!target) continue;
        Relationship found;
        found.cardinality =
            origin.is_unique(key.columns) ? Cardinality::one_to_one : Cardinality::many_to_one;
        found.origin = &origin;
        found.target = target;
        found.key = &key;
        found.key_on_origin = true;
        found.columns = pair_up(key.columns, key.target_columns);
        all.push_back(std::move(found));
    }
}

void add_children(const Catalog& catalog, const Relation& origin, std::vector<Relationship>& all) {
    for (const auto& [name, child] : catalog.relations()) {
        for (const ForeignKey& key : child.foreign_keys) {
            if (!points_at(key, origin)) continue;
            Relationship found;
            found.cardinality =
                child.is_unique(key.columns) ? Cardinality::one_to_one : Cardinality::one_to_many;
            found.origin = &origin;
            found.target = &child;
            found.key = &key;
            found.columns = pair_up(key.target_columns, key.columns);
            all.push_back(std::move(found));
        }
    }
}

/// Both foreign keys lie inside the junction's primary key.
bool is_junction(const Relation& relation, const ForeignKey& one, const ForeignKey& other) {
    if (!relation.primary_key) return false;
    const auto& key = relation.primary_key->columns;
    const auto inside = [&](const std::string& column) {
        return std::ranges::find(key, column) != key.end();
    };
    return std::ranges::all_of(one.columns, inside) && std::ranges::all_of(other.columns, inside);
}

void add_junction(const Catalog& catalog, const Relation& origin, const Relation& junction,
                  std::vector<Relationship>& all) {
    for (const ForeignKey& near : junction.foreign_keys) {
        if (!points_at(near, origin)) continue;
        for (const ForeignKey& far : junction.foreign_keys) {
            const Relation* target = find_target(catalog, far);
            if (&far == &near || !target || !is_junction(junction, near, far)) continue;
            Relationship found;
            found.cardinality = Cardinality::many_to_many;
            found.origin = &origin;
            found.target = target;
            found.key = &near;
            found.columns = pair_up(near.target_columns, near.columns);
            found.junction = &junction;
            found.junction_key = &far;
            found.junction_columns = pair_up(far.columns, far.target_columns);
            all.push_back(std::move(found));
        }
    }
}

std::vector<Relationship> list_relationships(const Catalog& catalog, const Relation& origin) {
    std::vector<Relationship> all;
    add_parents(catalog, origin, all);
    add_children(catalog, origin, all);
    for (const auto& [name, junction] : catalog.relations()) {
        add_junction(catalog, origin, junction, all);
    }
    return all;
}

bool is_single_column(const std::vector<std::string>& columns, std::string_view name) {
    return columns.size() == 1 && columns.front() == name;
}

/// A self-reference by the table's name means the children; the parent has its column's name.
bool matches_target(const Relationship& found, std::string_view target) {
    const bool self_parent = found.key_on_origin && found.origin == found.target;
    if (found.target->name == target && !self_parent) return true;
    if (found.junction) return false;
    if (found.key->name == target) return found.origin != found.target || found.key_on_origin;
    return found.key_on_origin && is_single_column(found.key->columns, target);
}

bool matches_hint(const Relationship& found, std::string_view target, std::string_view hint) {
    if (found.target->name != target) return false;
    if (found.junction) {
        return found.junction->name == hint || found.key->name == hint ||
               found.junction_key->name == hint;
    }
    return found.key->name == hint || is_single_column(found.key->columns, hint) ||
           is_single_column(found.key->target_columns, hint);
}

std::string_view to_text(Cardinality cardinality) {
    switch (cardinality) {
        case Cardinality::many_to_one: return "many-to-one";
        case Cardinality::one_to_one: return "one-to-one";
        case Cardinality::one_to_many: return "one-to-many";
        case Cardinality::many_to_many: return "many-to-many";
    }
    std::unreachable();
}

std::string listed(const std::string& table, const ColumnPairs& pairs, bool first) {
    std::string text = table + "(";
    for (const auto& pair : pairs) {
        if (text.back() != '(') text += ", ";
        text += first ? pair.first : pair.second;
    }
    return text + ")";
}

std::string describe(const Relationship& found) {
    const std::string& origin = found.origin->name;
    const std::string& target = found.target->name;
    if (!found.junction) {
        return found.key->name + " using " + listed(origin, found.columns, true) + " and " +
               listed(target, found.columns, false);
    }
    return found.junction->name + " using " + found.key->name + listed("", found.columns, false) +
           " and " + found.junction_key->name + listed("", found.junction_columns, true);
}

std::unexpected<Failure> ambiguous(const Relation& origin, std::string_view target,
                                   const std::vector<Relationship>& matches) {
    json::array details;
    std::string choices;
    for (const Relationship& match : matches) {
        details.push_back(json::object{{"cardinality", to_text(match.cardinality)},
                                       {"embedding", origin.name + " with " + match.target->name},
                                       {"relationship", describe(match)}});
        const std::string& hint = match.junction ? match.junction->name : match.key->name;
        if (!choices.empty()) choices += ", ";
        choices += "'" + match.target->name + "!" + hint + "'";
    }
    return fail("PGRST201",
                "Could not embed because more than one relationship was found for '" + origin.name +
                    "' and '" + std::string(target) + "'",
                std::move(details),
                json::string("Try changing '" + std::string(target) +
                             "' to one of the following: " + choices +
                             ". Find the desired relationship in the 'details' key."));
}

std::unexpected<Failure> missing(const Relation& origin, std::string_view target,
                                 std::string_view hint) {
    std::string details = "Searched for a foreign key relationship between '" + origin.name +
                          "' and '" + std::string(target) + "'";
    if (!hint.empty()) details += " using the hint '" + std::string(hint) + "'";
    details += " in the schema 'public', but no matches were found.";
    return fail("PGRST200",
                "Could not find a relationship between '" + origin.name + "' and '" +
                    std::string(target) + "' in the schema cache",
                json::string(details));
}

}  // namespace

Result<Relationship> find_relationship(const Catalog& catalog, const Relation& origin,
                                       std::string_view target, std::string_view hint) {
    std::vector<Relationship> matches;
    for (Relationship& candidate : list_relationships(catalog, origin)) {
        const bool matched = hint.empty() ? matches_target(candidate, target)
                                          : matches_hint(candidate, target, hint);
        if (matched) matches.push_back(std::move(candidate));
    }
    if (matches.empty()) return missing(origin, target, hint);
    if (matches.size() > 1) return ambiguous(origin, target, matches);
    return std::move(matches.front());
}

}  // namespace muster::rest
