// Contract section 3, "Input limits".
// SPDX-License-Identifier: Apache-2.0
#include "api/functions/enrollment_input.hpp"

#include "api/fields.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;
using Text = std::optional<std::string>;

/// "derived" drops an admin's pin.
constexpr std::string_view trust_levels = "low, medium, high, derived";

OptionalText read_name(const json::object& body, std::string_view name) {
    return read_text(body, name, device_name_limits);
}
OptionalText read_os(const json::object& body, std::string_view name) {
    return read_text(body, name, os_limits);
}
OptionalText read_hostname(const json::object& body, std::string_view name) {
    return read_text(body, name, hostname_limits);
}
OptionalText read_reason(const json::object& body, std::string_view name) {
    return read_text(body, name, reason_limits);
}
OptionalText read_type(const json::object& body, std::string_view name) {
    return read_word(body, name, device_types);
}
OptionalText read_level(const json::object& body, std::string_view name) {
    return read_word(body, name, trust_levels);
}

struct FieldRow {
    std::string_view name;
    OptionalText (*read)(const json::object& body, std::string_view name);
    Text EnrollmentInput::* member;
};

constexpr FieldRow fields[] = {
    {"device_id", read_uuid, &EnrollmentInput::device_id},
    {"user_id", read_uuid, &EnrollmentInput::user_id},
    {"organization_id", read_uuid, &EnrollmentInput::organization_id},
    {"device_name", read_name, &EnrollmentInput::device_name},
    {"device_type", read_type, &EnrollmentInput::device_type},
    {"os", read_os, &EnrollmentInput::os},
    {"fingerprint", read_fingerprint, &EnrollmentInput::fingerprint},
    {"hostname", read_hostname, &EnrollmentInput::hostname},
    {"reason", read_reason, &EnrollmentInput::reason},
    {"trust_level", read_level, &EnrollmentInput::trust_level},
};

core::Result<std::optional<base::Secret<std::string>>> read_secret(const json::object& body,
                                                                   std::string_view name,
                                                                   TextLimits limits) {
    auto text = read_text(body, name, limits);
    if (!text) return std::unexpected(text.error());
    if (!*text) return std::nullopt;
    return base::Secret<std::string>(std::move(**text));
}

}  // namespace

core::Result<EnrollmentInput> read_enrollment_input(const json::object& body) {
    EnrollmentInput input;
    for (const FieldRow& field : fields) {
        auto text = field.read(body, field.name);
        if (!text) return std::unexpected(text.error());
        input.*field.member = std::move(*text);
    }
    auto token = read_secret(body, "enrollment_token", token_limits);
    if (!token) return std::unexpected(token.error());
    input.enrollment_token = std::move(*token);
    auto key = read_secret(body, "tailscale_auth_key", network_key_limits);
    if (!key) return std::unexpected(key.error());
    input.network_key = std::move(*key);
    return input;
}

}  // namespace muster::api
