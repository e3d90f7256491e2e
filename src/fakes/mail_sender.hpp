// A mail sender that keeps what it is given.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mail/mail_sender.hpp"

namespace muster::fakes {

class FakeMailSender final : public mail::MailSender {
public:
    bool has_room() const override { return !is_full; }
    bool send(mail::Mail mail) override {
        if (is_full) return false;
        mails.push_back(std::move(mail));
        return true;
    }

    std::vector<mail::Mail> mails;  ///< oldest first
    bool is_full = false;
};

}  // namespace muster::fakes
