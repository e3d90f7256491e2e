// Messages as mail programs read them.
// SPDX-License-Identifier: Apache-2.0
#include "mail/message.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"

namespace muster::mail {
namespace {

TEST(Message, IsWhole) {
    const fakes::FakeClock clock;
    const Mail mail{"ana@a.test", "Hello", "text", "<p>html</p>"};
    EXPECT_EQ(to_message(mail, {"Muster", "muster@example.org"}, clock.now(), "id1"),
              "From: \"Muster\" <muster@example.org>\r\n"
              "To: ana@a.test\r\n"
              "Subject: Hello\r\n"
              "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
              "Message-ID: <id1@example.org>\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: multipart/alternative; boundary=\"id1\"\r\n"
              "\r\n"
              "--id1\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "\r\n"
              "dGV4dA==\r\n"
              "--id1\r\n"
              "Content-Type: text/html; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "\r\n"
              "PHA+aHRtbDwvcD4=\r\n"
              "--id1--\r\n");
}

TEST(Message, SubjectsMayHoldAnything) {
    const fakes::FakeClock clock;
    const struct {
        const char* name;
        std::string subject;
        std::string header;
    } cases[] = {
        {"accents", "Confirme su dirección",
         "Subject: =?UTF-8?B?Q29uZmlybWUgc3UgZGlyZWNjacOzbg==?=\r\n"},
        {"a line end", "a\r\nBcc: eve@a.test", "Subject: =?UTF-8?B?YQ0KQmNjOiBldmVAYS50ZXN0?=\r\n"},
        {"longer than a word may be", std::string(41, 'a') + "ñ" + "b",
         "Subject: =?UTF-8?B?YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=?=\r\n "
         "=?UTF-8?B?w7Fi?=\r\n"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const std::string message =
            to_message({"a@a.test", c.subject, "", ""}, {"", "m@a.test"}, clock.now(), "id");
        EXPECT_TRUE(message.contains(c.header)) << message;
        EXPECT_FALSE(message.contains("\r\nBcc"));
    }
}

TEST(Message, NoLineIsTooLong) {
    const fakes::FakeClock clock;
    const Mail mail{"a@a.test", std::string(500, 'x') + "ñ", std::string(5000, 'x'), "ñ"};
    const std::string message = to_message(mail, {"Ñandú", "m@a.test"}, clock.now(), "id");
    for (std::size_t at = 0; at < message.size();) {
        const auto end = message.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - at, 100U);
        at = end + 2;
    }
}

TEST(Mailbox, Forms) {
    const struct {
        const char* name;
        const char* text;
        bool good;
        const char* display;
        const char* address;
    } cases[] = {
        {"bare", "m@example.org", true, "", "m@example.org"},
        {"with a name", "Muster <m@example.org>", true, "Muster", "m@example.org"},
        {"quoted", "\"Muster, Inc.\" <m@example.org>", true, "Muster, Inc.", "m@example.org"},
        {"in any language", "Ñandú <m@example.org>", true, "Ñandú", "m@example.org"},
        {"no name", "<m@example.org>", true, "", "m@example.org"},
        {"nothing", "", false, "", ""},
        {"no address", "Muster", false, "", ""},
        {"no domain", "m@", false, "", ""},
        {"two", "m@a.test, n@a.test", false, "", ""},
        {"a line end", "Mus\r\nter <m@example.org>", false, "", ""},
        {"a line end in the address", "<m@example.org\r\n>", false, "", ""},
        {"unclosed", "Muster <m@example.org", false, "", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto mailbox = Mailbox::parse(c.text);
        ASSERT_EQ(mailbox.has_value(), c.good);
        if (!mailbox) continue;
        EXPECT_EQ(mailbox->name, c.display);
        EXPECT_EQ(mailbox->address, c.address);
    }
}

}  // namespace
}  // namespace muster::mail
