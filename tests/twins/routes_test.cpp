// A route that the scripts never ask for is one where the databases may differ unseen.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "api/router.hpp"
#include "twins/script.hpp"
#include "twins/twin.hpp"

namespace muster::twins {
namespace {

struct UndrawnRoute {
    std::string_view method;
    std::string_view path;
    const char* why;
};

constexpr UndrawnRoute undrawn_routes[] = {
    {"GET", "/metrics", "counts of this process, and how long things took"},
};

/// Drawing costs little: nothing is sent.
constexpr std::size_t steps = 30'000;

/// "/a/{b}" is the shape of "/a/1?c=2".
bool has_shape(std::string_view path, std::string_view shape) {
    path = path.substr(0, path.find('?'));
    while (!path.empty() && !shape.empty()) {
        const auto path_end = std::min(path.find('/', 1), path.size());
        const auto shape_end = std::min(shape.find('/', 1), shape.size());
        const bool is_open = shape.starts_with("/{") && path_end > 1;
        if (!is_open && path.substr(0, path_end) != shape.substr(0, shape_end)) return false;
        path.remove_prefix(path_end);
        shape.remove_prefix(shape_end);
    }
    return path.empty() && shape.empty();
}

std::string name_of(std::string_view method, std::string_view path) {
    return std::string(method) + " " + std::string(path);
}

/// A second factor, which some requests need.
void teach_factor(Script& script) {
    Step step;
    step.method = "POST";
    step.target = "/auth/v1/factors";
    script.learn(step, {.status = 200,
                        .content_type = "application/json",
                        .body = R"({"id":"00000000-0000-4000-8000-0000000000bb",)"
                                R"("totp":{"secret":"JBSWY3DPEHPK3PXP"}})"});
}

std::set<std::string> drawn_routes() {
    CountingRandom ids;
    const Twin twin(TwinOptions{}, ids, nullptr);
    Script script(1, twin);
    script.look(twin.read(twin.shape()));
    teach_factor(script);
    std::set<std::string> drawn;
    for (std::size_t i = 0; i < steps; ++i) {
        const Step step = script.next();
        if (step.kind != Step::Kind::request) continue;
        for (const api::Route& route : api::route_table()) {
            const bool is_it = step.method == route.method && has_shape(step.target, route.path);
            if (is_it) drawn.insert(name_of(route.method, route.path));
        }
    }
    return drawn;
}

TEST(TwinsRoutes, NoneIsForgotten) {
    const std::set<std::string> drawn = drawn_routes();
    std::set<std::string> expected;
    for (const api::Route& route : api::route_table()) {
        expected.insert(name_of(route.method, route.path));
    }
    for (const UndrawnRoute& route : undrawn_routes) {
        EXPECT_EQ(expected.erase(name_of(route.method, route.path)), 1U)
            << route.path << " is no route";
        EXPECT_FALSE(drawn.contains(name_of(route.method, route.path)))
            << route.path << " is drawn";
    }
    for (const std::string& route : expected) {
        EXPECT_TRUE(drawn.contains(route))
            << route << " is drawn by no script_*.cpp, and no reason says why";
    }
}

}  // namespace
}  // namespace muster::twins
