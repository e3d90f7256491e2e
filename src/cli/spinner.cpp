// A thread draws, since the call that is waited for blocks.
// SPDX-License-Identifier: Apache-2.0
#include "cli/spinner.hpp"

#include <array>
#include <ostream>
#include <string_view>
#include <utility>

namespace muster::cli {
namespace {

constexpr std::chrono::milliseconds frame_time{100};
constexpr std::array<std::string_view, 4> frames{"|", "/", "-", "\\"};
constexpr std::string_view clear_line = "\r\x1b[K";

}  // namespace

Spinner::Spinner(const Terminal& terminal, std::string words)
    : m_terminal(terminal), m_words(std::move(words)), m_started(std::chrono::steady_clock::now()) {
    if (!m_terminal.err_is_terminal) return;
    draw(0);
    m_thread = std::jthread([this](const std::stop_token& stop) { turn(stop); });
}

Spinner::~Spinner() {
    if (!m_thread.joinable()) return;
    m_thread.request_stop();
    m_thread.join();
    m_terminal.err << clear_line << std::flush;
}

void Spinner::turn(const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    for (std::size_t frame = 1;; ++frame) {
        m_stopped.wait_for(lock, stop, frame_time, [] { return false; });
        if (stop.stop_requested()) return;
        draw(frame);
    }
}

void Spinner::draw(std::size_t frame) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::steady_clock::now() - m_started);
    m_terminal.err << clear_line << frames[frame % frames.size()] << ' ' << m_words << ' '
                   << seconds.count() << " s" << std::flush;
}

}  // namespace muster::cli
