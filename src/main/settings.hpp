// Every setting of the server: one table, and the values of one run. docs/reference/settings.md is
// printed from the table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "api/rate_limits.hpp"
#include "app/context.hpp"
#include "base/config.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "crypto/passwords.hpp"
#include "jobs/outbox.hpp"
#include "jobs/trust_pusher.hpp"
#include "main/mail_settings.hpp"
#include "main/network_settings.hpp"
#include "net/server.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace muster::main {

std::span<const base::SettingRow> setting_table();

/// The rows that every command which opens the database takes: data, database, secret_key_file.
std::span<const base::SettingRow> database_setting_table();

struct JobIntervals {
    std::chrono::milliseconds outbox;
    std::chrono::milliseconds sweeper;
    std::chrono::milliseconds reconciler;
    std::chrono::milliseconds trust;
    std::chrono::milliseconds events;
};

struct Settings {
    bool uses_postgres() const { return !postgres.database.empty(); }

    std::filesystem::path data;
    base::Secret<std::string> secret_key;  ///< empty: from the file
    std::filesystem::path secret_key_file;
    net::ServerOptions server;
    std::vector<std::string> cors_origins;  ///< empty: all
    std::string public_url;                 ///< empty: the address that the server listens on
    base::LogLevel log_level = base::LogLevel::info;
    bool log_requests = true;
    api::RateLimits::Mode rate_limits = api::RateLimits::Mode::on;
    app::Rules rules;
    crypto::PasswordCost password_cost;
    bool sign_with_shared_secret = false;    ///< auth.signing = hs256
    base::Secret<std::string> jwt_secret;    ///< empty: none
    std::string jwks_url;                    ///< of another project; empty: none
    std::filesystem::path jwks_file;         ///< the same; empty: none
    std::string jwt_issuer;                  ///< of another project's sessions; empty: any
    std::string site_url;                    ///< where mails' links lead; empty: public_url
    std::vector<std::string> redirect_urls;  ///< patterns of other places
    MailSettings mail;
    std::optional<networks::ConnectionSettings> connection;  ///< of the network, if it needs one
    std::chrono::milliseconds network_timeout{};
    std::chrono::milliseconds simulated_join_delay{};
    JobIntervals intervals{};
    jobs::OutboxOptions outbox;
    jobs::TrustPushOptions trust;
    networks::ConnectionSettings network_calls;          ///< what all connections have in common
    base::Secret<std::string> tailscale_webhook_secret;  ///< empty: none
    store::SqliteOptions sqlite;
    store::PostgresOptions postgres;      ///< no database named: SQLite
    std::string direct_database;          ///< the same past a pooler; empty: the same
    std::filesystem::path policies_file;  ///< empty: the built-in policies only
    std::int64_t table_rows_max = 1'000;
    std::chrono::milliseconds shutdown_timeout{};
};

/// `flags`: key -> value, as the command line gave them; `file` from --config. Fails with one
/// readable sentence.
std::expected<Settings, std::string> load_settings(
    const std::map<std::string, std::string>& flags,
    const std::optional<std::filesystem::path>& file);

}  // namespace muster::main
