// How muster enroll shows its steps: a spinner with seconds on a terminal, plain lines elsewhere.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "agent/enrollment.hpp"
#include "cli/terminal.hpp"

namespace muster::cli {

class ProgressDisplay {
public:
    /// Writes to stderr. `is_colored` also decides about the tick's colour.
    ProgressDisplay(const Terminal& terminal, bool is_colored);

    /// To be handed to the agent, with the networks' clients if it may use them; must not outlive
    /// this.
    agent::EnrollmentHooks hooks();
    /// Ends the spinner's line, if there is one.
    void finish();

private:
    void show(const agent::Progress& progress);
    void wait(std::chrono::milliseconds time);
    void draw();
    std::string seconds() const;

    const Terminal& m_terminal;
    bool m_is_colored;
    bool m_is_drawn = false;
    std::size_t m_frame = 0;
    agent::Step m_step = agent::Step::facts;
    std::string m_note;
    std::chrono::steady_clock::time_point m_started;
};

}  // namespace muster::cli
