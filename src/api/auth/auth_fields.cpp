// Checks of form, in GoTrue's order and words.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/auth_fields.hpp"

#include <algorithm>

#include "api/fields.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;
using core::Code;

constexpr std::size_t label_length_max = 63;
constexpr std::size_t challenge_length_min = 43;
constexpr std::size_t challenge_length_max = 128;

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= label_length_max && is_alphanumeric(label.front()) &&
           is_alphanumeric(label.back()) &&
           std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
    for (;;) {
        const auto dot = domain.find('.');
        if (!is_label(domain.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

bool is_local_part(std::string_view text) {
    constexpr std::string_view others = ".!#$%&'*+/=?^_`{|}~-";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

bool is_challenge_character(char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '~' || c == '-';
}

}  // namespace

std::unexpected<core::Error> refuse_input(std::string sentence) {
    return core::fail(Code::validation_failed, {}, std::move(sentence));
}

core::Result<std::string> read_auth_text(const json::object& body, std::string_view name) {
    auto text = read_text(body, name, {0, auth_text_length_max});
    if (!text) return std::unexpected(std::move(text.error()));
    return std::move(*text).value_or("");
}

core::Result<std::string> check_auth_address(const std::string& text) {
    if (text.empty()) return refuse_input("An email address is required");
    if (text.size() > auth_address_bytes_max) {
        return refuse_input("An email address is too long");
    }
    const auto at = text.find('@');
    const std::string_view view(text);
    if (at == std::string::npos || !is_local_part(view.substr(0, at)) ||
        !is_domain(view.substr(at + 1))) {
        return refuse_input("Unable to validate email address: invalid format");
    }
    return to_lower(text);
}

core::Result<json::object> read_auth_data(const json::object& body) {
    const json::value* const value = body.if_contains("data");
    if (!value || value->is_null()) return json::object();
    if (!value->is_object()) return core::fail(Code::invalid_type, "data", "an object");
    return value->get_object();
}

core::Result<std::optional<store::CodeChallenge>> read_challenge(const json::object& body) {
    auto text = read_auth_text(body, "code_challenge");
    if (!text) return std::unexpected(text.error());
    const auto method = read_auth_text(body, "code_challenge_method");
    if (!method) return std::unexpected(method.error());
    if (text->empty() != method->empty()) {
        return refuse_input("PKCE flow requires code_challenge_method and code_challenge");
    }
    if (text->empty()) return std::optional<store::CodeChallenge>();
    if (text->size() < challenge_length_min || text->size() > challenge_length_max) {
        return refuse_input("code challenge has to be between 43 and 128 characters");
    }
    if (!std::ranges::all_of(*text, is_challenge_character)) {
        return refuse_input(
            "code challenge can only contain alphanumeric characters, hyphens, periods, "
            "underscores and tildes");
    }
    store::CodeChallenge challenge{std::move(*text), to_lower(*method)};
    if (challenge.method != "s256" && challenge.method != "plain") {
        return refuse_input("unsupported code_challenge method \"" + *method + "\"");
    }
    return std::optional(std::move(challenge));
}

core::Result<void> check_password_strength(const std::string& password, std::size_t length_min) {
    if (password.size() >= length_min) return {};
    return core::fail(Code::weak_password, "password", std::to_string(length_min));
}

}  // namespace muster::api
