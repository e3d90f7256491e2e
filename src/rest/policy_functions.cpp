// SQLite's side of them: store/DESIGN.md, "SQL functions".
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_functions.hpp"

#include <algorithm>

namespace muster::rest {

namespace {

constexpr Type one_text[] = {Type::text};

constexpr PolicyFunction functions[] = {
    {"auth", "uid", "auth_uid", {}, Type::uuid},  {"auth", "role", "auth_role", {}, Type::text},
    {"auth", "jwt", "auth_jwt", {}, Type::jsonb}, {"auth", "email", "auth_email", {}, Type::text},
    {"", "now", "now", {}, Type::timestamptz},    {"", "lower", "lower", one_text, Type::text},
    {"", "upper", "upper", one_text, Type::text}, {"", "length", "length", one_text, Type::integer},
};

constexpr DefinerFunction definers[] = {
    {"get_user_org_id", "profiles", "id", "organization_id", Type::uuid, false},
    {"get_user_role", "profiles", "id", "role", Type::text, false},
    {"get_org_device_ids", "devices", "organization_id", "id", Type::uuid, true},
};

bool is_schema_of(std::string_view schema, std::string_view written) {
    if (!schema.empty()) return written == schema;
    return written.empty() || written == "public" || written == "pg_catalog";
}

}  // namespace

const PolicyFunction* find_policy_function(std::string_view schema, std::string_view name,
                                           std::size_t arguments) {
    const auto* found = std::ranges::find_if(functions, [&](const PolicyFunction& function) {
        return function.name == name && is_schema_of(function.schema, schema) &&
               function.parameters.size() == arguments;
    });
    return found == std::end(functions) ? nullptr : found;
}

const DefinerFunction* find_definer_function(std::string_view schema, std::string_view name) {
    if (!schema.empty() && schema != "public") return nullptr;
    const auto* found = std::ranges::find(definers, name, &DefinerFunction::name);
    return found == std::end(definers) ? nullptr : found;
}

}  // namespace muster::rest
