// One I/O thread runs HTTP, handlers and jobs; the store and the password pool bring their own.
// SPDX-License-Identifier: Apache-2.0
#include "main/serve.hpp"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "api/rest/table_schema.hpp"
#include "api/router.hpp"
#include "base/log.hpp"
#include "main/background.hpp"
#include "main/folder_lock.hpp"
#include "main/network_settings.hpp"
#include "main/opening.hpp"
#include "main/session_keys.hpp"
#include "networks/connect.hpp"
#include "networks/simulated/simulated.hpp"

namespace muster::main {

namespace {

namespace asio = boost::asio;
using base::LogLevel;
using base::Metric;

/// For what requests that were cut off leave behind.
constexpr std::chrono::seconds late_stop_grace{2};

api::TokenTrust token_trust(const Settings& settings, ForeignKeyWatch* watch) {
    api::TokenTrust trust;
    trust.shared_secret_signs_keys = !settings.jwt_secret.reveal().empty();
    trust.foreign_issuer = settings.jwt_issuer;
    if (watch) trust.refresh_foreign_keys = [watch] { return watch->look_for_new(); };
    return trust;
}

std::optional<networks::ConnectionSettings> settings_of(const Settings& settings,
                                                        const networks::Connector& connector) {
    if (connector.id.empty()) return settings.connection;
    networks::ConnectionSettings whole = connector.settings;
    take_common_settings(whole, settings.network_calls);
    return whole;
}

networks::Pool open_pool(const Settings& settings, Opened& opened,
                         std::shared_ptr<networks::Network> own) {
    return {std::move(own), [&](const networks::ConnectionSettings& wanted) {
                networks::ConnectionSettings whole = wanted;
                take_common_settings(whole, settings.network_calls);
                return networks::connect(whole, opened.clock, opened.random);
            }};
}

std::unique_ptr<networks::Network> open_network(const Settings& settings, Opened& opened) {
    if (settings.connection) {
        return networks::connect(*settings.connection, opened.clock, opened.random);
    }
    if (settings.rules.default_network != "simulated") return nullptr;
    networks::SimulatedOptions options;
    options.file = settings.data / "simulated-network.jsonl";
    options.join_delay = settings.simulated_join_delay;
    options.is_shared = opened.store->is_shared();
    return networks::SimulatedNetwork::open(std::move(options), opened.clock, opened.random);
}

rest::Schema load_tables(const Settings& settings, Opened& opened) {
    auto tables = api::load_table_schema(*opened.store, *opened.sealer,
                                         {settings.policies_file, settings.table_rows_max});
    if (!tables) throw StartError(tables.error());
    return std::move(*tables);
}

bool sends_in_the_clear(const MailSettings& mail) {
    return mail.sender == MailSettings::Sender::smtp && !mail.smtp.requires_starttls &&
           mail.smtp.url.starts_with("smtp:");
}

void warn_about_settings(const Settings& settings) {
    if (settings.rate_limits == api::RateLimits::Mode::off) {
        base::log(LogLevel::warning, "rate_limits_off",
                  {{"meaning", "passwords and tokens can be guessed at any speed"}});
    }
    if (settings.rules.default_network == "simulated") {
        base::log(LogLevel::warning, "simulated_network_on",
                  {{"meaning", "the network is pretended: trust high proves nothing"}});
    }
    if (settings.mail.sender == MailSettings::Sender::folder) {
        base::log(LogLevel::warning, "mail_goes_to_files",
                  {{"meaning", "nobody gets it, and whoever reads the folder can sign in"}});
    }
    if (sends_in_the_clear(settings.mail)) {
        base::log(LogLevel::warning, "mail_goes_out_in_the_clear",
                  {{"meaning", "the network between here and the mail server can read links"}});
    }
}

net::Observer make_observer(const Settings& settings, base::Metrics& metrics) {
    const bool log_requests = settings.log_requests;
    return [&metrics, log_requests](const net::Exchange& exchange) {
        const net::Response& response = exchange.response;
        const std::string status = std::to_string(response.status);
        const double seconds = std::chrono::duration<double>(exchange.duration).count();
        metrics.add(Metric::http_requests, {response.route, status});
        metrics.observe(Metric::http_request_duration, {response.route}, seconds);
        if (!log_requests) return;
        // The query string stays out: links carry tokens.
        base::log(response.status >= 500 ? LogLevel::error : LogLevel::info, "request",
                  {{"request_id", exchange.request.request_id},
                   {"method", exchange.request.method},
                   {"path", exchange.request.path},
                   {"route", response.route},
                   {"status", std::int64_t{response.status}},
                   {"ms", std::round(seconds * 1'000'000) / 1000},
                   {"client", exchange.request.client_address},
                   {"detail", response.detail}});
    };
}

/// A database that has stopped answering must not keep the process: what was not acknowledged is
/// lost with it as with a kill, and nothing else.
void end_at_the_latest_in(std::chrono::milliseconds limit) {
    std::thread([limit] {
        std::this_thread::sleep_for(limit);
        base::log(LogLevel::warning, "stopped_late",
                  {{"meaning", "something was still waiting for the database"}});
        std::_Exit(0);
    }).detach();
}

/// The parts of a running server, in the order in which they are built.
class Program {
public:
    explicit Program(const Settings& settings)
        : m_settings(settings),
          m_opened(open_installation(settings, Missing::create)),
          m_networks(open_pool(settings, *m_opened, open_network(settings, *m_opened))),
          m_signer(session_signer(settings, m_opened->installation)),
          m_verifier(session_verifier(settings, m_opened->installation)),
          m_foreign_keys(watch_foreign_keys()),
          m_rate_limits(settings.rate_limits),
          m_authenticator(m_verifier, *m_opened->store,
                          token_trust(settings, m_foreign_keys.get())),
          m_own_keys(m_context.get_executor(), settings, *m_opened, m_signer, m_verifier,
                     [this] { m_authenticator.forget_tokens(); }),
          m_attempts(m_rate_limits, *m_opened->store),
          m_passwords(settings.password_cost),
          m_mail(open_mail(settings.mail, m_opened->clock, m_opened->random, m_metrics)),
          m_tables(load_tables(settings, *m_opened)),
          m_services{*m_opened->store,   m_opened->clock,
                     m_opened->random,   *m_opened->sealer,
                     m_settings.rules,   m_metrics,
                     m_attempts,         m_authenticator,
                     m_passwords,        m_signer,
                     m_verifier,         &m_tables,
                     m_networks,         settings.network_timeout,
                     settings.public_url},
          m_peers(open_peers(settings, [this](store::News news) { post_news(news); })),
          m_background(
              m_context.get_executor(), settings,
              {*m_opened->store, m_opened->clock, m_opened->random, m_metrics, m_settings.rules,
               *m_opened->sealer, m_networks, m_peers ? *m_peers : store::no_peers()}) {
        m_services.cors_origins = settings.cors_origins;
        m_services.mail = m_mail.get();
        m_services.site_url = settings.site_url;
        m_services.redirect_urls = settings.redirect_urls;
        m_services.wake_outbox = [this] { m_background.wake_outbox(); };
        m_services.wake_reconciler = [this](const std::string& connection_id) {
            m_background.wake_reconciler(connection_id);
        };
        m_services.settings_of = [&settings](const networks::Connector& connector) {
            return settings_of(settings, connector);
        };
        m_services.tailscale_webhook_secret = settings.tailscale_webhook_secret;
        m_services.compare = [this](networks::Connector connector) {
            return compare(std::move(connector));
        };
    }

    int run() {
        auto handler = [this](const net::Request& request) {
            return api::answer(request, m_services);
        };
        net::Server server(m_context, m_settings.server, handler,
                           make_observer(m_settings, m_metrics), m_opened->random);
        m_services.connection_count = [&server] { return server.connection_count(); };
        if (m_services.public_url.empty()) m_services.public_url = server.url();
        m_authenticator.set_issuer(m_services.public_url + "/auth/v1");
        asio::signal_set signals(m_context, SIGTERM, SIGINT);
        signals.async_wait([&](const boost::system::error_code& error, int) {
            if (error) return;
            base::log(LogLevel::info, "stopping");
            end_at_the_latest_in(m_settings.shutdown_timeout + late_stop_grace);
            server.stop(m_settings.shutdown_timeout);
            if (m_foreign_keys) m_foreign_keys->stop();
            m_own_keys.stop();
            m_background.stop();
        });
        m_background.start();
        if (m_foreign_keys) m_foreign_keys->start();
        if (m_opened->store->is_shared()) m_own_keys.start();
        std::printf("listening on %s\n", server.url().c_str());
        std::fflush(stdout);
        base::log(LogLevel::info, "started", {{"url", server.url()}, {"version", MUSTER_VERSION}});
        m_context.run();
        base::log(LogLevel::info, "stopped");
        return 0;
    }

private:
    asio::awaitable<core::Result<api::Comparison>> compare(networks::Connector connector) {
        const auto result = co_await m_background.compare(std::move(connector));
        if (!result) co_return std::unexpected(result.error());
        co_return api::Comparison{result->seen + result->adopted, result->nodes};
    }

    /// On a thread of the store's.
    void post_news(store::News news) {
        asio::post(m_context, [this, news] { take_news(news); });
    }

    void take_news(store::News news) {
        const bool any = news == store::News::anything;
        if (any || news == store::News::api_keys) m_authenticator.forget_tokens();
        if (any || news == store::News::signing_keys) m_own_keys.look();
        if (any || news == store::News::network_jobs) m_background.wake_outbox();
        if (news == store::News::leading) m_background.wake_leader();
    }

    std::unique_ptr<ForeignKeyWatch> watch_foreign_keys() {
        if (m_settings.jwks_url.empty()) return nullptr;
        return std::make_unique<ForeignKeyWatch>(m_context.get_executor(), m_settings.jwks_url,
                                                 m_verifier,
                                                 [this] { m_authenticator.forget_tokens(); });
    }

    const Settings& m_settings;
    asio::io_context m_context{1};
    base::Metrics m_metrics;
    std::unique_ptr<Opened> m_opened;
    networks::Pool m_networks;
    crypto::JwtKey m_signer;
    crypto::JwtVerifier m_verifier;
    std::unique_ptr<ForeignKeyWatch> m_foreign_keys;
    api::RateLimits m_rate_limits;
    api::Authenticator m_authenticator;
    OwnKeyWatch m_own_keys;
    api::Attempts m_attempts;
    api::PasswordPool m_passwords;
    std::unique_ptr<mail::MailSender> m_mail;  ///< null: none is sent
    rest::Schema m_tables;
    api::Services m_services;
    std::unique_ptr<store::Peers> m_peers;  ///< null: this server is alone
    Background m_background;
};

}  // namespace

int serve(const Settings& settings) {
    base::set_log_level(settings.log_level);
    std::signal(SIGPIPE, SIG_IGN);
    make_data_folder(settings.data);
    // Any number of servers share a PostgreSQL, and may share the sealing key's folder.
    std::optional<FolderLock> lock;
    if (!settings.uses_postgres()) lock.emplace(settings.data);
    warn_about_settings(settings);
    try {
        Program program(settings);
        return program.run();
    } catch (const StartError&) {
        throw;
    } catch (const std::runtime_error& failure) {
        throw StartError(failure.what());
    }
}

}  // namespace muster::main
