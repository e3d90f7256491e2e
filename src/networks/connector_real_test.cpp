// A real network with real clients, which programs of the harness start and ask.
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "networks/connector_test.hpp"

namespace muster::networks {
namespace {

std::string variable(std::string_view prefix, std::string_view name) {
    const std::string full = std::string(prefix) + "_" + std::string(name);
    const char* value = std::getenv(full.c_str());
    return value != nullptr ? value : "";
}

/// What the program printed, without line ends. Empty: it failed.
std::optional<std::string> output_of(const std::string& command) {
    std::FILE* output = ::popen(command.c_str(), "r");
    std::string text;
    for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) {
        if (c != '\n') text += static_cast<char>(c);
    }
    return ::pclose(output) == 0 ? std::optional(text) : std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> real_settings(std::string_view prefix,
                                                      std::vector<std::string> names) {
    names.insert(names.end(), {"JOIN", "REACH", "PORT"});
    std::vector<std::string> values;
    for (const std::string& name : names) {
        values.push_back(variable(prefix, name));
        if (!values.back().empty()) continue;
        std::cout << "no real network: " << prefix << "_" << name << " is not set\n";
        return std::nullopt;
    }
    return values;
}

RealWorld::RealWorld(std::string_view prefix, std::unique_ptr<Network> network)
    : m_join(variable(prefix, "JOIN")),
      m_reach(variable(prefix, "REACH")),
      m_port(variable(prefix, "PORT")),
      m_network(std::move(network)) {}

std::optional<std::string> RealWorld::join(const std::string& secret, const std::string& hostname) {
    const std::filesystem::path key =
        std::filesystem::temp_directory_path() / ("muster-key-" + hostname);
    std::ofstream(key) << secret;
    auto node_id = output_of(m_join + " " + hostname + " < " + key.string());
    std::filesystem::remove(key);
    return node_id;
}

std::optional<bool> RealWorld::comes_to_reach(const std::string& hostname,
                                              const std::string& address, bool wanted) {
    const std::string command = m_reach + " " + hostname + " " + address + " " + m_port;
    return output_of(command + (wanted ? " yes" : " no")).has_value();
}

}  // namespace muster::networks
