// What moves on a terminal while the program waits for one answer that may take seconds.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "cli/terminal.hpp"

namespace muster::cli {

/// Drawn on stderr from construction to destruction, where that is a terminal; nothing else may
/// write there meanwhile. Leaves no trace.
class Spinner {
public:
    /// `terminal` must outlive it.
    Spinner(const Terminal& terminal, std::string words);
    ~Spinner();
    Spinner(const Spinner&) = delete;
    Spinner& operator=(const Spinner&) = delete;

private:
    void turn(const std::stop_token& stop);
    void draw(std::size_t frame);

    const Terminal& m_terminal;
    std::string m_words;
    std::chrono::steady_clock::time_point m_started;
    std::mutex m_mutex;
    std::condition_variable_any m_stopped;
    std::jthread m_thread;  ///< last: it uses the others
};

}  // namespace muster::cli
