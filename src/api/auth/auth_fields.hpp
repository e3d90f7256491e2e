// Fields of the bodies that /auth/v1 takes, refused in GoTrue's sentences. As there, null and ""
// count as absent.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "app/sign_up.hpp"
#include "core/result.hpp"

namespace muster::api {

inline constexpr std::size_t auth_address_bytes_max = 255;
inline constexpr std::size_t auth_text_length_max = 1024;

/// 400 with that sentence.
std::unexpected<core::Error> refuse_input(std::string sentence);

/// A string, at most auth_text_length_max characters; empty: absent. Fails: invalid_type,
/// invalid_length, invalid_characters, invalid_utf8.
core::Result<std::string> read_auth_text(const boost::json::object& body, std::string_view name);

/// Lower-cased. Fails: validation_failed.
core::Result<std::string> check_auth_address(const std::string& text);

/// The member `data`, an object; empty: absent. Fails: invalid_type.
core::Result<boost::json::object> read_auth_data(const boost::json::object& body);

/// code_challenge and code_challenge_method (RFC 7636); empty: the implicit flow. Fails:
/// validation_failed.
core::Result<std::optional<store::CodeChallenge>> read_challenge(const boost::json::object& body);

/// Fails: weak_password.
core::Result<void> check_password_strength(const std::string& password, std::size_t length_min);

}  // namespace muster::api
