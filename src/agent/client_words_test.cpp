// Clients' words: sorted, and without keys.
// SPDX-License-Identifier: Apache-2.0
#include "agent/client_words.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace muster::agent {
namespace {

TEST(ClientWords, Faults) {
    struct Case {
        const char* said;
        JoinFault fault;
    };
    const Case cases[] = {
        {"flag provided but not defined: -auth-key", JoinFault::client_too_old},
        {"Error: unknown flag: --setup-key-file", JoinFault::client_too_old},
        {"register request: http 400: unsupported client version: v1.20 (30)",
         JoinFault::client_too_old},
        {"Error: changing settings via 'tailscale up' requires mentioning all\nnon-default flags.",
         JoinFault::own_settings},
        {"can't change --login-server without --force-reauth", JoinFault::other_network},
        {"backend error: invalid key: API key kABC not valid", JoinFault::key_refused},
        {"backend error: authkey expired", JoinFault::key_refused},
        {"register request: http 401: AuthKey not found", JoinFault::key_refused},
        {"login failed: rpc error: code = PermissionDenied desc = couldn't add peer: setup key is "
         "invalid",
         JoinFault::key_refused},
        {"Access denied: checkprefs access denied", JoinFault::not_allowed},
        {"failed to connect to local tailscaled (which appears to be running as tailscaled, pid "
         "7). Got error: dial unix: connect: permission denied",
         JoinFault::not_allowed},
        {"failed to connect to local tailscaled; it doesn't appear to be running",
         JoinFault::service_down},
        {"Error: failed to connect to daemon error: context deadline exceeded",
         JoinFault::service_down},
        {"x509: certificate has expired or is not yet valid: current time is before",
         JoinFault::clock_off},
        {"To approve your machine, visit (as admin):", JoinFault::not_approved},
        {"fetch control key: Get \"http://127.0.0.1:1/key\": connect: connection refused",
         JoinFault::unreachable},
        {"dial tcp: lookup vpn.example.org: no such host", JoinFault::unreachable},
        {"rpc error: code = DeadlineExceeded desc = context deadline exceeded",
         JoinFault::unreachable},
        {"timeout waiting for Tailscale service to enter a Running state", JoinFault::timed_out},
        {"the moon is full", JoinFault::failed},
        {"", JoinFault::failed},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.said);
        EXPECT_EQ(fault_in(c.said), c.fault);
    }
}

TEST(ClientWords, KeysAreTakenOut) {
    const base::Secret<std::string> key("A1B2-SECRET");
    struct Case {
        const char* said;
        const char* safe;
    };
    const Case cases[] = {
        {"key A1B2-SECRET is bad", "key [key] is bad"},
        {"a1b2-secretA1B2-SECRET", "[key][key]"},
        {"A1B2-SECRE", "A1B2-SECRE"},
        {"got tskey-auth-kX_y-Z9\" again", "got [key]\" again"},
        {"HSKEY-auth-abc.", "[key]."},
        {"nothing here", "nothing here"},
        {"", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.said);
        EXPECT_EQ(without_keys(c.said, key), c.safe);
    }
    EXPECT_EQ(without_keys("as it is", base::Secret<std::string>()), "as it is");
}

TEST(ClientWords, InShort) {
    EXPECT_EQ(in_short(""), "");
    EXPECT_EQ(in_short("\n \r\n"), "");
    EXPECT_EQ(in_short("one\n\n  two \nthree\r\nfour\n"), "two three four");
    EXPECT_EQ(in_short("a\x1b[31mb\x07"), "a[31mb");
    EXPECT_EQ(in_short("broken \xff\xfe text"), "broken  text");
    const std::string long_text = in_short(std::string(299, 'x') + "\xE2\x82\xAC" + "yyyy");
    EXPECT_LE(long_text.size(), 302U);
    EXPECT_TRUE(base::is_valid_utf8(long_text));
    EXPECT_EQ(long_text.find('y'), std::string::npos);
}

}  // namespace
}  // namespace muster::agent
