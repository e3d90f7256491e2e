// Reads typed fields out of a JSON object, or refuses with the field's name. null counts as absent;
// unknown fields are ignored.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/principal.hpp"
#include "core/result.hpp"

namespace muster::api {

/// How much text, in Unicode code points.
struct TextLimits {
    std::size_t min = 1;
    std::size_t max = 100;
};

// Limits of contract section 3, and of accounts.
inline constexpr TextLimits device_name_limits{1, 100};
inline constexpr TextLimits os_limits{1, 50};
inline constexpr TextLimits fingerprint_limits{1, 100};
inline constexpr TextLimits token_limits{1, 200};
inline constexpr TextLimits hostname_limits{1, 253};
inline constexpr TextLimits network_key_limits{1, 512};
inline constexpr TextLimits reason_limits{1, 500};
inline constexpr TextLimits name_limits{1, 200};
inline constexpr TextLimits email_limits{3, 254};
inline constexpr TextLimits password_limits{1, 1024};

using OptionalText = core::Result<std::optional<std::string>>;

/// Fails: invalid_type, invalid_length, invalid_characters (control characters).
OptionalText read_text(const boost::json::object& object, std::string_view name, TextLimits limits);
/// [A-Za-z0-9-] only. Fails: as read_text, invalid_characters.
OptionalText read_fingerprint(const boost::json::object& object, std::string_view name);
/// Lower-cased. Fails: as read_text, invalid_type.
OptionalText read_uuid(const boost::json::object& object, std::string_view name);
/// One of the words, separated by ", ". Fails: as read_text, invalid_value.
OptionalText read_word(const boost::json::object& object, std::string_view name,
                       std::string_view words);
/// Lower-cased; something, one @, something, no spaces. Fails: as read_text, invalid_type.
OptionalText read_email(const boost::json::object& object, std::string_view name);

/// ASCII letters only.
std::string to_lower(std::string text);

struct SecondsLimits {
    std::chrono::seconds min;
    std::chrono::seconds max;
};
/// How long a device may be silent: a minute to ten years.
inline constexpr SecondsLimits silence_limits{std::chrono::minutes(1), std::chrono::days(3650)};

/// A whole number of seconds that must be there. Fails: missing_field, invalid_type, invalid_value.
core::Result<std::chrono::seconds> read_seconds(const boost::json::object& object,
                                                std::string_view name, SecondsLimits limits);

/// The same, but it must be there. Fails: also missing_field.
core::Result<std::string> require(OptionalText text, std::string_view name);

}  // namespace muster::api
