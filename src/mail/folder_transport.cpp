// A file appears whole: it is renamed when it is written.
// SPDX-License-Identifier: Apache-2.0
#include "mail/folder_transport.hpp"

#include <fstream>

namespace muster::mail {

namespace fs = std::filesystem;

FolderTransport::FolderTransport(fs::path folder, Mailbox from, const base::Clock& clock,
                                 base::Random& random)
    : m_folder(std::move(folder)), m_from(std::move(from)), m_clock(clock), m_random(random) {}

std::expected<void, DeliveryFailure> FolderTransport::deliver(const Mail& mail,
                                                              const std::atomic<bool>&) {
    const auto now = m_clock.now();
    std::string id = base::make_uuid(m_random, now);
    std::erase(id, '-');
    const fs::path draft = m_folder / (id + ".draft");
    std::error_code error;
    const bool created = fs::create_directories(m_folder, error);
    if (created) fs::permissions(m_folder, fs::perms::owner_all, error);
    std::ofstream stream(draft, std::ios::binary);
    stream << to_message(mail, m_from, now, id);
    stream.close();
    if (!stream) return std::unexpected(DeliveryFailure{"the file cannot be written", true});
    fs::rename(draft, m_folder / (id + ".eml"), error);
    if (error) return std::unexpected(DeliveryFailure{error.message(), true});
    return {};
}

}  // namespace muster::mail
