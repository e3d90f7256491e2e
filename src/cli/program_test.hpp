// Runs command lines as main/ would, with streams, environment and time of a test's making. Only
// tests include it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "agent/temporary_folder_fake.hpp"
#include "cli/commands.hpp"
#include "fakes/clock.hpp"

namespace muster::cli {

class ProgramFake {
public:
    struct Ended {
        int exit_code;
        std::string out;
        std::string err;
    };

    ProgramFake() { environment["HOME"] = m_home.path(); }

    Ended run(const std::vector<std::string>& arguments) {
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        const Terminal terminal{
            in,
            out,
            err,
            is_input_terminal,
            is_terminal,
            is_terminal,
            [this](const std::string& name) -> std::optional<std::string> {
                const auto found = environment.find(name);
                if (found == environment.end()) return std::nullopt;
                return found->second;
            },
            clock,
        };
        CLI::App app("The test's program", "muster");
        app.require_subcommand(1);
        Selection selection;
        add_client_commands(app, terminal, selection);
        std::vector<const char*> words{"muster"};
        for (const std::string& argument : arguments) words.push_back(argument.c_str());
        const int exit_code =
            cli::run(app, static_cast<int>(words.size()), words.data(), terminal, selection);
        return {exit_code, out.str(), err.str()};
    }
    std::filesystem::path home() const { return m_home.path(); }

    std::map<std::string, std::string> environment;
    std::string input;
    bool is_terminal = false;
    bool is_input_terminal = false;
    fakes::FakeClock clock;

private:
    agent::TemporaryFolder m_home;
};

}  // namespace muster::cli
