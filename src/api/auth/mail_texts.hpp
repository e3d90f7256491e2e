// The words of the mails that accounts send, in English and Spanish.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "app/letters.hpp"
#include "core/error.hpp"
#include "mail/mail_sender.hpp"

namespace muster::api {

struct MailFacts {
    core::Language language = core::Language::english;
    std::string site_url;
    std::string link;  ///< empty: this kind of letter has a code only
    std::chrono::seconds lifetime{0};
};

mail::Mail compose_mail(const app::Letter& letter, const MailFacts& facts);

}  // namespace muster::api
