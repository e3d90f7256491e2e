// The simulated network: restarts, and what a kill leaves behind.
// SPDX-License-Identifier: Apache-2.0
#include "networks/simulated/journal.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "networks/simulated/world_test.hpp"

namespace muster::networks {
namespace {

using namespace std::chrono_literals;

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

void append_to(const std::filesystem::path& file, std::string_view text) {
    std::ofstream(file, std::ios::app) << text;
}

TEST(SimulatedNetwork, RemembersAcrossRestarts) {
    const Folder folder;
    World world({.file = folder.file()});
    const Node stays = world.joined("stays \"quoted\"");
    const Node removed = world.joined("removed");
    const Node offline = world.joined("offline");
    const Node back = world.joined("back");
    const NetworkKey revoked = world.key();
    const NetworkKey waiting = world.key();
    world.remove(removed.sighting.node_id);
    world.revoke(revoked.id);
    world->set_online(offline.sighting.node_id, false);
    world->set_online(back.sighting.node_id, false);
    world->set_online(back.sighting.node_id, true);
    const auto left_at = world.clock.now();

    for (const char* when : {"after the first restart", "after the second, compacted"}) {
        SCOPED_TRACE(when);
        world.restart();
        const Node again = world.by_node(stays.sighting.node_id).value();
        EXPECT_EQ(again.sighting.hostname, stays.sighting.hostname);
        EXPECT_EQ(again.sighting.ip, stays.sighting.ip);
        EXPECT_EQ(again.sighting.tags, stays.sighting.tags);
        EXPECT_EQ(again.key_id, stays.key_id);
        EXPECT_FALSE(world.by_node(removed.sighting.node_id));
        EXPECT_FALSE(world.by_key(revoked.id));
        EXPECT_TRUE(world.by_node(back.sighting.node_id)->sighting.online);
        EXPECT_FALSE(world.by_node(offline.sighting.node_id)->sighting.online);
        EXPECT_EQ(world.by_node(offline.sighting.node_id)->sighting.last_seen, left_at);
        EXPECT_FALSE(world.by_key(waiting.id));
    }
    world.clock.advance(2s);
    EXPECT_TRUE(world.by_key(waiting.id)) << "a device joins although the server was restarted";

    std::set<std::string> addresses;
    for (int i = 0; i < 10; ++i) world.joined("more");
    for (const Node& node : world.all()) addresses.insert(node.sighting.ip);
    EXPECT_EQ(addresses.size(), world.all().size()) << "an address was given twice";
}

TEST(SimulatedNetwork, JournalIsPrivateAndKeepsNoSecret) {
    const Folder folder;
    World world({.file = folder.file()});
    const NetworkKey key = world.key();
    for (const char* when : {"new", "reopened"}) {
        SCOPED_TRACE(when);
        struct stat status{};
        ASSERT_EQ(::stat(folder.file().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
        ::chmod(folder.file().c_str(), 0644);
        world.restart();
    }
    const std::string text = text_of(folder.file());
    EXPECT_NE(text.find(key.id.substr(std::string("simkey-").size())), std::string::npos);
    EXPECT_EQ(text.find(key.secret.reveal()), std::string::npos);
}

TEST(SimulatedNetwork, OpensWhatAKillLeftBehind) {
    const Folder folder;
    World world({.file = folder.file()});
    const Node node = world.joined("a");
    const std::string whole = text_of(folder.file());

    for (std::size_t length = 0; length < whole.size(); ++length) {
        append_to(folder.file(), std::string_view(whole).substr(0, length));
        world.restart();
        ASSERT_EQ(world.all().size(), 1U) << "torn after " << length << " bytes";
        ASSERT_EQ(text_of(folder.file()), whole) << "torn after " << length << " bytes";
    }
    world.joined("b");
    world.restart();
    EXPECT_EQ(world.all().size(), 2U) << "a line was appended to a torn one";
}

TEST(SimulatedNetwork, RefusesWhatIsNotItsJournal) {
    struct Case {
        const char* name;
        const char* text;
    };
    const Case cases[] = {
        {"not JSON", "hello\n"},
        {"not an object", "[]\n"},
        {"an unknown line", "{\"renamed\":\"x\"}\n"},
        {"an unknown member", "{\"online\":\"x\"}\n"},
        {"a member without an address",
         "{\"member\":\"x\",\"hostname\":\"h\",\"joins_at_us\":1,\"tags\":[]}\n"},
        {"a bad address",
         "{\"member\":\"x\",\"hostname\":\"h\",\"ip\":\"1.2\",\"joins_at_us\":1,\"tags\":[]}\n"},
        {"an address of another pool",
         "{\"member\":\"x\",\"hostname\":\"h\",\"ip\":\"192.0.2.1\","
         "\"joins_at_us\":1,\"tags\":[]}\n"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Folder folder;
        append_to(folder.file(), c.text);
        EXPECT_THROW(World({.file = folder.file()}), std::runtime_error);
        EXPECT_EQ(text_of(folder.file()), c.text) << "a refused file must stay as it is";
    }
    const Folder folder;
    EXPECT_THROW(World({.file = folder.file() / "below"}), std::runtime_error);
}

}  // namespace
}  // namespace muster::networks
