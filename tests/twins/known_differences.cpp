// The table of exceptions.
// SPDX-License-Identifier: Apache-2.0
#include "twins/known_differences.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>

#include "twins/names.hpp"

namespace muster::twins {

namespace {

struct KnownDifference {
    std::string_view why;
    bool (*allows)(const Step& step, const Answer& first, const Answer& second);
};

/// SQLite's parser goes so deep and no deeper; PostgreSQL answers the same request.
bool is_too_deep(const Step& step, const Answer& first, const Answer&) {
    // A HEAD has only the code, which is that of a fault of grammar too.
    return step.target.starts_with("/rest/v1/") && first.status == 400 &&
           first.header("Proxy-Status").ends_with("PGRST100") &&
           (first.body.empty() || first.body.contains("nested too deeply"));
}

/// Refused by a policy, a guard or a constraint.
bool is_refused_write(const Answer& answer) {
    constexpr std::string_view codes[] = {"42501", "23502", "23503", "23505", "23514"};
    return std::ranges::any_of(codes, [&](std::string_view code) {
        return answer.body.contains("\"code\":\"" + std::string(code) + "\"");
    });
}

/// Which of several reasons is named. PostgreSQL asks its triggers first, then policies, then
/// constraints, row by row; SQLite its constraints first, and its server the policies of all rows.
/// That neither wrote anything is seen when the tables are compared.
bool is_refused_twice(const Step& step, const Answer& first, const Answer& second) {
    return step.target.starts_with("/rest/v1/") && is_refused_write(first) &&
           is_refused_write(second);
}

constexpr KnownDifference known_differences[] = {
    {"a write that several rules forbid is refused for any of them", &is_refused_twice},
    {"SQLite's parser takes expressions of 1000 levels, PostgreSQL's has no such limit",
     &is_too_deep},
};

struct HiddenColumn {
    std::string_view table;
    std::string_view column;
    std::string_view why;
};

constexpr HiddenColumn hidden_columns[] = {
    {"users", "encrypted_password", "libsodium draws the salt from its own source"},
};

}  // namespace

std::string respelled(std::string_view text) {
    if (!text.starts_with('{') && !text.starts_with('[')) return std::string(text);
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    return error ? std::string(text) : sorted_json(value);
}

std::string respelled_cells(std::string_view csv) {
    std::string spelled;
    while (!csv.empty()) {
        if (!csv.starts_with("\"{") && !csv.starts_with("\"[")) {
            spelled += csv.front();
            csv.remove_prefix(1);
            continue;
        }
        std::string cell;
        csv.remove_prefix(1);
        while (!csv.empty() && (csv.front() != '"' || csv.starts_with("\"\""))) {
            if (csv.front() == '"' || csv.starts_with(R"(\\)")) csv.remove_prefix(1);
            cell += csv.front();
            csv.remove_prefix(1);
        }
        if (!csv.empty()) csv.remove_prefix(1);
        spelled += respelled(cell);
    }
    return spelled;
}

bool is_known(const Step& step, const Answer& first, const Answer& second) {
    return std::ranges::any_of(known_differences, [&](const KnownDifference& known) {
        return known.allows(step, first, second);
    });
}

void hide_known(const std::string& table, json::object& row) {
    for (const HiddenColumn& hidden : hidden_columns) {
        if (hidden.table != table) continue;
        json::value& cell = row[hidden.column];
        if (!cell.is_null()) cell = "(something)";
    }
}

}  // namespace muster::twins
