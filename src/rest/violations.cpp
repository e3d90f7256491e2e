// The driver names columns or the constraint; PostgreSQL's names come from the catalog.
// SPDX-License-Identifier: Apache-2.0
#include "rest/violations.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rest/sql_text.hpp"

namespace muster::rest {

namespace {

namespace json = boost::json;
using Kind = store::ConstraintViolation::Kind;

std::string shown(const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return "null";
}

Value value_of(const WrittenValues& values, const std::string& column) {
    const auto found = values.find(column);
    return found == values.end() ? Value() : found->second;
}

/// A secret never goes into an error: neither sealed nor as its digest.
std::string shown_column(const Relation& relation, const WrittenValues& values,
                         const std::string& name) {
    const Column* const column = relation.find_column(name);
    const bool secret = column && column->secrecy != Secrecy::none;
    return secret ? "***" : shown(value_of(values, name));
}

/// "(a, b)=(1, 2)"
std::string key_text(const Relation& relation, const std::vector<std::string>& columns,
                     const WrittenValues& values) {
    std::string names, texts;
    for (const std::string& column : columns) {
        const std::string comma = names.empty() ? "" : ", ";
        names += comma + column;
        texts += comma + shown_column(relation, values, column);
    }
    return "(" + names + ")=(" + texts + ")";
}

/// "devices.a, devices.b" as columns.
std::vector<std::string> columns_of(std::string_view rule) {
    std::vector<std::string> columns;
    while (!rule.empty()) {
        const auto comma = rule.find(", ");
        const std::string_view one = rule.substr(0, comma);
        columns.emplace_back(one.substr(one.find('.') + 1));
        rule = comma == std::string_view::npos ? std::string_view{} : rule.substr(comma + 2);
    }
    return columns;
}

Failure duplicate(const Relation& relation, const std::string& rule, const WrittenValues& values) {
    const auto columns = columns_of(rule);
    std::string name = relation.name + "_" + (columns.empty() ? "" : columns.front()) + "_key";
    const auto is_it = [&](const Key& key) { return key.columns == columns; };
    if (relation.primary_key && is_it(*relation.primary_key)) name = relation.primary_key->name;
    const auto found = std::ranges::find_if(relation.uniques, is_it);
    if (found != relation.uniques.end()) name = found->name;
    return {"23505", "duplicate key value violates unique constraint \"" + name + "\"",
            json::string("Key " + key_text(relation, columns, values) + " already exists.")};
}

json::string failing_row(const Relation& relation, const WrittenValues& values) {
    std::string texts;
    for (const Column& column : relation.columns) {
        if (!texts.empty()) texts += ", ";
        texts += shown_column(relation, values, column.name);
    }
    return json::string("Failing row contains (" + texts + ").");
}

bool has_row(store::Transaction& transaction, const std::string& table,
             const std::vector<std::string>& columns, const std::vector<Value>& key) {
    Values values(transaction.dialect());
    std::string sql = "SELECT 1 FROM " + quote_name(table) + " WHERE ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) sql += " AND ";
        sql += quote_name(columns[i]) + " = " + values.add(key[i]);
    }
    return !transaction.all_of(sql + " LIMIT 1", values.view()).empty();
}

/// The key whose target is not there.
const ForeignKey* broken_key(store::Transaction& transaction, const Relation& relation,
                             const WrittenValues& values) {
    for (const ForeignKey& key : relation.foreign_keys) {
        std::vector<Value> wanted;
        for (const std::string& column : key.columns) wanted.push_back(value_of(values, column));
        const bool any_null = std::ranges::any_of(wanted, [](const Value& value) {
            return std::holds_alternative<std::monostate>(value);
        });
        if (!any_null && !has_row(transaction, key.target, key.target_columns, wanted)) return &key;
    }
    return nullptr;
}

/// A row that others point at was deleted, or its key changed. Empty `key`: its name is not known.
Failure still_referenced(const Relation& relation, std::string_view other, std::string_view key,
                         boost::json::value details) {
    std::string message =
        "update or delete on table \"" + relation.name + "\" violates foreign key constraint";
    if (!key.empty()) message += fmt::format(" \"{}\" on table \"{}\"", key, other);
    return {"23503", std::move(message), std::move(details)};
}

/// The first doomed row that `key` of `other` still points at: "(id)=(1)".
std::optional<std::string> find_referenced(store::Transaction& transaction, const Relation& other,
                                           const ForeignKey& key, const WrittenRows& doomed) {
    Values values(transaction.dialect());
    std::string names, columns, join;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
        const std::string target = "t0." + quote_name(key.target_columns.at(i));
        names += (i == 0 ? "" : ", ") + key.target_columns[i];
        columns += (i == 0 ? "" : ", ") + ("CAST(" + target + " AS TEXT)");
        join += (i == 0 ? "" : " AND ") + ("o." + quote_name(key.columns[i]) + " = " + target);
    }
    const std::string sql = "SELECT " + columns + " FROM " + doomed.from("t0", values) +
                            " AND EXISTS (SELECT 1 FROM " + quote_name(other.name) +
                            " AS o WHERE " + join + ") LIMIT 1";
    const auto found = transaction.all_of(sql, values.view());
    if (found.empty()) return std::nullopt;
    std::string texts;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
        texts += (i == 0 ? "" : ", ") + found.front().text(i);
    }
    return "(" + names + ")=(" + texts + ")";
}

Failure foreign_key(store::Transaction& transaction, const Relation& relation,
                    const WrittenValues& values) {
    const ForeignKey* const key = broken_key(transaction, relation, values);
    if (!key) return still_referenced(relation, {}, {}, nullptr);
    return {"23503",
            "insert or update on table \"" + relation.name +
                "\" violates foreign key constraint \"" + key->name + "\"",
            json::string("Key " + key_text(relation, key->columns, values) +
                         " is not present in table \"" + key->target + "\".")};
}

std::string check_name(const Relation& relation, const std::string& rule) {
    const bool is_name = rule.find_first_of(" (") == std::string::npos && !rule.empty();
    return is_name ? rule : relation.name + "_check";
}

json::value text_or_nothing(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

const std::vector<std::string>* find_key_columns(const Relation& relation, std::string_view name) {
    if (relation.primary_key && relation.primary_key->name == name) {
        return &relation.primary_key->columns;
    }
    const auto found = std::ranges::find(relation.uniques, name, &Key::name);
    return found == relation.uniques.end() ? nullptr : &found->columns;
}

/// PostgreSQL says it itself, but not which values: those it keeps from whoever is under row-level
/// security, who sent them.
Failure repeat(const store::ConstraintViolation& violation, const Relation& relation,
               const WrittenValues& values) {
    const store::DatabaseWords& words = violation.words();
    Failure failure{words.sqlstate, words.message, nullptr};
    switch (violation.kind()) {
        case Kind::unique: {
            const auto* const columns = find_key_columns(relation, words.constraint);
            if (!columns) return failure;
            failure.details =
                json::string("Key " + key_text(relation, *columns, values) + " already exists.");
            return failure;
        }
        case Kind::foreign_key: {
            const auto key =
                std::ranges::find(relation.foreign_keys, words.constraint, &ForeignKey::name);
            const bool is_own =
                key != relation.foreign_keys.end() && words.message.starts_with("insert or update");
            failure.details = text_or_nothing(words.detail);
            if (!is_own) return failure;
            failure.details = json::string("Key " + key_text(relation, key->columns, values) +
                                           " is not present in table \"" + key->target + "\".");
            return failure;
        }
        case Kind::not_null:
        case Kind::check: failure.details = failing_row(relation, values); return failure;
        case Kind::guard: return failure;
    }
    std::unreachable();
}

}  // namespace

Failure explain(const store::ConstraintViolation& violation, store::Transaction& transaction,
                const Relation& relation, const WrittenValues& values) {
    if (!violation.words().sqlstate.empty()) return repeat(violation, relation, values);
    const std::string& rule = violation.rule();
    switch (violation.kind()) {
        case Kind::unique: return duplicate(relation, rule, values);
        case Kind::foreign_key: return foreign_key(transaction, relation, values);
        case Kind::not_null: {
            const auto columns = columns_of(rule);
            return {"23502",
                    "null value in column \"" + (columns.empty() ? "" : columns.front()) +
                        "\" of relation \"" + relation.name + "\" violates not-null constraint",
                    failing_row(relation, values)};
        }
        case Kind::check:
            return {"23514",
                    "new row for relation \"" + relation.name + "\" violates check constraint \"" +
                        check_name(relation, rule) + "\"",
                    failing_row(relation, values)};
        case Kind::guard: return {"42501", rule};
    }
    std::unreachable();
}

Failure explain_deletion(const store::ConstraintViolation& violation,
                         store::Transaction& transaction, const Catalog& catalog,
                         const Relation& relation, const WrittenRows& doomed) {
    if (violation.kind() != Kind::foreign_key) {
        return explain(violation, transaction, relation, {});
    }
    for (const auto& [name, other] : catalog.relations()) {
        for (const ForeignKey& key : other.foreign_keys) {
            if (key.target != relation.name || !key.blocks_deletion) continue;
            const auto row = find_referenced(transaction, other, key, doomed);
            if (!row) continue;
            return still_referenced(
                relation, name, key.name,
                json::string("Key " + *row + " is still referenced from table \"" + name + "\"."));
        }
    }
    return still_referenced(relation, {}, {}, nullptr);
}

}  // namespace muster::rest
