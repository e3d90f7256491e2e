// From letters to mails.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/letters.hpp"

#include <utility>

#include "api/auth/attempts.hpp"
#include "api/auth/mail_texts.hpp"
#include "api/auth/redirects.hpp"
#include "base/encoding.hpp"

namespace muster::api {

namespace {

using app::LetterKind;
using core::Code;

/// The link's `type`; empty: there is none.
std::string_view link_type_of(LetterKind kind) {
    switch (kind) {
        case LetterKind::confirmation: return "signup";
        case LetterKind::recovery: return "recovery";
        case LetterKind::magic_link: return "magiclink";
        case LetterKind::invite: return "invite";
        case LetterKind::email_change: return "email_change";
        case LetterKind::reauthentication: return {};
    }
    std::unreachable();
}

}  // namespace

core::Result<void> check_mail(const Services& services) {
    if (!services.mail) return core::fail(Code::mail_off);
    if (!services.mail->has_room()) return core::fail(Code::server_busy);
    return {};
}

boost::asio::awaitable<core::Result<void>> admit_letters(Call& call) {
    if (auto ready = check_mail(call.services); !ready) co_return ready;
    co_return co_await take_attempt(call, Limit::mail_address);
}

std::string verification_link(const Services& services, const app::Letter& letter,
                              const std::string& redirect) {
    const std::string_view type = link_type_of(letter.kind);
    if (type.empty()) return {};
    return services.public_url + "/auth/v1/verify?token=" + letter.token.link_token.reveal() +
           "&type=" + std::string(type) + "&redirect_to=" + base::encode_form(redirect);
}

core::Result<void> send_letters(const Call& call, std::span<const app::Letter> letters) {
    const std::string redirect = choose_redirect(call.request, call.services);
    MailFacts facts;
    facts.language = call.language;
    facts.site_url = site_url_of(call.services);
    facts.lifetime = call.services.rules.accounts.code_lifetime;
    for (const app::Letter& letter : letters) {
        if (!call.services.mail) return core::fail(Code::mail_off);
        facts.link = verification_link(call.services, letter, redirect);
        if (!call.services.mail->send(compose_mail(letter, facts))) {
            return core::fail(Code::server_busy);
        }
    }
    return {};
}

}  // namespace muster::api
