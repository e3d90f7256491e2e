// Which keys sign and prove sessions, by the settings: the server's own, a shared secret, those of
// another project.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <boost/asio/any_io_executor.hpp>

#include "api/foreign_keys.hpp"
#include "app/installation.hpp"
#include "crypto/jwt.hpp"
#include "jobs/loop.hpp"
#include "main/settings.hpp"

namespace muster::main {

/// Throws StartError.
crypto::JwtKey session_signer(const Settings& settings, const app::Installation& installation);

/// With the keys of auth.jwks_file; those of auth.jwks_url come later. Throws StartError.
crypto::JwtVerifier session_verifier(const Settings& settings,
                                     const app::Installation& installation);

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
