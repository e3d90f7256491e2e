// What Ctrl-C does while a command works: the terminal is put right, and the exit code is 130.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace muster::cli {

constexpr int interrupted_exit_code = 130;

/// While it lives, SIGINT says so on stderr and ends the program with 130. One at a time. Nothing
/// half-written stays behind: files are replaced as a whole (agent/private_file.hpp), and while a
/// network's client runs, the signal waits until it and its key are gone
/// (agent/delayed_signals.hpp).
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// While it lives, what is typed on standard input is not shown; SIGINT puts it right, too.
class HiddenInput {
public:
    explicit HiddenInput(bool is_wanted);
    ~HiddenInput();
    HiddenInput(const HiddenInput&) = delete;
    HiddenInput& operator=(const HiddenInput&) = delete;

private:
    std::unique_ptr<InterruptGuard> m_guard;
};

}  // namespace muster::cli
