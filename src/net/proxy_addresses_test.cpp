// Whose X-Forwarded-For is believed, and how far.
// SPDX-License-Identifier: Apache-2.0
#include "net/proxy_addresses.hpp"

#include <gtest/gtest.h>

namespace muster::net {
namespace {

using boost::asio::ip::make_address;

TEST(ProxyAddresses, Contain) {
    struct Case {
        const char* name;
        const char* block;
        const char* address;
        bool expect;
    };
    const Case cases[] = {
        {"the address itself", "10.0.0.1", "10.0.0.1", true},
        {"its neighbour", "10.0.0.1", "10.0.0.2", false},
        {"last of a block", "10.0.0.0/8", "10.255.255.255", true},
        {"one past a block", "10.0.0.0/8", "11.0.0.0", false},
        {"odd prefix, inside", "10.0.0.0/9", "10.127.255.255", true},
        {"odd prefix, outside", "10.0.0.0/9", "10.128.0.0", false},
        {"bits beyond the prefix", "10.1.2.3/8", "10.9.9.9", true},
        {"all of IPv4", "0.0.0.0/0", "203.0.113.9", true},
        {"all of IPv4 is not IPv6", "0.0.0.0/0", "2001:db8::1", false},
        {"all", "::/0", "203.0.113.9", true},
        {"v4-mapped peer", "10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"v4-mapped block", "::ffff:10.0.0.0/104", "10.1.2.3", true},
        {"IPv6 block", "2001:db8::/32", "2001:db8:ffff::1", true},
        {"one past an IPv6 block", "2001:db8::/32", "2001:db9::", false},
        {"IPv6 loopback", "::1", "::1", true},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const auto proxies = ProxyAddresses::parse({"192.0.2.77", c.block});
        ASSERT_TRUE(proxies.has_value());
        EXPECT_EQ(proxies->contains(make_address(c.address)), c.expect);
    }
}

TEST(ProxyAddresses, RefuseWhatIsNoBlock) {
    for (const std::string block :
         {"", "proxy", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1",
          "10.0.0.0/8/8", "::/129", "fe80::1%lo", "[::1]", "10.0.0.1:80", " 10.0.0.1"}) {
        SCOPED_TRACE(block);
        const auto proxies = ProxyAddresses::parse({"10.0.0.1", block});
        ASSERT_FALSE(proxies.has_value());
        EXPECT_NE(proxies.error().find("\"" + block + "\""), std::string::npos) << proxies.error();
    }
}

TEST(ProxyAddresses, ClientBehind) {
    struct Case {
        const char* name;
        std::vector<HeaderView> headers;
        const char* expect;
    };
    const Case cases[] = {
        {"no header", {}, "10.0.0.1"},
        {"one client", {{"X-Forwarded-For", "203.0.113.9"}}, "203.0.113.9"},
        {"name in other case", {{"x-forwarded-for", "203.0.113.9"}}, "203.0.113.9"},
        {"forged by the client", {{"X-Forwarded-For", "1.1.1.1, 203.0.113.9"}}, "203.0.113.9"},
        {"two proxies", {{"X-Forwarded-For", "1.1.1.1, 203.0.113.9 ,10.0.0.2"}}, "203.0.113.9"},
        {"two fields",
         {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "10.0.0.2"}},
         "203.0.113.9"},
        {"the last field is the nearest",
         {{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "203.0.113.9"}},
         "203.0.113.9"},
        {"only proxies", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
        {"no address", {{"X-Forwarded-For", "unknown"}}, "10.0.0.1"},
        {"no address before a proxy", {{"X-Forwarded-For", "1.1.1.1, x, 10.0.0.2"}}, "10.0.0.2"},
        {"empty", {{"X-Forwarded-For", ""}}, "10.0.0.1"},
        {"empty element", {{"X-Forwarded-For", "1.1.1.1,"}}, "10.0.0.1"},
        {"with a port", {{"X-Forwarded-For", "203.0.113.9:4711"}}, "203.0.113.9"},
        {"IPv6", {{"X-Forwarded-For", "2001:DB8::1"}}, "2001:db8::1"},
        {"IPv6 with a port", {{"X-Forwarded-For", "[2001:db8::1]:80"}}, "2001:db8::1"},
        {"IPv6 without a bracket", {{"X-Forwarded-For", "[2001:db8::1"}}, "10.0.0.1"},
        {"v4-mapped", {{"X-Forwarded-For", "::ffff:203.0.113.9"}}, "203.0.113.9"},
        {"v4-mapped proxy", {{"X-Forwarded-For", "203.0.113.9, ::ffff:10.0.0.2"}}, "203.0.113.9"},
        {"other header", {{"Forwarded", "for=203.0.113.9"}}, "10.0.0.1"},
    };
    const auto proxies = ProxyAddresses::parse({"10.0.0.0/8"});
    ASSERT_TRUE(proxies.has_value());
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        EXPECT_EQ(proxies->client_behind(make_address("10.0.0.1"), c.headers).to_string(),
                  c.expect);
    }
}

}  // namespace
}  // namespace muster::net
