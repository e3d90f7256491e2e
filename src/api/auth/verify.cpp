// A link is followed by a browser, and answered by a redirect; a code is sent by a program.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/verify.hpp"

#include <algorithm>
#include <utility>

#include "api/auth/attempts.hpp"
#include "api/auth/auth_fields.hpp"
#include "api/auth/redirects.hpp"
#include "api/auth/session_json.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/verification.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using app::VerificationType;
using app::Verified;
using core::Code;

constexpr std::string_view half_done =
    "Confirmation link accepted. Please proceed to confirm link sent to the other email";

constexpr std::pair<std::string_view, VerificationType> types[] = {
    {"signup", VerificationType::sign_up},
    {"invite", VerificationType::invite},
    {"magiclink", VerificationType::magic_link},
    {"recovery", VerificationType::recovery},
    {"email_change", VerificationType::email_change},
    {"email", VerificationType::email},
};

core::Result<VerificationType> parse_type(std::string_view text) {
    const auto* const found =
        std::ranges::find(types, text, [](const auto& row) { return row.first; });
    if (found == std::end(types)) return refuse_input("Invalid email verification type");
    return found->second;
}

std::string_view word_of(VerificationType type) {
    const auto* const found =
        std::ranges::find(types, type, [](const auto& row) { return row.second; });
    return found->first;
}

/// GoTrue's, too, lets people type a code with dashes.
std::string without_dashes(std::string code) {
    std::erase(code, '-');
    return code;
}

struct VerifyInput {
    VerificationType type = VerificationType::email;
    std::string address;  ///< with `code`
    std::string code;     ///< empty: by link
    std::string link_token;
};

core::Result<VerifyInput> read_verify(const json::object& body) {
    VerifyInput input;
    std::string type, phone, redirect;
    const std::pair<const char*, std::string*> fields[] = {
        {"type", &type},        {"email", &input.address},         {"phone", &phone},
        {"token", &input.code}, {"token_hash", &input.link_token}, {"redirect_to", &redirect}};
    for (const auto& [name, value] : fields) {
        auto text = read_auth_text(body, name);
        if (!text) return std::unexpected(text.error());
        *value = std::move(*text);
    }
    if (type.empty()) return refuse_input("Verify requires a verification type");
    if (input.code.empty() == input.link_token.empty()) {
        return refuse_input("Verify requires either a token or a token hash");
    }
    if (!input.code.empty() && input.address.empty() == phone.empty()) {
        return refuse_input("Only an email address or phone number should be provided on verify");
    }
    if (!input.link_token.empty() &&
        !(input.address.empty() && phone.empty() && redirect.empty())) {
        return refuse_input("Only the token_hash and type should be provided");
    }
    // Nobody was ever sent a code by telephone.
    if (!phone.empty()) return core::fail(Code::code_expired);
    if (!input.code.empty()) {
        auto address = check_auth_address(input.address);
        if (!address) {
            return core::fail(Code::unprocessable_input, {}, "Invalid email format");
        }
        input.address = std::move(*address);
    }
    const auto parsed = parse_type(type);
    if (!parsed) return std::unexpected(parsed.error());
    input.type = *parsed;
    input.code = without_dashes(std::move(input.code));
    return input;
}

core::Result<Verified> verify(store::Transaction& transaction, const app::Context& context,
                              const VerifyInput& input) {
    if (input.code.empty()) {
        return app::verify_link(transaction, context, input.type, input.link_token,
                                app::LinkAnswer::session);
    }
    return app::verify_code(transaction, context, input.type, input.address, input.code);
}

/// Where the browser goes.
std::string destination(const Call& call, const std::string& url, Flow flow,
                        const core::Result<Verified>& verified, core::Timestamp now) {
    if (!verified) return with_refusal(url, auth_refusal(verified.error()), flow);
    if (verified->refusal) {
        return with_refusal(url, auth_refusal(core::Error{*verified->refusal}), flow);
    }
    if (verified->is_half_done) return with_message(url, half_done, flow);
    if (verified->pkce_code) return with_code(url, verified->pkce_code->reveal());
    return with_session(url, session_json(*verified->session, call.services, now),
                        word_of(verified->type));
}

}  // namespace

asio::awaitable<Answer> handle_verify_link(Call& call) {
    // Programs that look whether a link is alive must not use it up.
    if (call.request.method == "HEAD") {
        co_return core::fail(Code::method_not_allowed, {}, "GET, POST");
    }
    const std::string token = call.request.query_value("token");
    const std::string type = call.request.query_value("type");
    if (type.empty()) co_return refuse_input("Verify requires a verification type");
    if (token.empty()) co_return refuse_input("Verify requires a token or a token hash");
    const auto allowed = co_await take_attempt(call, Limit::verify_address);
    if (!allowed) co_return std::unexpected(allowed.error());
    const std::string url = choose_redirect(call.request, call.services);
    const Flow flow = token.starts_with("pkce_") ? Flow::pkce : Flow::implicit;
    const auto parsed = parse_type(type);
    if (!parsed) {
        co_return redirect_to(with_refusal(url, auth_refusal(parsed.error()), flow));
    }
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::verify_link(transaction, context, *parsed, token,
                                app::LinkAnswer::session_or_pkce_code);
    };
    const auto verified = co_await call.services.store.write(work);
    if (verified && !verified->refusal) co_await give_back_attempt(call, Limit::verify_address);
    co_return redirect_to(destination(call, url, flow, verified, context.now));
}

asio::awaitable<Answer> handle_verify(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto input = read_verify(*body);
    if (!input) co_return std::unexpected(input.error());
    const auto allowed = co_await take_attempt(call, Limit::verify_address);
    if (!allowed) co_return std::unexpected(allowed.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return verify(transaction, context, *input);
    };
    const auto verified = co_await call.services.store.write(work);
    if (!verified) co_return std::unexpected(verified.error());
    if (verified->refusal) co_return core::fail(*verified->refusal);
    co_await give_back_attempt(call, Limit::verify_address);
    if (verified->is_half_done) {
        const json::object accepted{{"code", "200"}, {"msg", half_done}};
        co_return json_response(accepted);
    }
    co_return json_response(session_json(*verified->session, call.services, context.now));
}

asio::awaitable<Answer> exchange_code(Call& call, const json::object& body) {
    const auto code = read_auth_text(body, "auth_code");
    if (!code) co_return std::unexpected(code.error());
    const auto verifier = read_auth_text(body, "code_verifier");
    if (!verifier) co_return std::unexpected(verifier.error());
    if (code->empty() || verifier->empty()) {
        co_return refuse_input(
            "invalid request: both auth code and code verifier should be non-empty");
    }
    const auto allowed = co_await take_attempt(call, Limit::verify_address);
    if (!allowed) co_return std::unexpected(allowed.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::exchange_pkce_code(transaction, context, *code, *verifier);
    };
    const auto session = co_await call.services.store.write(work);
    if (!session) co_return std::unexpected(session.error());
    co_await give_back_attempt(call, Limit::verify_address);
    co_return json_response(session_json(*session, call.services, context.now));
}

}  // namespace muster::api
