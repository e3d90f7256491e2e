// The paths by which end-to-end suites steer a fake.
// SPDX-License-Identifier: Apache-2.0
#include "fakes/networks/fake_network.hpp"

#include <charconv>

#include <boost/json/array.hpp>

#include "fakes/networks/fake_answers.hpp"

namespace muster::fakes {
namespace json = boost::json;
namespace {

int number_of(const net::Request& request, std::string_view name, int otherwise) {
    const std::string text = request.query_value(name);
    int number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

net::Response done(bool is_found) {
    return answer_json(is_found ? 200 : 404, json::object{{"found", is_found}});
}

net::Response set_fault(FakeNetwork& network, const net::Request& request) {
    const auto fault = parse_fault(request.query_value("fault"));
    if (!fault) return refuse(400, "unknown fault");
    network.server().set_faults(
        {.fault = *fault,
         .count = number_of(request, "count", 1),
         .after = number_of(request, "after", 0),
         .method = request.query_value("method"),
         .delay = std::chrono::milliseconds(number_of(request, "delay_ms", 1'000))});
    return done(true);
}

net::Response join(FakeNetwork& network, const net::Request& request) {
    const auto node = network.join(request.query_value("key"), request.query_value("hostname"));
    if (!node) return refuse(403, "the key lets nobody in");
    return ok(json::object{{"node", *node}});
}

net::Response show_trust(FakeNetwork& network, const net::Request& request) {
    const auto level = network.find_trust(request.query_value("node"));
    if (!level) return done(false);
    return ok(json::object{{"trust", *level}});
}

net::Response show_requests(FakeNetwork& network) {
    const std::vector<std::string> requests = network.server().requests();
    return ok(json::array(requests.begin(), requests.end()));
}

}  // namespace

net::Response answer_fake_path(FakeNetwork& network, const net::Request& request) {
    const std::string node = request.query_value("node");
    if (request.path == "/fake/fault") return set_fault(network, request);
    if (request.path == "/fake/join") return join(network, request);
    if (request.path == "/fake/online") {
        return done(network.set_online(node, request.query_value("online") != "false"));
    }
    if (request.path == "/fake/nodes") return done(network.has_node(node));
    if (request.path == "/fake/trust") return show_trust(network, request);
    if (request.path == "/fake/requests") return show_requests(network);
    return done(false);
}

}  // namespace muster::fakes
