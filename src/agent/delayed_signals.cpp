// The thread's signal mask does it: what is blocked stays pending.
// SPDX-License-Identifier: Apache-2.0
#include "agent/delayed_signals.hpp"

#include <array>

namespace muster::agent {
namespace {

constexpr std::array<int, 3> ending_signals{SIGINT, SIGTERM, SIGHUP};

bool is_ignored(int signal) {
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

DelayedSignals::DelayedSignals() {
    ::sigemptyset(&m_delayed);
    // An ignored signal that is blocked would arrive all the same: nohup's SIGHUP.
    for (const int signal : ending_signals)
        if (!is_ignored(signal)) ::sigaddset(&m_delayed, signal);
    ::pthread_sigmask(SIG_BLOCK, &m_delayed, &m_previous);
}

DelayedSignals::~DelayedSignals() {
    ::pthread_sigmask(SIG_SETMASK, &m_previous, nullptr);
}

bool DelayedSignals::have_arrived() const {
    sigset_t pending{};
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    for (const int signal : ending_signals)
        if (::sigismember(&m_delayed, signal) == 1 && ::sigismember(&pending, signal) == 1)
            return true;
    return false;
}

}  // namespace muster::agent
