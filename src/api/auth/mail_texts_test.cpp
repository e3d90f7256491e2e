// The words of mails, and that nothing written into them is read as markup.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/mail_texts.hpp"

#include <set>

#include <gtest/gtest.h>

namespace muster::api {
namespace {

using app::Letter;
using app::LetterKind;
using core::Language;

constexpr LetterKind kinds[] = {LetterKind::confirmation, LetterKind::recovery,
                                LetterKind::magic_link,   LetterKind::invite,
                                LetterKind::email_change, LetterKind::reauthentication};

Letter letter_of(LetterKind kind) {
    return {kind,
            "ana@a.test",
            "new@a.test",
            {base::Secret<std::string>("123456"), base::Secret<std::string>("token")}};
}

MailFacts facts_of(LetterKind kind, Language language) {
    MailFacts facts;
    facts.language = language;
    facts.site_url = "https://app.test";
    if (kind != LetterKind::reauthentication) facts.link = "https://m.test/verify?a=1&b=2";
    facts.lifetime = std::chrono::hours(24);
    return facts;
}

TEST(MailTexts, EveryKindInEveryLanguage) {
    std::set<std::string> subjects;
    for (const LetterKind kind : kinds) {
        for (const Language language : {Language::english, Language::spanish}) {
            const mail::Mail mail = compose_mail(letter_of(kind), facts_of(kind, language));
            SCOPED_TRACE(mail.subject);
            EXPECT_TRUE(subjects.insert(mail.subject).second);
            EXPECT_EQ(mail.to, "ana@a.test");
            for (const std::string& text : {mail.text, mail.html}) {
                EXPECT_TRUE(text.contains("123456"));
                EXPECT_TRUE(text.contains("https://app.test"));
                EXPECT_TRUE(text.contains("24 h"));
                EXPECT_FALSE(text.contains('{')) << "a mark that nobody filled";
                EXPECT_EQ(text.contains("new@a.test"), kind == LetterKind::email_change);
            }
            const bool has_link = kind != LetterKind::reauthentication;
            EXPECT_EQ(mail.text.contains("\r\nhttps://m.test/verify?a=1&b=2\r\n"), has_link);
            EXPECT_EQ(mail.html.contains("<a href=\"https://m.test/verify?a=1&amp;b=2\">"),
                      has_link);
            EXPECT_FALSE(mail.html.contains("<a href=\"\""));
        }
    }
}

TEST(MailTexts, PartOfAnHourIsRoundedUp) {
    MailFacts facts = facts_of(LetterKind::recovery, Language::english);
    facts.lifetime = std::chrono::seconds(1);
    EXPECT_TRUE(compose_mail(letter_of(LetterKind::recovery), facts).text.contains("for 1 h"));
    facts.lifetime = std::chrono::seconds(3601);
    EXPECT_TRUE(compose_mail(letter_of(LetterKind::recovery), facts).text.contains("for 2 h"));
}

TEST(MailTexts, HtmlIsEscaped) {
    Letter letter = letter_of(LetterKind::email_change);
    letter.new_address = "<b>&\"'@a.test";
    MailFacts facts = facts_of(LetterKind::email_change, Language::english);
    facts.link = "https://m.test/\"><script>";
    const mail::Mail mail = compose_mail(letter, facts);
    EXPECT_TRUE(mail.html.contains("&lt;b&gt;&amp;&quot;'@a.test"));
    EXPECT_FALSE(mail.html.contains("<script>"));
    EXPECT_FALSE(mail.html.contains("<b>"));
    EXPECT_TRUE(mail.text.contains("<b>&\"'@a.test"));
}

}  // namespace
}  // namespace muster::api
