// How far a move to PostgreSQL is: one line that is drawn anew on a terminal, a plain line for each
// table elsewhere.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/terminal.hpp"
#include "store/transfer/transfer.hpp"

namespace muster::main {

class TransferProgress final : public store::transfer::Watcher {
public:
    /// Writes to stderr. `terminal` must outlive it.
    explicit TransferProgress(const cli::Terminal& terminal);

    void begin(store::transfer::Phase phase, const std::string& table, std::int64_t rows) override;
    void advance() override;
    void end() override;
    void note(const std::string& sentence) override;

    std::chrono::duration<double> elapsed() const;

private:
    using Clock = std::chrono::steady_clock;

    void look();
    std::string line(bool is_finished) const;
    void show(const std::string& line, bool is_kept);

    const cli::Terminal& m_terminal;
    Clock::time_point m_started;
    store::transfer::Phase m_phase = store::transfer::Phase::copy;
    std::string m_table;
    std::int64_t m_rows = 0;
    std::int64_t m_done = 0;
    Clock::time_point m_began;
    Clock::time_point m_shown;
    bool m_is_drawn = false;
};

/// "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace muster::main
