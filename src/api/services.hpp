// What handlers are handed: the parts of the server, built and owned by main/. One instance, used
// on the I/O thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/attempts.hpp"
#include "api/authenticator.hpp"
#include "api/password_pool.hpp"
#include "api/webhooks/delivery_memory.hpp"
#include "app/context.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "crypto/jwt.hpp"
#include "mail/mail_sender.hpp"
#include "networks/pool.hpp"
#include "rest/access.hpp"
#include "store/store.hpp"

namespace muster::api {

/// What a comparison of a network with the roster found.
struct Comparison {
    int devices = 0;  ///< of ours whose node is there
    int nodes = 0;    ///< that the network lists
};

struct Services {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    const crypto::Sealer& sealer;
    const app::Rules& rules;
    base::Metrics& metrics;
    Attempts& attempts;
    Authenticator& authenticator;
    PasswordPool& passwords;
    const crypto::JwtKey& session_signer;
    const crypto::JwtVerifier& verifier;
    const rest::Schema* tables = nullptr;  ///< what /rest/v1 serves; never null in a server
    networks::Pool& networks;              ///< the server's own and the organizations'
    std::chrono::milliseconds network_timeout{5'000};
    std::string public_url = {};                ///< what links and tokens name; no slash at the end
    std::function<void()> wake_outbox = [] {};  ///< there is a new job
    /// Something happened on a connection's network ("": the server's own): compare soon.
    std::function<void(const std::string& connection_id)> wake_reconciler = [](const std::string&) {
    };
    /// Compares a connection's network with the roster now. Fails as Network's calls do.
    std::function<boost::asio::awaitable<core::Result<Comparison>>(networks::Connector)> compare =
        {};
    std::function<std::size_t()> connection_count = [] { return std::size_t{0}; };
    mail::MailSender* mail = nullptr;  ///< none: nothing that needs a mail is possible
    std::string site_url = {};         ///< where links lead in the end; empty: public_url
    std::vector<std::string> redirect_urls = {};  ///< patterns of other places that they may lead
    std::vector<std::string> cors_origins = {};   ///< of web apps that may call; empty: all
    /// How a connection's network is called, with what the operator's settings say of proxies and
    /// certificates. Empty: the server's own, and it has none that is called.
    std::function<std::optional<networks::ConnectionSettings>(const networks::Connector&)>
        settings_of = [](const networks::Connector& connector) {
            return connector.id.empty() ? std::nullopt : std::optional(connector.settings);
        };
    /// Of the server's own Tailscale; empty: deliveries for it are refused.
    base::Secret<std::string> tailscale_webhook_secret = {};
    DeliveryMemory tailscale_deliveries = {};
};

}  // namespace muster::api
