// Which column a name in a policy means: the innermost query that has it, then outward to the
// policy's own table. Called by the policy compilers; lives on their stack.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "rest/catalog.hpp"

namespace muster::rest {

struct PolicyScope {
    struct Entry {
        std::string name;  ///< the alias, or the table's name
        const Relation* relation;
        std::string sql_alias;
    };
    std::vector<Entry> entries = {};
    const PolicyScope* outer = nullptr;  ///< null: this is the policy's own table
};

struct FoundColumn {
    const Column* column;
    const std::string* sql_alias;
    bool is_own;  ///< of the policy's own table
};

/// Fails with PostgreSQL's message. `qualifier` may be empty.
std::expected<FoundColumn, std::string> find_column(const PolicyScope& scope,
                                                    std::string_view qualifier,
                                                    std::string_view name);

}  // namespace muster::rest
