// What a device can say of itself when it enrols: names and a fingerprint, nothing else.
// docs/reference/fingerprint.md describes the fingerprint for people.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

namespace muster::agent {

struct DeviceFacts {
    std::string name;                   ///< the host name, 1-100 characters
    std::string device_type;            ///< laptop, desktop, or linux when the chassis does not say
    std::string os;                     ///< name and version, 1-50 characters
    std::optional<std::string> model;   ///< shown to the person at the device only, never sent
    std::optional<std::string> serial;  ///< the same
    std::string fingerprint;            ///< SHA-256 in lower-case hex
};

/// Reads below `root` ("/" on a device). Missing optional files leave their fact out; without a
/// usable machine id there is no fingerprint, and the error says how to make one.
std::expected<DeviceFacts, std::string> gather_facts(const std::filesystem::path& root);

}  // namespace muster::agent
