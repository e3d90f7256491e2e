// Tailscale's auth keys: what is asked for, and what is read. Pure.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "networks/control_api.hpp"
#include "networks/network.hpp"

namespace muster::networks {

/// "muster DEVICE": at most 50 letters, digits, hyphens and spaces, as the API wants it.
std::string key_description(std::string_view device_id);

/// A key for one device, approved beforehand; a lifetime of 1 second to 90 days.
std::string key_request_body(const KeyRequest& request);

/// Fails: network_answer_invalid. `expires_at`: where the answer tells none.
core::Result<NetworkKey> parse_key(const ApiAnswer& answer, core::Timestamp expires_at);

/// Of {"keys": [...]}: ids of the auth keys with that description that still let somebody in and
/// were made at `since` or later.
std::vector<std::string> unused_keys(const boost::json::value& answer, std::string_view description,
                                     core::Timestamp since);

/// A key that is shown, but lets nobody in any more.
bool is_invalid_key(const ApiAnswer& answer);

/// "tail1234.ts.net" of "host.tail1234.ts.net"; empty: there is none.
std::string domain_of(std::string_view name);

}  // namespace muster::networks
