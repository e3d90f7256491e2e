// One statement for each table, role and command.
// SPDX-License-Identifier: Apache-2.0
#include "rest/policy_trial.hpp"

#include <fmt/format.h>

#include "rest/policy_book.hpp"
#include "rest/sql_text.hpp"

namespace muster::rest {

namespace {

/// As deep as in an embed of an embed: policies have to leave room for a request.
std::string trial_of(const Policies& policies, Role role, Command command,
                     const Relation& relation) {
    return fmt::format(
        "SELECT EXISTS (SELECT 1 WHERE EXISTS (SELECT 1 FROM {} AS t0 "
        "WHERE ({}) AND ({}) AND FALSE))",
        quote_name(relation.name), policies.using_sql(role, command, relation.name, "t0"),
        policies.check_sql(role, command, relation.name, "t0"));
}

}  // namespace

std::optional<std::string> try_policies(store::Transaction& transaction, const Catalog& catalog,
                                        const Policies& policies) {
    for (const auto& [name, relation] : catalog.relations()) {
        if (!policies.is_exposed(name)) continue;
        for (const Role role : {Role::anon, Role::authenticated}) {
            for (const Command command : all_commands) {
                try {
                    transaction.all_of(trial_of(policies, role, command, relation), {});
                } catch (const store::StoreError& error) {
                    return fmt::format("the policies of table {} do not work: {}", name,
                                       error.what());
                }
            }
        }
    }
    return std::nullopt;
}

}  // namespace muster::rest
