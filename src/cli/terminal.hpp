// The world that a command talks to: streams, environment, time. main/ hands over the real one.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace muster::cli {

struct Terminal {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::function<std::optional<std::string>(const std::string& name)> environment;
    const base::Clock& clock;
};

/// Standard streams and the process's environment. `clock` must outlive it.
Terminal system_terminal(const base::Clock& clock);

/// The variable's value; empty counts as unset.
std::optional<std::string> variable(const Terminal& terminal, const std::string& name);

enum class Color { none, good, fair, bad, faint, strong };
/// The text between escape sequences, or as it is where colours are off.
std::string paint(std::string_view text, Color color, bool is_colored);

/// Text from a server, made safe to show: no control characters, valid UTF-8.
std::string printable(std::string_view text);

/// From LC_ALL, LC_MESSAGES or LANG, the first that is set: "es" or "en".
std::string accept_language(const Terminal& terminal);

/// The first line of standard input. On a terminal it asks first, and what is typed is not shown.
/// Empty: no line, or one longer than 1024 bytes.
std::optional<base::Secret<std::string>> read_secret(const Terminal& terminal,
                                                     std::string_view prompt);

}  // namespace muster::cli
