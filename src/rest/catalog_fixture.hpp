// A catalog as lines of text, which is what its tests compare. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "rest/catalog.hpp"
#include "store/test_database.hpp"

namespace muster::rest {

using Names = std::vector<std::string>;

inline Catalog catalog_of(store::TestDatabase& database) {
    return *database.store().read_now(
        [](store::Transaction& tx) { return core::Result<Catalog>(read_catalog(tx)); });
}

inline std::string describe(const Column& column) {
    std::string text = column.name + " " + std::string(to_text(column.type));
    if (column.type_name != to_text(column.type)) text += " (" + column.type_name + ")";
    if (!column.nullable) text += " not null";
    if (column.default_sql) text += " = " + *column.default_sql;
    if (column.secrecy == Secrecy::sealed) text += " sealed";
    if (column.secrecy == Secrecy::digest) text += " digest";
    return text;
}

inline Names describe(const Relation& relation) {
    Names lines;
    for (const Column& column : relation.columns) lines.push_back(describe(column));
    return lines;
}

inline Names describe_keys(const Relation& relation) {
    Names lines;
    const auto add = [&](const std::string& name, const Names& columns) {
        std::string line = name + ":";
        for (const std::string& column : columns) line += " " + column;
        lines.push_back(line);
    };
    if (relation.primary_key) add(relation.primary_key->name, relation.primary_key->columns);
    for (const Key& key : relation.uniques) add(key.name, key.columns);
    for (const ForeignKey& key : relation.foreign_keys) {
        add(key.name, key.columns);
        add(" -> " + key.target, key.target_columns);
    }
    return lines;
}

}  // namespace muster::rest
