// How mail leaves this server: the settings mail.*, checked, and the sender that follows from them.
// Called by settings and serve.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "mail/mail_sender.hpp"
#include "mail/message.hpp"
#include "mail/smtp_transport.hpp"

namespace muster::main {

struct MailSettings {
    enum class Sender { none, folder, smtp };
    Sender sender = Sender::none;
    mail::Mailbox from = {};               ///< unless none
    std::filesystem::path folder = {};     ///< of folder
    mail::SmtpOptions smtp = {.url = {}};  ///< of smtp
};

/// One sentence that begins with the key, if the values do not fit.
std::optional<std::string> find_mail_fault(const base::Config& config);

/// `data`: where the mails' folder is if no other is set. The values are without fault.
MailSettings mail_settings_from(const base::Config& config, const std::filesystem::path& data);

/// Null: no mail is sent. The references must outlive the sender. Throws std::runtime_error if
/// libcurl cannot start.
std::unique_ptr<mail::MailSender> open_mail(const MailSettings& settings, const base::Clock& clock,
                                            base::Random& random, base::Metrics& metrics);

}  // namespace muster::main
