// Streams, colours and prompts.
// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "base/encoding.hpp"
#include "cli/interrupt.hpp"

namespace muster::cli {
namespace {

constexpr std::size_t secret_bytes_max = 1024;

std::string_view escape_of(Color color) {
    switch (color) {
        case Color::none: return "";
        case Color::good: return "\x1b[32m";
        case Color::fair: return "\x1b[33m";
        case Color::bad: return "\x1b[31m";
        case Color::faint: return "\x1b[2m";
        case Color::strong: return "\x1b[1m";
    }
    return "";
}

}  // namespace

Terminal system_terminal(const base::Clock& clock) {
    return Terminal{
        std::cin,
        std::cout,
        std::cerr,
        ::isatty(STDIN_FILENO) == 1,
        ::isatty(STDOUT_FILENO) == 1,
        ::isatty(STDERR_FILENO) == 1,
        [](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return value;
        },
        clock,
    };
}

std::optional<std::string> variable(const Terminal& terminal, const std::string& name) {
    auto value = terminal.environment(name);
    if (value && value->empty()) value.reset();
    return value;
}

std::string paint(std::string_view text, Color color, bool is_colored) {
    if (!is_colored || color == Color::none) return std::string(text);
    std::string painted(escape_of(color));
    painted.append(text).append("\x1b[0m");
    return painted;
}

std::string printable(std::string_view text) {
    if (!base::is_valid_utf8(text)) {
        std::string ascii;
        for (const char c : text) ascii += c >= ' ' && c < '\x7f' ? c : '?';
        return ascii;
    }
    if (!base::has_control_characters(text)) return std::string(text);
    std::string safe;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        // C1 controls are C2 80 to C2 9F in UTF-8.
        const bool is_c1 = byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
        if (is_c1) ++at;
        if (is_c1 || byte < 0x20 || byte == 0x7F)
            safe += '?';
        else
            safe += text[at];
    }
    return safe;
}

std::string accept_language(const Terminal& terminal) {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const auto value = variable(terminal, name))
            return value->starts_with("es") ? "es" : "en";
    return "en";
}

std::optional<base::Secret<std::string>> read_secret(const Terminal& terminal,
                                                     std::string_view prompt) {
    if (terminal.in_is_terminal) terminal.err << prompt << std::flush;
    std::string line;
    bool has_line = false;
    {
        const HiddenInput hidden(terminal.in_is_terminal);
        has_line = static_cast<bool>(std::getline(terminal.in, line));
    }
    if (terminal.in_is_terminal) terminal.err << "\n";
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!has_line || line.empty() || line.size() > secret_bytes_max) return std::nullopt;
    return base::Secret(std::move(line));
}

}  // namespace muster::cli
