// What the two clients have in common: how their programs are found, called and understood.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "agent/network_client.hpp"
#include "agent/program.hpp"

namespace muster::agent {

class ClientCommand {
public:
    /// `first_words`: those that every call begins with.
    ClientCommand(std::string program, std::vector<std::string> first_words,
                  const ClientNames& names, const ClientPrograms& programs);

    /// Of a command that only asks. Fails: client_missing, what the client says, or that it said
    /// nothing in time.
    std::expected<std::string, JoinFailure> ask(std::vector<std::string> words,
                                                const Pace& pace) const;
    /// The same, with patience for a service that is starting.
    std::expected<std::string, JoinFailure> ask_patiently(const std::vector<std::string>& words,
                                                          const Pace& pace) const;
    /// Of a command that may take as long as there is time. Fails only: client_missing.
    std::expected<ProgramEnd, JoinFailure> run(std::vector<std::string> words, const Pace& pace,
                                               const std::function<bool()>& meanwhile) const;

    /// Calls `look` at the intervals of the settings, from within run().
    std::function<bool()> at_intervals(const Pace& pace, std::function<bool()> look) const;
    JoinFailure failure(JoinFault fault, std::string_view said) const;
    std::chrono::milliseconds look_interval() const { return m_look_interval; }

private:
    std::expected<ProgramEnd, JoinFailure> call(std::vector<std::string> words,
                                                std::chrono::milliseconds patience,
                                                const Pace& pace,
                                                const std::function<bool()>& meanwhile) const;

    std::string m_program;
    std::vector<std::string> m_first_words;
    const ClientNames& m_names;
    std::string m_search_path;
    std::vector<std::string> m_environment;
    std::chrono::milliseconds m_look_interval;
    std::chrono::milliseconds m_service_patience;
};

}  // namespace muster::agent
