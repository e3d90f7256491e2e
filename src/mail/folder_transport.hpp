// Mail as files: for development and tests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "mail/message.hpp"
#include "mail/transport.hpp"

namespace muster::mail {

/// One .eml file a mail; names sort by time. Both references must outlive this.
class FolderTransport final : public Transport {
public:
    FolderTransport(std::filesystem::path folder, Mailbox from, const base::Clock& clock,
                    base::Random& random);
    std::expected<void, DeliveryFailure> deliver(const Mail& mail,
                                                 const std::atomic<bool>& give_up) override;

private:
    std::filesystem::path m_folder;
    Mailbox m_from;
    const base::Clock& m_clock;
    base::Random& m_random;
};

}  // namespace muster::mail
