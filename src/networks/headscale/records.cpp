// Headscale's JSON: protojson up to 0.29 (ids as texts, unset members present), the same names
// later.
// SPDX-License-Identifier: Apache-2.0
#include "networks/headscale/records.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/parse.hpp>

#include "networks/control_api.hpp"
#include "networks/members.hpp"

namespace muster::networks::headscale {
namespace json = boost::json;
namespace {

constexpr std::string_view trust_tag_prefix = "tag:muster-";
/// The user that tagged nodes are listed under.
constexpr std::string_view tagged_user = "tagged-devices";

std::optional<int> take_number(std::string_view& text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool is_trust_tag(std::string_view tag) {
    return tag == trust_tag(core::TrustLevel::low) || tag == trust_tag(core::TrustLevel::medium) ||
           tag == trust_tag(core::TrustLevel::high);
}

std::vector<std::string> shown_tags(const json::value& node) {
    std::vector<std::string> tags = writable_tags(node);
    const std::vector<std::string> granted = texts_member(node, "validTags");
    tags.insert(tags.end(), granted.begin(), granted.end());
    std::ranges::sort(tags);
    const auto repeated = std::ranges::unique(tags);
    tags.erase(repeated.begin(), repeated.end());
    return tags;
}

std::string user_of(const json::value& node) {
    const bool is_owned_by_tags = !texts_member(node, "tags").empty();
    std::string user = text_member(member_of(node, "user"), "name");
    return is_owned_by_tags || user == tagged_user ? std::string() : user;
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
    if (text.starts_with('v')) text.remove_prefix(1);
    const auto major = take_number(text);
    if (!major || !text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
    const auto minor = take_number(text);
    if (!minor) return std::nullopt;
    return Version{*major, *minor};
}

Version version_of(unsigned status, const json::value& body) {
    if (status == 404) return {0, 26};
    return parse_version(text_member(body, "version")).value_or(Version{0, 30});
}

KeyRecord to_key(const json::value& key) {
    KeyRecord record;
    record.id = id_member(key, "id");
    record.user_id = id_member(member_of(key, "user"), "id");
    record.secret = base::Secret(text_member(key, "key"));
    record.used = bool_member(key, "used");
    record.expires_at = time_member(key, "expiration");
    return record;
}

Node to_node(const json::value& node, core::Timestamp now) {
    Node mapped;
    const auto expires_at = time_member(node, "expiry");
    mapped.expired = expires_at && *expires_at <= now;
    mapped.addresses = texts_member(node, "ipAddresses");
    mapped.name = text_member(node, "givenName");
    mapped.user = user_of(node);
    mapped.created_at = time_member(node, "createdAt");
    const std::string key_id = id_member(member_of(node, "preAuthKey"), "id");
    if (!key_id.empty()) mapped.key_id = key_id;
    core::NodeSighting& sighting = mapped.sighting;
    sighting.network = "headscale";
    sighting.node_id = id_member(node, "id");
    sighting.hostname = text_member(node, "name");
    if (!mapped.addresses.empty()) sighting.ip = mapped.addresses.front();
    sighting.tags = shown_tags(node);
    sighting.online = bool_member(node, "online") && !mapped.expired;
    // `lastSeen` only moves when a node leaves.
    sighting.last_seen = sighting.online ? now : time_member(node, "lastSeen");
    return mapped;
}

std::vector<std::string> writable_tags(const json::value& node) {
    const bool has_tags = node.is_object() && node.get_object().contains("tags");
    return texts_member(node, has_tags ? "tags" : "forcedTags");
}

std::string trust_tag(core::TrustLevel level) {
    return std::string(trust_tag_prefix) + std::string(core::to_text(level));
}

std::vector<std::string> with_trust_tag(std::vector<std::string> tags, core::TrustLevel level) {
    std::erase_if(tags, is_trust_tag);
    tags.push_back(trust_tag(level));
    std::ranges::sort(tags);
    return tags;
}

std::vector<std::string> tags_without_owners(std::string_view policy,
                                             const std::vector<std::string>& tags) {
    json::parse_options hujson;
    hujson.allow_comments = true;
    hujson.allow_trailing_commas = true;
    boost::system::error_code error;
    const json::value parsed = json::parse(policy, error, {}, hujson);
    if (error) return tags;
    const json::value& owners = member_of(parsed, "tagOwners");
    std::vector<std::string> missing;
    for (const std::string& tag : tags) {
        if (!owners.is_object() || !owners.get_object().contains(tag)) missing.push_back(tag);
    }
    return missing;
}

bool is_id(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, is_digit);
}

}  // namespace muster::networks::headscale
