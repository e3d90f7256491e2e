// Letters on request. Each answers {}, and costs the asking address an attempt.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/otp.hpp"

#include "api/auth/auth_fields.hpp"
#include "api/auth/letters.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/sign_up.hpp"
#include "app/user_update.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Code;

Answer answer_sent(const Call& call, std::span<const app::Letter> letters) {
    const auto sent = send_letters(call, letters);
    if (!sent) return std::unexpected(sent.error());
    return json_response(json::object());
}

std::vector<app::Letter> as_list(std::optional<app::Letter> letter) {
    std::vector<app::Letter> letters;
    if (letter) letters.push_back(std::move(*letter));
    return letters;
}

struct MagicLinkInput {
    app::NewUser user;
    app::Strangers strangers = app::Strangers::sign_up;
    std::optional<store::CodeChallenge> challenge;
};

core::Result<MagicLinkInput> read_magic_link(const json::object& body,
                                             const app::AccountRules& rules) {
    if (!rules.email_logins) return core::fail(Code::email_logins_disabled);
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    if (email->empty()) return refuse_input("Password recovery requires an email");
    auto address = check_auth_address(*email);
    if (!address) return std::unexpected(address.error());
    auto challenge = read_challenge(body);
    if (!challenge) return std::unexpected(challenge.error());
    auto data = read_auth_data(body);
    if (!data) return std::unexpected(data.error());
    MagicLinkInput input;
    input.user.email = std::move(*address);
    input.user.data = std::move(*data);
    input.challenge = std::move(*challenge);
    return input;
}

/// What POST /otp takes beyond a magic link: a telephone number instead, and no strangers.
core::Result<app::Strangers> read_otp(const json::object& body) {
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    const auto phone = read_auth_text(body, "phone");
    if (!phone) return std::unexpected(phone.error());
    const auto channel = read_auth_text(body, "channel");
    if (!channel) return std::unexpected(channel.error());
    if (!email->empty() && !phone->empty()) {
        return refuse_input("Only an email address or phone number should be provided");
    }
    if (!email->empty() && !channel->empty()) {
        return refuse_input("Channel should only be specified with Phone OTP");
    }
    if (!phone->empty()) {
        return core::fail(Code::phone_provider_disabled, {}, "Unsupported phone provider");
    }
    if (email->empty()) return refuse_input("One of email or phone must be set");
    const json::value* const create = body.if_contains("create_user");
    if (!create || create->is_null()) return app::Strangers::sign_up;
    if (!create->is_bool()) return core::fail(Code::invalid_type, "create_user", "true or false");
    return create->get_bool() ? app::Strangers::sign_up : app::Strangers::refuse;
}

asio::awaitable<Answer> send_magic_link(Call& call, const MagicLinkInput& input) {
    const auto admitted = co_await admit_letters(call);
    if (!admitted) co_return std::unexpected(admitted.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::request_magic_link(transaction, context, input.user, input.strangers,
                                       input.challenge);
    };
    const auto letter = co_await call.services.store.write(work);
    if (!letter) co_return std::unexpected(letter.error());
    co_return answer_sent(call, std::span(&*letter, 1));
}

enum class Resent { confirmation, email_change };
struct ResendInput {
    Resent what = Resent::confirmation;
    std::string email;
};

core::Result<ResendInput> read_resend(const json::object& body, const app::AccountRules& rules) {
    const auto type = read_auth_text(body, "type");
    if (!type) return std::unexpected(type.error());
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    const auto phone = read_auth_text(body, "phone");
    if (!phone) return std::unexpected(phone.error());
    const bool known =
        *type == "signup" || *type == "email_change" || *type == "sms" || *type == "phone_change";
    if (!known) {
        return refuse_input("Missing one of these types: signup, email_change, sms, phone_change");
    }
    if (email->empty() && *type == "signup") {
        return refuse_input("Type provided requires an email address");
    }
    if (phone->empty() && *type == "sms") {
        return refuse_input("Type provided requires a phone number");
    }
    if (!email->empty() && !phone->empty()) {
        return refuse_input("Only an email address or phone number should be provided.");
    }
    if (!phone->empty()) {
        return core::fail(Code::phone_provider_disabled, {}, "Phone logins are disabled");
    }
    if (email->empty()) return refuse_input("Missing email address or phone number");
    if (!rules.email_logins) return core::fail(Code::email_logins_off);
    auto address = check_auth_address(*email);
    if (!address) return std::unexpected(address.error());
    return ResendInput{*type == "signup" ? Resent::confirmation : Resent::email_change,
                       std::move(*address)};
}

core::Result<std::vector<app::Letter>> resend(store::Transaction& transaction,
                                              const app::Context& context,
                                              const ResendInput& input) {
    if (input.what == Resent::email_change) {
        return app::resend_email_change(transaction, context, input.email);
    }
    auto letter = app::resend_confirmation(transaction, context, input.email);
    if (!letter) return std::unexpected(letter.error());
    return as_list(std::move(*letter));
}

}  // namespace

asio::awaitable<Answer> handle_otp(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto strangers = read_otp(*body);
    if (!strangers) co_return std::unexpected(strangers.error());
    auto input = read_magic_link(*body, call.services.rules.accounts);
    if (!input) co_return std::unexpected(input.error());
    input->strangers = *strangers;
    co_return co_await send_magic_link(call, *input);
}

asio::awaitable<Answer> handle_magic_link(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto input = read_magic_link(*body, call.services.rules.accounts);
    if (!input) co_return std::unexpected(input.error());
    co_return co_await send_magic_link(call, *input);
}

asio::awaitable<Answer> handle_recover(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto email = read_auth_text(*body, "email");
    if (!email) co_return std::unexpected(email.error());
    if (email->empty()) co_return refuse_input("Password recovery requires an email");
    const auto address = check_auth_address(*email);
    if (!address) co_return std::unexpected(address.error());
    const auto challenge = read_challenge(*body);
    if (!challenge) co_return std::unexpected(challenge.error());
    const auto admitted = co_await admit_letters(call);
    if (!admitted) co_return std::unexpected(admitted.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::request_recovery(transaction, context, *address, *challenge);
    };
    auto letter = co_await call.services.store.write(work);
    if (!letter) co_return std::unexpected(letter.error());
    const std::vector<app::Letter> letters = as_list(std::move(*letter));
    co_return answer_sent(call, letters);
}

asio::awaitable<Answer> handle_resend(Call& call) {
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto input = read_resend(*body, call.services.rules.accounts);
    if (!input) co_return std::unexpected(input.error());
    const auto admitted = co_await admit_letters(call);
    if (!admitted) co_return std::unexpected(admitted.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return resend(transaction, context, *input);
    };
    const auto letters = co_await call.services.store.write(work);
    if (!letters) co_return std::unexpected(letters.error());
    co_return answer_sent(call, *letters);
}

asio::awaitable<Answer> handle_reauthenticate(Call& call) {
    const auto admitted = co_await admit_letters(call);
    if (!admitted) co_return std::unexpected(admitted.error());
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::request_reauthentication(transaction, context);
    };
    const auto letter = co_await call.services.store.write(work);
    if (!letter) co_return std::unexpected(letter.error());
    co_return answer_sent(call, std::span(&*letter, 1));
}

}  // namespace muster::api
