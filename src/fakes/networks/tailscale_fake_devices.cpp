// The fake Tailscale's devices and their attributes.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "fakes/networks/fake_answers.hpp"
#include "fakes/networks/tailscale_fake.hpp"

namespace muster::fakes {
namespace json = boost::json;
namespace {

constexpr const char* domain = "tail1234.ts.net";

/// A filter's value against a member, both as text; an array matches by any of its items.
bool has_value(const json::value& member, const std::string& wanted) {
    if (const auto* items = member.if_array()) {
        return std::ranges::any_of(
            *items, [&](const json::value& item) { return has_value(item, wanted); });
    }
    if (const auto* text = member.if_string()) return *text == wanted;
    return json::serialize(member) == wanted;
}

bool is_attribute_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == ':';
    };
    return name.starts_with("custom:") && name.size() <= 50 && std::ranges::all_of(name, allowed);
}

bool is_attribute_value(const json::value& value) {
    const auto* text = value.if_string();
    if (text == nullptr) return value.is_int64() || value.is_bool();
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '.';
    };
    return text->size() <= 50 && std::ranges::all_of(*text, allowed);
}

}  // namespace

net::Response TailscaleFake::list_devices(const net::Request& request) const {
    const auto filters = request.query_parameters();
    if (!filters) return refuse(400, "bad query");
    json::array devices;
    for (const auto& [id, device] : m_devices) {
        const bool is_meant = std::ranges::all_of(*filters, [&](const auto& filter) {
            if (filter.first == "fields") return true;
            const json::value* member = device.shown.if_contains(filter.first);
            return member != nullptr && has_value(*member, filter.second);
        });
        if (is_meant) devices.push_back(device.shown);
    }
    return ok(json::object{{"devices", std::move(devices)}});
}

net::Response TailscaleFake::device(const Caller& caller, const net::Request& request,
                                    const Words& path) {
    Device* const found = find_device(path[1]);
    const bool is_attributes = path.size() == 3 && path[2] == "attributes";
    const std::string scope = is_attributes ? "devices:posture_attributes" : "devices:core";
    if (!caller.may(request.method == "GET" ? scope + ":read" : scope)) {
        return refuse(403, "calling actor does not have enough permissions");
    }
    if (found == nullptr) return refuse(404, "no such device");
    if (path.size() == 2 && request.method == "GET") return ok(found->shown);
    if (path.size() == 2 && request.method == "DELETE") {
        if (found->shown.at("isExternal").as_bool()) {
            return refuse(501, "this device is not owned by the tailnet");
        }
        m_devices.erase(std::string(found->shown.at("nodeId").as_string()));
        return ok();
    }
    if (!is_attributes || request.method != "GET") return refuse(404, "not found");
    json::object attributes;
    for (const auto& [name, attribute] : found->attributes) attributes[name] = attribute.value;
    return ok(json::object{{"attributes", std::move(attributes)}, {"expiries", json::object()}});
}

/// By either id.
TailscaleFake::Device* TailscaleFake::find_device(std::string_view id) {
    if (const auto found = m_devices.find(std::string(id)); found != m_devices.end()) {
        return &found->second;
    }
    for (auto& [node_id, device] : m_devices) {
        if (device.shown.at("id").as_string() == id) return &device;
    }
    return nullptr;
}

std::optional<net::Response> TailscaleFake::check_patch(const json::object& nodes) {
    for (const auto& node : nodes) {
        if (find_device(node.key()) == nullptr) return refuse(404, "no such device");
        if (!node.value().is_object()) return refuse(400, "bad attributes");
        for (const auto& attribute : node.value().get_object()) {
            if (!is_attribute_name(attribute.key())) return refuse(400, "bad attribute name");
            if (attribute.value().is_null()) continue;
            const auto* members = attribute.value().if_object();
            const auto* value = members != nullptr ? members->if_contains("value") : nullptr;
            if (value == nullptr || !is_attribute_value(*value)) {
                return refuse(400, "bad attribute value");
            }
            const auto kind = m_attribute_kinds.emplace(attribute.key(), value->kind()).first;
            if (kind->second != value->kind()) return refuse(400, "attribute has another type");
        }
    }
    return std::nullopt;
}

/// All or nothing.
net::Response TailscaleFake::patch_attributes(const net::Request& request) {
    boost::system::error_code error;
    const json::value body = json::parse(request.body, error);
    const json::value* nodes = error ? nullptr : body.find_pointer("/nodes", error);
    if (nodes == nullptr || !nodes->is_object()) return refuse(400, "bad body");
    if (auto refused = check_patch(nodes->get_object())) return *refused;
    for (const auto& node : nodes->get_object()) {
        auto& attributes = find_device(node.key())->attributes;
        for (const auto& given : node.value().get_object()) {
            if (given.value().is_null()) {
                attributes.erase(std::string(given.key()));
                continue;
            }
            const json::object& members = given.value().get_object();
            Attribute& attribute = attributes[std::string(given.key())];
            attribute.value = members.at("value");
            attribute.expires_at.reset();
            if (const auto* expiry = members.if_contains("expiry")) {
                attribute.expires_at = core::parse_timestamp(expiry->as_string());
            }
        }
    }
    return ok();
}

std::string TailscaleFake::free_name(const std::string& hostname) const {
    std::string label;
    for (const char c : hostname) {
        const bool stays = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
        const bool is_capital = c >= 'A' && c <= 'Z';
        label += stays ? c : is_capital ? static_cast<char>(c + 32) : '-';
    }
    for (int suffix = 0;; ++suffix) {
        const std::string name = suffix == 0 ? fmt::format("{}.{}", label, domain)
                                             : fmt::format("{}-{}.{}", label, suffix, domain);
        const bool is_taken = std::ranges::any_of(m_devices, [&](const auto& entry) {
            return entry.second.shown.at("name").as_string() == name;
        });
        if (!is_taken) return name;
    }
}

TailscaleFake::Device& TailscaleFake::add_device(std::string_view hostname, bool is_external) {
    const std::uint64_t number = ++m_number;
    const std::string node_id = fmt::format("n{}CNTRL", number);
    Device device;
    device.shown = {
        {"addresses", json::array{fmt::format("100.64.{}.{}", number / 250, number % 250),
                                  fmt::format("fd7a:115c:a1e0::{:x}", number)}},
        {"id", fmt::format("{}", 9'000'000'000 + number)},
        {"nodeId", node_id},
        {"user", "ana@example.org"},
        {"name", free_name(std::string(hostname))},
        {"hostname", hostname},
        {"clientVersion", is_external ? "" : "1.94.2-t012345678"},
        {"updateAvailable", false},
        {"os", "linux"},
        {"created", is_external ? "" : to_rfc3339(m_clock.now())},
        {"connectedToControl", true},
        {"keyExpiryDisabled", false},
        {"expires", to_rfc3339(m_clock.now() + std::chrono::days(180))},
        {"authorized", true},
        {"isExternal", is_external},
        {"isEphemeral", false},
        {"machineKey", is_external ? "" : "mkey:00"},
        {"nodeKey", "nodekey:00"},
        {"blocksIncomingConnections", false},
        {"tags", nullptr}};
    return m_devices[node_id] = std::move(device);
}

// What happens on the tailnet.

std::optional<std::string> TailscaleFake::join(std::string_view secret, std::string_view hostname) {
    const std::lock_guard lock(m_mutex);
    for (auto& [id, key] : m_keys) {
        if (key.secret != secret || !is_good(key)) continue;
        key.is_used = true;
        Device& device = add_device(hostname, false);
        boost::system::error_code error;
        const json::value capabilities = key.shown.at("capabilities");
        const auto* tags = capabilities.find_pointer("/devices/create/tags", error);
        if (tags != nullptr && tags->is_array() && !tags->get_array().empty()) {
            device.shown["tags"] = *tags;
            device.shown["keyExpiryDisabled"] = true;
            device.shown["expires"] = "0001-01-01T00:00:00Z";
        }
        return std::string(device.shown.at("nodeId").as_string());
    }
    return std::nullopt;
}

std::string TailscaleFake::log_in(std::string_view hostname, std::string_view user) {
    const std::lock_guard lock(m_mutex);
    Device& device = add_device(hostname, false);
    device.shown["user"] = user;
    device.shown.erase("tags");
    return std::string(device.shown.at("nodeId").as_string());
}

std::string TailscaleFake::share_in(std::string_view hostname) {
    const std::lock_guard lock(m_mutex);
    return std::string(add_device(hostname, true).shown.at("nodeId").as_string());
}

bool TailscaleFake::set_online(std::string_view node_id, bool online) {
    const std::lock_guard lock(m_mutex);
    Device* const device = find_device(node_id);
    if (device == nullptr) return false;
    device->shown["connectedToControl"] = online;
    if (online) {
        device->shown.erase("lastSeen");
    } else {
        device->shown["lastSeen"] = to_rfc3339(m_clock.now());
    }
    return true;
}

void TailscaleFake::set_member(std::string_view node_id, std::string_view name, json::value value) {
    const std::lock_guard lock(m_mutex);
    Device* const device = find_device(node_id);
    if (device == nullptr) return;
    if (value.is_null()) {
        device->shown.erase(name);
    } else {
        device->shown[name] = std::move(value);
    }
}

bool TailscaleFake::has_node(std::string_view node_id) {
    const std::lock_guard lock(m_mutex);
    return find_device(node_id) != nullptr;
}

std::size_t TailscaleFake::good_key_count() {
    const std::lock_guard lock(m_mutex);
    return static_cast<std::size_t>(
        std::ranges::count_if(m_keys, [&](const auto& entry) { return is_good(entry.second); }));
}

std::optional<std::string> TailscaleFake::find_trust(std::string_view node_id) {
    const std::lock_guard lock(m_mutex);
    const Device* const device = find_device(node_id);
    if (device == nullptr) return std::nullopt;
    const auto attribute = device->attributes.find("custom:musterTrust");
    if (attribute == device->attributes.end()) return std::nullopt;
    const auto& expires_at = attribute->second.expires_at;
    if (expires_at && *expires_at <= m_clock.now()) return std::nullopt;
    return std::string(attribute->second.value.as_string());
}

}  // namespace muster::fakes
