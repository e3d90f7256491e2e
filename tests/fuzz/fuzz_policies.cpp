// Fuzzes policy files: an operator's typing mistakes, whatever they are, give a fault with a place
// in the file, or policies that hold together.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "fuzz/property.hpp"
#include "fuzz/target.hpp"
#include "rest/policies.hpp"

namespace {

using muster::fuzz::require;
namespace rest = muster::rest;
using rest::Command;
using rest::Role;

rest::Column column(const char* name, rest::Type type) {
    rest::Column made;
    made.name = name;
    made.type = type;
    return made;
}

rest::Relation relation(const char* name, std::vector<rest::Column> columns) {
    rest::Relation made;
    made.name = name;
    made.has_rowid = true;
    made.columns = std::move(columns);
    made.seekable = {made.columns.front().name};
    return made;
}

/// What the shipped policies name, as far as they name it.
const rest::Catalog& catalog() {
    using rest::Type;
    static const rest::Catalog made({
        relation("devices",
                 {column("id", Type::uuid), column("user_id", Type::uuid),
                  column("organization_id", Type::uuid), column("status", Type::text),
                  column("metadata", Type::jsonb), column("last_seen", Type::timestamptz)}),
        relation("profiles", {column("id", Type::uuid), column("organization_id", Type::uuid),
                              column("role", Type::text)}),
        relation("notes", {column("id", Type::bigint), column("owner", Type::uuid),
                           column("stars", Type::integer), column("ratio", Type::real),
                           column("is_open", Type::boolean), column("tags", Type::text_array)}),
    });
    return made;
}

void check_fault(const rest::PolicyFault& fault, std::string_view text) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    require(fault.file == "own.sql", "a fault names its file");
    require(fault.line >= 1 && fault.line <= lines, "the fault's line is in the file");
    require(fault.column >= 1 && fault.column <= text.size() + 1, "so is its column");
    require(!fault.message.empty(), "a fault says what it is");
}

void check_predicate(const std::string& sql) {
    require(!sql.empty(), "a predicate is never empty");
    require(sql.find('\1') == std::string::npos, "the alias stands wherever it belongs");
    require(std::ranges::count(sql, '\'') % 2 == 0, "quotes are closed");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto policies = rest::Policies::parse({{"own.sql", text}}, catalog());
    if (!policies) {
        check_fault(policies.error(), text);
        return 0;
    }
    for (const auto& [name, relation] : catalog().relations()) {
        for (const Role role : {Role::anon, Role::authenticated, Role::service_role}) {
            for (const Command command :
                 {Command::select, Command::insert, Command::update, Command::remove}) {
                check_predicate(policies->using_sql(role, command, name, "t0"));
                check_predicate(policies->check_sql(role, command, name, "t0"));
                require(policies->is_exposed(name) || !policies->may(role, command, name),
                        "what no file names is nobody's");
            }
        }
    }
    return 0;
}
