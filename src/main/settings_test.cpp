// Where settings come from, and every fault that they can have.
// SPDX-License-Identifier: Apache-2.0
#include "main/settings.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "store/test_folder.hpp"

namespace muster::main {
namespace {

using namespace std::chrono_literals;
using Flags = std::map<std::string, std::string>;

/// A variable of the environment, for as long as it lives.
class Variable {
public:
    Variable(std::string name, const std::string& value) : m_name(std::move(name)) {
        ::setenv(m_name.c_str(), value.c_str(), 1);
    }
    ~Variable() { ::unsetenv(m_name.c_str()); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    std::string m_name;
};

class SettingsTest : public ::testing::Test {
protected:
    SettingsTest() {
        for (const base::SettingRow& row : setting_table()) {
            ::unsetenv(base::environment_of(row).c_str());
        }
    }
    std::filesystem::path file(const std::string& text) {
        std::filesystem::path path = m_folder.path() / "muster.toml";
        std::ofstream(path) << text;
        return path;
    }
    Settings load(const Flags& flags = {},
                  const std::optional<std::filesystem::path>& from = std::nullopt) {
        auto settings = load_settings(flags, from);
        if (!settings) throw std::runtime_error(settings.error());
        return std::move(*settings);
    }

    store::TestFolder m_folder;
};

TEST_F(SettingsTest, Defaults) {
    const Settings settings = load();
    EXPECT_EQ(settings.data, "muster-data");
    EXPECT_EQ(settings.sqlite.file, "muster-data/muster.db");
    EXPECT_EQ(settings.secret_key_file, "muster-data/secret.key");
    EXPECT_EQ(settings.server.host, "127.0.0.1");
    EXPECT_EQ(settings.server.port, 8080);
    EXPECT_EQ(settings.rules.default_network, "none");
    EXPECT_EQ(settings.rules.token_lifetime, 24h);
    EXPECT_EQ(settings.rules.session_lifetime, 1h);
    EXPECT_EQ(settings.rules.refresh_grace, 10s);
    EXPECT_EQ(settings.rules.trust_policy.inactive_after, std::chrono::days(7));
    EXPECT_EQ(settings.rules.password_length_min, 6U);
    EXPECT_EQ(settings.rate_limits, api::RateLimits::Mode::on);
    EXPECT_FALSE(settings.sign_with_shared_secret);
    EXPECT_EQ(settings.password_cost.memory_bytes, std::size_t{19'456} * 1024);
    EXPECT_EQ(settings.password_cost.passes, 2U);
    EXPECT_EQ(settings.outbox.lease, 30s);
    EXPECT_EQ(settings.outbox.backoff.first, 1s);
    EXPECT_EQ(settings.outbox.backoff.longest, 10min);
    EXPECT_EQ(settings.intervals.reconciler, 60s);
    EXPECT_TRUE(settings.server.trusted_proxies.empty());
    EXPECT_EQ(settings.mail.sender, MailSettings::Sender::none);
    EXPECT_TRUE(settings.site_url.empty());
    EXPECT_TRUE(settings.redirect_urls.empty());
    const app::AccountRules& accounts = settings.rules.accounts;
    EXPECT_TRUE(accounts.sign_up);
    EXPECT_TRUE(accounts.email_logins);
    EXPECT_TRUE(accounts.secure_email_change);
    EXPECT_FALSE(accounts.require_current_password);
    EXPECT_FALSE(accounts.require_reauthentication);
    EXPECT_EQ(accounts.code_lifetime, 24h);
    EXPECT_EQ(accounts.mail_interval, 60s);
}

TEST_F(SettingsTest, EveryRowIsWellFormed) {
    std::map<std::string, int> names;
    for (const base::SettingRow& row : setting_table()) {
        SCOPED_TRACE(std::string(row.key));
        EXPECT_EQ(++names[base::environment_of(row)], 1);
        EXPECT_EQ(++names[base::flag_of(row)], 1);
        EXPECT_TRUE(row.help.ends_with('.'));
        EXPECT_EQ(row.secret,
                  row.key == "secret_key" || row.key == "auth.jwt_secret" ||
                      row.key == "mail.smtp_password" || row.key == "headscale.api_key" ||
                      row.key == "netbird.token" || row.key == "tailscale.api_key" ||
                      row.key == "tailscale.oauth_client_secret" ||
                      row.key == "tailscale.auth_key" || row.key == "tailscale.webhook_secret");
    }
    for (const base::SettingRow& row : database_setting_table()) {
        EXPECT_FALSE(row.secret) << row.key;
    }
}

TEST_F(SettingsTest, FlagBeforeEnvironmentBeforeFileBeforeDefault) {
    const auto path = file("listen = \"127.0.0.1:3\"\n[outbox]\nlease = \"3s\"\n");
    EXPECT_EQ(load().server.port, 8080);
    EXPECT_EQ(load({}, path).server.port, 3);
    EXPECT_EQ(load({}, path).outbox.lease, 3s);
    const Variable listen("MUSTER_LISTEN", "127.0.0.1:2");
    const Variable lease("MUSTER_OUTBOX_LEASE", "2s");
    EXPECT_EQ(load({}, path).server.port, 2);
    EXPECT_EQ(load({}, path).outbox.lease, 2s);
    EXPECT_EQ(load({{"listen", "127.0.0.1:1"}}, path).server.port, 1);
    EXPECT_EQ(load({{"outbox.lease", "1s"}}, path).outbox.lease, 1s);
    EXPECT_EQ(load({{"listen", "127.0.0.1:1"}}, path).outbox.lease, 2s) << "each by itself";
}

TEST_F(SettingsTest, ABadValueThatIsOverruledDoesNotMatter) {
    const Variable listen("MUSTER_OUTBOX_LEASE", "soon");
    EXPECT_FALSE(load_settings({}, std::nullopt));
    EXPECT_TRUE(load_settings({{"outbox.lease", "1s"}}, std::nullopt));
}

TEST_F(SettingsTest, SecretsComeFromEnvironmentOrFileOnly) {
    const std::string secret(32, 's');
    for (const char* const key : {"secret_key", "auth.jwt_secret", "mail.smtp_password"}) {
        SCOPED_TRACE(key);
        const auto refused = load_settings({{key, secret}}, std::nullopt);
        ASSERT_FALSE(refused);
        EXPECT_FALSE(refused.error().contains(secret)) << refused.error();
    }
    const Variable jwt("MUSTER_AUTH_JWT_SECRET", secret);
    EXPECT_EQ(load().jwt_secret.reveal(), secret);
    const std::string sealing(64, 'a');
    EXPECT_EQ(load({}, file("secret_key = \"" + sealing + "\"")).secret_key.reveal(), sealing);
}

TEST_F(SettingsTest, Listen) {
    const struct {
        const char* text;
        const char* host;  ///< empty: refused
        int port;
    } cases[] = {
        {"127.0.0.1:8080", "127.0.0.1", 8080},
        {"127.0.0.1:0", "127.0.0.1", 0},
        {"[::1]:0", "::1", 0},
        {"[::]:443", "::", 443},
        {"localhost:65535", "localhost", 65'535},
        {"localhost:65536", "", 0},
        {"localhost:99999999999", "", 0},
        {"localhost:-1", "", 0},
        {"localhost:+1", "", 0},
        {"localhost:", "", 0},
        {"localhost:http", "", 0},
        {"localhost:80x", "", 0},
        {"localhost: 80", "", 0},
        {"localhost", "", 0},
        {"8080", "", 0},
        {":8080", "", 0},
        {":", "", 0},
        {"", "", 0},
        {"[]:8080", "", 0},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto settings = load_settings({{"listen", c.text}}, std::nullopt);
        EXPECT_EQ(settings.has_value(), *c.host != '\0');
        if (settings) {
            EXPECT_EQ(settings->server.host, c.host);
            EXPECT_EQ(settings->server.port, c.port);
        } else {
            EXPECT_TRUE(settings.error().starts_with("listen: ")) << settings.error();
        }
    }
}

TEST_F(SettingsTest, FaultsOfValues) {
    const struct {
        const char* name;
        Flags flags;
        const char* says;
    } cases[] = {
        {"unknown key", {{"lisen", "x"}}, "lisen is not a setting"},
        {"not a number", {{"store.readers", "two"}}, "--store-readers must be a whole number"},
        {"a negative number", {{"store.readers", "-1"}}, "--store-readers must be a whole number"},
        {"a fraction", {{"store.readers", "1.5"}}, "--store-readers must be a whole number"},
        {"beyond 63 bits", {{"store.readers", "9223372036854775808"}}, "must be a whole number"},
        {"neither on nor off", {{"rate_limits", "maybe"}}, "--rate-limits must be on or off"},
        {"no duration", {{"outbox.lease", "soon"}}, "--outbox-lease must be a number with ms"},
        {"a duration without a unit", {{"outbox.lease", "30"}}, "--outbox-lease must be"},
        {"a negative duration", {{"outbox.lease", "-1s"}}, "--outbox-lease must be"},
        {"a duration past the longest", {{"outbox.lease", "36501d"}}, "--outbox-lease must be"},
        {"a list with a gap", {{"trusted_proxies", "10.0.0.1,,10.0.0.2"}}, "--trusted-proxies"},
        {"another database", {{"database", "mysql://x"}}, "database: "},
        {"a direct URL of nothing",
         {{"store.direct_url", "postgresql://x"}},
         "store.direct_url: a URL that begins with postgresql:// is needed, beside database"},
        {"a direct URL of another database",
         {{"database", "postgresql://x"}, {"store.direct_url", "mysql://x"}},
         "store.direct_url: "},
        {"unknown log level", {{"log.level", "loud"}}, "log.level: \"loud\" is none of"},
        {"unknown signing", {{"auth.signing", "rs256"}}, "auth.signing: \"rs256\" is neither"},
        {"signing without its secret", {{"auth.signing", "hs256"}}, "needs auth.jwt_secret"},
        {"certificate without key", {{"tls.certificate", "c.pem"}}, "set both or neither"},
        {"key without certificate", {{"tls.private_key", "k.pem"}}, "set both or neither"},
        {"too little memory", {{"auth.password_memory_kib", "7"}}, "at least 8 is needed"},
        {"no passes", {{"auth.password_passes", "0"}}, "auth.password_passes: at least 1"},
        {"no readers", {{"store.readers", "0"}}, "store.readers: at least 1"},
        {"empty groups", {{"store.group_size_max", "0"}}, "store.group_size_max: at least 1"},
        {"no queue", {{"store.queue_length_max", "0"}}, "store.queue_length_max: at least 1"},
        {"an interval of nothing", {{"outbox.interval", "0s"}}, "outbox.interval: at least 10ms"},
        {"one below the least", {{"outbox.interval", "9ms"}}, "outbox.interval: at least 10ms"},
        {"half a second", {{"auth.session_lifetime", "999ms"}}, "auth.session_lifetime: at"},
        {"no time for headers", {{"http.header_timeout", "0s"}}, "http.header_timeout: at least"},
        {"half a second for codes", {{"auth.code_lifetime", "999ms"}}, "auth.code_lifetime: at"},
        {"a site that is no URL", {{"auth.site_url", "app.test"}}, "auth.site_url: "},
        {"a site with a fragment",
         {{"auth.site_url", "https://a.test/#x"}},
         "auth.site_url: a '#'"},
        {"unknown confirmation", {{"auth.confirm_email", "yes"}}, "auth.confirm_email: \"yes\" is"},
        {"confirmation without mail", {{"auth.confirm_email", "on"}}, "needs mail.sender"},
        {"codes without mail", {{"auth.require_reauthentication", "on"}}, "needs mail.sender"},
        {"no connections", {{"http.connections_max", "0"}}, "http.connections_max: at least 1"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto settings = load_settings(c.flags, std::nullopt);
        ASSERT_FALSE(settings);
        EXPECT_TRUE(settings.error().contains(c.says)) << settings.error();
        EXPECT_FALSE(settings.error().contains('\n'));
    }
}

TEST_F(SettingsTest, FaultsOfNetworks) {
    const struct {
        const char* name;
        Flags flags;
        const char* says;
    } cases[] = {
        {"unknown network", {{"network", "nebula"}}, "network: \"nebula\" is none of"},
        {"tailscale without a key", {{"network", "tailscale"}}, "network = tailscale needs"},
        {"headscale without a place",
         {{"network", "headscale"}},
         "network = headscale needs headscale.base_url"},
        {"headscale without a key",
         {{"network", "headscale"}, {"headscale.base_url", "http://127.0.0.1:1"}},
         "network = headscale needs headscale.api_key"},
        {"netbird without a token", {{"network", "netbird"}}, "network = netbird needs"},
        {"an address that ends in a slash",
         {{"netbird.base_url", "http://127.0.0.1/"}},
         "netbird.base_url: without a '/'"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto settings = load_settings(c.flags, std::nullopt);
        ASSERT_FALSE(settings);
        EXPECT_TRUE(settings.error().contains(c.says)) << settings.error();
        EXPECT_FALSE(settings.error().contains('\n'));
    }
}

TEST_F(SettingsTest, TailscaleTakesAKeyOrAClient) {
    const Flags flags{{"network", "tailscale"}};
    const Variable client("MUSTER_TAILSCALE_OAUTH_CLIENT_SECRET", "tskey-client-x");
    const auto without_tags = load_settings(flags, std::nullopt);
    ASSERT_FALSE(without_tags);
    EXPECT_TRUE(without_tags.error().contains("tailscale.tags")) << without_tags.error();
    const Settings settings = load({{"network", "tailscale"}, {"tailscale.tags", "tag:muster"}});
    EXPECT_EQ(settings.connection.value().credential.reveal(), "tskey-client-x");
    const Variable key("MUSTER_TAILSCALE_API_KEY", "tskey-api-x");
    const auto both = load_settings(flags, std::nullopt);
    ASSERT_FALSE(both);
    EXPECT_TRUE(both.error().contains("one of them")) << both.error();
}

TEST_F(SettingsTest, OneTailscaleKeyForAllIsHandedOut) {
    const Variable key("MUSTER_TAILSCALE_AUTH_KEY", "tskey-auth-x");
    const Settings settings = load({{"network", "tailscale"}});
    EXPECT_FALSE(settings.connection);
    EXPECT_EQ(settings.rules.default_network_key.value().reveal(), "tskey-auth-x");
}

TEST_F(SettingsTest, LeastValuesAreTaken) {
    const Settings settings = load({{"auth.password_memory_kib", "8"},
                                    {"auth.password_passes", "1"},
                                    {"store.readers", "1"},
                                    {"store.group_size_max", "1"},
                                    {"store.queue_length_max", "1"},
                                    {"http.connections_max", "1"}});
    EXPECT_EQ(settings.password_cost.memory_bytes, 8U * 1024);
    EXPECT_EQ(settings.password_cost.passes, 1U);
    EXPECT_EQ(settings.sqlite.reader_count, 1);
    EXPECT_EQ(settings.sqlite.group_size_max, 1U);
    EXPECT_EQ(settings.sqlite.queue_length_max, 1U);
    EXPECT_EQ(settings.server.limits.connections_max, 1U);
}

TEST_F(SettingsTest, HeadscaleMakesItsKeysForSomebody) {
    const Variable key("MUSTER_HEADSCALE_API_KEY", "hskey-api-x");
    Flags flags{{"network", "headscale"}, {"headscale.base_url", "http://127.0.0.1:1"}};
    const auto nobody = load_settings(flags, std::nullopt);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error(), "network = headscale needs headscale.user or headscale.tags");
    flags["headscale.tags"] = "tag:muster";
    const auto settings = load_settings(flags, std::nullopt);
    ASSERT_TRUE(settings) << settings.error();
    ASSERT_TRUE(settings->connection);
    EXPECT_EQ(settings->connection->network, "headscale");
    EXPECT_EQ(settings->connection->tags, std::vector<std::string>{"tag:muster"});
    EXPECT_EQ(settings->connection->credential.reveal(), "hskey-api-x");
}

TEST_F(SettingsTest, FaultsOfTheSharedSecret) {
    for (const auto& [length, taken] :
         std::map<std::size_t, bool>{{1, false}, {31, false}, {32, true}}) {
        SCOPED_TRACE(length);
        const std::string secret(length, 's');
        const Variable jwt("MUSTER_AUTH_JWT_SECRET", secret);
        for (const char* const signing : {"es256", "hs256"}) {
            const auto settings = load_settings({{"auth.signing", signing}}, std::nullopt);
            EXPECT_EQ(settings.has_value(), taken) << signing;
            if (settings) {
                EXPECT_EQ(settings->sign_with_shared_secret, std::string_view(signing) == "hs256");
            } else {
                EXPECT_TRUE(settings.error().contains("at least 32 bytes")) << settings.error();
            }
        }
    }
}

TEST_F(SettingsTest, FaultsOfTheFile) {
    const struct {
        const char* name;
        const char* text;
        const char* says;
    } cases[] = {
        {"unknown key", "\nlisen = \"x\"", "line 2: lisen is not a setting"},
        {"unknown key of a group", "[http]\nbody_max = 1", "line 2: http.body_max is not"},
        {"unknown group", "[https]\nbody_bytes_max = 1", "https is not a setting"},
        {"a key that is a group", "http = 1", "line 1: http is not a setting"},
        {"a group that is a key", "[listen]\nhost = \"x\"", "listen must be a string"},
        {"a number for text", "listen = 8080", "line 1: listen must be a string"},
        {"text for a number", "[store]\nreaders = \"2\"", "store.readers must be a whole number"},
        {"a number for a duration", "[outbox]\nlease = 30", "outbox.lease must be a string"},
        {"a number for a switch", "rate_limits = 1", "rate_limits must be true or false"},
        {"a list of numbers", "trusted_proxies = [1]", "must be an array of strings"},
        {"twice", "network = \"none\"\nnetwork = \"none\"", "is not valid TOML"},
        {"not TOML", "listen = ", "is not valid TOML"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto settings = load_settings({}, file(c.text));
        ASSERT_FALSE(settings);
        EXPECT_TRUE(settings.error().contains(c.says)) << settings.error();
        EXPECT_TRUE(settings.error().contains("muster.toml")) << settings.error();
    }
    EXPECT_FALSE(load_settings({}, m_folder.path() / "missing.toml"));
    EXPECT_FALSE(load_settings({}, m_folder.path()));
}

TEST_F(SettingsTest, AFileMayHoldEverything) {
    std::string text;
    for (const base::SettingRow& row : setting_table()) {
        const std::string quote = row.type == base::SettingType::integer ? "" : "\"";
        text.append(row.key).append(" = ").append(quote).append(row.fallback);
        text.append(quote).append("\n");
    }
    const Settings settings = load({}, file(text));
    EXPECT_EQ(settings.server.port, 8080);
    EXPECT_EQ(load({}, file("trusted_proxies = [\"10.0.0.0/8\", \"::1\"]")).server.trusted_proxies,
              (std::vector<std::string>{"10.0.0.0/8", "::1"}));
    EXPECT_EQ(load({}, file("rate_limits = false")).rate_limits, api::RateLimits::Mode::off);
}

TEST_F(SettingsTest, WhatFollowsFromOthers) {
    EXPECT_EQ(load({{"public_url", "https://muster.test//"}}).public_url, "https://muster.test");
    EXPECT_EQ(load({{"data", "/srv/m"}}).sqlite.file, "/srv/m/muster.db");
    EXPECT_EQ(load({{"data", "/srv/m"}}).secret_key_file, "/srv/m/secret.key");
    EXPECT_EQ(load({{"data", "/srv/m"}, {"secret_key_file", "/etc/k"}}).secret_key_file, "/etc/k");
}

}  // namespace
}  // namespace muster::main
