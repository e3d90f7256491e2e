// Objects that supabase-js reads.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/session_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "api/json_response.hpp"

namespace muster::api {

namespace {

namespace json = boost::json;

json::object parse_stored(const std::string& text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) return {};
    return std::move(value.get_object());
}

void set_time(json::object& object, std::string_view name,
              const std::optional<core::Timestamp>& at) {
    if (at) object[name] = core::to_json_text(*at);
}

json::object identity_json(const store::User& user) {
    return {{"identity_id", user.id},
            {"id", user.id},
            {"user_id", user.id},
            {"identity_data", {{"email", user.email}, {"sub", user.id}}},
            {"provider", "email"},
            {"last_sign_in_at", time_or_null(user.last_sign_in_at)},
            {"created_at", core::to_json_text(user.created_at)},
            {"updated_at", core::to_json_text(user.updated_at)},
            {"email", user.email}};
}

}  // namespace

json::object user_json(const store::User& user) {
    json::object object{{"id", user.id},
                        {"aud", "authenticated"},
                        {"role", "authenticated"},
                        {"email", user.email},
                        {"phone", ""}};
    set_time(object, "email_confirmed_at", user.email_confirmed_at);
    set_time(object, "confirmed_at", user.email_confirmed_at);
    set_time(object, "last_sign_in_at", user.last_sign_in_at);
    object["app_metadata"] = parse_stored(user.app_metadata);
    object["user_metadata"] = parse_stored(user.user_metadata);
    object["identities"] = json::array{identity_json(user)};
    object["created_at"] = core::to_json_text(user.created_at);
    object["updated_at"] = core::to_json_text(user.updated_at);
    set_time(object, "banned_until", user.banned_until);
    object["is_anonymous"] = false;
    return object;
}

json::object session_json(const app::OpenSession& session, const Services& services,
                          core::Timestamp now) {
    const auto lifetime = services.rules.session_lifetime;
    const std::int64_t issued = core::to_unix_seconds(now);
    const std::int64_t expires = issued + lifetime.count();
    const json::object amr{{"method", "password"},
                           {"timestamp", core::to_unix_seconds(session.signed_in_at)}};
    const json::object claims{{"iss", services.public_url + "/auth/v1"},
                              {"sub", session.user.id},
                              {"aud", "authenticated"},
                              {"exp", expires},
                              {"iat", issued},
                              {"email", session.user.email},
                              {"phone", ""},
                              {"app_metadata", parse_stored(session.user.app_metadata)},
                              {"user_metadata", parse_stored(session.user.user_metadata)},
                              {"role", "authenticated"},
                              {"aal", "aal1"},
                              {"amr", json::array{amr}},
                              {"session_id", session.session_id},
                              {"is_anonymous", false}};
    return {{"access_token", services.session_signer.sign(claims)},
            {"token_type", "bearer"},
            {"expires_in", lifetime.count()},
            {"expires_at", expires},
            {"refresh_token", session.refresh_token.reveal()},
            {"user", user_json(session.user)}};
}

}  // namespace muster::api
