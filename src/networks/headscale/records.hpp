// What Headscale's API v1 says, as our values; every field may be missing. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/secret.hpp"
#include "networks/network.hpp"

namespace muster::networks::headscale {

struct Version {
    int major = 0;
    int minor = 0;
    auto operator<=>(const Version&) const = default;
};

/// From here on keys have ids to be addressed by and need no user, and a node that is tagged leaves
/// its user for good.
constexpr Version tags_own_nodes{0, 28};

/// Of "v0.29.2" or "0.30.0-beta.1". Empty: no numbers ("dev").
std::optional<Version> parse_version(std::string_view text);

/// What a server answered for GET /version: before 0.27 there is no such path. A server that hides
/// its version counts as a new one.
Version version_of(unsigned status, const boost::json::value& body);

struct KeyRecord {
    std::string id;
    std::string user_id;
    base::Secret<std::string> secret;  ///< whole in the answer that made it, and before 0.28
    bool used = false;
    std::optional<core::Timestamp> expires_at;
};

KeyRecord to_key(const boost::json::value& key);

/// An expired node is offline, whatever `online` says.
Node to_node(const boost::json::value& node, core::Timestamp now);

/// Those that a write replaces: `tags`, before 0.28 `forcedTags`.
std::vector<std::string> writable_tags(const boost::json::value& node);

/// "tag:muster-high" and the like.
std::string trust_tag(core::TrustLevel level);
/// Sorted: `tags` with exactly one trust tag, that of `level`.
std::vector<std::string> with_trust_tag(std::vector<std::string> tags, core::TrustLevel level);

/// Those of `tags` that the policy (HuJSON: comments, trailing commas) has no owners for.
std::vector<std::string> tags_without_owners(std::string_view policy,
                                             const std::vector<std::string>& tags);

/// Headscale's ids are whole numbers: anything else names nothing there.
bool is_id(std::string_view text);

}  // namespace muster::networks::headscale
