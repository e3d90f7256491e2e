// Mail to a mail server: SMTP by libcurl.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "mail/message.hpp"
#include "mail/transport.hpp"

namespace muster::mail {

struct SmtpOptions {
    std::string url;  ///< smtp://host:587 or smtps://host:465
    std::string user = {};
    base::Secret<std::string> password = {};
    bool requires_starttls = true;  ///< of smtp://; false: sends in the clear
    std::string certificates = {};  ///< PEM file of the authorities to trust; empty: the system's
    std::chrono::milliseconds timeout = std::chrono::seconds(30);  ///< for one mail
};

/// Keeps its connection between mails. The references must outlive this.
class SmtpTransport final : public Transport {
public:
    /// Throws std::runtime_error if libcurl cannot start.
    SmtpTransport(SmtpOptions options, Mailbox from, const base::Clock& clock,
                  base::Random& random);
    ~SmtpTransport() override;
    std::expected<void, DeliveryFailure> deliver(const Mail& mail,
                                                 const std::atomic<bool>& give_up) override;

private:
    class Connection;

    SmtpOptions m_options;
    Mailbox m_from;
    const base::Clock& m_clock;
    base::Random& m_random;
    std::unique_ptr<Connection> m_connection;
};

}  // namespace muster::mail
