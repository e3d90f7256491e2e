// Links in the words of GoTrue's types.
// SPDX-License-Identifier: Apache-2.0
#include "app/action_links.hpp"

#include <algorithm>
#include <utility>

#include "api/auth/action_links.hpp"
#include "api/auth/admin.hpp"
#include "api/auth/auth_fields.hpp"
#include "api/auth/letters.hpp"
#include "api/auth/redirects.hpp"
#include "api/auth/session_json.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using app::ActionLinkType;

constexpr std::pair<std::string_view, ActionLinkType> types[] = {
    {"signup", ActionLinkType::sign_up},
    {"invite", ActionLinkType::invite},
    {"magiclink", ActionLinkType::magic_link},
    {"recovery", ActionLinkType::recovery},
    {"email_change_current", ActionLinkType::email_change_current},
    {"email_change_new", ActionLinkType::email_change_new},
};

std::string_view word_of(ActionLinkType type) {
    const auto* const found =
        std::ranges::find(types, type, [](const auto& row) { return row.second; });
    return found->first;
}

core::Result<ActionLinkType> read_type(const json::object& body) {
    const auto text = read_text(body, "type", {0, 100});
    if (!text) return std::unexpected(text.error());
    const std::string word = text->value_or("");
    const auto* const found =
        std::ranges::find(types, word, [](const auto& row) { return row.first; });
    if (found == std::end(types)) {
        return refuse_input("Invalid email action link type requested: " + word);
    }
    return found->second;
}

struct LinkInput {
    app::ActionLinkRequest request;
    base::Secret<std::string> password;
    std::string redirect;  ///< empty: the request's
};

/// A sign-up's password; empty: none was given.
core::Result<std::string> read_sign_up_password(const json::object& body, ActionLinkType type,
                                                const app::Rules& rules) {
    auto text = read_text(body, "password", {0, password_limits.max});
    if (!text) return std::unexpected(text.error());
    std::string password = std::move(*text).value_or("");
    if (type != ActionLinkType::sign_up || password.empty()) return std::string();
    const auto strong = check_password_strength(password, rules.password_length_min);
    if (!strong) return std::unexpected(strong.error());
    return password;
}

core::Result<std::string> read_redirect(const json::object& body) {
    for (const char* const name : {"redirect_to", "redirectTo"}) {
        auto text = read_auth_text(body, name);
        if (!text || !text->empty()) return text;
    }
    return std::string();
}

core::Result<LinkInput> read_link(const json::object& body, const app::Rules& rules) {
    const auto type = read_type(body);
    if (!type) return std::unexpected(type.error());
    LinkInput input;
    input.request.type = *type;
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    auto address = check_auth_address(*email);
    if (!address) return std::unexpected(address.error());
    input.request.user.email = std::move(*address);
    auto data = read_auth_data(body);
    if (!data) return std::unexpected(data.error());
    input.request.user.data = std::move(*data);
    auto password = read_sign_up_password(body, *type, rules);
    if (!password) return std::unexpected(password.error());
    input.password = base::Secret(std::move(*password));
    auto redirect = read_redirect(body);
    if (!redirect) return std::unexpected(redirect.error());
    input.redirect = std::move(*redirect);
    const bool changes =
        *type == ActionLinkType::email_change_current || *type == ActionLinkType::email_change_new;
    if (!changes) return input;
    const auto new_email = read_auth_text(body, "new_email");
    if (!new_email) return std::unexpected(new_email.error());
    auto new_address = check_auth_address(*new_email);
    if (!new_address) return std::unexpected(new_address.error());
    input.request.new_email = std::move(*new_address);
    return input;
}

/// The query's, as supabase-js sends it; else the body's.
std::string redirect_of(const Call& call, const std::string& asked) {
    const bool in_query = !call.request.query_value("redirect_to").empty();
    const std::string site = site_url_of(call.services);
    const RedirectRules rules{site, call.services.redirect_urls};
    if (!in_query && is_redirect_allowed(asked, rules)) return asked;
    return choose_redirect(call.request, call.services);
}

json::object link_json(const Call& call, const app::ActionLink& link, const std::string& redirect) {
    json::object body = user_json(link.user);
    body["action_link"] = verification_link(call.services, link.letter, redirect);
    body["email_otp"] = link.letter.token.code.reveal();
    body["hashed_token"] = link.letter.token.link_token.reveal();
    body["verification_type"] = word_of(link.type);
    body["redirect_to"] = redirect;
    return body;
}

}  // namespace

asio::awaitable<Answer> handle_generate_link(Call& call) {
    if (auto admitted = admit_service(call); !admitted) {
        co_return std::unexpected(admitted.error());
    }
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    auto input = read_link(*body, call.services.rules);
    if (!input) co_return std::unexpected(input.error());
    if (!input->password.reveal().empty()) {
        auto hash = co_await call.services.passwords.hash(input->password);
        if (!hash) co_return std::unexpected(hash.error());
        input->request.user.password_hash = std::move(*hash);
    }
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::make_action_link(transaction, context, input->request);
    };
    const auto link = co_await call.services.store.write(work);
    if (!link) co_return std::unexpected(link.error());
    co_return json_response(link_json(call, *link, redirect_of(call, input->redirect)));
}

}  // namespace muster::api
