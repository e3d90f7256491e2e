// Facts read below a temporary root: nothing of this machine.
// SPDX-License-Identifier: Apache-2.0
#include "agent/facts.hpp"

#include <fstream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "agent/temporary_folder_fake.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<std::pair<const char*, std::string>>;

const char* const machine_id = "0123456789abcdef0123456789abcdef\n";

void write_files(const fs::path& root, const Files& files) {
    for (const auto& [path, text] : files) {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text;
    }
}

std::expected<DeviceFacts, std::string> gather(const Files& files) {
    const TemporaryFolder root;
    write_files(root.path(), files);
    return gather_facts(root.path());
}

struct Case {
    const char* name;
    Files files;
    std::string device_name;
    std::string device_type;
    std::string os;
};

void check(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        Files files = c.files;
        files.emplace_back("etc/machine-id", machine_id);
        const auto facts = gather(files);
        ASSERT_TRUE(facts.has_value()) << facts.error();
        EXPECT_EQ(facts->name, c.device_name);
        EXPECT_EQ(facts->device_type, c.device_type);
        EXPECT_EQ(facts->os, c.os);
    }
}

TEST(Facts, NameTypeAndOs) {
    check({
        {"only a machine id", {}, "linux", "linux", "Linux"},
        {"a laptop",
         {{"proc/sys/kernel/hostname", "ada\n"},
          {"etc/os-release", "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"},
          {"sys/class/dmi/id/chassis_type", "10\n"}},
         "ada",
         "laptop",
         "Debian GNU/Linux 12 (bookworm)"},
        {"a desktop, quotes of the other kind",
         {{"etc/hostname", "tower"},
          {"etc/os-release", "PRETTY_NAME='Arch Linux'\n"},
          {"sys/class/dmi/id/chassis_type", "3\n"}},
         "tower",
         "desktop",
         "Arch Linux"},
        {"unquoted, in the second place",
         {{"usr/lib/os-release", "PRETTY_NAME=Alpine\n"}, {"proc/sys/kernel/hostname", "(none)\n"}},
         "linux",
         "linux",
         "Alpine"},
        {"an escaped quote",
         {{"etc/os-release", "PRETTY_NAME=\"A \\\"b\\\" c\"\n"}},
         "linux",
         "linux",
         "A \"b\" c"},
        {"a server chassis",
         {{"sys/class/dmi/id/chassis_type", "23\n"}},
         "linux",
         "linux",
         "Linux"},
    });
}

TEST(Facts, LimitsAndBadText) {
    const std::string long_name(101, 'x');
    const std::string long_os = "PRETTY_NAME=\"" + std::string(51, 'o') + "\"\n";
    const std::string accents = "PRETTY_NAME=\"" + std::string(49, 'o') + "\xc3\xb1\xc3\xb1\"\n";
    check({
        {"longest name",
         {{"etc/hostname", std::string(100, 'x')}},
         std::string(100, 'x'),
         "linux",
         "Linux"},
        {"one past the longest name",
         {{"etc/hostname", long_name}},
         std::string(100, 'x'),
         "linux",
         "Linux"},
        {"one past the longest os",
         {{"etc/os-release", long_os}},
         "linux",
         "linux",
         std::string(50, 'o')},
        {"one past, counted in code points",
         {{"etc/os-release", accents}},
         "linux",
         "linux",
         std::string(49, 'o') + "\xc3\xb1"},
        {"control characters are not shown",
         {{"etc/hostname", "a\x1b[31m"}, {"etc/os-release", "PRETTY_NAME=\"x\x01\"\n"}},
         "linux",
         "linux",
         "Linux"},
        {"bad UTF-8 is not shown", {{"etc/hostname", "a\xff"}}, "linux", "linux", "Linux"},
    });
}

TEST(Facts, NeedAMachineId) {
    const Files cases[] = {
        {},
        {{"etc/machine-id", ""}},
        {{"etc/machine-id", "uninitialized\n"}},
        {{"etc/machine-id", "0123456789abcdef0123456789abcde\n"}},
        {{"etc/machine-id", "0123456789abcdef0123456789abcdeff\n"}},
        {{"etc/machine-id", "0123456789ABCDEF0123456789ABCDEF\n"}},
    };
    for (const Files& files : cases) {
        SCOPED_TRACE(files.empty() ? "none" : files.front().second);
        const auto facts = gather(files);
        ASSERT_FALSE(facts.has_value());
        EXPECT_NE(facts.error().find("/etc/machine-id"), std::string::npos);
    }
    EXPECT_TRUE(gather({{"var/lib/dbus/machine-id", machine_id}}).has_value());
}

TEST(Facts, ModelAndSerialWhereReadable) {
    const auto facts =
        gather({{"etc/machine-id", machine_id},
                {"sys/class/dmi/id/product_name", "X1\n"},
                {"sys/firmware/devicetree/base/serial-number", std::string("42\0", 3)}});
    ASSERT_TRUE(facts.has_value());
    EXPECT_EQ(facts->model, "X1");
    EXPECT_EQ(facts->serial, "42");
}

// The values are SHA-256 of the text that docs/reference/fingerprint.md describes, computed with
// another program (printf '...' | sha256sum).
TEST(Facts, FingerprintKnownAnswers) {
    const auto bare = gather({{"etc/machine-id", machine_id}});
    ASSERT_TRUE(bare.has_value());
    EXPECT_EQ(bare->fingerprint,
              "ac796eee8da2c2c47ee6492c13148dc38fcc775e1ffaac9cb30ca1aa7b460721");
    const auto full = gather({{"etc/machine-id", machine_id},
                              {"sys/class/dmi/id/sys_vendor", "Vendor\n"},
                              {"sys/class/dmi/id/product_uuid", "U-1\n"},
                              {"sys/class/dmi/id/board_serial", "B-1\n"}});
    ASSERT_TRUE(full.has_value());
    EXPECT_EQ(full->fingerprint,
              "df6d85295d048c3dd0b2733b674c13e740eabab0ee46439bf0b0bfcf5d1d0c13");
}

TEST(Facts, FingerprintIsTheSameForRootAndOthers) {
    const TemporaryFolder root;
    write_files(root.path(),
                {{"etc/machine-id", machine_id}, {"sys/class/dmi/id/product_uuid", "U-1\n"}});
    const fs::path uuid = root.path() / "sys/class/dmi/id/product_uuid";
    const auto open_to_all = gather_facts(root.path());
    fs::permissions(uuid, fs::perms::owner_read);
    const auto for_root_only = gather_facts(root.path());
    fs::remove(uuid);
    const auto without = gather_facts(root.path());
    ASSERT_TRUE(open_to_all && for_root_only && without);
    EXPECT_NE(open_to_all->fingerprint, without->fingerprint);
    EXPECT_EQ(for_root_only->fingerprint, without->fingerprint);
}

TEST(Facts, FingerprintKeepsValuesApart) {
    const auto vendor =
        gather({{"etc/machine-id", machine_id}, {"sys/class/dmi/id/sys_vendor", "A"}});
    const auto board =
        gather({{"etc/machine-id", machine_id}, {"sys/class/dmi/id/board_vendor", "A"}});
    ASSERT_TRUE(vendor && board);
    EXPECT_NE(vendor->fingerprint, board->fingerprint);
}

}  // namespace
}  // namespace muster::agent
