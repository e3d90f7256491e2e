// Sign-in, refresh, who am I, sign-out.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/sessions.hpp"

#include "api/auth/auth_fields.hpp"
#include "api/auth/session_json.hpp"
#include "api/auth/verify.hpp"
#include "api/fields.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/sign_in.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

struct Login {
    std::string email;
    base::Secret<std::string> password;
};

/// Whom the password is of: an address, which must be allowed, and no telephone number.
core::Result<void> check_identity(const json::object& body, const app::AccountRules& rules) {
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    const auto phone = read_auth_text(body, "phone");
    if (!phone) return std::unexpected(phone.error());
    if (!email->empty() && !phone->empty()) {
        return refuse_input("Only an email address or phone number should be provided on login.");
    }
    if (!phone->empty()) return core::fail(Code::phone_logins_disabled);
    if (email->empty()) return refuse_input("missing email or phone");
    if (!rules.email_logins) return core::fail(Code::email_logins_disabled);
    return {};
}

core::Result<Login> read_login(const json::object& body, const app::AccountRules& rules) {
    if (auto allowed = check_identity(body, rules); !allowed) {
        return std::unexpected(allowed.error());
    }
    auto email = require(read_email(body, "email"), "email");
    if (!email) return std::unexpected(email.error());
    auto password = require(read_text(body, "password", password_limits), "password");
    if (!password) return std::unexpected(password.error());
    return Login{std::move(*email), base::Secret(std::move(*password))};
}

/// A failed sign-in costs one attempt of the address and one of the account.
class LoginAttempt {
public:
    LoginAttempt(Call& call, const std::string& email)
        : m_attempts(call.services.attempts),
          m_address(address_key(call.caller.ip_address)),
          m_account(email) {}
    asio::awaitable<core::Result<void>> begin() {
        auto taken = co_await m_attempts.take(Limit::password_address, m_address);
        if (!taken) co_return taken;
        taken = co_await m_attempts.take(Limit::password_account, m_account);
        if (!taken) co_await m_attempts.give_back(Limit::password_address, m_address);
        co_return taken;
    }
    asio::awaitable<void> give_back() {
        co_await m_attempts.give_back(Limit::password_address, m_address);
        co_await m_attempts.give_back(Limit::password_account, m_account);
    }

private:
    Attempts& m_attempts;
    std::string m_address;
    std::string m_account;
};

/// A password that came with its account goes on being good; the next check costs what others do.
asio::awaitable<void> hash_anew(Call& call, const Login& login, const store::User& user) {
    const auto hash = co_await call.services.passwords.hash(login.password);
    if (!hash) co_return;
    auto work = [&](store::Transaction& transaction) -> core::Result<void> {
        app::replace_hash(transaction, user.id, user.encrypted_password, *hash);
        return {};
    };
    const auto replaced = co_await call.services.store.write(work);
    if (!replaced) co_return;  // as good at the next sign-in
}

asio::awaitable<core::Result<std::string>> check_password(Call& call, const Login& login) {
    auto find = [&](store::Transaction& transaction) -> core::Result<std::optional<store::User>> {
        return app::find_login(transaction, login.email);
    };
    const auto user = co_await call.services.store.read(find);
    if (!user) co_return std::unexpected(user.error());
    const std::string hash = *user ? (*user)->encrypted_password : std::string();
    const auto right = co_await call.services.passwords.verify(login.password, hash);
    if (!right) co_return std::unexpected(right.error());
    if (!*right) co_return core::fail(Code::invalid_credentials);
    if (crypto::is_foreign_hash(hash)) co_await hash_anew(call, login, **user);
    co_return (*user)->id;
}

asio::awaitable<Answer> sign_in(Call& call, const json::object& body) {
    const auto login = read_login(body, call.services.rules.accounts);
    if (!login) co_return std::unexpected(login.error());
    LoginAttempt attempt(call, login->email);
    const auto allowed = co_await attempt.begin();
    if (!allowed) co_return std::unexpected(allowed.error());
    const auto user_id = co_await check_password(call, *login);
    const bool guess = !user_id && user_id.error().code == Code::invalid_credentials;
    if (!guess) co_await attempt.give_back();
    if (!user_id) co_return std::unexpected(user_id.error());
    const app::Context context = call.context();
    auto open = [&](store::Transaction& transaction) {
        return app::sign_in(transaction, context, *user_id);
    };
    const auto session = co_await call.services.store.write(open);
    if (!session) co_return std::unexpected(session.error());
    co_return json_response(session_json(*session, call.services, context.now));
}

asio::awaitable<Answer> refresh(Call& call, const json::object& body) {
    auto text = require(read_text(body, "refresh_token", token_limits), "refresh_token");
    if (!text) co_return std::unexpected(text.error());
    const base::Secret<std::string> token(std::move(*text));
    const std::string address = address_key(call.caller.ip_address);
    const auto allowed = call.services.attempts.check(Limit::refresh_address, address);
    if (!allowed) co_return std::unexpected(allowed.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::refresh_session(transaction, context, token);
    };
    const auto refreshed = co_await call.services.store.write(work);
    if (!refreshed) co_return std::unexpected(refreshed.error());
    if (!refreshed->session) {
        const auto taken = co_await call.services.attempts.take(Limit::refresh_address, address);
        if (!taken) co_return std::unexpected(taken.error());
        co_return core::fail(refreshed->refusal);
    }
    co_return json_response(session_json(*refreshed->session, call.services, context.now));
}

}  // namespace

asio::awaitable<Answer> handle_token(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const std::string grant = call.request.query_value("grant_type");
    if (grant == "password") co_return co_await sign_in(call, *body);
    if (grant == "refresh_token") co_return co_await refresh(call, *body);
    if (grant == "pkce") co_return co_await exchange_code(call, *body);
    co_return core::fail(Code::unsupported_grant_type);
}

asio::awaitable<Answer> handle_user(Call& call) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::get_signed_in_user(transaction, context);
    };
    const auto user = co_await call.services.store.read(work);
    if (!user) co_return std::unexpected(user.error());
    co_return json_response(user_json(*user));
}

asio::awaitable<Answer> handle_logout(Call& call) {
    const std::string scope = call.request.query_value("scope");
    store::SessionScope which = store::SessionScope::global;
    if (scope == "local")
        which = store::SessionScope::local;
    else if (scope == "others")
        which = store::SessionScope::others;
    else if (!scope.empty() && scope != "global") {
        co_return core::fail(Code::unsupported_logout_scope, "scope", scope);
    }
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::close_sessions(transaction, context, which);
    };
    const auto closed = co_await call.services.store.write(work);
    if (!closed) co_return std::unexpected(closed.error());
    net::Response response;
    response.status = 204;
    response.content_type.clear();
    co_return response;
}

asio::awaitable<Answer> handle_jwks(Call& call) {
    net::Response response = json_response(call.services.verifier.jwks());
    response.headers.push_back({"Cache-Control", "public, max-age=600"});
    co_return response;
}

asio::awaitable<Answer> handle_auth_health(Call&) {
    const json::object body{{"version", MUSTER_VERSION},
                            {"name", "GoTrue"},
                            {"description", "Muster, speaking GoTrue's protocol"}};
    co_return json_response(body);
}

}  // namespace muster::api
