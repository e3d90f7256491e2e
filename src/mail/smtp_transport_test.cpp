// What a mail server hears, and what becomes of a mail when it is unkind.
// SPDX-License-Identifier: Apache-2.0
#include "mail/smtp_transport.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/random.hpp"
#include "mail/smtp_server_test.hpp"

namespace muster::mail {
namespace {

using namespace std::chrono_literals;
using Mood = SmtpServer::Mood;

const Mail hello{"ana@a.test", "Hello", "text", "<p>html</p>"};

class Smtp : public testing::Test {
protected:
    SmtpTransport transport(const SmtpServer& server, SmtpOptions options = {}) {
        options.url = server.url();
        options.requires_starttls = false;
        return {options, *Mailbox::parse("Muster <muster@example.org>"), m_clock, m_random};
    }
    fakes::FakeClock m_clock;
    fakes::FakeRandom m_random;
    std::atomic<bool> m_give_up{false};
};

TEST_F(Smtp, MailArrivesAsItIs) {
    const SmtpServer server;
    SmtpTransport sender = transport(server);
    Mail mail = hello;
    mail.text = ".\r\n..\r\nQUIT\r\nEnde";
    ASSERT_TRUE(sender.deliver(mail, m_give_up));
    ASSERT_TRUE(sender.deliver(hello, m_give_up));
    const auto received = server.received();
    ASSERT_EQ(received.size(), 2U);
    EXPECT_EQ(received[0].sender, "<muster@example.org>");
    EXPECT_EQ(received[0].recipient, "<ana@a.test>");
    EXPECT_TRUE(received[0].data.starts_with("From: \"Muster\" <muster@example.org>\r\n"));
    EXPECT_TRUE(received[0].data.contains("\r\nLg0KLi4NClFVSVQNCkVuZGU=\r\n"));
    const auto commands = server.commands();
    EXPECT_EQ(
        std::ranges::count_if(commands, [](const std::string& c) { return c.starts_with("EHLO"); }),
        1)
        << "the connection is kept";
}

TEST_F(Smtp, ThePasswordIsGiven) {
    const SmtpServer server;
    SmtpOptions options;
    options.user = "muster";
    options.password = base::Secret<std::string>("secret");
    SmtpTransport sender = transport(server, options);
    ASSERT_TRUE(sender.deliver(hello, m_give_up));
    bool given = false;
    for (const std::string& command : server.commands()) {
        given |= command.contains("AG11c3RlcgBzZWNyZXQ=");
    }
    EXPECT_TRUE(given);
}

TEST_F(Smtp, WithoutTlsNothingIsSentUnlessAllowed) {
    const SmtpServer server;
    SmtpOptions options;
    options.url = server.url();
    options.user = "muster";
    options.password = base::Secret<std::string>("secret");
    SmtpTransport sender(options, *Mailbox::parse("m@example.org"), m_clock, m_random);
    const auto sent = sender.deliver(hello, m_give_up);
    ASSERT_FALSE(sent);
    EXPECT_TRUE(server.received().empty());
    for (const std::string& command : server.commands()) {
        EXPECT_FALSE(command.starts_with("AUTH") || command.starts_with("MAIL")) << command;
    }
}

TEST_F(Smtp, FailuresAreForNowOrForEver) {
    const struct {
        const char* name;
        Mood mood;
        bool permanent;
    } cases[] = {
        {"no such mailbox", Mood::refuses_recipients, true},
        {"busy", Mood::is_busy, false},
        {"silent", Mood::is_silent, false},
        {"gone", Mood::hangs_up, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const SmtpServer server(c.mood);
        SmtpOptions options;
        options.timeout = 500ms;
        SmtpTransport sender = transport(server, options);
        const auto sent = sender.deliver(hello, m_give_up);
        ASSERT_FALSE(sent);
        EXPECT_EQ(sent.error().is_permanent, c.permanent) << sent.error().reason;
        EXPECT_FALSE(sent.error().reason.empty());
        EXPECT_FALSE(sent.error().reason.contains("ana@"));
    }
}

TEST_F(Smtp, GivesUpWhenTold) {
    const SmtpServer server(Mood::is_silent);
    SmtpTransport sender = transport(server);
    m_give_up = true;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(sender.deliver(hello, m_give_up));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s) << "the usual time-out is 30 s";
}

}  // namespace
}  // namespace muster::mail
