// The settings mail.* and what they make of accounts.
// SPDX-License-Identifier: Apache-2.0
#include "main/mail_settings.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "main/settings.hpp"
#include "store/test_folder.hpp"

namespace muster::main {
namespace {

using namespace std::chrono_literals;
using Flags = std::map<std::string, std::string>;
using Sender = MailSettings::Sender;

Flags folder_flags() {
    return {{"mail.sender", "folder"}, {"mail.from", "muster@a.test"}};
}
Flags smtp_flags() {
    return {{"mail.sender", "smtp"},
            {"mail.from", "Muster <muster@a.test>"},
            {"mail.smtp_url", "smtp://mail.a.test:587"}};
}
Flags with(Flags flags, const std::string& key, const std::string& value) {
    flags[key] = value;
    return flags;
}

TEST(MailSettingsTest, WhatIsTaken) {
    const auto smtp = load_settings(with(smtp_flags(), "mail.smtp_timeout", "1ms"), std::nullopt);
    ASSERT_TRUE(smtp) << smtp.error();
    EXPECT_EQ(smtp->mail.sender, Sender::smtp);
    EXPECT_EQ(smtp->mail.from.name, "Muster");
    EXPECT_EQ(smtp->mail.from.address, "muster@a.test");
    EXPECT_EQ(smtp->mail.smtp.url, "smtp://mail.a.test:587");
    EXPECT_TRUE(smtp->mail.smtp.requires_starttls);
    EXPECT_EQ(smtp->mail.smtp.timeout, 1ms);
    const auto folder = load_settings(with(folder_flags(), "data", "/srv/m"), std::nullopt);
    ASSERT_TRUE(folder) << folder.error();
    EXPECT_EQ(folder->mail.sender, Sender::folder);
    EXPECT_EQ(folder->mail.folder, "/srv/m/mail");
    const auto elsewhere = load_settings(with(folder_flags(), "mail.folder", "/m"), std::nullopt);
    ASSERT_TRUE(elsewhere) << elsewhere.error();
    EXPECT_EQ(elsewhere->mail.folder, "/m");
}

TEST(MailSettingsTest, AMailServersPassword) {
    const store::TestFolder place;
    const std::filesystem::path file = place.path() / "muster.toml";
    std::ofstream(file) << "[mail]\nsmtp_user = \"muster\"\nsmtp_password = \"open sesame\"\n";
    const auto settings = load_settings(smtp_flags(), file);
    ASSERT_TRUE(settings) << settings.error();
    EXPECT_EQ(settings->mail.smtp.user, "muster");
    EXPECT_EQ(settings->mail.smtp.password.reveal(), "open sesame");
}

TEST(MailSettingsTest, Faults) {
    const struct {
        const char* name;
        Flags flags;
        const char* says;
    } cases[] = {
        {"unknown sender", {{"mail.sender", "pigeon"}}, "mail.sender: \"pigeon\" is none of"},
        {"folder without from", {{"mail.sender", "folder"}}, "mail.from: \"\" is no sender"},
        {"a from without @", with(folder_flags(), "mail.from", "muster"), "mail.from: \"muster\""},
        {"no server", with(smtp_flags(), "mail.smtp_url", ""), "mail.smtp_url: smtp://HOST:PORT"},
        {"a web server", with(smtp_flags(), "mail.smtp_url", "https://a.test"), "mail.smtp_url: "},
        {"no host", with(smtp_flags(), "mail.smtp_url", "smtp://"), "the URL names no host"},
        {"a bad port", with(smtp_flags(), "mail.smtp_url", "smtps://a.test:0"),
         "mail.smtp_url: the URL's port"},
        {"a name in it", with(smtp_flags(), "mail.smtp_url", "smtp://me:pw@a.test"),
         "mail.smtp_url: a URL with a user name"},
        {"a path", with(smtp_flags(), "mail.smtp_url", "smtp://a.test/x"),
         "mail.smtp_url: nothing may follow"},
        {"a user without password", with(smtp_flags(), "mail.smtp_user", "muster"),
         "mail.smtp_user and mail.smtp_password: set both"},
        {"no time", with(smtp_flags(), "mail.smtp_timeout", "0s"), "mail.smtp_timeout: at least"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto settings = load_settings(c.flags, std::nullopt);
        ASSERT_FALSE(settings);
        EXPECT_TRUE(settings.error().contains(c.says)) << settings.error();
    }
}

TEST(MailSettingsTest, WhoHasToConfirm) {
    const struct {
        const char* name;
        Flags flags;
        bool autoconfirm;
    } cases[] = {
        {"no mail", {}, true},
        {"no mail, off", {{"auth.confirm_email", "off"}}, true},
        {"mail", folder_flags(), false},
        {"mail, on", with(folder_flags(), "auth.confirm_email", "on"), false},
        {"mail, off", with(folder_flags(), "auth.confirm_email", "off"), true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto settings = load_settings(c.flags, std::nullopt);
        ASSERT_TRUE(settings) << settings.error();
        EXPECT_EQ(settings->rules.accounts.autoconfirm, c.autoconfirm);
    }
}

TEST(MailSettingsTest, RulesOfAccounts) {
    Flags flags = folder_flags();
    flags.merge(Flags{{"auth.sign_up", "off"},
                      {"auth.email_logins", "off"},
                      {"auth.secure_email_change", "off"},
                      {"auth.require_current_password", "on"},
                      {"auth.require_reauthentication", "on"},
                      {"auth.code_lifetime", "1s"},
                      {"auth.mail_interval", "0s"},
                      {"auth.site_url", "https://app.test/"},
                      {"auth.redirect_urls", "https://*.app.test/**,app://x"}});
    const auto settings = load_settings(flags, std::nullopt);
    ASSERT_TRUE(settings) << settings.error();
    const app::AccountRules& rules = settings->rules.accounts;
    EXPECT_FALSE(rules.sign_up);
    EXPECT_FALSE(rules.email_logins);
    EXPECT_FALSE(rules.secure_email_change);
    EXPECT_TRUE(rules.require_current_password);
    EXPECT_TRUE(rules.require_reauthentication);
    EXPECT_EQ(rules.code_lifetime, 1s);
    EXPECT_EQ(rules.mail_interval, 0s);
    EXPECT_EQ(settings->site_url, "https://app.test/");
    EXPECT_EQ(settings->redirect_urls,
              (std::vector<std::string>{"https://*.app.test/**", "app://x"}));
}

TEST(MailSettingsTest, TheFolderGetsAFileAMail) {
    const store::TestFolder place;
    fakes::FakeClock clock;
    fakes::FakeRandom random;
    base::Metrics metrics;
    const auto settings =
        load_settings(with(folder_flags(), "mail.folder", place.path() / "mail"), std::nullopt);
    ASSERT_TRUE(settings) << settings.error();
    auto sender = open_mail(settings->mail, clock, random, metrics);
    ASSERT_TRUE(sender->send({"ana@a.test", "Subject", "text", "<p>html</p>"}));
    sender.reset();  // delivers what waits
    const std::filesystem::directory_iterator files(place.path() / "mail");
    ASSERT_NE(files, std::filesystem::directory_iterator());
    EXPECT_EQ(files->path().extension(), ".eml");
}

TEST(MailSettingsTest, WithoutASenderThereIsNone) {
    fakes::FakeClock clock;
    fakes::FakeRandom random;
    base::Metrics metrics;
    EXPECT_EQ(open_mail(load_settings({}, std::nullopt)->mail, clock, random, metrics), nullptr);
}

}  // namespace
}  // namespace muster::main
