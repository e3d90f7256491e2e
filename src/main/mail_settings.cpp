// The settings mail.*.
// SPDX-License-Identifier: Apache-2.0
#include "main/mail_settings.hpp"

#include "mail/folder_transport.hpp"
#include "mail/mail_queue.hpp"
#include "net/url.hpp"

namespace muster::main {

namespace {

using Sender = MailSettings::Sender;

std::optional<Sender> parse_sender(std::string_view text) {
    if (text == "none") return Sender::none;
    if (text == "folder") return Sender::folder;
    if (text == "smtp") return Sender::smtp;
    return std::nullopt;
}

std::optional<std::string> find_server_fault(const base::Config& config) {
    const std::string& url = config.text("mail.smtp_url");
    if (!url.starts_with("smtp://") && !url.starts_with("smtps://")) {
        return "mail.smtp_url: smtp://HOST:PORT or smtps://HOST:PORT is needed";
    }
    // Its parts are those of a web address.
    const auto parts = net::parse_url("http" + url.substr(4));
    if (!parts) return "mail.smtp_url: " + parts.error();
    if (parts->target != "/") return "mail.smtp_url: nothing may follow the port";
    if (config.text("mail.smtp_user").empty() != config.text("mail.smtp_password").empty()) {
        return "mail.smtp_user and mail.smtp_password: set both or neither";
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_mail_fault(const base::Config& config) {
    const std::string& name = config.text("mail.sender");
    const auto sender = parse_sender(name);
    if (!sender) return "mail.sender: \"" + name + "\" is none of none, folder, smtp";
    if (*sender == Sender::none) return std::nullopt;
    const std::string& from = config.text("mail.from");
    if (!mail::Mailbox::parse(from)) {
        return "mail.from: \"" + from +
               "\" is no sender, such as muster@example.org or Muster <muster@example.org>";
    }
    if (*sender == Sender::smtp) return find_server_fault(config);
    return std::nullopt;
}

MailSettings mail_settings_from(const base::Config& config, const std::filesystem::path& data) {
    MailSettings settings;
    settings.sender = parse_sender(config.text("mail.sender")).value_or(Sender::none);
    settings.from = mail::Mailbox::parse(config.text("mail.from")).value_or(mail::Mailbox{});
    settings.folder = config.text("mail.folder");
    if (settings.folder.empty()) settings.folder = data / "mail";
    settings.smtp.url = config.text("mail.smtp_url");
    settings.smtp.user = config.text("mail.smtp_user");
    settings.smtp.password = base::Secret(config.text("mail.smtp_password"));
    settings.smtp.requires_starttls = config.boolean("mail.smtp_starttls");
    settings.smtp.certificates = config.text("mail.smtp_certificates");
    settings.smtp.timeout = config.duration("mail.smtp_timeout");
    return settings;
}

std::unique_ptr<mail::MailSender> open_mail(const MailSettings& settings, const base::Clock& clock,
                                            base::Random& random, base::Metrics& metrics) {
    std::unique_ptr<mail::Transport> transport;
    switch (settings.sender) {
        case Sender::none: return nullptr;
        case Sender::folder:
            transport = std::make_unique<mail::FolderTransport>(settings.folder, settings.from,
                                                                clock, random);
            break;
        case Sender::smtp:
            transport =
                std::make_unique<mail::SmtpTransport>(settings.smtp, settings.from, clock, random);
            break;
    }
    return std::make_unique<mail::MailQueue>(std::move(transport), mail::QueueOptions{}, metrics);
}

}  // namespace muster::main
