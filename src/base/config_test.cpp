// Tests of base/config.
// SPDX-License-Identifier: Apache-2.0
#include "base/config.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace muster::base {
namespace {

using namespace std::chrono_literals;

constexpr SettingRow rows[] = {
    {"rate_limits", SettingType::boolean, "on", "Whether requests are limited."},
    {"log.level", SettingType::text, "info", "What is logged."},
    {"http.body_length_max", SettingType::integer, "65536", "Bytes."},
    {"http.idle", SettingType::duration, "30s", "How long a connection may be idle."},
    {"http.proxies", SettingType::list, "", "Whose X-Forwarded-For is believed."},
    {"auth.jwt.secret", SettingType::text, "", "The shared secret.", true},
    {"auth.pin", SettingType::integer, "1", "A secret number.", true},
};

using Map = std::map<std::string, std::string>;

class ConfigTest : public testing::Test {
protected:
    void SetUp() override {
        std::string folder = testing::TempDir() + "muster-config-XXXXXX";
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        m_folder = folder;
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    std::filesystem::path file() const { return m_folder / "muster.toml"; }

    static std::expected<Config, std::string> load(
        const Map& flags, const Map& environment,
        const std::optional<std::filesystem::path>& path = std::nullopt) {
        const auto look_up = [&environment](const std::string& name) {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        };
        return Config::load(rows, flags, look_up, path);
    }

    std::expected<Config, std::string> load_text(const std::string& toml) {
        std::ofstream(file(), std::ios::binary) << toml;
        return load({}, {}, file());
    }

private:
    std::filesystem::path m_folder;
};

}  // namespace

TEST_F(ConfigTest, NamesOfARow) {
    EXPECT_EQ(flag_of(rows[0]), "--rate-limits");
    EXPECT_EQ(environment_of(rows[0]), "MUSTER_RATE_LIMITS");
    EXPECT_EQ(flag_of(rows[2]), "--http-body-length-max");
    EXPECT_EQ(environment_of(rows[2]), "MUSTER_HTTP_BODY_LENGTH_MAX");
}

TEST_F(ConfigTest, DefaultsHoldWhereNothingIsSet) {
    const auto config = load({}, {});
    ASSERT_TRUE(config) << config.error();
    EXPECT_TRUE(config->boolean("rate_limits"));
    EXPECT_EQ(config->text("log.level"), "info");
    EXPECT_EQ(config->integer("http.body_length_max"), 65536);
    EXPECT_EQ(config->duration("http.idle"), 30s);
    EXPECT_TRUE(config->list("http.proxies").empty());
}

TEST_F(ConfigTest, TheFirstPlaceThatHasAValueWins) {
    std::ofstream(file()) << "log.level = \"file\"";
    const Map flag{{"log.level", "flag"}};
    const Map environment{{"MUSTER_LOG_LEVEL", "environment"}};
    EXPECT_EQ(load(flag, environment, file())->text("log.level"), "flag");
    EXPECT_EQ(load({}, environment, file())->text("log.level"), "environment");
    EXPECT_EQ(load({}, {}, file())->text("log.level"), "file");
    EXPECT_EQ(load({}, {{"MUSTER_LOG_LEVEL", ""}}, file())->text("log.level"), "");
}

TEST_F(ConfigTest, ReadsEveryTypeFromTheFile) {
    const auto config = load_text(R"(
rate_limits = "off"
[log]
level = "debug"
[http]
body_length_max = 1
idle = "500ms"
proxies = ["10.0.0.1", " ::1 "]
[auth]
pin = 7
[auth.jwt]
secret = "s"
)");
    ASSERT_TRUE(config) << config.error();
    EXPECT_FALSE(config->boolean("rate_limits"));
    EXPECT_EQ(config->text("log.level"), "debug");
    EXPECT_EQ(config->integer("http.body_length_max"), 1);
    EXPECT_EQ(config->duration("http.idle"), 500ms);
    EXPECT_EQ(config->list("http.proxies"), (std::vector<std::string>{"10.0.0.1", "::1"}));
    EXPECT_EQ(config->integer("auth.pin"), 7);
    EXPECT_EQ(config->text("auth.jwt.secret"), "s");
    EXPECT_EQ(load_text("http.proxies = \"a, b\"")->list("http.proxies").size(), 2U);
    EXPECT_EQ(load_text("http.proxies = []")->list("http.proxies").size(), 0U);
    EXPECT_TRUE(load_text("rate_limits = true")->boolean("rate_limits"));
}

TEST_F(ConfigTest, FaultsOfTheFileNameItsPlace) {
    struct Case {
        const char* name;
        const char* toml;
        const char* expect;  ///< what follows the file's name
    };
    const Case cases[] = {
        {"unknown key", "\nlog_levle = 1", " line 2: log_levle is not a setting"},
        {"unknown key in a table", "[log]\n\nlevle = 1", " line 3: log.levle is not a setting"},
        {"misspelt table", "[lgo]\nlevel = \"x\"", " line 1: lgo is not a setting"},
        {"misspelt inner table", "[auth]\n[auth.jtw]\nsecret = \"x\"",
         " line 2: auth.jtw is not a setting"},
        {"empty unknown table", "[other]", " line 1: other is not a setting"},
        {"value where a table belongs", "log = 1", " line 1: log is not a setting"},
        {"table where a value belongs", "[log.level]\nx = 1",
         " line 1: log.level must be a string"},
        {"array of tables", "[[log]]\nlevel = \"x\"", " line 1: log is not a setting"},
        {"a quoted key with dots", "\"log.level\" = \"x\"", " line 1: log.level is not a setting"},
        {"number for text", "log.level = 1", " line 1: log.level must be a string"},
        {"text for a number", "http.body_length_max = \"1\"",
         " line 1: http.body_length_max must be a whole number"},
        {"fraction for a number", "http.body_length_max = 1.5",
         " line 1: http.body_length_max must be a whole number"},
        {"negative number", "http.body_length_max = -1",
         " line 1: http.body_length_max must be a whole number, not \"-1\""},
        {"bad boolean", "rate_limits = \"maybe\"",
         " line 1: rate_limits must be on or off, not \"maybe\""},
        {"duration without a unit", "http.idle = 30",
         " line 1: http.idle must be a string such as \"500ms\" or \"7d\""},
        {"bad duration", "http.idle = \"30 s\"",
         " line 1: http.idle must be a number with ms, s, m, h or d, at most 36500d, not \"30 s\""},
        {"list of numbers", "http.proxies = [1]",
         " line 1: http.proxies must be an array of strings without commas"},
        {"a comma in an item", "http.proxies = [\"a,b\"]",
         " line 1: http.proxies must be an array of strings without commas"},
        {"an empty item", "http.proxies = \"a,,b\"",
         " line 1: http.proxies must be a comma-separated list, not \"a,,b\""},
        {"a blank item", "http.proxies = [\" \", \"a\"]",
         " line 1: http.proxies must be a comma-separated list, not \" ,a\""},
        {"the same key twice", "rate_limits = true\nrate_limits = true",
         " line 2 column 15: is not valid TOML"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto config = load_text(c.toml);
        ASSERT_FALSE(config);
        EXPECT_EQ(config.error(), file().string() + c.expect);
    }
}

TEST_F(ConfigTest, FaultsOfFlagsAndEnvironmentNameThem) {
    struct Case {
        const char* name;
        Map flags;
        Map environment;
        const char* expect;
    };
    const Case cases[] = {
        {"flag",
         {{"http.idle", "x"}},
         {},
         "--http-idle must be a number with ms, s, m, h or d, at most 36500d, not \"x\""},
        {"environment",
         {},
         {{"MUSTER_HTTP_BODY_LENGTH_MAX", ""}},
         "MUSTER_HTTP_BODY_LENGTH_MAX must be a whole number, not \"\""},
        {"too large a number",
         {{"http.body_length_max", "9223372036854775808"}},
         {},
         "--http-body-length-max must be a whole number, not \"9223372036854775808\""},
        {"unknown flag", {{"log.levle", "x"}}, {}, "log.levle is not a setting"},
        {"secret as a flag",
         {{"auth.jwt.secret", "hunter2"}},
         {},
         "auth.jwt.secret is a secret: set MUSTER_AUTH_JWT_SECRET, not a flag"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto config = load(c.flags, c.environment);
        ASSERT_FALSE(config);
        EXPECT_EQ(config.error(), c.expect);
    }
}

TEST_F(ConfigTest, NoFaultShowsASecret) {
    const std::string secret = "hunter2";
    const char* files[] = {
        "auth.pin = \"hunter2\"",          "auth.jwt.secret = \"hunter2",
        "auth.jwt.secret = hunter2",       "auth.jwt.secret = [\"hunter2\"]",
        "auth.jwt.secret = \"\\hunter2\"", "auth.jwt.secret = \"hunter2\" hunter2",
        "auth.jwt.secret = 0xhunter2",
    };
    for (const char* toml : files) {
        SCOPED_TRACE(toml);
        const auto config = load_text(toml);
        ASSERT_FALSE(config);
        EXPECT_EQ(config.error().find(secret), std::string::npos) << config.error();
        EXPECT_NE(config.error().find("line 1"), std::string::npos) << config.error();
    }
    const auto config = load({}, {{"MUSTER_AUTH_PIN", secret}});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error(), "MUSTER_AUTH_PIN must be a whole number");
}

TEST_F(ConfigTest, AFileThatCannotBeReadIsAFault) {
    EXPECT_EQ(load({}, {}, file()).error(),
              file().string() + ": can't be read: No such file or directory");
    EXPECT_EQ(load({}, {}, file().parent_path()).error(),
              file().parent_path().string() + ": is a folder, not a file");
}

TEST_F(ConfigTest, AFileHasALengthLimit) {
    const std::string at_limit = "#" + std::string(config_file_length_max - 1, 'x');
    EXPECT_TRUE(load_text(at_limit));
    EXPECT_EQ(load_text(at_limit + "x").error(),
              file().string() + ": is longer than 1048576 bytes");
}

TEST(ParseDuration, Table) {
    struct Case {
        const char* text;
        std::optional<std::chrono::milliseconds> expect;
    };
    const Case cases[] = {
        {"0s", 0ms},
        {"1ms", 1ms},
        {"2s", 2s},
        {"3m", 3min},
        {"4h", 4h},
        {"7d", 168h},
        {"007s", 7s},
        {"36500d", duration_max},
        {"36501d", std::nullopt},
        {"3153600000001ms", std::nullopt},
        {"9223372036854775807d", std::nullopt},
        {"9223372036854775808ms", std::nullopt},
        {"", std::nullopt},
        {"s", std::nullopt},
        {"7", std::nullopt},
        {"7w", std::nullopt},
        {"7 d", std::nullopt},
        {"-7d", std::nullopt},
        {"+7d", std::nullopt},
        {"1.5h", std::nullopt},
        {"7d ", std::nullopt},
        {"1h30m", std::nullopt},
        {"7D", std::nullopt},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse_duration(c.text), c.expect);
    }
}

TEST(Booleans, EveryWord) {
    for (const std::string word : {"on", "true", "yes", "1", "off", "false", "no", "0"}) {
        SCOPED_TRACE(word);
        const bool expect = word == "on" || word == "true" || word == "yes" || word == "1";
        const auto config = Config::load(
            rows, {{"rate_limits", word}}, [](const auto&) { return std::nullopt; }, std::nullopt);
        ASSERT_TRUE(config) << config.error();
        EXPECT_EQ(config->boolean("rate_limits"), expect);
    }
}

TEST(ConfigDeathTest, ReadingASettingWronglyStopsTheProgram) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto config =
        Config::load(rows, {}, [](const auto&) { return std::nullopt; }, std::nullopt);
    ASSERT_TRUE(config);
    EXPECT_DEATH(config->integer("log.level"), "setting log.level was read as another type");
    EXPECT_DEATH(config->text("log.levle"), "or is none");
    const SettingRow bad[] = {{"a", SettingType::integer, "x", "A bad default."}};
    EXPECT_DEATH(static_cast<void>(Config::load(
                     bad, {}, [](const auto&) { return std::nullopt; }, std::nullopt)),
                 "default has the wrong type");
}

}  // namespace muster::base
