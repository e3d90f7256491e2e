// The name on the network: valid whatever the host name is.
// SPDX-License-Identifier: Apache-2.0
#include "agent/host_label.hpp"

#include <gtest/gtest.h>

namespace muster::agent {
namespace {

bool is_label(const std::string& text) {
    if (text.size() < 2 || text.size() > host_label_characters_max) return false;
    if (text.front() == '-' || text.back() == '-') return false;
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

TEST(HostLabel, IsALabelOfTheHostName) {
    struct Case {
        std::string name;
        std::string label;
    };
    const Case cases[] = {
        {"ada", "ada"},
        {"Ada-Laptop", "ada-laptop"},
        {"ada.example.org", "ada"},
        {"Ana's Laptop", "ana-s-laptop"},
        {"desk_w11", "desk-w11"},
        {"7of9", "7of9"},
        {"--ada--", "ada"},
        {"a  -_ b", "a-b"},
        {"m\xC3\xBCller", "m-ller"},
        {"\xE6\x97\xA5\xE6\x9C\xAC", "device-01234567"},
        {"", "device-01234567"},
        {"---", "device-01234567"},
        {".example.org", "device-01234567"},
        {"x", "device-01234567"},
        {"xy", "xy"},
        {std::string(63, 'a'), std::string(63, 'a')},
        {std::string(64, 'a'), std::string(63, 'a')},
        {std::string(62, 'a') + "-b", std::string(62, 'a')},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        DeviceFacts facts;
        facts.name = c.name;
        facts.fingerprint = "0123456789abcdef";
        EXPECT_EQ(host_label(facts), c.label);
        EXPECT_TRUE(is_label(host_label(facts)));
        DeviceFacts again = facts;
        again.name = host_label(facts);
        EXPECT_EQ(host_label(again), again.name) << "a label stays what it is";
    }
}

}  // namespace
}  // namespace muster::agent
