// The table of settings, and how values become typed.
// SPDX-License-Identifier: Apache-2.0
#include "main/settings.hpp"

#include <charconv>
#include <cstdlib>

#include "main/setting_faults.hpp"
#include "main/store_settings.hpp"
#include "net/url.hpp"

namespace muster::main {

namespace {

using base::SettingRow;
using enum base::SettingType;
using std::unexpected;

constexpr SettingRow rows[] = {
    {"data", text, "muster-data",
     "Folder of the database, the sealing key and the server's files."},
    {"database", text, "",
     "postgresql://..., with every option of libpq: several hosts, TLS. The password belongs into "
     "a file that PGPASSFILE names, not into a command line. Empty: SQLite in the data folder."},
    {"secret_key_file", text, "",
     "File with the sealing key, 64 hex digits. Empty: secret.key in the data folder, made on "
     "first "
     "start."},
    {"secret_key", text, "", "The sealing key itself, 64 hex digits; wins over the file.", true},
    {"listen", text, "127.0.0.1:8080", "HOST:PORT to listen on; port 0 takes a free one."},
    {"public_url", text, "",
     "What links and tokens name, such as https://muster.example.org. Empty: the listen address."},
    {"tls.certificate", text, "", "PEM file with the certificate chain. Empty: plain HTTP."},
    {"tls.private_key", text, "", "PEM file with the certificate's private key."},
    {"trusted_proxies", list, "",
     "Addresses or CIDR blocks whose X-Forwarded-For and X-Forwarded-Proto are believed."},
    {"log.level", text, "info", "debug, info, warning, error or off."},
    {"log.requests", boolean, "on", "One log line for each request."},
    {"rate_limits", boolean, "on", "Limits on token, password and refresh attempts."},
    {"network", text, "none",
     "The private network of devices whose organization has no connection of its own: none, "
     "tailscale, headscale, netbird, or simulated, which is for demonstrations only: it vouches "
     "for every device."},
    {"network_timeout", duration, "5s", "How long a request waits for a network's answer."},
    {"networks.ca_file", text, "",
     "PEM file of the authorities to trust for the network's API. Empty: the system's."},
    {"networks.proxy", text, "", "http://HOST:PORT that the network's API is reached through."},
    {"networks.hosts", list, "",
     "Hosts that any organization's admin may connect to, beside the networks' public services. "
     "Others only a global admin connects to."},
    {"networks.events_interval", duration, "30s",
     "How often the events of networks that keep them are read."},
    {"tailscale.base_url", text, "", "Tailscale's API. Empty: the public one."},
    {"tailscale.tailnet", text, "", "Empty: the one that the credentials belong to."},
    {"tailscale.api_key", text, "", "An API access token, tskey-api-...", true},
    {"tailscale.oauth_client_id", text, "",
     "An OAuth client in place of the token. Empty: the secret tells."},
    {"tailscale.oauth_client_secret", text, "", "Its secret, tskey-client-...", true},
    {"tailscale.auth_key", text, "",
     "One auth key for all devices, where neither of them is set: it is no device's own, and "
     "Muster "
     "cannot see who used it.",
     true},
    {"tailscale.tags", list, "",
     "Tags of the keys, such as tag:muster. An OAuth client needs some."},
    {"tailscale.webhook_secret", text, "",
     "What Tailscale signs its deliveries to /webhooks/v1/tailscale/server with.", true},
    {"headscale.base_url", text, "", "The Headscale server, such as https://hs.example.org."},
    {"headscale.api_key", text, "", "An API key of it, hskey-api-...", true},
    {"headscale.user", text, "", "Whose keys are made, where there are no tags. It must exist."},
    {"headscale.tags", list, "", "Tags of the keys, such as tag:muster; its policy names owners."},
    {"headscale.trust_tags", boolean, "off",
     "Tag nodes with their trust level: tag:muster-high, -medium, -low, which its policy names."},
    {"netbird.base_url", text, "", "NetBird's management API. Empty: the public one."},
    {"netbird.token", text, "", "A personal access token of a service user, nbp_...", true},
    {"netbird.groups", list, "", "Names of the groups that devices join; made where missing."},
    {"netbird.trust_groups", boolean, "on",
     "Put peers into a group of their trust level: muster-high, muster-medium or muster-low."},
    {"simulated.join_delay", duration, "1500ms",
     "From a simulated key's making until its device is on the network."},
    {"enrollment.token_lifetime", duration, "24h", "How long an enrollment token is good."},
    {"trust.inactive_after", duration, "7d",
     "A device that was not seen for longer is inactive, and its network connection no longer "
     "counts. "
     "An organization may have a limit of its own."},
    {"trust.push_interval", duration, "1s",
     "How often trust levels that have changed are told to the networks."},
    {"trust.push_lifetime", duration, "1h",
     "How long a network keeps a level that it hears no more of, where it can forget; told again "
     "at "
     "half of it."},
    {"auth.signing", text, "es256",
     "es256: sessions are signed with the server's own key; hs256: with auth.jwt_secret."},
    {"auth.jwt_secret", text, "",
     "Shared secret of at least 32 bytes. Sessions and keys signed with it are accepted.", true},
    {"auth.jwks_url", text, "",
     "Public keys of another project, whose sessions are accepted, such as "
     "https://project.example.org/auth/v1/.well-known/jwks.json. Fetched again now and then."},
    {"auth.jwks_file", text, "", "The same from a file, read once at start."},
    {"auth.issuer", text, "",
     "The iss that sessions of the other project must have, such as "
     "https://project.example.org/auth/v1. Empty: any."},
    {"auth.session_lifetime", duration, "1h", "How long an access token is good."},
    {"auth.refresh_grace", duration, "10s",
     "For how long an older refresh token still gets the newest one."},
    {"auth.password_length_min", integer, "6", "Shortest password that is accepted, in bytes."},
    {"auth.password_memory_kib", integer, "19456", "Memory of one argon2id hash."},
    {"auth.password_passes", integer, "2", "Passes of one argon2id hash."},
    {"auth.sign_up", boolean, "on", "Strangers may make themselves an account."},
    {"auth.email_logins", boolean, "on",
     "People sign up and in here, by e-mail address. Off: only sessions of another project count."},
    {"auth.confirm_email", text, "auto",
     "Whether an address has to be confirmed by mail before its account can sign in: on, off, or "
     "auto, which is on where mail is sent."},
    {"auth.secure_email_change", boolean, "on",
     "Whoever changes an address confirms it from the old one, too."},
    {"auth.require_current_password", boolean, "off", "A new password needs the old one."},
    {"auth.require_reauthentication", boolean, "off",
     "A new password needs a code by mail, where the session is older than a day."},
    {"auth.code_lifetime", duration, "24h", "How long codes and links of mails are good."},
    {"auth.mail_interval", duration, "60s", "Between two mails of a kind to one person."},
    {"auth.site_url", text, "",
     "Where links of mails lead in the end, such as https://app.example.org. Empty: public_url."},
    {"auth.redirect_urls", list, "",
     "Patterns of other places where they may lead, such as https://*.example.org/welcome."},
    {"mail.sender", text, "none",
     "How mail leaves: none, smtp, or folder (files, for development)."},
    {"mail.from", text, "", "Sender of all mails, such as Muster <muster@example.org>."},
    {"mail.folder", text, "", "Folder of the files. Empty: mail in the data folder."},
    {"mail.smtp_url", text, "",
     "The mail server: smtp://HOST:587, or smtps://HOST:465 for TLS from the start."},
    {"mail.smtp_user", text, "", "Name to sign in with at the mail server. Empty: without."},
    {"mail.smtp_password", text, "", "Its password.", true},
    {"mail.smtp_starttls", boolean, "on",
     "With smtp://, TLS must be agreed on; off: mails go out in the clear."},
    {"mail.smtp_certificates", text, "",
     "PEM file of the authorities to trust. Empty: the system's."},
    {"mail.smtp_timeout", duration, "30s", "For the delivery of one mail."},
    {"http.cors_origins", list, "",
     "Origins of web apps that may call, such as https://app.example.org. Empty: all; callers "
     "prove "
     "who they are by a header, never by a cookie."},
    {"http.header_bytes_max", integer, "16384", "Largest request line with headers; beyond: 431."},
    {"http.body_bytes_max", integer, "1048576",
     "Largest body; beyond: 413. Routes may allow less."},
    {"http.connections_max", integer, "4096", "Client connections at once; beyond: 503."},
    {"http.header_timeout", duration, "10s", "For the whole request line and headers."},
    {"http.body_timeout", duration, "30s", "For the whole body."},
    {"http.idle_timeout", duration, "75s", "Between two requests of a connection."},
    {"http.handler_timeout", duration, "30s", "For an answer to be found; beyond: 503."},
    {"http.write_timeout", duration, "30s", "For an answer to be taken by the client."},
    {"store.readers", integer, "2", "Connections that read the database."},
    {"store.write_connections", integer, "16",
     "Connections to PostgreSQL that write, a thread each."},
    {"store.read_connections", integer, "8", "Connections to PostgreSQL that only read."},
    {"store.write_timeout", duration, "30s", "For one statement that writes, on PostgreSQL."},
    {"store.outage_patience", duration, "10s",
     "How long a request waits for a PostgreSQL that is away; beyond: 503."},
    {"store.direct_url", text, "",
     "The same database past a pooler in transaction mode: one connection on which servers learn "
     "at once what others change. Empty: database."},
    {"store.group_size_max", integer, "128", "Requests that one commit makes durable at most."},
    {"store.queue_length_max", integer, "10000",
     "Requests that wait for the database; beyond: 503."},
    {"outbox.interval", duration, "1s", "How often network jobs are looked for, besides at once."},
    {"outbox.lease", duration, "30s", "When a job whose worker died is due again."},
    {"outbox.backoff_first", duration, "1s",
     "Wait after a job's first failure; doubles each time."},
    {"outbox.backoff_longest", duration, "10m", "Longest wait between two attempts of a job."},
    {"sweeper.interval", duration, "60s",
     "How often expired tokens and silent devices are looked for."},
    {"reconciler.interval", duration, "60s", "How often the roster is compared with the network."},
    {"rest.policies_file", text, "",
     "Policies and grants for tables of your own, in PostgreSQL's CREATE POLICY and GRANT syntax; "
     "read at start, besides the built-in ones."},
    {"rest.rows_max", integer, "1000", "Rows of one answer of /rest/v1, and of one embed in it."},
    {"rest.read_timeout", duration, "5s", "For one read of /rest/v1; beyond: 57014."},
    {"shutdown_timeout", duration, "10s",
     "For requests under way when the server is told to stop."},
};

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
};

std::expected<Endpoint, std::string> parse_listen(const std::string& text) {
    const auto colon = text.rfind(':');
    const std::string problem = "listen: \"" + text + "\" is not HOST:PORT, such as 127.0.0.1:8080";
    if (colon == std::string::npos || colon == 0) return unexpected(problem);
    unsigned port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc{} || stop != end || port > 65'535) return unexpected(problem);
    std::string host = text.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) return unexpected(problem);
    return Endpoint{std::move(host), static_cast<std::uint16_t>(port)};
}

std::optional<std::string> from_environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

std::size_t size_of(const base::Config& config, std::string_view key) {
    return static_cast<std::size_t>(config.integer(key));
}

net::ServerLimits server_limits(const base::Config& config) {
    net::ServerLimits limits;
    limits.header_bytes_max = size_of(config, "http.header_bytes_max");
    limits.body_bytes_max = size_of(config, "http.body_bytes_max");
    limits.connections_max = size_of(config, "http.connections_max");
    limits.header_timeout = config.duration("http.header_timeout");
    limits.body_timeout = config.duration("http.body_timeout");
    limits.idle_timeout = config.duration("http.idle_timeout");
    limits.handler_timeout = config.duration("http.handler_timeout");
    limits.write_timeout = config.duration("http.write_timeout");
    return limits;
}

app::AccountRules account_rules_from(const base::Config& config) {
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    const std::string& confirm = config.text("auth.confirm_email");
    const bool mail = config.text("mail.sender") != "none";
    app::AccountRules rules;
    rules.sign_up = config.boolean("auth.sign_up");
    rules.autoconfirm = confirm == "off" || (confirm == "auto" && !mail);
    rules.email_logins = config.boolean("auth.email_logins");
    rules.secure_email_change = config.boolean("auth.secure_email_change");
    rules.require_current_password = config.boolean("auth.require_current_password");
    rules.require_reauthentication = config.boolean("auth.require_reauthentication");
    rules.code_lifetime = duration_cast<seconds>(config.duration("auth.code_lifetime"));
    rules.mail_interval = duration_cast<seconds>(config.duration("auth.mail_interval"));
    return rules;
}

app::Rules rules_from(const base::Config& config) {
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    app::Rules rules;
    take_network_rules(rules, config);
    rules.token_lifetime = duration_cast<seconds>(config.duration("enrollment.token_lifetime"));
    rules.session_lifetime = duration_cast<seconds>(config.duration("auth.session_lifetime"));
    rules.refresh_grace = duration_cast<seconds>(config.duration("auth.refresh_grace"));
    rules.trust_policy.inactive_after =
        duration_cast<seconds>(config.duration("trust.inactive_after"));
    rules.password_length_min = size_of(config, "auth.password_length_min");
    rules.accounts = account_rules_from(config);
    return rules;
}

std::string_view without_slash(std::string_view url) {
    while (url.ends_with('/')) url.remove_suffix(1);
    return url;
}

void take_jobs(Settings& settings, const base::Config& config) {
    settings.intervals = {config.duration("outbox.interval"), config.duration("sweeper.interval"),
                          config.duration("reconciler.interval"),
                          config.duration("trust.push_interval"),
                          config.duration("networks.events_interval")};
    settings.trust.lifetime =
        std::chrono::duration_cast<std::chrono::seconds>(config.duration("trust.push_lifetime"));
    settings.trust.call_timeout = settings.outbox.call_timeout;
    settings.outbox.lease = config.duration("outbox.lease");
    settings.outbox.backoff = {config.duration("outbox.backoff_first"),
                               config.duration("outbox.backoff_longest")};
}

void take_auth(Settings& settings, const base::Config& config) {
    settings.password_cost.memory_bytes = size_of(config, "auth.password_memory_kib") * 1024;
    settings.password_cost.passes = static_cast<unsigned>(config.integer("auth.password_passes"));
    settings.sign_with_shared_secret = config.text("auth.signing") == "hs256";
    settings.jwt_secret = base::Secret(config.text("auth.jwt_secret"));
    settings.jwt_issuer = config.text("auth.issuer");
    settings.jwks_url = config.text("auth.jwks_url");
    settings.jwks_file = config.text("auth.jwks_file");
    settings.site_url = config.text("auth.site_url");
    settings.redirect_urls = config.list("auth.redirect_urls");
}

std::expected<Settings, std::string> settings_from(const base::Config& config) {
    if (auto fault = find_fault(config)) return unexpected(std::move(*fault));
    const auto endpoint = parse_listen(config.text("listen"));
    if (!endpoint) return unexpected(endpoint.error());
    Settings settings;
    settings.data = config.text("data");
    settings.secret_key = base::Secret(config.text("secret_key"));
    settings.secret_key_file = config.text("secret_key_file");
    if (settings.secret_key_file.empty()) settings.secret_key_file = settings.data / "secret.key";
    settings.server.host = endpoint->host;
    settings.server.port = endpoint->port;
    settings.server.tls = {config.text("tls.certificate"), config.text("tls.private_key")};
    settings.server.trusted_proxies = config.list("trusted_proxies");
    settings.server.limits = server_limits(config);
    settings.cors_origins = config.list("http.cors_origins");
    settings.public_url = without_slash(config.text("public_url"));
    settings.log_level =
        base::parse_log_level(config.text("log.level")).value_or(base::LogLevel::info);
    settings.log_requests = config.boolean("log.requests");
    settings.rate_limits =
        config.boolean("rate_limits") ? api::RateLimits::Mode::on : api::RateLimits::Mode::off;
    settings.rules = rules_from(config);
    settings.connection = connection_settings_from(config);
    settings.network_calls = common_connection_settings(config);
    settings.tailscale_webhook_secret = base::Secret(config.text("tailscale.webhook_secret"));
    settings.network_timeout = config.duration("network_timeout");
    settings.simulated_join_delay = config.duration("simulated.join_delay");
    settings.shutdown_timeout = config.duration("shutdown_timeout");
    settings.mail = mail_settings_from(config, settings.data);
    take_auth(settings, config);
    take_jobs(settings, config);
    take_store(settings, config);
    return settings;
}

}  // namespace

std::span<const SettingRow> setting_table() {
    return rows;
}

std::span<const SettingRow> database_setting_table() {
    return std::span(rows).first(3);
}

std::expected<Settings, std::string> load_settings(
    const std::map<std::string, std::string>& flags,
    const std::optional<std::filesystem::path>& file) {
    const auto config = base::Config::load(rows, flags, from_environment, file);
    if (!config) return unexpected(config.error());
    return settings_from(*config);
}

}  // namespace muster::main
