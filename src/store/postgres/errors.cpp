// By SQLSTATE (PostgreSQL's documentation, appendix A): the texts change with versions and
// languages.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace muster::store::postgres {

namespace {

using Kind = ConstraintViolation::Kind;

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text != nullptr ? text : "";
}

bool is_one_of(std::string_view sqlstate, std::initializer_list<std::string_view> states) {
    return std::ranges::find(states, sqlstate) != states.end();
}

std::optional<Kind> constraint_kind(std::string_view sqlstate) {
    static constexpr std::array<std::pair<std::string_view, Kind>, 7> kinds{{
        {"23505", Kind::unique},
        {"23503", Kind::foreign_key},
        {"23001", Kind::foreign_key},
        {"23502", Kind::not_null},
        {"23514", Kind::check},
        {"42501", Kind::guard},
        {"44000", Kind::check},  // WITH CHECK OPTION
    }};
    const auto* const found =
        std::ranges::find(kinds, sqlstate, [](auto& row) { return row.first; });
    return found == kinds.end() ? std::nullopt : std::optional(found->second);
}

std::string rule_of(Kind kind, const PGresult* result, const DatabaseWords& words) {
    const std::string table = field(result, PG_DIAG_TABLE_NAME);
    switch (kind) {
        case Kind::unique: return columns_of(table, words.detail);
        case Kind::not_null: return table + "." + field(result, PG_DIAG_COLUMN_NAME);
        case Kind::check: return field(result, PG_DIAG_CONSTRAINT_NAME);
        case Kind::guard: return words.message;
        case Kind::foreign_key: return {};
    }
    std::unreachable();
}

/// What a caller may have caused by a value: data exceptions, a name or an operator that a request
/// made up, a query that takes too long; or by writing what is not written to: generated columns,
/// views of more than one table, anything while it is only read.
bool is_callers(std::string_view sqlstate) {
    return sqlstate.starts_with("22") || sqlstate == "57014" ||
           is_one_of(sqlstate, {"25006", "42883", "42846", "42804", "42P18", "42725", "428C9",
                                "42809", "55000"});
}

/// "cached plan must not change result type": a migration ran beside us. The code alone is any
/// missing feature's; the place in PostgreSQL's source is in no language.
bool is_outdated_plan(const PGresult* result, std::string_view sqlstate) {
    return sqlstate == "0A000" && field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery";
}

/// "cannot set transaction read-write mode during recovery", to a BEGIN of ours: known by its
/// place, as above.
bool is_refused_by_standby(const PGresult* result, std::string_view sqlstate) {
    return sqlstate == "0A000" && field(result, PG_DIAG_SOURCE_FUNCTION) == "call_bool_check_hook";
}

}  // namespace

std::string columns_of(std::string_view table, std::string_view detail) {
    const auto open = detail.find('(');
    const auto close = detail.find(")=(", open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    std::string columns;
    std::string_view rest = detail.substr(open + 1, close - open - 1);
    while (!rest.empty()) {
        const std::string_view column = rest.substr(0, rest.find(", "));
        columns += fmt::format("{}{}.{}", columns.empty() ? "" : ", ", table, column);
        rest.remove_prefix(std::min(rest.size(), column.size() + 2));
    }
    return columns;
}

bool ends_connection(const PGresult* result) {
    const std::string sqlstate = field(result, PG_DIAG_SQLSTATE);
    return sqlstate.empty() || sqlstate.starts_with("08") ||
           is_one_of(sqlstate, {"57P01", "57P02", "57P03", "57P05", "25P03"}) ||
           is_refused_by_standby(result, sqlstate);
}

void throw_error(const PGresult* result) {
    DatabaseWords words{field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY),
                        field(result, PG_DIAG_MESSAGE_DETAIL), field(result, PG_DIAG_MESSAGE_HINT),
                        field(result, PG_DIAG_CONSTRAINT_NAME)};
    const std::string what = fmt::format("PostgreSQL: {} ({})", words.message, words.sqlstate);
    if (ends_connection(result)) throw RunAgain(RunAgain::Why::connection, what);
    if (is_one_of(words.sqlstate, {"40001", "40P01"})) {
        throw RunAgain(RunAgain::Why::conflict, what);
    }
    if (is_one_of(words.sqlstate, {"26000", "42P05"})) {
        throw RunAgain(RunAgain::Why::statement_names, what);
    }
    if (is_outdated_plan(result, words.sqlstate)) {
        throw RunAgain(RunAgain::Why::statement_plans, what);
    }
    if (const auto kind = constraint_kind(words.sqlstate)) {
        std::string rule = rule_of(*kind, result, words);
        throw ConstraintViolation(*kind, what, std::move(rule), std::move(words));
    }
    if (words.sqlstate.starts_with("54")) throw StatementTooComplex(what);
    if (is_callers(words.sqlstate)) {
        throw ArgumentRefused(words.sqlstate, words.message, words.detail, words.hint);
    }
    if (words.sqlstate.starts_with("53") || words.sqlstate == "55P03") throw StoreUnavailable(what);
    throw StoreError(what);
}

}  // namespace muster::store::postgres
