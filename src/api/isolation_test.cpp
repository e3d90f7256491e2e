// Every route and every table, asked by everybody, about the own organisation's rows and the
// other's: isolation_table.hpp says who is granted what.
// SPDX-License-Identifier: Apache-2.0
#include "api/isolation_test.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "api/isolation_network_table.hpp"
#include "api/isolation_table.hpp"

namespace muster::api {
namespace {

/// A line's letters as the server gives them.
std::string answers(FreshWorld& world, const Question& question, std::string_view seen) {
    std::string letters;
    for (const auto& [who, name] : askers) letters += world.letter_of(who, question, seen);
    return letters;
}

void expect_line(FreshWorld& world, const Question& question, std::string_view seen,
                 std::string_view expected) {
    const std::string letters = answers(world, question, seen);
    for (std::size_t i = 0; i < letters.size(); ++i) {
        EXPECT_EQ(letters[i], expected[i])
            << question.method << " " << question.target << " " << question.body << " "
            << question.prefer << "\nby " << askers[i].second << "; the whole line: " << letters
            << ", expected: " << expected;
    }
}

void expect_table(const TableLine& line) {
    const std::string table = std::string("/rest/v1/") + line.relation;
    const std::string row = table + "?id=eq." + line.row;
    const std::string merge = "resolution=merge-duplicates";
    FreshWorld world;
    expect_line(world, {"GET", row}, std::string("\"id\":\"") + line.row + "\"", line.GET);
    expect_line(world, {"POST", table, line.insert}, "", line.POST);
    expect_line(world, {"PATCH", row, line.change}, "", line.PATCH);
    expect_line(world, {"PUT", row, line.whole}, "", line.PUT);
    expect_line(world, {"POST", table, line.whole, merge}, "", line.upsert);
    expect_line(world, {"DELETE", row}, "", line.DELETE);
}

void expect_tables(std::string_view relation) {
    int lines = 0;
    for (const TableLine& line : table_lines) {
        if (line.relation != relation) continue;
        ++lines;
        expect_table(line);
    }
    EXPECT_EQ(lines, 2) << "a row of each organisation";
}

TEST(Isolation, Devices) {
    expect_tables("devices");
}
TEST(Isolation, DeviceEvents) {
    expect_tables("device_events");
}
TEST(Isolation, Organizations) {
    expect_tables("organizations");
}
TEST(Isolation, Profiles) {
    expect_tables("profiles");
}
TEST(Isolation, TailscaleConfigs) {
    expect_tables("organization_tailscale_config");
}
TEST(Isolation, AuditLogs) {
    expect_tables("audit_logs");
}
TEST(Isolation, UserRoles) {
    expect_tables("user_roles");
}

TEST(Isolation, HiddenTables) {
    FreshWorld world;
    for (const std::string table : hidden_tables) {
        const std::string path = "/rest/v1/" + table;
        const std::string merge = "resolution=merge-duplicates";
        const std::string row = R"({"id":"$nothing"})";
        for (const Question& question : {Question{"GET", path},
                                         {"POST", path, row},
                                         {"PATCH", path, row},
                                         {"PUT", path + "?id=eq.$nothing", row},
                                         {"POST", path, row, merge},
                                         {"DELETE", path}}) {
            expect_line(world, question, "", hidden_letters);
        }
    }
}

TEST(Isolation, NoTableIsForgotten) {
    std::set<std::string> known;
    // PostgreSQL has them in a schema that the table API does not look into.
    const bool sees_hidden = !store::tests_use_postgres();
    if (sees_hidden) known.insert(std::begin(hidden_tables), std::end(hidden_tables));
    for (const TableLine& line : table_lines) known.insert(line.relation);
    const auto relations = World().relations();
    EXPECT_EQ(std::set<std::string>(relations.begin(), relations.end()), known)
        << "isolation_table.hpp and the database have different tables";
}

/// "/a/{b}" is the shape of "/a/1?c=2".
bool has_shape(std::string_view path, std::string_view shape) {
    path = path.substr(0, path.find('?'));
    while (!path.empty() && !shape.empty()) {
        const auto path_end = std::min(path.find('/', 1), path.size());
        const auto shape_end = std::min(shape.find('/', 1), shape.size());
        const bool is_open = shape.starts_with("/{");
        if (!is_open && path.substr(0, path_end) != shape.substr(0, shape_end)) return false;
        path.remove_prefix(path_end);
        shape.remove_prefix(shape_end);
    }
    return path.empty() && shape.empty();
}

Question question_of(const RouteLine& line) {
    const std::string_view request = line.request;
    const auto blank = request.find(' ');
    return {std::string(request.substr(0, blank)), std::string(request.substr(blank + 1)),
            line.body};
}

std::vector<RouteLine> all_route_lines() {
    std::vector<RouteLine> lines(std::begin(route_lines), std::end(route_lines));
    lines.insert(lines.end(), std::begin(network_route_lines), std::end(network_route_lines));
    return lines;
}

bool has_line(const Route& route) {
    if (route.path == "/rest/v1/{relation}" && route.method != "OPTIONS") return true;
    return std::ranges::any_of(all_route_lines(), [&](const RouteLine& line) {
        const Question question = question_of(line);
        return question.method == route.method && has_shape(question.target, route.path);
    });
}

TEST(Isolation, NoRouteIsForgotten) {
    for (const Route& route : route_table()) {
        EXPECT_TRUE(has_line(route))
            << route.method << " " << route.path << " has no line in isolation_table.hpp";
    }
    for (const RouteLine& line : all_route_lines()) {
        const Question question = question_of(line);
        EXPECT_TRUE(std::ranges::any_of(route_table(),
                                        [&](const Route& route) {
                                            return question.method == route.method &&
                                                   has_shape(question.target, route.path);
                                        }))
            << line.request << " is no route";
    }
}

void expect_routes(std::string_view prefix) {
    FreshWorld world;
    int lines = 0;
    for (const RouteLine& line : all_route_lines()) {
        const Question question = question_of(line);
        if (!question.target.starts_with(prefix)) continue;
        ++lines;
        expect_line(world, question, line.seen, line.letters);
    }
    EXPECT_GT(lines, 0);
}

TEST(Isolation, Accounts) {
    expect_routes("/auth/");
}
TEST(Isolation, TableApiItself) {
    expect_routes("/rest/");
}
TEST(Isolation, Enrollment) {
    expect_routes("/functions/");
}
TEST(Isolation, Roster) {
    expect_routes("/roster/");
}
TEST(Isolation, Webhooks) {
    expect_routes("/webhooks/");
}
TEST(Isolation, OpenRoutes) {
    for (const char* path : {"/healthz", "/readyz", "/metrics", "/enroll"}) expect_routes(path);
}

}  // namespace
}  // namespace muster::api
