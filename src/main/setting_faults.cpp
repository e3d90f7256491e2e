// What a type alone cannot check.
// SPDX-License-Identifier: Apache-2.0
#include "main/setting_faults.hpp"

#include <chrono>

#include "base/log.hpp"
#include "main/mail_settings.hpp"
#include "main/network_settings.hpp"
#include "main/store_settings.hpp"
#include "net/url.hpp"

namespace muster::main {

namespace {

/// Tokens and sessions count whole seconds; a loop without a pause never lets go of the processor.
std::optional<std::string> find_short_duration(const base::Config& config) {
    const struct {
        const char* key;
        std::chrono::milliseconds least;
        const char* least_text;
    } limits[] = {
        {"enrollment.token_lifetime", std::chrono::seconds(1), "1s"},
        {"trust.inactive_after", std::chrono::seconds(1), "1s"},
        {"auth.session_lifetime", std::chrono::seconds(1), "1s"},
        {"auth.code_lifetime", std::chrono::seconds(1), "1s"},
        {"mail.smtp_timeout", std::chrono::milliseconds(1), "1ms"},
        {"network_timeout", std::chrono::milliseconds(1), "1ms"},
        {"http.header_timeout", std::chrono::milliseconds(1), "1ms"},
        {"http.body_timeout", std::chrono::milliseconds(1), "1ms"},
        {"http.idle_timeout", std::chrono::milliseconds(1), "1ms"},
        {"http.handler_timeout", std::chrono::milliseconds(1), "1ms"},
        {"http.write_timeout", std::chrono::milliseconds(1), "1ms"},
        {"outbox.interval", std::chrono::milliseconds(10), "10ms"},
        {"outbox.lease", std::chrono::milliseconds(10), "10ms"},
        {"outbox.backoff_first", std::chrono::milliseconds(1), "1ms"},
        {"outbox.backoff_longest", std::chrono::milliseconds(1), "1ms"},
        {"sweeper.interval", std::chrono::milliseconds(10), "10ms"},
        {"reconciler.interval", std::chrono::milliseconds(10), "10ms"},
        {"networks.events_interval", std::chrono::milliseconds(10), "10ms"},
        {"trust.push_interval", std::chrono::milliseconds(10), "10ms"},
        {"trust.push_lifetime", std::chrono::seconds(2), "2s"},
    };
    for (const auto& limit : limits) {
        if (config.duration(limit.key) >= limit.least) continue;
        return std::string(limit.key) + ": at least " + limit.least_text + " is needed";
    }
    return std::nullopt;
}

/// What accounts need of mail and of the site.
std::optional<std::string> find_account_fault(const base::Config& config) {
    const std::string& confirm = config.text("auth.confirm_email");
    if (confirm != "on" && confirm != "off" && confirm != "auto") {
        return "auth.confirm_email: \"" + confirm + "\" is none of on, off, auto";
    }
    const bool mail = config.text("mail.sender") != "none";
    if (confirm == "on" && !mail) return "auth.confirm_email = on needs mail.sender";
    if (config.boolean("auth.require_reauthentication") && !mail) {
        return "auth.require_reauthentication = on needs mail.sender";
    }
    const std::string& site = config.text("auth.site_url");
    if (site.empty()) return std::nullopt;
    if (const auto url = net::parse_url(site); !url) return "auth.site_url: " + url.error();
    if (site.contains('#')) return "auth.site_url: a '#' is written into it by links";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_fault(const base::Config& config) {
    if (auto fault = find_network_fault(config)) return fault;
    if (auto fault = find_store_fault(config)) return fault;
    if (!base::parse_log_level(config.text("log.level"))) {
        return "log.level: \"" + config.text("log.level") +
               "\" is none of debug, info, warning, error, off";
    }
    const std::string& signing = config.text("auth.signing");
    if (signing != "es256" && signing != "hs256") {
        return "auth.signing: \"" + signing + "\" is neither es256 nor hs256";
    }
    const std::size_t secret = config.text("auth.jwt_secret").size();
    if (secret > 0 && secret < 32) return "auth.jwt_secret: at least 32 bytes are needed";
    if (signing == "hs256" && secret == 0) return "auth.signing = hs256 needs auth.jwt_secret";
    const std::string& jwks_url = config.text("auth.jwks_url");
    if (!jwks_url.empty()) {
        const auto url = net::parse_url(jwks_url);
        if (!url) return "auth.jwks_url: " + url.error();
        if (!config.text("auth.jwks_file").empty()) {
            return "auth.jwks_url and auth.jwks_file: set one of them";
        }
    }
    if (config.text("tls.certificate").empty() != config.text("tls.private_key").empty()) {
        return "tls.certificate and tls.private_key: set both or neither";
    }
    if (config.integer("auth.password_memory_kib") < 8) {
        return "auth.password_memory_kib: at least 8 is needed";
    }
    for (const char* const key :
         {"auth.password_passes", "store.readers", "store.group_size_max", "store.queue_length_max",
          "store.write_connections", "store.read_connections", "http.connections_max",
          "rest.rows_max"}) {
        if (config.integer(key) < 1) return std::string(key) + ": at least 1 is needed";
    }
    if (auto fault = find_mail_fault(config)) return fault;
    if (auto fault = find_account_fault(config)) return fault;
    return find_short_duration(config);
}

}  // namespace muster::main
