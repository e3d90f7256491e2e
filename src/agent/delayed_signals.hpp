// Signals that would end the program wait until what they would leave behind is gone: a child
// process, a file with a key.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace muster::agent {

/// While it lives, SIGINT, SIGTERM and SIGHUP do nothing but arrive, unless they are ignored
/// anyway; afterwards they do what they did before. May be nested. Of the thread that made it.
class DelayedSignals {
public:
    DelayedSignals();
    ~DelayedSignals();
    DelayedSignals(const DelayedSignals&) = delete;
    DelayedSignals& operator=(const DelayedSignals&) = delete;

    /// True: it is time to clear up and let go.
    bool have_arrived() const;

private:
    sigset_t m_delayed{};
    sigset_t m_previous{};
};

}  // namespace muster::agent
