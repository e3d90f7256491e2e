// Reads the facts from /etc, /proc and /sys.
// SPDX-License-Identifier: Apache-2.0
#include "agent/facts.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace muster::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t fact_bytes_max = 4096;
constexpr std::size_t name_characters_max = 100;
constexpr std::size_t os_characters_max = 50;

constexpr std::string_view white_space{" \t\r\n\0", 5};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// The file's text without surrounding white space; nothing if it is absent, unreadable or empty.
std::optional<std::string> read_fact(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string text(fact_bytes_max, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const std::string_view value = trim(text);
    if (value.empty()) return std::nullopt;
    return std::string(value);
}

bool is_readable_by_everybody(const fs::path& path) {
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    return !failure && (status.permissions() & fs::perms::others_read) != fs::perms::none;
}

/// What an answer of the server's would accept as text: valid, without control characters.
bool is_presentable(std::string_view text) {
    return !text.empty() && base::is_valid_utf8(text) && !base::has_control_characters(text);
}

std::string cut_to_code_points(std::string text, std::size_t count_max) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool starts_one = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (starts_one && ++count > count_max) {
            text.resize(at);
            break;
        }
    }
    return text;
}

std::string host_name(const fs::path& root) {
    for (const char* path : {"proc/sys/kernel/hostname", "etc/hostname"}) {
        const auto name = read_fact(root / path);
        if (name && *name != "(none)" && is_presentable(*name))
            return cut_to_code_points(*name, name_characters_max);
    }
    return "linux";
}

/// os-release(5): NAME=value, the value perhaps in quotes with backslashes before special ones.
std::string unquote(std::string_view value) {
    if (value.size() < 2 || (value.front() != '"' && value.front() != '\''))
        return std::string(value);
    const char quote = value.front();
    std::string plain;
    for (std::size_t at = 1; at < value.size() && value[at] != quote; ++at) {
        if (quote == '"' && value[at] == '\\' && at + 1 < value.size()) ++at;
        plain += value[at];
    }
    return plain;
}

std::string os_name(const fs::path& root) {
    for (const char* path : {"etc/os-release", "usr/lib/os-release"}) {
        std::ifstream file(root / path);
        std::string line;
        constexpr int lines_max = 200;
        for (int count = 0; count < lines_max && std::getline(file, line); ++count) {
            constexpr std::string_view key = "PRETTY_NAME=";
            if (!line.starts_with(key)) continue;
            const std::string name = unquote(trim(std::string_view(line).substr(key.size())));
            if (is_presentable(name)) return cut_to_code_points(name, os_characters_max);
        }
    }
    return "Linux";
}

/// SMBIOS chassis types (DSP0134, table 17) that are carried around, and that stand on a desk.
std::string chassis_device_type(const fs::path& root) {
    constexpr std::array<std::string_view, 6> carried{"8", "9", "10", "14", "31", "32"};
    constexpr std::array<std::string_view, 9> standing{"3",  "4",  "5",  "6", "7",
                                                       "13", "15", "16", "35"};
    const auto type = read_fact(root / "sys/class/dmi/id/chassis_type");
    if (!type) return "linux";
    if (std::ranges::find(carried, *type) != carried.end()) return "laptop";
    if (std::ranges::find(standing, *type) != standing.end()) return "desktop";
    return "linux";
}

std::optional<std::string> machine_id(const fs::path& root) {
    for (const char* path : {"etc/machine-id", "var/lib/dbus/machine-id"}) {
        const auto id = read_fact(root / path);
        const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
        if (id && id->size() == 32 && std::ranges::all_of(*id, is_hex)) return id;
    }
    return std::nullopt;
}

struct FingerprintSource {
    std::string_view label;
    const char* path;
};

// The order and the labels are part of the fingerprint: a change makes every device a new one.
constexpr std::array<FingerprintSource, 9> hardware_sources{{
    {"sys_vendor", "sys/class/dmi/id/sys_vendor"},
    {"product_name", "sys/class/dmi/id/product_name"},
    {"product_uuid", "sys/class/dmi/id/product_uuid"},
    {"product_serial", "sys/class/dmi/id/product_serial"},
    {"board_vendor", "sys/class/dmi/id/board_vendor"},
    {"board_name", "sys/class/dmi/id/board_name"},
    {"board_serial", "sys/class/dmi/id/board_serial"},
    {"devicetree_model", "sys/firmware/devicetree/base/model"},
    {"devicetree_serial", "sys/firmware/devicetree/base/serial-number"},
}};

std::string fingerprint_of(const fs::path& root, const std::string& id) {
    std::string text = "muster-fingerprint-v1\n";
    const auto add = [&text](std::string_view label, const std::string& value) {
        // The length keeps one value from passing for two.
        text.append(label).append("=").append(std::to_string(value.size()));
        text.append(":").append(value).append("\n");
    };
    add("machine_id", id);
    for (const FingerprintSource& source : hardware_sources) {
        // Root can read more than others; the fingerprint must be the same for both.
        if (!is_readable_by_everybody(root / source.path)) continue;
        if (const auto value = read_fact(root / source.path)) add(source.label, *value);
    }
    return crypto::sha256_hex(text);
}

std::optional<std::string> first_fact(const fs::path& root, const char* path, const char* other) {
    auto value = read_fact(root / path);
    return value ? value : read_fact(root / other);
}

}  // namespace

std::expected<DeviceFacts, std::string> gather_facts(const fs::path& root) {
    const auto id = machine_id(root);
    if (!id)
        return std::unexpected(
            "this machine has no usable machine id (32 hex digits in /etc/machine-id): run "
            "systemd-machine-id-setup as root, then try again");
    DeviceFacts facts;
    facts.name = host_name(root);
    facts.device_type = chassis_device_type(root);
    facts.os = os_name(root);
    facts.model =
        first_fact(root, "sys/class/dmi/id/product_name", "sys/firmware/devicetree/base/model");
    facts.serial = first_fact(root, "sys/class/dmi/id/product_serial",
                              "sys/firmware/devicetree/base/serial-number");
    facts.fingerprint = fingerprint_of(root, *id);
    return facts;
}

}  // namespace muster::agent
