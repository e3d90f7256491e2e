// One server a folder.
// SPDX-License-Identifier: Apache-2.0
#include "main/folder_lock.hpp"

#include <optional>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "main/opening.hpp"
#include "store/test_folder.hpp"

namespace muster::main {
namespace {

std::string refusal_of(const std::filesystem::path& folder) {
    try {
        const FolderLock lock(folder);
    } catch (const StartError& refused) {
        return refused.what();
    }
    return {};
}

TEST(FolderLock, RefusesASecondHolderUntilTheFirstIsGone) {
    const store::TestFolder folder;
    const store::TestFolder other;
    {
        const FolderLock first(folder.path());
        const std::string refused = refusal_of(folder.path());
        EXPECT_TRUE(refused.contains("another muster serve is running")) << refused;
        EXPECT_TRUE(refused.contains(folder.path().string())) << refused;
        EXPECT_EQ(refusal_of(other.path()), "") << "another folder is free";
        EXPECT_NE(refusal_of(folder.path()), "") << "a refusal does not free it";
    }
    EXPECT_EQ(refusal_of(folder.path()), "");
    struct stat status{};
    ASSERT_EQ(::stat((folder.path() / "serve.lock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(FolderLock, NeedsTheFolder) {
    const store::TestFolder folder;
    const std::string refused = refusal_of(folder.path() / "missing");
    EXPECT_TRUE(refused.contains("cannot be opened")) << refused;
}

}  // namespace
}  // namespace muster::main
