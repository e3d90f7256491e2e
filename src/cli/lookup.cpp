// Looks through the list routes; a whole id is taken at its word.
// SPDX-License-Identifier: Apache-2.0
#include "cli/lookup.hpp"

#include <algorithm>
#include <cctype>

#include <boost/json.hpp>

#include "base/random.hpp"
#include "cli/json_fields.hpp"

namespace muster::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t devices_searched_max = 20'000;
constexpr std::size_t candidates_shown_max = 10;
constexpr std::size_t prefix_characters_min = 4;

std::string to_lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool is_id_prefix(const std::string& text) {
    return text.size() >= prefix_characters_min && text.size() < 36 &&
           text.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

template <class Predicate>
json::array matching(const json::array& rows, Predicate is_match) {
    json::array found;
    for (const json::value& row : rows)
        if (is_match(as_object(row))) found.push_back(row);
    return found;
}

std::string list_of(const json::array& devices) {
    std::string text;
    for (std::size_t at = 0; at < std::min(devices.size(), candidates_shown_max); ++at) {
        const json::object& device = as_object(devices[at]);
        text += (at == 0 ? "" : ", ") + text_of(device, "id") + " (" + text_of(device, "name") +
                ", " + text_of(device, "status") + ")";
    }
    if (devices.size() > candidates_shown_max) text += ", ...";
    return text;
}

Outcome<std::string> only_one(const json::array& devices, const std::string& typed) {
    if (devices.size() > 1)
        return refuse("\"" + typed + "\" could be any of " + std::to_string(devices.size()) +
                          " devices: " + list_of(devices),
                      "give the whole id");
    if (devices.empty())
        return refuse("no device has the name or id \"" + typed + "\"", "muster device list");
    return text_of(as_object(devices.front()), "id");
}

FoundConnection to_connection(const json::object& row) {
    std::string id = text_of(row, "id");
    if (id.empty()) id = server_connection;
    return {std::move(id), text_of(row, "name"), text_of(row, "network"),
            integer_of(row, "devices")};
}

std::unexpected<Failure> refuse_several(const json::array& connections, const std::string& typed) {
    std::string text;
    for (const json::value& row : connections) {
        const json::object& connection = as_object(row);
        text += (text.empty() ? "" : ", ") + to_connection(connection).id + " (" +
                text_of(connection, "network") + ", organization " +
                or_dash(text_of(connection, "organization_id")) + ")";
    }
    return refuse("\"" + typed + "\" could be any of " + std::to_string(connections.size()) +
                      " network connections: " + text,
                  "give the id");
}

}  // namespace

Outcome<std::string> find_device_id(const ApiClient& api, const std::string& typed) {
    if (base::is_uuid(typed)) return to_lower(typed);
    const auto by_name =
        api.list({"/roster/v1/devices", "devices", {{"name", typed}}, devices_searched_max});
    if (!by_name) return std::unexpected(by_name.error());
    const json::array named =
        matching(array_of(*by_name, "devices"),
                 [&typed](const json::object& device) { return text_of(device, "name") == typed; });
    const std::string prefix = to_lower(typed);
    if (!named.empty() || !is_id_prefix(prefix)) return only_one(named, typed);

    const auto all = api.list({"/roster/v1/devices", "devices", {}, devices_searched_max});
    if (!all) return std::unexpected(all.error());
    return only_one(matching(array_of(*all, "devices"),
                             [&prefix](const json::object& device) {
                                 return text_of(device, "id").starts_with(prefix);
                             }),
                    typed);
}

Outcome<std::string> find_user_id(const ApiClient& api, const std::string& typed) {
    if (base::is_uuid(typed)) return to_lower(typed);
    const auto users = api.get("/roster/v1/users");
    if (!users) return std::unexpected(users.error());
    const std::string email = to_lower(typed);
    for (const json::value& user : array_of(*users, "users"))
        if (to_lower(text_of(as_object(user), "email")) == email)
            return text_of(as_object(user), "id");
    return refuse("no user has the e-mail address \"" + typed + "\"", "muster user list");
}

std::string route_of(const FoundConnection& connection) {
    return std::string(connections_route) + "/" + connection.id;
}

Outcome<FoundConnection> find_connection(const ApiClient& api, const std::string& typed) {
    const auto answer = api.get(connections_route);
    if (!answer) return std::unexpected(answer.error());
    const json::array& rows = array_of(*answer, "connections");
    const std::string id = to_lower(typed);
    json::array found =
        matching(rows, [&id](const json::object& row) { return to_connection(row).id == id; });
    if (found.empty())
        found = matching(
            rows, [&typed](const json::object& row) { return text_of(row, "name") == typed; });
    if (found.size() > 1) return refuse_several(found, typed);
    if (found.empty())
        return refuse("no network connection has the name or id \"" + typed + "\"",
                      "muster network list");
    return to_connection(as_object(found.front()));
}

Outcome<FoundConnection> find_organization_connection(const ApiClient& api,
                                                      const std::string& typed) {
    auto connection = find_connection(api, typed);
    if (connection && connection->id == server_connection)
        return refuse("this works on an organization's connection, not on the server's own network",
                      "muster network list");
    return connection;
}

}  // namespace muster::cli
