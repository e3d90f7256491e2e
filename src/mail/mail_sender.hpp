// How api/ hands over a mail that must go out. Implementation: mail_queue, in front of one of the
// transports.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace muster::mail {

struct Mail {
    std::string to;  ///< one address, without a name
    std::string subject;
    std::string text = {};
    std::string html = {};
};

/// Any thread; never blocks.
class MailSender {
public:
    virtual ~MailSender() = default;
    /// False: send() would refuse just now.
    virtual bool has_room() const = 0;
    /// Takes the mail to send it later. False: too many wait already; it is dropped.
    virtual bool send(Mail mail) = 0;
};

}  // namespace muster::mail
