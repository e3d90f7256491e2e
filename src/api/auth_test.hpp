// How tests sign in and use their sessions. Only tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <regex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>

#include "api/api_test.hpp"
#include "fakes/mail_sender.hpp"

namespace muster::api {

class Auth : public ApiTest {
protected:
    explicit Auth(RateLimits::Mode limits = RateLimits::Mode::off) : ApiTest(limits) {}

    static std::string password_of(const std::string& email) { return "password of " + email; }

    Reply token(const std::string& grant, const std::string& body,
                std::vector<net::HeaderView> headers = {}) {
        return send(Who::nobody, "POST", "/auth/v1/token?grant_type=" + grant, body,
                    std::move(headers));
    }
    Reply sign_in(const std::string& email, const std::string& password) {
        return token("password", boost::json::serialize(boost::json::object{
                                     {"email", email}, {"password", password}}));
    }
    /// The session object of a new sign-in.
    boost::json::object session(const std::string& email = "ana@a.test") {
        const Reply reply = sign_in(email, password_of(email));
        EXPECT_EQ(reply.status, 200U) << boost::json::serialize(reply.body);
        return reply.body.as_object();
    }
    Reply refresh(const std::string& refresh_token) {
        return token("refresh_token",
                     boost::json::serialize(boost::json::object{{"refresh_token", refresh_token}}));
    }
    Reply with_token(const std::string& access_token, std::string_view method,
                     std::string_view target) {
        const std::string bearer = "Bearer " + access_token;
        return send(Who::nobody, method, target, {}, {{"Authorization", bearer}});
    }
    Reply user_of(const boost::json::object& session) {
        return with_token(text(session, "access_token"), "GET", "/auth/v1/user");
    }
    void sql(const std::string& statement) {
        const auto done = m_store->write_now([&](store::Transaction& tx) -> core::Result<void> {
            tx.execute(statement);
            return {};
        });
        ASSERT_TRUE(done);
    }

    /// Mail goes out, and addresses have to be confirmed.
    void use_mail() {
        m_services->mail = &m_mail;
        m_services->site_url = "https://app.test";
        m_rules.accounts.autoconfirm = false;
    }
    Reply post(std::string_view path, const boost::json::object& body, Who who = Who::nobody) {
        return send(who, "POST", "/auth/v1/" + std::string(path), boost::json::serialize(body));
    }
    /// The newest mail to that address; it must be there.
    const mail::Mail& mail_to(const std::string& address) {
        const auto found =
            std::ranges::find(m_mail.mails.rbegin(), m_mail.mails.rend(), address, &mail::Mail::to);
        if (found == m_mail.mails.rend()) throw std::runtime_error("no mail to " + address);
        return *found;
    }
    std::string code_to(const std::string& address) {
        const std::string& text = mail_to(address).text;
        static const std::regex code("\\n([0-9]{6})\\r\\n");
        std::smatch match;
        return std::regex_search(text, match, code) ? match[1].str() : "no code";
    }
    /// The link's path and query.
    std::string link_to(const std::string& address) {
        const std::string& text = mail_to(address).text;
        const std::string start = m_services->public_url;
        const auto at = text.find(start + "/auth/v1/verify");
        if (at == std::string::npos) return "no link";
        const auto begin = at + start.size();
        return text.substr(begin, text.find("\r\n", begin) - begin);
    }
    std::string link_token_to(const std::string& address) {
        const std::string link = link_to(address);
        const auto at = link.find("token=") + 6;
        return link.substr(at, link.find('&', at) - at);
    }
    Reply follow(const std::string& link) { return send(Who::nobody, "GET", link); }

    static void expect_refused(const Reply& reply, unsigned status, const std::string& error,
                               const std::string& says) {
        EXPECT_EQ(reply.status, status) << boost::json::serialize(reply.body);
        EXPECT_EQ(error_of(reply), error);
        EXPECT_EQ(reply.text("msg"), says);
    }
    /// One row of a table of refusals.
    struct Refused {
        const char* name;
        boost::json::object body;
        unsigned status;
        const char* error;
        std::string says;
    };
    /// `ask` sends a body and returns the reply.
    template <typename Ask>
    static void expect_refusals(std::span<const Refused> rows, const Ask& ask) {
        for (const Refused& row : rows) {
            SCOPED_TRACE(row.name);
            expect_refused(ask(row.body), row.status, row.error, row.says);
        }
    }
    void expect_refusals(const std::string& path, std::span<const Refused> rows) {
        expect_refusals(rows, [&](const boost::json::object& body) { return post(path, body); });
    }

    static std::string text(const boost::json::object& object, std::string_view member) {
        return std::string(object.at(member).as_string());
    }
    static std::vector<std::string> members(const boost::json::object& object) {
        std::vector<std::string> names;
        for (const auto& [name, value] : object) names.emplace_back(name);
        std::ranges::sort(names);
        return names;
    }
    static std::string error_of(const Reply& reply) { return reply.header("x-sb-error-code"); }

    fakes::FakeMailSender m_mail;
};

}  // namespace muster::api
