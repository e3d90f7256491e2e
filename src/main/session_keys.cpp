// Keys from settings, files and other servers.
// SPDX-License-Identifier: Apache-2.0
#include "main/session_keys.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/log.hpp"
#include "net/client.hpp"

namespace muster::main {

namespace {

namespace asio = boost::asio;
using Document = std::expected<std::string, std::string>;

constexpr std::size_t jwks_bytes_max = std::size_t{64} * 1024;
constexpr std::chrono::seconds jwks_timeout{5};
constexpr std::chrono::seconds watch_interval{1};

std::vector<crypto::JwtKey> read_jwks_file(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::stringstream text;
    text << stream.rdbuf();
    auto keys = stream ? crypto::parse_jwks(text.str()) : std::nullopt;
    if (!keys) throw StartError("auth.jwks_file: " + file.string() + " does not hold a JWKS");
    return std::move(*keys);
}

asio::awaitable<Document> fetch_jwks(std::string url) {
    net::ClientRequest request;
    request.url = std::move(url);
    request.headers = {{"Accept", "application/json"}};
    request.timeout = jwks_timeout;
    request.body_bytes_max = jwks_bytes_max;
    auto response = co_await net::send(std::move(request));
    if (!response) co_return std::unexpected(response.error().message);
    if (response->status != 200) {
        co_return std::unexpected("status " + std::to_string(response->status));
    }
    co_return std::move(response->body);
}

}  // namespace

crypto::JwtKey session_signer(const Settings& settings, const app::Installation& installation) {
    if (!settings.sign_with_shared_secret) return installation.signing_keys.front();
    auto key = crypto::JwtKey::from_shared_secret(settings.jwt_secret);
    if (!key) throw StartError("auth.jwt_secret: at least 32 bytes are needed");
    return std::move(*key);
}

std::vector<crypto::JwtKey> own_keys(const Settings& settings,
                                     std::vector<crypto::JwtKey> signing_keys) {
    auto shared = crypto::JwtKey::from_shared_secret(settings.jwt_secret);
    if (shared) signing_keys.push_back(std::move(*shared));
    return signing_keys;
}

crypto::JwtVerifier session_verifier(const Settings& settings,
                                     const app::Installation& installation) {
    crypto::JwtVerifier verifier(own_keys(settings, installation.signing_keys));
    if (!settings.jwks_file.empty()) {
        verifier.set_foreign_keys(read_jwks_file(settings.jwks_file));
    }
    return verifier;
}

OwnKeyWatch::OwnKeyWatch(asio::any_io_executor executor, const Settings& settings, Opened& opened,
                         crypto::JwtKey& signer, crypto::JwtVerifier& verifier,
                         std::function<void()> on_change)
    : m_settings(settings),
      m_opened(opened),
      m_signer(signer),
      m_verifier(verifier),
      m_on_change(std::move(on_change)),
      m_loop(executor, "own_keys", own_keys_interval, [this] { return round(); }) {}

asio::awaitable<bool> OwnKeyWatch::round() {
    const core::Caller server{core::Caller::Kind::service};
    const app::Context context{m_opened.clock.now(), server, m_settings.rules, *m_opened.sealer,
                               m_opened.random};
    auto work = [&](store::Transaction& transaction) {
        return app::open_signing_keys(transaction, context);
    };
    auto keys = co_await m_opened.store->read(work);
    if (keys && !keys->empty()) take(std::move(*keys));
    co_return false;
}

void OwnKeyWatch::take(std::vector<crypto::JwtKey> keys) {
    std::vector<crypto::JwtKey>& known = m_opened.installation.signing_keys;
    if (std::ranges::equal(keys, known, {}, &crypto::JwtKey::id, &crypto::JwtKey::id)) return;
    known = std::move(keys);
    m_verifier.set_keys(own_keys(m_settings, known));
    m_signer = session_signer(m_settings, m_opened.installation);
    base::log(base::LogLevel::info, "own_keys_read",
              {{"keys", static_cast<std::int64_t>(known.size())}});
    m_on_change();
}

ForeignKeyWatch::ForeignKeyWatch(asio::any_io_executor executor, const std::string& url,
                                 crypto::JwtVerifier& verifier, std::function<void()> on_change)
    : m_keys(
          executor, verifier, [url] { return fetch_jwks(url); }, std::move(on_change)),
      m_loop(executor, "foreign_keys", watch_interval, [this] { return round(); }) {}

asio::awaitable<bool> ForeignKeyWatch::look_for_new() {
    return m_keys.look_for_new(std::chrono::steady_clock::now());
}

asio::awaitable<bool> ForeignKeyWatch::round() {
    co_await m_keys.refresh_if_due(std::chrono::steady_clock::now());
    co_return false;
}

}  // namespace muster::main
