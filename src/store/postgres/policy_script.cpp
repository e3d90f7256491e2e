// Of a list of 50 of 1,000,000 devices, every policy as the file has it costs seconds:
// docs/scale.md.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/policy_script.hpp"

#include <regex>

#include <fmt/format.h>

#include "store/transaction.hpp"

namespace muster::store::postgres {

namespace {

std::string drop_policies(const std::string& file) {
    static const std::regex heading(R"re(CREATE POLICY ("[^"]*")\s+ON ([a-z_.]+))re");
    std::string script;
    for (std::sregex_iterator it(file.begin(), file.end(), heading), end; it != end; ++it) {
        script += fmt::format("DROP POLICY IF EXISTS {} ON {};\n", (*it)[1].str(), (*it)[2].str());
    }
    return script;
}

std::string ask_once(const std::string& file) {
    static const std::regex question(
        R"re(\b(get_user_(?:org_id|role)\(auth\.uid\(\)\)|auth\.uid\(\)))re");
    return std::regex_replace(file, question, "(SELECT $1)");
}

/// The place of the parenthesis that ends what `from` begins.
std::size_t matching(const std::string& text, std::size_t from) {
    int depth = 0;
    for (std::size_t at = from; at < text.size(); ++at) {
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) return at;
    }
    throw StoreError("policies.sql: a parenthesis is not closed");
}

std::string make_arrays(std::string file) {
    static const std::regex subquery(R"re(\bIN (?=\(\s*SELECT\b))re");
    for (std::smatch found; std::regex_search(file, found, subquery);) {
        const auto begin = static_cast<std::size_t>(found.position());
        const auto open = begin + static_cast<std::size_t>(found.length());
        file.insert(matching(file, open), ")");
        file.replace(begin, open - begin, "= ANY (ARRAY");
    }
    return file;
}

/// After ask_once(). Every table with such a policy has a column `id uuid NOT NULL`. What is
/// written is asked of as it stands: a row without an id is the constraint's to refuse.
std::string range_for_global_admins(const std::string& file) {
    static const std::regex writing_policy(
        R"re((FOR (?:ALL|UPDATE)\s+USING (\(\(SELECT get_user_role\(auth\.uid\(\)\)\) = 'global_admin'\)));)re");
    static const std::regex whole_policy(
        R"re(USING \(\(SELECT get_user_role\(auth\.uid\(\)\)\) = 'global_admin'\))re");
    return std::regex_replace(std::regex_replace(file, writing_policy, "$1 WITH CHECK $2;"),
                              whole_policy,
                              "USING (id BETWEEN"
                              " (SELECT CASE WHEN get_user_role(auth.uid()) = 'global_admin'"
                              " THEN '00000000-0000-0000-0000-000000000000'::uuid END)"
                              " AND 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)");
}

}  // namespace

std::string policy_script(std::string_view file) {
    const std::string text(file);
    return drop_policies(text) + range_for_global_admins(make_arrays(ask_once(text)));
}

}  // namespace muster::store::postgres
