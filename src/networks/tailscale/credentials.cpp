// The access token's life.
// SPDX-License-Identifier: Apache-2.0
#include "networks/tailscale/credentials.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"

namespace muster::networks {
namespace asio = boost::asio;
using std::chrono::seconds;

/// Wakes those who wait for the same token when it is over, however it ends.
struct TailscaleCredentials::Refreshing {
    explicit Refreshing(TailscaleCredentials& whose) : m_whose(whose) {
        m_whose.m_is_refreshing = true;
    }
    ~Refreshing() {
        m_whose.m_is_refreshing = false;
        for (asio::steady_timer* waiting : m_whose.m_waiting) waiting->cancel();
    }
    Refreshing(const Refreshing&) = delete;
    Refreshing& operator=(const Refreshing&) = delete;
    TailscaleCredentials& m_whose;
};

namespace {

/// A token is given up that long before its end, or halfway if it lives shorter.
constexpr seconds early{60};
constexpr seconds lifetime_usual{3600};

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        if (!word.empty()) words.emplace_back(word);
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return words;
}

seconds lifetime_of(const boost::json::value& body) {
    const auto* object = body.if_object();
    const auto* given = object != nullptr ? object->if_contains("expires_in") : nullptr;
    const auto* count = given != nullptr ? given->if_int64() : nullptr;
    if (count == nullptr || *count <= 0) return lifetime_usual;
    return seconds(std::min<std::int64_t>(*count, lifetime_usual.count()));
}

}  // namespace

TailscaleCredentials::TailscaleCredentials(const TailscaleOptions& options, ControlApi& api,
                                           const base::Clock& clock)
    : m_api(api),
      m_clock(clock),
      m_client_id(options.oauth_client_id),
      m_client_secret(options.oauth_client_secret) {
    if (is_oauth()) return;
    const std::string pair = options.api_key.reveal() + ":";
    m_header = base::Secret("Basic " + base::to_base64(base::bytes_of(pair)));
}

asio::awaitable<core::Result<ApiAnswer>> TailscaleCredentials::call(ApiCall call,
                                                                    Deadline deadline) {
    for (bool is_repeat = false;; is_repeat = true) {
        const core::Result<Token> token = co_await get_token(deadline);
        if (!token) co_return std::unexpected(token.error());
        ApiCall signed_call = call;
        signed_call.headers.push_back(net::Header{"Authorization", token->header.reveal()});
        core::Result<ApiAnswer> answer = co_await m_api.call(std::move(signed_call), deadline);
        const bool is_stale = answer && answer->status == 401 && token->is_kept && !is_repeat;
        if (!is_stale) co_return answer;
        // Another call may have replaced it meanwhile.
        if (token->number == m_number) m_good_until.reset();
    }
}

bool TailscaleCredentials::has_token() const {
    return !is_oauth() || (m_good_until && m_clock.now() < *m_good_until);
}

TailscaleCredentials::Token TailscaleCredentials::token(bool is_kept) const {
    return Token{m_header, is_oauth() && is_kept, m_number};
}

asio::awaitable<core::Result<TailscaleCredentials::Token>> TailscaleCredentials::get_token(
    Deadline deadline) {
    if (has_token()) co_return token(true);
    while (m_is_refreshing) {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer done(executor, deadline);
        m_waiting.push_back(&done);
        boost::system::error_code woken;
        co_await done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        std::erase(m_waiting, &done);
        if (has_token()) co_return token(false);
        if (!woken) co_return core::fail(core::Code::network_timeout);
        // One that ran out of its own time says nothing about this call's.
        const bool may_try = !m_refusal || m_refusal->code == core::Code::network_timeout;
        if (!may_try) co_return std::unexpected(*m_refusal);
    }
    m_refusal.reset();
    const Refreshing refreshing(*this);
    const core::Result<void> refreshed = co_await refresh(deadline);
    if (!refreshed) m_refusal = refreshed.error();
    if (!refreshed) co_return std::unexpected(refreshed.error());
    co_return token(false);
}

asio::awaitable<core::Result<void>> TailscaleCredentials::refresh(Deadline deadline) {
    ApiCall call{.method = "POST", .path = "/oauth/token"};
    call.content_type = "application/x-www-form-urlencoded";
    call.body =
        fmt::format("grant_type=client_credentials&client_id={}&client_secret={}",
                    base::encode_form(m_client_id), base::encode_form(m_client_secret.reveal()));
    call.safe_to_repeat = true;  // a token that nobody receives harms nobody
    const core::Result<ApiAnswer> answer = co_await m_api.call(std::move(call), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    co_return keep(*answer);
}

core::Result<void> TailscaleCredentials::keep(const ApiAnswer& answer) {
    if (!answer.is_ok()) {
        core::Error refusal = refusal_of(answer);
        refusal.detail = "the OAuth client gets no access token: " + refusal.detail;
        if (answer.status == 404) refusal.detail += "; one that was just made may need a minute";
        return std::unexpected(std::move(refusal));
    }
    const auto body = json_of(answer);
    if (!body) return std::unexpected(body.error());
    const std::string token = text_member(*body, "access_token");
    if (token.empty()) {
        return core::fail_with_detail(core::Code::network_answer_invalid, "no access_token");
    }
    const seconds lifetime = lifetime_of(*body);
    m_header = base::Secret("Bearer " + token);
    m_good_until = m_clock.now() + lifetime - std::min(early, lifetime / 2);
    m_scopes = split_words(text_member(*body, "scope"));
    ++m_number;
    return {};
}

}  // namespace muster::networks
