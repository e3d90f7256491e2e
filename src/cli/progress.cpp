// The spinner is drawn while the agent waits; nothing runs beside it.
// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>
#include <thread>

namespace muster::cli {
namespace {

constexpr std::chrono::milliseconds frame_time{100};
constexpr std::array<std::string_view, 4> frames{"|", "/", "-", "\\"};
constexpr std::string_view clear_line = "\r\x1b[K";

std::string_view words_of(agent::Step step) {
    switch (step) {
        case agent::Step::facts: return "Gathering facts";
        case agent::Step::verify: return "Showing the token to the server";
        case agent::Step::join: return "Joining the network";
        case agent::Step::confirm: return "Waiting until the server sees this device";
        case agent::Step::save: return "Writing the state file";
    }
    return "";
}

}  // namespace

ProgressDisplay::ProgressDisplay(const Terminal& terminal, bool is_colored)
    : m_terminal(terminal),
      m_is_colored(is_colored && terminal.err_is_terminal),
      m_started(std::chrono::steady_clock::now()) {}

agent::EnrollmentHooks ProgressDisplay::hooks() {
    return {
        [this](const agent::Progress& progress) { show(progress); },
        [this](std::chrono::milliseconds time) { wait(time); },
        [] { return std::chrono::steady_clock::now(); },
        {},  // no clients: whoever runs the agent says which it may use
    };
}

std::string ProgressDisplay::seconds() const {
    const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::steady_clock::now() - m_started)
                            .count() /
                        100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

void ProgressDisplay::draw() {
    m_terminal.err << clear_line << frames[m_frame++ % frames.size()] << ' ' << words_of(m_step)
                   << ' ' << seconds() << (m_note.empty() ? "" : ": ") << m_note << std::flush;
    m_is_drawn = true;
}

void ProgressDisplay::finish() {
    if (m_is_drawn) m_terminal.err << clear_line << std::flush;
    m_is_drawn = false;
}

void ProgressDisplay::show(const agent::Progress& progress) {
    using enum agent::Progress::Kind;
    if (progress.kind == started) m_started = std::chrono::steady_clock::now();
    m_step = progress.step;
    m_note = printable(progress.text);
    const bool is_line = progress.kind == done || !m_terminal.err_is_terminal;
    if (!is_line) {
        draw();
        return;
    }
    if (!m_terminal.err_is_terminal && progress.kind == started) return;
    finish();
    const std::string mark = progress.kind == done ? paint("\u2714", Color::good, m_is_colored)
                                                   : paint("\u2026", Color::fair, m_is_colored);
    m_terminal.err << mark << ' ' << words_of(progress.step) << (m_note.empty() ? "" : ": ")
                   << m_note << paint(" (" + seconds() + ")", Color::faint, m_is_colored) << '\n'
                   << std::flush;
    m_note.clear();
}

void ProgressDisplay::wait(std::chrono::milliseconds time) {
    while (time > std::chrono::milliseconds(0)) {
        const auto slice = std::min(time, frame_time);
        std::this_thread::sleep_for(slice);
        time -= slice;
        if (m_terminal.err_is_terminal) draw();
    }
}

}  // namespace muster::cli
