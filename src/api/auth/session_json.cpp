// Objects that supabase-js reads.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/session_json.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace muster::api {

namespace {

namespace json = boost::json;

json::object parse_stored(const std::string& text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) return {};
    return std::move(value.get_object());
}

json::array parse_stored_array(const std::string& text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_array()) return {};
    return std::move(value.get_array());
}

/// As Go writes it: UTC is Z.
std::string auth_time(core::Timestamp at) {
    std::string text = core::to_json_text(at);
    constexpr std::string_view offset = "+00:00";
    if (text.ends_with(offset)) text.replace(text.size() - offset.size(), offset.size(), "Z");
    return text;
}

void set_time(json::object& object, std::string_view name,
              const std::optional<core::Timestamp>& at) {
    if (at) object[name] = auth_time(*at);
}

json::object identity_json(const store::User& user) {
    const json::object data{{"email", user.email},
                            {"email_verified", user.email_confirmed_at.has_value()},
                            {"phone_verified", user.phone_confirmed_at.has_value()},
                            {"sub", user.id}};
    return {{"identity_id", user.id},
            {"id", user.id},
            {"user_id", user.id},
            {"identity_data", data},
            {"provider", "email"},
            {"last_sign_in_at", auth_time(user.last_sign_in_at.value_or(user.created_at))},
            {"created_at", auth_time(user.created_at)},
            {"updated_at", auth_time(user.updated_at)},
            {"email", user.email}};
}

std::optional<core::Timestamp> first_confirmed_at(const store::User& user) {
    if (!user.email_confirmed_at) return user.phone_confirmed_at;
    if (!user.phone_confirmed_at) return user.email_confirmed_at;
    return std::min(*user.email_confirmed_at, *user.phone_confirmed_at);
}

/// A token that no request could carry is none: what people wrote about themselves is left out
/// before what the server needs, and GET /user still has all of it.
std::string access_token(const Services& services, json::object claims) {
    std::string token = services.session_signer.sign(claims);
    for (const char* const name : {"user_metadata", "app_metadata"}) {
        if (token.size() <= crypto::jwt_length_max) break;
        claims[name] = json::object{};
        token = services.session_signer.sign(claims);
    }
    return token;
}

}  // namespace

json::object factor_json(const store::Factor& factor) {
    json::object object{{"id", factor.id},
                        {"created_at", auth_time(factor.created_at)},
                        {"updated_at", auth_time(factor.updated_at)},
                        {"status", factor.is_verified ? "verified" : "unverified"}};
    if (!factor.friendly_name.empty()) object["friendly_name"] = factor.friendly_name;
    object["factor_type"] = "totp";
    object["last_challenged_at"] = nullptr;
    set_time(object, "last_challenged_at", factor.last_challenged_at);
    return object;
}

json::object user_json(const store::User& user) {
    json::object object{{"id", user.id},
                        {"aud", "authenticated"},
                        {"role", "authenticated"},
                        {"email", user.email}};
    set_time(object, "email_confirmed_at", user.email_confirmed_at);
    set_time(object, "invited_at", user.invited_at);
    object["phone"] = user.phone.value_or("");
    set_time(object, "phone_confirmed_at", user.phone_confirmed_at);
    set_time(object, "confirmation_sent_at", user.confirmation_sent_at);
    set_time(object, "confirmed_at", first_confirmed_at(user));
    set_time(object, "recovery_sent_at", user.recovery_sent_at);
    if (!user.email_change.empty()) object["new_email"] = user.email_change;
    set_time(object, "email_change_sent_at", user.email_change_sent_at);
    set_time(object, "reauthentication_sent_at", user.reauthentication_sent_at);
    set_time(object, "last_sign_in_at", user.last_sign_in_at);
    object["app_metadata"] = parse_stored(user.app_metadata);
    object["user_metadata"] = parse_stored(user.user_metadata);
    if (!user.factors.empty()) {
        json::array factors;
        for (const store::Factor& factor : user.factors) factors.push_back(factor_json(factor));
        object["factors"] = std::move(factors);
    }
    object["identities"] = json::array{identity_json(user)};
    object["created_at"] = auth_time(user.created_at);
    object["updated_at"] = auth_time(user.updated_at);
    set_time(object, "banned_until", user.banned_until);
    set_time(object, "deleted_at", user.deleted_at);
    object["is_anonymous"] = user.is_anonymous;
    return object;
}

json::object made_up_user_json(const store::User& user) {
    json::object object = user_json(user);
    object["role"] = "";
    object["identities"] = json::array{};
    return object;
}

json::object session_json(const app::OpenSession& session, const Services& services,
                          core::Timestamp now) {
    const auto lifetime = services.rules.session_lifetime;
    const std::int64_t issued = core::to_unix_seconds(now);
    const std::int64_t expires = issued + lifetime.count();
    const json::object claims{{"iss", services.public_url + "/auth/v1"},
                              {"sub", session.user.id},
                              {"aud", "authenticated"},
                              {"exp", expires},
                              {"iat", issued},
                              {"email", session.user.email},
                              {"phone", session.user.phone.value_or("")},
                              {"app_metadata", parse_stored(session.user.app_metadata)},
                              {"user_metadata", parse_stored(session.user.user_metadata)},
                              {"role", "authenticated"},
                              {"aal", session.aal},
                              {"amr", parse_stored_array(session.amr)},
                              {"session_id", session.session_id},
                              {"is_anonymous", session.user.is_anonymous}};
    return {{"access_token", access_token(services, claims)},
            {"token_type", "bearer"},
            {"expires_in", lifetime.count()},
            {"expires_at", expires},
            {"refresh_token", session.refresh_token.reveal()},
            {"user", user_json(session.user)}};
}

}  // namespace muster::api
