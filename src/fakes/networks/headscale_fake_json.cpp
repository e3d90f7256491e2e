// The fake's rows as Headscale shows them: protojson, unset members present.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "fakes/networks/headscale_fake.hpp"

namespace muster::fakes {
namespace json = boost::json;
namespace {

constexpr const char* year_one = "0001-01-01T00:00:00Z";

json::array to_array(const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
}

json::value time_or_null(const std::optional<core::Timestamp>& at) {
    return at ? json::value(core::to_json_text(*at)) : json::value(nullptr);
}

}  // namespace

json::value HeadscaleFake::id(int number) const {
    if (m_options.numeric_ids) return number;
    return json::value(std::to_string(number));
}

json::value HeadscaleFake::user(std::string_view name) const {
    const auto known = std::ranges::find(m_options.users, name);
    if (known == m_options.users.end()) return nullptr;
    const auto number = static_cast<int>(known - m_options.users.begin()) + 1;
    return json::object{{"id", id(number)},  {"name", name},       {"createdAt", nullptr},
                        {"displayName", ""}, {"email", ""},        {"providerId", ""},
                        {"provider", ""},    {"profilePicUrl", ""}};
}

json::object HeadscaleFake::to_json(int number, const Key& key, bool whole) const {
    const std::string masked = fmt::format("hskey-auth-{}-***", key.prefix);
    return {{"user", user(key.user)},
            {"id", id(number)},
            {"key", whole ? key.secret : masked},
            {"reusable", false},
            {"ephemeral", false},
            {"used", key.used},
            {"expiration", key.expires_at ? json::value(core::to_json_text(*key.expires_at))
                                          : json::value(year_one)},
            {"createdAt", core::to_json_text(key.created_at)},
            {"aclTags", to_array(key.tags)}};
}

json::object HeadscaleFake::to_json(int number, const Machine& machine) const {
    json::value key = nullptr;
    for (const auto* keys : {&m_keys, &m_deleted_keys}) {
        if (!machine.key || !keys->contains(*machine.key)) continue;
        key = to_json(*machine.key, keys->at(*machine.key), !has_key_ids());
    }
    const bool is_owned_by_tags = has_key_ids() && !machine.tags.empty();
    json::object node{
        {"id", id(number)},
        {"machineKey", fmt::format("mkey:{:064x}", number)},
        {"nodeKey", fmt::format("nodekey:{:064x}", number)},
        {"discoKey", ""},
        {"ipAddresses", json::array{fmt::format("100.64.{}.{}", number / 250, number % 250 + 1),
                                    fmt::format("fd7a:115c:a1e0::{:x}", number)}},
        {"name", machine.hostname},
        {"user", is_owned_by_tags ? json::value{{"id", id(2147455555)}, {"name", "tagged-devices"}}
                                  : user(machine.user)},
        {"lastSeen", time_or_null(machine.last_seen)},
        {"expiry", time_or_null(machine.expires_at)},
        {"preAuthKey", key},
        {"createdAt", core::to_json_text(machine.created_at)},
        {"registerMethod", machine.key ? "REGISTER_METHOD_AUTH_KEY" : "REGISTER_METHOD_CLI"},
        {"givenName", machine.hostname},
        {"online", machine.online},
        {"approvedRoutes", json::array()},
        {"availableRoutes", json::array()},
        {"subnetRoutes", json::array()}};
    node[has_key_ids() ? "tags" : "forcedTags"] = to_array(machine.tags);
    if (!has_key_ids()) {
        node["validTags"] = json::array();
        node["invalidTags"] = json::array();
    }
    return node;
}

}  // namespace muster::fakes
