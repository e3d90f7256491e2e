// libcurl's easy interface: one handle, used by one thread.
// SPDX-License-Identifier: Apache-2.0
#include "mail/smtp_transport.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <curl/curl.h>

namespace muster::mail {

namespace {

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using List = std::unique_ptr<curl_slist, FreeList>;

std::size_t read_some(char* buffer, std::size_t size, std::size_t count, void* data) {
    auto& rest = *static_cast<std::string_view*>(data);
    const std::size_t length = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), length);
    rest.remove_prefix(length);
    return length;
}

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

int check_whether_to_stop(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(data)->load() ? 1 : 0;
}

void start_library() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot start");
}

}  // namespace

class SmtpTransport::Connection {
public:
    Connection() : m_handle(curl_easy_init()) {
        if (!m_handle) throw std::runtime_error("libcurl cannot start");
    }

    void prepare(const SmtpOptions& options) {
        CURL* const handle = m_handle.get();
        curl_easy_reset(handle);  // keeps the connection
        curl_easy_setopt(handle, CURLOPT_URL, options.url.c_str());
        curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(handle, CURLOPT_PROXY, "");
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
        const long encryption = options.requires_starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE;
        curl_easy_setopt(handle, CURLOPT_USE_SSL, encryption);
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, ignore);
        if (!options.certificates.empty()) {
            curl_easy_setopt(handle, CURLOPT_CAINFO, options.certificates.c_str());
        }
        if (options.user.empty()) return;
        curl_easy_setopt(handle, CURLOPT_USERNAME, options.user.c_str());
        curl_easy_setopt(handle, CURLOPT_PASSWORD, options.password.reveal().c_str());
    }

    CURLcode send(const std::string& from, const std::string& to, std::string_view message,
                  const std::atomic<bool>& give_up) {
        CURL* const handle = m_handle.get();
        const std::string sender = '<' + from + '>';
        const List recipients(curl_slist_append(nullptr, ('<' + to + '>').c_str()));
        curl_easy_setopt(handle, CURLOPT_MAIL_FROM, sender.c_str());
        curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
        curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(handle, CURLOPT_READFUNCTION, read_some);
        curl_easy_setopt(handle, CURLOPT_READDATA, &message);
        curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, check_whether_to_stop);
        curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &give_up);
        return curl_easy_perform(handle);
    }

    long reply_code() const {
        long code = 0;
        curl_easy_getinfo(m_handle.get(), CURLINFO_RESPONSE_CODE, &code);
        return code;
    }

private:
    Handle m_handle;
};

SmtpTransport::SmtpTransport(SmtpOptions options, Mailbox from, const base::Clock& clock,
                             base::Random& random)
    : m_options(std::move(options)), m_from(std::move(from)), m_clock(clock), m_random(random) {
    start_library();
    m_connection = std::make_unique<Connection>();
}

SmtpTransport::~SmtpTransport() = default;

std::expected<void, DeliveryFailure> SmtpTransport::deliver(const Mail& mail,
                                                            const std::atomic<bool>& give_up) {
    const auto now = m_clock.now();
    std::string id = base::make_uuid(m_random, now);
    std::erase(id, '-');
    const std::string message = to_message(mail, m_from, now, id);
    m_connection->prepare(m_options);
    const CURLcode outcome = m_connection->send(m_from.address, mail.to, message, give_up);
    if (outcome == CURLE_OK) return {};
    const long reply = m_connection->reply_code();
    DeliveryFailure failure{curl_easy_strerror(outcome), reply >= 500 && reply < 600};
    if (reply > 0) failure.reason += ", reply " + std::to_string(reply);
    return std::unexpected(std::move(failure));
}

}  // namespace muster::mail
