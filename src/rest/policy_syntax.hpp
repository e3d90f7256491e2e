// What a policy file says, as a tree: made by policy_parser.cpp, read by policy_compiler.cpp and
// policies.cpp. Names are folded as PostgreSQL does; nothing is looked up in the catalog yet.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rest/policies.hpp"

namespace muster::rest {

// One past each of these is a fault.
inline constexpr std::size_t policy_file_bytes_max = 1024 * 1024;
inline constexpr std::size_t policy_depth_max = 40;      ///< expressions and queries in each other
inline constexpr std::size_t policy_operands_max = 100;  ///< of one AND, one OR, one run of others
inline constexpr std::size_t policy_tables_max = 64;     ///< of one FROM: SQLite joins no more
inline constexpr std::size_t policy_list_max = 500;      ///< items of a list
inline constexpr std::size_t policy_text_max = 100'000;  ///< bytes of one compiled predicate

struct Position {
    std::size_t line = 1;
    std::size_t column = 1;
};

struct TableName {
    std::string schema = {};  ///< empty: as found
    std::string name;
    Position at = {};
};

struct PolicyExpression;
struct Select;
using ExpressionPointer = std::unique_ptr<PolicyExpression>;

struct PolicyExpression {
    enum class Kind {
        text,       ///< `text`
        number,     ///< `text` as written
        truth,      ///< `text` is TRUE or FALSE
        null,       ///< NULL
        column,     ///< `qualifier`.`text`
        call,       ///< `qualifier`.`text`(operands)
        all_of,     ///< AND
        any_of,     ///< OR
        inverse,    ///< NOT
        minus,      ///< unary
        operation,  ///< operands[0] `text` operands[1]: = <> < <= > >= + - * / || -> ->>
        is,         ///< IS [NOT] `text`: NULL, TRUE, FALSE
        distinct,   ///< IS [NOT] DISTINCT FROM; not negated: they differ
        like,       ///< [NOT] LIKE, ILIKE: `text` names it
        between,    ///< [NOT] BETWEEN operands[1] AND operands[2]
        in_list,    ///< operands[0] [NOT] IN (the others)
        in_query,   ///< operands[0] [NOT] IN (select)
        exists,     ///< EXISTS (select)
        query,      ///< (select): one value
        choice,     ///< CASE: when, then, when, then, ..., and else if one is left; `text` OF: the
                    ///< first is the value that each `when` is compared with
        cast,       ///< operands[0]::`text`
    };
    Kind kind = Kind::null;
    Position at = {};
    std::string text = {};
    std::string qualifier = {};
    bool negated = false;
    std::vector<ExpressionPointer> operands = {};
    std::unique_ptr<Select> select = {};
    std::size_t depth = 1;
};

struct FromItem {
    enum class Join { comma, inner, left };
    TableName table;
    std::string alias = {};  ///< empty: the table's name
    Join join = Join::comma;
    ExpressionPointer on = {};
};

struct Select {
    std::vector<ExpressionPointer> items = {};  ///< none: `*`, or whatever EXISTS does not look at
    std::vector<FromItem> from = {};
    ExpressionPointer where = {};
};

struct RoleSet {
    bool anon = false;
    bool authenticated = false;
    bool service_role = false;
    bool has(Role role) const {
        return role == Role::anon            ? anon
               : role == Role::authenticated ? authenticated
                                             : service_role;
    }
};

struct CreatePolicy {
    Position at = {};
    std::string name = {};
    TableName table = {};
    bool permissive = true;
    std::optional<Command> command = {};  ///< empty: ALL
    RoleSet roles = {};
    ExpressionPointer using_rows = {};
    ExpressionPointer check_rows = {};
};

struct Privilege {
    Position at = {};
    std::optional<Command> command = {};    ///< empty: ALL
    std::vector<std::string> columns = {};  ///< empty: the whole table
};

struct Grant {
    bool revokes = false;
    std::vector<Privilege> privileges = {};  ///< none: only such as the table API does not know
    std::vector<TableName> tables = {};
    RoleSet roles = {};
};

struct EnableSecurity {
    TableName table = {};
};

using PolicyStatement = std::variant<CreatePolicy, Grant, EnableSecurity>;

}  // namespace muster::rest
