// A mail as Internet message (RFC 5322): plain text and HTML side by side. Called by the
// transports.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "mail/mail_sender.hpp"

namespace muster::mail {

/// "Muster <muster@example.org>" or "muster@example.org".
struct Mailbox {
    std::string name;     ///< may be empty
    std::string address;  ///< something@something, without blanks, control characters or <>

    /// Empty: not one of the two forms.
    static std::optional<Mailbox> parse(std::string_view text);
};

/// With CRLF at the ends of lines. `id` makes the Message-ID and the boundary: letters and digits.
std::string to_message(const Mail& mail, const Mailbox& from,
                       std::chrono::sys_time<std::chrono::microseconds> at, std::string_view id);

}  // namespace muster::mail
