// Other providers: GET /auth/v1/authorize and /auth/v1/callback, where none is configured.
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "api/auth_test.hpp"

namespace muster::api {
namespace {

using Names = std::vector<std::string>;

class Providers : public Auth {};

TEST_F(Providers, EveryProviderIsRefused) {
    const std::string off = "Unsupported provider: provider is not enabled";
    const struct {
        const char* name;
        std::string query;
        std::string says;
    } cases[] = {
        {"known", "provider=github&redirect_to=https%3A%2F%2Fapp.test&scopes=email", off},
        {"in capitals", "provider=Google", off},
        {"with PKCE", "provider=azure&code_challenge=x&code_challenge_method=s256", off},
        {"unknown", "provider=acme", "Unsupported provider: Provider acme could not be found"},
        {"none", "", "Unsupported provider: Provider  could not be found"},
        {"longest", "provider=" + std::string(64, 'p'),
         "Unsupported provider: Provider " + std::string(64, 'p') + " could not be found"},
        {"one too long", "provider=" + std::string(65, 'p'),
         "Unsupported provider: Provider ? could not be found"},
        {"not UTF-8", "provider=%ff", "Unsupported provider: Provider ? could not be found"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const Reply reply = send(Who::nobody, "GET", "/auth/v1/authorize?" + c.query);
        EXPECT_EQ(reply.status, 400U);
        EXPECT_EQ(members_of(reply), (Names{"code", "error_code", "msg"}));
        EXPECT_EQ(error_of(reply), "validation_failed");
        EXPECT_EQ(reply.text("msg"), c.says);
    }
}

TEST_F(Providers, NobodyIsExpectedBack) {
    const struct {
        const char* name;
        const char* query;
        const char* error;
        const char* says;
    } cases[] = {
        {"no state", "?code=x", "bad_oauth_callback", "OAuth state parameter missing"},
        {"empty state", "?code=x&state=", "bad_oauth_callback", "OAuth state parameter missing"},
        {"a state that nobody has", "?code=x&state=y", "bad_oauth_state",
         "OAuth callback with invalid state"},
    };
    for (const char* const method : {"GET", "POST"}) {
        for (const auto& c : cases) {
            SCOPED_TRACE(std::string(method) + ", " + c.name);
            const Reply reply =
                send(Who::nobody, method, std::string("/auth/v1/callback") + c.query);
            EXPECT_EQ(reply.status, 400U);
            EXPECT_EQ(error_of(reply), c.error);
            EXPECT_EQ(reply.text("msg"), c.says);
        }
    }
}

TEST_F(Providers, BrowsersSendNoKey) {
    m_sends_apikey = false;
    for (const char* const target :
         {"/auth/v1/authorize?provider=github", "/auth/v1/callback?state=x",
          "/auth/v1/verify?type=magiclink&token=x"}) {
        SCOPED_TRACE(target);
        EXPECT_NE(send(Who::nobody, "GET", target).status, 401U);
    }
}

}  // namespace
}  // namespace muster::api
