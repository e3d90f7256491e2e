// GoTrue's AdminUserParams.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/admin_fields.hpp"

#include "api/auth/auth_fields.hpp"
#include "api/auth/go_duration.hpp"
#include "api/fields.hpp"
#include "base/random.hpp"
#include "crypto/passwords.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;
using core::Code;

constexpr TextLimits ban_limits{0, 64};
constexpr std::string_view nil_uuid = "00000000-0000-0000-0000-000000000000";

core::Result<std::optional<json::object>> read_metadata(const json::object& body,
                                                        std::string_view name) {
    const json::value* const value = body.if_contains(name);
    if (!value || value->is_null()) return std::optional<json::object>();
    if (!value->is_object()) return core::fail(Code::invalid_type, std::string(name), "an object");
    return std::optional(value->get_object());
}

core::Result<bool> read_flag(const json::object& body, std::string_view name) {
    const json::value* const value = body.if_contains(name);
    if (!value || value->is_null()) return false;
    if (!value->is_bool()) {
        return core::fail(Code::invalid_type, std::string(name), "true or false");
    }
    return value->get_bool();
}

core::Result<std::optional<std::chrono::microseconds>> read_ban(const json::object& body) {
    const auto text = read_text(body, "ban_duration", ban_limits);
    if (!text) return std::unexpected(text.error());
    const std::string word = text->value_or("");
    if (word.empty()) return std::optional<std::chrono::microseconds>();
    if (word == "none") return std::optional(std::chrono::microseconds(0));
    const auto duration = parse_go_duration(word);
    if (!duration) {
        return refuse_input("invalid format for ban duration: time: invalid duration \"" + word +
                            "\"");
    }
    return duration;
}

core::Result<void> read_passwords(const json::object& body, AdminUserInput& input) {
    auto password = read_text(body, "password", {0, password_limits.max});
    if (!password) return std::unexpected(password.error());
    const auto hash = read_auth_text(body, "password_hash");
    if (!hash) return std::unexpected(hash.error());
    if (*password && !hash->empty()) {
        return refuse_input("Only a password or a password hash should be provided");
    }
    if (*password) input.password.emplace(std::move(**password));
    if (hash->empty()) return {};
    if (!crypto::is_password_hash(*hash)) {
        return refuse_input("password_hash has to be one of bcrypt or argon2id, at a usual cost");
    }
    input.change.password_hash = *hash;
    return {};
}

core::Result<void> check_role(const json::object& body) {
    const auto role = read_auth_text(body, "role");
    if (!role) return std::unexpected(role.error());
    if (role->empty() || *role == "authenticated") return {};
    return refuse_input("role has to be authenticated: what a user may do is said by its profile");
}

core::Result<AdminUserInput> read_user(const json::object& body) {
    AdminUserInput input;
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    if (!email->empty()) {
        auto address = check_auth_address(*email);
        if (!address) return std::unexpected(address.error());
        input.change.email = std::move(*address);
    }
    const auto phone = read_auth_text(body, "phone");
    if (!phone) return std::unexpected(phone.error());
    if (!phone->empty()) {
        return core::fail(Code::phone_provider_disabled, {}, "Unsupported phone provider");
    }
    if (auto read = read_passwords(body, input); !read) return std::unexpected(read.error());
    if (auto usual = check_role(body); !usual) return std::unexpected(usual.error());
    const auto confirms = read_flag(body, "email_confirm");
    if (!confirms) return std::unexpected(confirms.error());
    input.change.confirms_email = *confirms;
    auto user_metadata = read_metadata(body, "user_metadata");
    if (!user_metadata) return std::unexpected(user_metadata.error());
    input.change.user_metadata = std::move(*user_metadata);
    auto app_metadata = read_metadata(body, "app_metadata");
    if (!app_metadata) return std::unexpected(app_metadata.error());
    input.change.app_metadata = std::move(*app_metadata);
    const auto ban = read_ban(body);
    if (!ban) return std::unexpected(ban.error());
    input.change.ban = *ban;
    return input;
}

core::Result<void> check_strength(const AdminUserInput& input, const app::Rules& rules) {
    if (!input.password) return {};
    return check_password_strength(input.password->reveal(), rules.password_length_min);
}

}  // namespace

core::Result<AdminUserInput> read_new_admin_user(const json::object& body,
                                                 const app::Rules& rules) {
    auto input = read_user(body);
    if (!input) return input;
    if (input->change.email.empty()) {
        return refuse_input("Cannot create a user without either an email or phone");
    }
    const auto id = read_auth_text(body, "id");
    if (!id) return std::unexpected(id.error());
    if (!id->empty() && !base::is_uuid(*id)) {
        return refuse_input("ID must conform to the uuid v4 format");
    }
    if (*id == nil_uuid) return refuse_input("ID cannot be a nil uuid");
    input->change.id = to_lower(*id);
    const bool is_empty = input->password && input->password->reveal().empty();
    if (is_empty) input->password.reset();
    if (auto strong = check_strength(*input, rules); !strong) {
        return std::unexpected(strong.error());
    }
    return input;
}

core::Result<AdminUserInput> read_admin_user_change(const json::object& body,
                                                    const app::Rules& rules) {
    auto input = read_user(body);
    if (!input) return input;
    if (auto strong = check_strength(*input, rules); !strong) {
        return std::unexpected(strong.error());
    }
    return input;
}

}  // namespace muster::api
