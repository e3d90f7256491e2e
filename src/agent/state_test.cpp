// The state file: what is in it, who may read it, and that it is replaced as a whole.
// SPDX-License-Identifier: Apache-2.0
#include "agent/state.hpp"

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "agent/private_file.hpp"
#include "agent/temporary_folder_fake.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;

const AgentState sample{"https://muster.example",
                        "0197",
                        "simulated",
                        core::Timestamp(std::chrono::microseconds(1'795'428'000'120'000)),
                        "abcd",
                        "ada",
                        "https://vpn.example.org"};

unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
}

TEST(State, RoundTripAndModes) {
    const TemporaryFolder place;
    const fs::path folder = place.path() / "deep" / "muster";
    EXPECT_FALSE(load_state(folder).has_value());
    save_state(folder, sample);
    EXPECT_EQ(load_state(folder), sample);
    EXPECT_EQ(mode_of(folder), 0700U);
    EXPECT_EQ(mode_of(state_file(folder)), 0600U);
}

TEST(State, OfAnOlderVersion) {
    const TemporaryFolder place;
    std::ofstream(state_file(place.path()))
        << R"({"url":"u","device_id":"d","network":"none","fingerprint":"f",)"
        << R"("enrolled_at":"2026-11-23T10:00:00Z"})";
    const auto state = load_state(place.path());
    ASSERT_TRUE(state.has_value());
    EXPECT_EQ(state->hostname, "");
    EXPECT_EQ(state->network_url, "");
}

TEST(State, RemembersWhatHasBegun) {
    const TemporaryFolder place;
    EXPECT_FALSE(has_begun(place.path(), sample));
    save_joining(place.path(), sample);
    EXPECT_TRUE(has_begun(place.path(), sample));
    EXPECT_FALSE(load_state(place.path()).has_value());
    AgentState later = sample;
    later.enrolled_at += std::chrono::hours(1);
    EXPECT_TRUE(has_begun(place.path(), later));

    std::string AgentState::* const members[] = {&AgentState::url, &AgentState::device_id,
                                                 &AgentState::network, &AgentState::network_url};
    for (const auto member : members) {
        AgentState other = sample;
        other.*member = "another";
        EXPECT_FALSE(has_begun(place.path(), other));
    }
    save_state(place.path(), sample);
    EXPECT_TRUE(has_begun(place.path(), sample));
    EXPECT_EQ(std::distance(fs::directory_iterator(place.path()), fs::directory_iterator()), 1);

    std::ofstream(place.path() / "joining.json") << "damaged";
    EXPECT_TRUE(has_begun(place.path(), sample));
    EXPECT_FALSE(has_begun(place.path(), AgentState{}));
}

TEST(State, ReplacesAsAWholeAndTightensTheMode) {
    const TemporaryFolder place;
    const fs::path file = state_file(place.path());
    std::ofstream(file) << "something else, and longer than what comes after it "
                        << std::string(999, 'x');
    fs::permissions(file, fs::perms(0644));
    std::ofstream(file.string() + ".new") << "left behind by an interrupted run";
    fs::permissions(file.string() + ".new", fs::perms(0666));
    fs::create_hard_link(file, place.path() / "old");

    save_state(place.path(), sample);
    EXPECT_EQ(load_state(place.path()), sample);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_FALSE(fs::exists(file.string() + ".new"));
    EXPECT_GT(fs::file_size(place.path() / "old"), 999U) << "the old file was written into";
}

TEST(State, DamagedOrUnwritable) {
    const TemporaryFolder place;
    const char* const texts[] = {"", "{", "[]", "{\"url\":1}",
                                 R"({"url":"u","device_id":"d","network":"n","fingerprint":"f"})"};
    for (const char* text : texts) {
        SCOPED_TRACE(text);
        std::ofstream(state_file(place.path())) << text;
        EXPECT_THROW(load_state(place.path()), std::runtime_error);
    }
    std::ofstream(place.path() / "file") << "not a folder";
    EXPECT_THROW(save_state(place.path() / "file" / "muster", sample), std::runtime_error);
    EXPECT_THROW(prepare_private_folder(place.path() / "file"), std::runtime_error);
}

TEST(State, SizeLimit) {
    const TemporaryFolder place;
    const fs::path file = place.path() / "f";
    write_private_file(file, std::string(private_file_bytes_max, 'x'));
    EXPECT_EQ(read_private_file(file)->size(), private_file_bytes_max);
    write_private_file(file, std::string(private_file_bytes_max + 1, 'x'));
    EXPECT_THROW(read_private_file(file), std::runtime_error);
}

TEST(State, DefaultFolder) {
    struct Case {
        const char* name;
        std::map<std::string, std::string> environment;
        bool is_root;
        const char* folder;  ///< null: refused
    };
    const Case cases[] = {
        {"named", {{"MUSTER_STATE_DIR", "/s"}, {"HOME", "/h"}}, true, "/s"},
        {"root", {{"XDG_STATE_HOME", "/x"}, {"HOME", "/root"}}, true, "/var/lib/muster"},
        {"XDG", {{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}, false, "/x/muster"},
        {"relative XDG is ignored",
         {{"XDG_STATE_HOME", "x"}, {"HOME", "/h"}},
         false,
         "/h/.local/state/muster"},
        {"empty counts as unset",
         {{"MUSTER_STATE_DIR", ""}, {"HOME", "/h"}},
         false,
         "/h/.local/state/muster"},
        {"homeless", {}, false, nullptr},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Environment environment =
            [&c](const std::string& name) -> std::optional<std::string> {
            const auto found = c.environment.find(name);
            if (found == c.environment.end()) return std::nullopt;
            return found->second;
        };
        if (c.folder == nullptr)
            EXPECT_THROW(default_state_folder(environment, c.is_root), std::runtime_error);
        else
            EXPECT_EQ(default_state_folder(environment, c.is_root), c.folder);
    }
}

}  // namespace
}  // namespace muster::agent
