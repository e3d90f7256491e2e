// Told apart by code alone: the texts change with SQLite's versions.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/errors.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace muster::store::sqlite {

namespace {

/// SQLite's own extended codes of SQLITE_ERROR end far below.
constexpr int refusal_base = 0x100;

}  // namespace

std::optional<ConstraintViolation::Kind> constraint_kind(int extended_code) {
    using Kind = ConstraintViolation::Kind;
    switch (extended_code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID: return Kind::unique;
        case SQLITE_CONSTRAINT_FOREIGNKEY: return Kind::foreign_key;
        case SQLITE_CONSTRAINT_NOTNULL: return Kind::not_null;
        case SQLITE_CONSTRAINT_CHECK:
        case SQLITE_CONSTRAINT_DATATYPE: return Kind::check;
        case SQLITE_CONSTRAINT_TRIGGER: return Kind::guard;
        default: return std::nullopt;
    }
}

int refusal_code(ArgumentFault fault) {
    return SQLITE_ERROR | ((refusal_base + static_cast<int>(fault)) << 8);
}

std::optional<std::string_view> refused_argument(int extended_code) {
    for (const ArgumentFault fault : {ArgumentFault::like, ArgumentFault::regex,
                                      ArgumentFault::too_costly, ArgumentFault::syntax}) {
        if (extended_code != refusal_code(fault)) continue;
        switch (fault) {
            case ArgumentFault::like: return "22025";
            case ArgumentFault::regex: return "2201B";
            case ArgumentFault::too_costly: return "22023";
            case ArgumentFault::syntax: return "22P02";
        }
    }
    return std::nullopt;
}

namespace {

/// SQLite has no other way to tell which rule it was: "UNIQUE constraint failed: devices.id". The
/// kind is told by the code; only names come from the text.
std::string rule_of(ConstraintViolation::Kind kind, std::string_view reason) {
    if (kind == ConstraintViolation::Kind::guard) return std::string(reason);
    const auto colon = reason.find(": ");
    return colon == std::string_view::npos ? std::string() : std::string(reason.substr(colon + 2));
}

}  // namespace

void throw_error(sqlite3* connection, int code, std::string_view doing) {
    const int extended = connection != nullptr ? sqlite3_extended_errcode(connection) : code;
    const char* reason = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
    if (const auto sqlstate = refused_argument(extended)) throw ArgumentRefused(*sqlstate, reason);
    if ((extended & 0xff) == SQLITE_INTERRUPT) {
        throw ArgumentRefused("57014", "canceling statement due to statement timeout");
    }
    const std::string what = fmt::format("SQLite could not {}: {} ({})", doing, reason, extended);
    if (const auto kind = constraint_kind(extended)) {
        throw ConstraintViolation(*kind, what, rule_of(*kind, reason));
    }
    throw StoreError(what);
}

}  // namespace muster::store::sqlite
