// The key's file: who may read it, and that it is gone.
// SPDX-License-Identifier: Apache-2.0
#include "agent/key_file.hpp"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/temporary_folder_fake.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;

const base::Secret<std::string> key("tskey-auth-test");

unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
}

/// Of a process that was there and is not any more.
pid_t ended_process() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
}

TEST(KeyFile, IsPrivateAndGoneAfterwards) {
    const TemporaryFolder place;
    fs::permissions(place.path(), fs::perms(0755));
    const mode_t previous = ::umask(0);
    fs::path path;
    {
        const KeyFile file(place.path(), key);
        path = file.path();
        EXPECT_TRUE(path.is_absolute());
        EXPECT_EQ(mode_of(path), 0600U);
        EXPECT_EQ(mode_of(path.parent_path()), 0700U);
        std::ifstream stream(path);
        EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "tskey-auth-test\n");
    }
    ::umask(previous);
    EXPECT_FALSE(fs::exists(path));
    EXPECT_TRUE(fs::is_empty(place.path()));
}

TEST(KeyFile, RemovesWhatKilledRunsLeft) {
    const TemporaryFolder place;
    const fs::path abandoned = place.path() / ("joining-" + std::to_string(ended_process()));
    const fs::path alive = place.path() / ("joining-" + std::to_string(::getppid()));
    const fs::path other = place.path() / "joining-soon";
    for (const fs::path& folder : {abandoned, alive, other}) fs::create_directories(folder);
    std::ofstream(abandoned / "key") << "tskey-auth-old";
    const KeyFile file(place.path(), key);
    EXPECT_FALSE(fs::exists(abandoned));
    EXPECT_TRUE(fs::exists(alive));
    EXPECT_TRUE(fs::exists(other));
}

TEST(KeyFile, CannotBeWritten) {
    const TemporaryFolder place;
    std::ofstream(place.path() / "file") << "not a folder";
    EXPECT_THROW(KeyFile(place.path() / "file", key), std::runtime_error);
}

}  // namespace
}  // namespace muster::agent
