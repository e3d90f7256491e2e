// One row a kind and language; {site}, {new} and {hours} stand for facts.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/mail_texts.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace muster::api {

namespace {

using app::LetterKind;
using core::Language;

struct MailRow {
    LetterKind kind;
    Language language;
    std::string_view subject;
    std::string_view opening;
    std::string_view action;  ///< the link's text; empty: none
};

constexpr MailRow rows[] = {
    {LetterKind::confirmation, Language::english, "Confirm your e-mail address",
     "An account at {site} was made with this e-mail address. Confirm that it is yours:",
     "Confirm my address"},
    {LetterKind::confirmation, Language::spanish, "Confirme su dirección de correo",
     "Se creó una cuenta en {site} con esta dirección de correo. Confirme que es suya:",
     "Confirmar mi dirección"},
    {LetterKind::recovery, Language::english, "Set a new password",
     "A new password was asked for, for your account at {site}. To set one:", "Set a new password"},
    {LetterKind::recovery, Language::spanish, "Elija una contraseña nueva",
     "Se pidió una contraseña nueva para su cuenta en {site}. Para elegirla:",
     "Elegir una contraseña nueva"},
    {LetterKind::magic_link, Language::english, "Your link to sign in",
     "Somebody wants to sign in to your account at {site}. If it is you:", "Sign in"},
    {LetterKind::magic_link, Language::spanish, "Su enlace para iniciar sesión",
     "Alguien quiere iniciar sesión en su cuenta en {site}. Si es usted:", "Iniciar sesión"},
    {LetterKind::invite, Language::english, "You are invited",
     "You are invited to have an account at {site}:", "Accept the invitation"},
    {LetterKind::invite, Language::spanish, "Tiene una invitación",
     "Le invitan a tener una cuenta en {site}:", "Aceptar la invitación"},
    {LetterKind::email_change, Language::english, "Confirm your new e-mail address",
     "Your account at {site} shall have the e-mail address {new}. If you agree:",
     "Confirm the change"},
    {LetterKind::email_change, Language::spanish, "Confirme su nueva dirección de correo",
     "Su cuenta en {site} tendrá la dirección de correo {new}. Si está de acuerdo:",
     "Confirmar el cambio"},
    {LetterKind::reauthentication, Language::english, "Your code",
     "To change your password at {site}, enter this code:", ""},
    {LetterKind::reauthentication, Language::spanish, "Su código",
     "Para cambiar su contraseña en {site}, introduzca este código:", ""},
};

struct Phrases {
    std::string_view or_code;
    std::string_view closing;
};

constexpr Phrases phrases_of(Language language) {
    if (language == Language::spanish) {
        return {"O introduzca este código:",
                "Vale durante {hours} h y una sola vez. Si no lo pidió, no haga nada: sin este "
                "correo nadie puede hacerlo por usted."};
    }
    return {"Or enter this code:",
            "It is good for {hours} h, and once. If you did not ask for it, do nothing: without "
            "this mail nobody can do it in your name."};
}

const MailRow& row_of(LetterKind kind, Language language) {
    const auto* const found = std::ranges::find_if(
        rows, [&](const MailRow& row) { return row.kind == kind && row.language == language; });
    if (found == std::end(rows)) std::abort();  // a kind without its row
    return *found;
}

std::string filled(std::string_view text, const app::Letter& letter, const MailFacts& facts) {
    std::string result(text);
    const auto hours = std::chrono::ceil<std::chrono::hours>(facts.lifetime).count();
    const std::pair<std::string_view, std::string> marks[] = {
        {"{site}", facts.site_url},
        {"{new}", letter.new_address},
        {"{hours}", std::to_string(hours)},
    };
    for (const auto& [mark, with] : marks) {
        if (const auto at = result.find(mark); at != std::string::npos) {
            result.replace(at, mark.size(), with);
        }
    }
    return result;
}

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&': html += "&amp;"; break;
            case '<': html += "&lt;"; break;
            case '>': html += "&gt;"; break;
            case '"': html += "&quot;"; break;
            default: html += c;
        }
    }
    return html;
}

}  // namespace

mail::Mail compose_mail(const app::Letter& letter, const MailFacts& facts) {
    const MailRow& row = row_of(letter.kind, facts.language);
    const Phrases phrases = phrases_of(facts.language);
    const std::string opening = filled(row.opening, letter, facts);
    const std::string closing = filled(phrases.closing, letter, facts);
    const std::string& code = letter.token.code.reveal();
    mail::Mail mail;
    mail.to = letter.to;
    mail.subject = row.subject;
    mail.text = opening + "\r\n\r\n";
    mail.html = "<p>" + escaped(opening) + "</p>\n";
    if (!facts.link.empty()) {
        mail.text += fmt::format("{}\r\n\r\n{}\r\n\r\n", facts.link, phrases.or_code);
        mail.html += fmt::format("<p><a href=\"{}\">{}</a></p>\n<p>{}</p>\n", escaped(facts.link),
                                 escaped(row.action), phrases.or_code);
    }
    mail.text += code + "\r\n\r\n" + closing + "\r\n";
    mail.html += "<p><strong>" + code + "</strong></p>\n<p>" + escaped(closing) + "</p>\n";
    return mail;
}

}  // namespace muster::api
