// Which keys sign and prove sessions, by the settings: the server's own, a shared secret, those of
// another project.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "api/foreign_keys.hpp"
#include "app/installation.hpp"
#include "crypto/jwt.hpp"
#include "jobs/loop.hpp"
#include "main/opening.hpp"
#include "main/settings.hpp"

namespace muster::main {

/// Throws StartError.
crypto::JwtKey session_signer(const Settings& settings, const app::Installation& installation);

/// The server's own, newest first, and the shared secret: what JwtVerifier::set_keys takes.
std::vector<crypto::JwtKey> own_keys(const Settings& settings,
                                     std::vector<crypto::JwtKey> signing_keys);

/// With the keys of auth.jwks_file; those of auth.jwks_url come later. Throws StartError.
crypto::JwtVerifier session_verifier(const Settings& settings,
                                     const app::Installation& installation);

/// How long another server's new signing key may stay unknown here, where its news do not arrive.
inline constexpr std::chrono::seconds own_keys_interval{30};

/// Keeps the server's own keys those of the database, which other servers change.
class OwnKeyWatch {
public:
    /// All must outlive it; `signer` and `verifier` are written on the executor.
    OwnKeyWatch(boost::asio::any_io_executor executor, const Settings& settings, Opened& opened,
                crypto::JwtKey& signer, crypto::JwtVerifier& verifier,
                std::function<void()> on_change);
    void start() { m_loop.start(); }
    void stop() { m_loop.stop(); }
    /// They have changed.
    void look() { m_loop.wake(); }

private:
    boost::asio::awaitable<bool> round();
    void take(std::vector<crypto::JwtKey> keys);

    const Settings& m_settings;
    Opened& m_opened;
    crypto::JwtKey& m_signer;
    crypto::JwtVerifier& m_verifier;
    std::function<void()> m_on_change;
    jobs::Loop m_loop;
};

/// Keeps the keys of auth.jwks_url current.
class ForeignKeyWatch {
public:
    ForeignKeyWatch(boost::asio::any_io_executor executor, const std::string& url,
                    crypto::JwtVerifier& verifier, std::function<void()> on_change);
    void start() { m_loop.start(); }
    void stop() { m_loop.stop(); }
    /// For a request whose token names an unknown key.
    boost::asio::awaitable<bool> look_for_new();

private:
    boost::asio::awaitable<bool> round();

    api::ForeignKeys m_keys;
    jobs::Loop m_loop;
};

}  // namespace muster::main
