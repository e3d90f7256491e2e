// Writes and reads auth keys.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/keys.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace muster::networks {
namespace json = boost::json;
using std::chrono::seconds;
namespace {

constexpr std::size_t description_length_max = 50;
constexpr seconds lifetime_min{1};
constexpr seconds lifetime_max = std::chrono::days(90);

bool is_description_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

}  // namespace

std::string key_description(std::string_view device_id) {
    std::string description = "muster ";
    for (const char c : device_id) description += is_description_character(c) ? c : '-';
    if (description.size() > description_length_max) description.resize(description_length_max);
    return description;
}

std::string key_request_body(const KeyRequest& request) {
    json::object create{{"reusable", false}, {"ephemeral", false}, {"preauthorized", true}};
    create["tags"] = json::array(request.tags.begin(), request.tags.end());
    json::object body;
    body["capabilities"] = json::object{{"devices", json::object{{"create", std::move(create)}}}};
    body["expirySeconds"] = std::clamp(request.lifetime, lifetime_min, lifetime_max).count();
    body["description"] = key_description(request.device_id);
    return json::serialize(body);
}

core::Result<NetworkKey> parse_key(const ApiAnswer& answer, core::Timestamp expires_at) {
    const auto body = json_of(answer);
    if (!body) return std::unexpected(body.error());
    NetworkKey key{id_member(*body, "id"), base::Secret(text_member(*body, "key")),
                   time_member(*body, "expires").value_or(expires_at)};
    if (key.id.empty() || key.secret.reveal().empty()) {
        return core::fail_with_detail(core::Code::network_answer_invalid,
                                      "a new key without its id or its secret");
    }
    return key;
}

std::vector<std::string> unused_keys(const json::value& answer, std::string_view description,
                                     core::Timestamp since) {
    std::vector<std::string> ids;
    const json::object* members = answer.if_object();
    const json::value* keys = members != nullptr ? members->if_contains("keys") : nullptr;
    if (keys == nullptr || !keys->is_array()) return ids;
    for (const json::value& key : keys->get_array()) {
        const std::string type = text_member(key, "keyType");
        const bool is_auth = type.empty() || type == "auth";
        if (!is_auth || bool_member(key, "invalid")) continue;
        const auto created = time_member(key, "created");
        if (!created || *created < since) continue;
        if (text_member(key, "description") == description) ids.push_back(id_member(key, "id"));
    }
    return ids;
}

bool is_invalid_key(const ApiAnswer& answer) {
    const auto key = json_of(answer);
    return key && bool_member(*key, "invalid");
}

std::string domain_of(std::string_view name) {
    const auto point = name.find('.');
    return point == std::string_view::npos ? std::string() : std::string(name.substr(point + 1));
}

}  // namespace muster::networks
