// The clock is asked once in many rows.
// SPDX-License-Identifier: Apache-2.0
#include "main/transfer_progress.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace muster::main {

namespace {

using store::transfer::Phase;

constexpr std::int64_t rows_between_looks = 512;
constexpr std::chrono::milliseconds between_drawings{100};
/// Where lines are kept, a long table says now and then that it goes on.
constexpr std::chrono::seconds between_lines{10};
constexpr const char* clear_line = "\r\x1b[K";

std::string time_left(double seconds) {
    const auto whole = static_cast<std::int64_t>(seconds) + 1;
    return whole < 60 ? fmt::format("{} s left", whole)
                      : fmt::format("{} min left", whole / 60 + 1);
}

}  // namespace

std::string grouped(std::int64_t number) {
    std::string text = std::to_string(number);
    for (auto at = static_cast<std::int64_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

TransferProgress::TransferProgress(const cli::Terminal& terminal)
    : m_terminal(terminal), m_started(Clock::now()) {}

std::chrono::duration<double> TransferProgress::elapsed() const {
    return Clock::now() - m_started;
}

void TransferProgress::begin(Phase phase, const std::string& table, std::int64_t rows) {
    m_phase = phase;
    m_table = table;
    m_rows = rows;
    m_done = 0;
    m_began = m_shown = Clock::now();
}

void TransferProgress::advance() {
    if (++m_done % rows_between_looks == 0) look();
}

void TransferProgress::look() {
    const auto now = Clock::now();
    const bool is_due = m_terminal.err_is_terminal ? now - m_shown >= between_drawings
                                                   : now - m_shown >= between_lines;
    if (!is_due) return;
    m_shown = now;
    show(line(false), !m_terminal.err_is_terminal);
}

std::string TransferProgress::line(bool is_finished) const {
    const double seconds = std::chrono::duration<double>(Clock::now() - m_began).count();
    const double rate = seconds > 0 ? static_cast<double>(m_done) / seconds : 0;
    std::string text = fmt::format("{} {}: {}", m_phase == Phase::copy ? "copy" : "verify", m_table,
                                   grouped(m_done));
    if (!is_finished) text += " of " + grouped(m_rows);
    text += " rows";
    if (m_done < rows_between_looks) return text;
    text += fmt::format(", {} rows/s", grouped(static_cast<std::int64_t>(rate)));
    if (is_finished) return text + fmt::format(", {:.1f} s", seconds);
    const auto left = static_cast<double>(std::max<std::int64_t>(0, m_rows - m_done));
    return text + ", " + time_left(left / rate);
}

void TransferProgress::show(const std::string& line, bool is_kept) {
    if (m_is_drawn) m_terminal.err << clear_line;
    m_terminal.err << line;
    if (is_kept) m_terminal.err << '\n';
    m_terminal.err << std::flush;
    m_is_drawn = !is_kept;
}

void TransferProgress::end() {
    show(line(true), true);
}

void TransferProgress::note(const std::string& sentence) {
    show(sentence, true);
}

}  // namespace muster::main
