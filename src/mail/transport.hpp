// One way by which mail leaves. Called by mail_queue, on its thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <expected>
#include <string>

#include "mail/mail_sender.hpp"

namespace muster::mail {

struct DeliveryFailure {
    std::string reason;  ///< for the log: no address, no secret
    bool is_permanent = false;
};

class Transport {
public:
    virtual ~Transport() = default;
    /// May block; returns soon once `give_up` is true.
    virtual std::expected<void, DeliveryFailure> deliver(const Mail& mail,
                                                         const std::atomic<bool>& give_up) = 0;
};

}  // namespace muster::mail
