// Second factors in GoTrue's words.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/factors.hpp"

#include "api/auth/admin.hpp"
#include "api/auth/session_json.hpp"
#include "api/auth/totp_uri.hpp"
#include "api/fields.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/factors.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

constexpr TextLimits factor_name_limits{0, 100};
constexpr TextLimits code_limits{0, 100};

/// Host and port of the server's own address: what an app shows beside the account.
std::string default_issuer(const std::string& public_url) {
    const auto start = public_url.find("://");
    if (start == std::string::npos) return "Muster";
    return public_url.substr(start + 3, public_url.find('/', start + 3) - start - 3);
}

struct NewFactor {
    std::string friendly_name;
    std::string issuer;
};

core::Result<NewFactor> read_new_factor(const Call& call, const json::object& body) {
    const auto type = read_text(body, "factor_type", {0, 100});
    if (!type) return std::unexpected(type.error());
    const std::string word = type->value_or("");
    if (word == "phone") return core::fail(Code::mfa_phone_disabled);
    if (word == "webauthn") return core::fail(Code::mfa_webauthn_disabled);
    if (word != "totp") {
        return core::fail(Code::validation_failed, "factor_type",
                          "factor_type needs to be totp, phone, or webauthn");
    }
    auto name = read_text(body, "friendly_name", factor_name_limits);
    if (!name) return std::unexpected(name.error());
    auto issuer = read_text(body, "issuer", factor_name_limits);
    if (!issuer) return std::unexpected(issuer.error());
    NewFactor factor{name->value_or(""), issuer->value_or("")};
    if (factor.issuer.empty()) factor.issuer = default_issuer(call.services.public_url);
    return factor;
}

json::object enrolled_json(const app::EnrolledFactor& enrolled, const std::string& issuer) {
    const auto uri = totp_uri(issuer, enrolled.account, enrolled.key);
    const json::object totp{{"qr_code", qr_svg(uri.reveal())},
                            {"secret", enrolled.key.reveal()},
                            {"uri", uri.reveal()}};
    return {{"id", enrolled.factor.id},
            {"type", "totp"},
            {"friendly_name", enrolled.factor.friendly_name},
            {"totp", totp}};
}

struct ShownCode {
    std::string challenge_id;
    std::string code;
};

core::Result<ShownCode> read_code(const json::object& body) {
    auto challenge = require(read_uuid(body, "challenge_id"), "challenge_id");
    if (!challenge) return std::unexpected(challenge.error());
    auto code = read_text(body, "code", code_limits);
    if (!code) return std::unexpected(code.error());
    return ShownCode{std::move(*challenge), code->value_or("")};
}

}  // namespace

asio::awaitable<Answer> handle_enroll_factor(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto input = read_new_factor(call, *body);
    if (!input) co_return std::unexpected(input.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::enroll_factor(transaction, context, input->friendly_name);
    };
    const auto enrolled = co_await call.services.store.write(work);
    if (!enrolled) co_return std::unexpected(enrolled.error());
    co_return json_response(enrolled_json(*enrolled, input->issuer));
}

asio::awaitable<Answer> handle_challenge_factor(Call& call) {
    const auto id = read_auth_id(call, 0, "factor_id");
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::challenge_factor(transaction, context, *id);
    };
    const auto challenge = co_await call.services.store.write(work);
    if (!challenge) co_return std::unexpected(challenge.error());
    const json::object body{{"id", challenge->id},
                            {"type", "totp"},
                            {"expires_at", core::to_unix_seconds(challenge->expires_at)}};
    co_return json_response(body);
}

asio::awaitable<Answer> handle_verify_factor(Call& call) {
    const auto id = read_auth_id(call, 0, "factor_id");
    if (!id) co_return std::unexpected(id.error());
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto shown = read_code(*body);
    if (!shown) co_return std::unexpected(shown.error());
    Attempts& attempts = call.services.attempts;
    const auto allowed = co_await attempts.take(Limit::factor_codes, call.caller.user_id);
    if (!allowed) co_return std::unexpected(allowed.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::verify_factor(transaction, context, *id, shown->challenge_id, shown->code);
    };
    const auto session = co_await call.services.store.write(work);
    const bool is_guess = !session && session.error().code == Code::mfa_verification_failed;
    if (!is_guess) co_await attempts.give_back(Limit::factor_codes, call.caller.user_id);
    if (!session) co_return std::unexpected(session.error());
    co_return json_response(session_json(*session, call.services, context.now));
}

asio::awaitable<Answer> handle_remove_factor(Call& call) {
    const auto id = read_auth_id(call, 0, "factor_id");
    if (!id) co_return std::unexpected(id.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::remove_factor(transaction, context, *id);
    };
    const auto removed = co_await call.services.store.write(work);
    if (!removed) co_return std::unexpected(removed.error());
    const json::object body{{"id", *id}};
    co_return json_response(body);
}

}  // namespace muster::api
