// Fuzzes the reading of requests from a connection. The bytes arrive in one piece, and one by one:
// where the pieces end must not matter.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/property.hpp"
#include "fuzz/target.hpp"
#include "net/request_parser.hpp"

namespace {

using muster::fuzz::require;
using muster::net::RequestParser;
using Stage = RequestParser::Stage;

constexpr std::size_t header_bytes_max = 2048;
constexpr std::size_t body_bytes_max = 256;

/// What a connection saw of one request.
struct Seen {
    Stage stage = Stage::head;
    std::string method, path, query, body;
    std::vector<std::pair<std::string, std::string>> headers = {};
    bool keeps_alive = false;

    bool operator==(const Seen&) const = default;
};

Seen look(RequestParser& parser) {
    Seen seen;
    seen.stage = parser.stage();
    if (seen.stage != Stage::complete) return seen;
    const auto& request = parser.request();
    seen.method = request.method;
    seen.path = request.path;
    seen.query = request.query;
    seen.body = request.body;
    for (const auto& [name, value] : request.headers) seen.headers.emplace_back(name, value);
    seen.keeps_alive = parser.keeps_alive();
    return seen;
}

void check_complete(const Seen& seen) {
    require(!seen.method.empty() && !seen.path.empty(), "a request has a method and a path");
    require(seen.body.size() <= body_bytes_max, "a body keeps to its limit");
    const auto is_control = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    for (const auto& [name, value] : seen.headers) {
        require(!name.empty(), "a header has a name");
        require(std::ranges::none_of(name + value, is_control), "a header holds no line break");
    }
}

/// Feeds `input`, at most `piece` new bytes at a time, and returns the requests in it.
std::vector<Seen> read_all(std::string_view input, std::size_t piece) {
    RequestParser parser(header_bytes_max, body_bytes_max);
    std::vector<Seen> requests;
    std::size_t used = 0;     // up to here the parser took the input
    std::size_t arrived = 0;  // up to here the connection read it
    while (arrived < input.size() || used < arrived) {
        const std::size_t taken = parser.feed(input.substr(used, arrived - used));
        require(taken <= arrived - used, "the parser takes what it was given");
        used += taken;
        if (parser.stage() == Stage::refused) break;
        if (parser.stage() == Stage::complete) {
            requests.push_back(look(parser));
            check_complete(requests.back());
            parser.reset();
        } else if (taken == 0) {
            require(arrived - used < header_bytes_max || piece >= header_bytes_max,
                    "what waits for more keeps to the limit");
            if (arrived == input.size()) break;
            arrived += std::min(piece, input.size() - arrived);
        }
    }
    requests.push_back(look(parser));
    return requests;
}

/// Beast notices what is wrong between two chunks a few bytes sooner or later: then one connection
/// is refused already, and the other still waits.
bool are_alike(std::vector<Seen> a, std::vector<Seen> b) {
    const auto is_in_body = [](const Seen& seen) {
        return seen.stage == Stage::body || seen.stage == Stage::refused;
    };
    if (is_in_body(a.back()) && is_in_body(b.back())) a.back().stage = b.back().stage;
    return a == b;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto at_once = read_all(input, input.size());
    const auto one_by_one = read_all(input, 1);
    // A trailer that arrives in one piece may be longer than one that makes the parser wait.
    if (input.size() >= header_bytes_max) return 0;
    require(are_alike(at_once, one_by_one), "where the pieces end does not matter");
    return 0;
}
