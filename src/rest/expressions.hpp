// A column, or a place inside a JSON column, as an SQL expression with a type.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "rest/access.hpp"
#include "rest/query.hpp"
#include "rest/sql_text.hpp"
#include "store/json_row.hpp"

namespace muster::rest {

/// A relation as a statement names it: "devices" AS t0.
struct Source {
    const Relation& relation;
    std::string alias;
};

struct Expression {
    std::string sql;
    Type type = Type::text;
};

/// `column` as the role may read it: what is secret is NULL, or is unsealed for service_role.
std::string read_column(const Access& access, const Source& source, const Column& column);

/// Fails: 42703 no such column, 42501 not granted.
Result<Expression> read_field(const Access& access, const Source& source, const Field& field,
                              Values& values);

/// `expression::cast`. Fails: 42704 unknown type, 42846 no such cast.
Result<Expression> cast(Expression expression, std::string_view type_name,
                        const store::Dialect& dialect);

/// How values of the type are written into JSON.
store::RowKind row_kind(Type type);

}  // namespace muster::rest
