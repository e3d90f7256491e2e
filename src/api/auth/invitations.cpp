// Beside GoTrue's email and data, the body may name an organization_id and a role.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/invitations.hpp"

#include "api/auth/attempts.hpp"
#include "api/auth/auth_fields.hpp"
#include "api/auth/letters.hpp"
#include "api/auth/session_json.hpp"
#include "api/fields.hpp"
#include "api/json_body.hpp"
#include "api/json_response.hpp"
#include "app/invitations.hpp"

namespace muster::api {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::string_view roles = "user, support, org_admin, global_admin";

core::Result<app::Invitation> read_invitation(const json::object& body) {
    const auto email = read_auth_text(body, "email");
    if (!email) return std::unexpected(email.error());
    auto address = check_auth_address(*email);
    if (!address) return std::unexpected(address.error());
    auto data = read_auth_data(body);
    if (!data) return std::unexpected(data.error());
    const auto role = read_word(body, "role", roles);
    if (!role) return std::unexpected(role.error());
    auto organization = read_uuid(body, "organization_id");
    if (!organization) return std::unexpected(organization.error());
    app::Invitation invitation;
    invitation.email = std::move(*address);
    invitation.data = std::move(*data);
    invitation.role = core::parse_role(role->value_or("user")).value_or(core::Role::user);
    invitation.organization_id = std::move(*organization);
    return invitation;
}

/// Who may not invite learns nothing else.
asio::awaitable<core::Result<void>> admit_inviter(Call& call) {
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::check_inviter(transaction, context);
    };
    co_return co_await call.services.store.read(work);
}

}  // namespace

asio::awaitable<Answer> handle_invite(Call& call) {
    const auto admitted = co_await admit_inviter(call);
    if (!admitted) co_return std::unexpected(admitted.error());
    const auto body = parse_json_body(call.request.body);
    if (!body) co_return std::unexpected(body.error());
    const auto invitation = read_invitation(*body);
    if (!invitation) co_return std::unexpected(invitation.error());
    if (auto ready = check_mail(call.services); !ready) co_return std::unexpected(ready.error());
    if (call.caller.kind == core::Caller::Kind::user) {
        const auto allowed = co_await take_attempt(call, Limit::mail_address);
        if (!allowed) co_return std::unexpected(allowed.error());
    }
    const app::Context context = call.context();
    auto work = [&](store::Transaction& transaction) {
        return app::invite_user(transaction, context, *invitation);
    };
    const auto invited = co_await call.services.store.write(work);
    if (!invited) co_return std::unexpected(invited.error());
    const auto sent = send_letters(call, std::span(&invited->letter, 1));
    if (!sent) co_return std::unexpected(sent.error());
    co_return json_response(user_json(invited->user));
}

}  // namespace muster::api
