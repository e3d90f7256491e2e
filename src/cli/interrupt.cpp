// A signal handler can reach nothing but globals; here are the only ones of this folder.
// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.hpp"

#include <atomic>
#include <string_view>

#include <signal.h>
#include <termios.h>
#include <unistd.h>

namespace muster::cli {
namespace {

struct sigaction previous_action;
termios shown_input;
std::atomic<bool> is_input_hidden = false;

/// Calls nothing but what signal-safety(7) lists.
extern "C" void end_at_interrupt(int) {
    if (is_input_hidden) ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_input);
    constexpr std::string_view message = "\ninterrupted\n";
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, message.data(), message.size());
    ::_exit(interrupted_exit_code);
}

}  // namespace

InterruptGuard::InterruptGuard() {
    struct sigaction action{};
    action.sa_handler = end_at_interrupt;
    ::sigaction(SIGINT, &action, &previous_action);
}

InterruptGuard::~InterruptGuard() {
    ::sigaction(SIGINT, &previous_action, nullptr);
}

HiddenInput::HiddenInput(bool is_wanted) {
    if (!is_wanted || ::tcgetattr(STDIN_FILENO, &shown_input) != 0) return;
    m_guard = std::make_unique<InterruptGuard>();
    termios hidden = shown_input;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_input_hidden = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

HiddenInput::~HiddenInput() {
    if (is_input_hidden.exchange(false)) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_input);
}

}  // namespace muster::cli
