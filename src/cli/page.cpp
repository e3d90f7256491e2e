// Indented lines; values that are words of a state have its colour.
// SPDX-License-Identifier: Apache-2.0
#include "cli/page.hpp"

#include <algorithm>
#include <ostream>

#include "cli/age.hpp"
#include "cli/json_fields.hpp"
#include "cli/word_color.hpp"

namespace muster::cli {

Page::Page(const Context& context)
    : m_out(context.terminal.out),
      m_now(context.terminal.clock.now()),
      m_is_colored(is_colored(context)) {}

void Page::heading(std::string_view text) {
    m_out << '\n' << paint(text, Color::strong, m_is_colored) << '\n';
}

void Page::field(std::string_view name, const std::string& value) {
    if (value.empty()) return;
    constexpr std::size_t name_width = 13;
    m_out << "  " << name << std::string(name_width - std::min(name.size(), name_width), ' ')
          << paint(printable(value), color_of(value), m_is_colored) << '\n';
}

void Page::line(const std::string& text) {
    m_out << "  " << text << '\n';
}

void Page::table(const Table& table) {
    table.print(m_out, m_is_colored);
}

std::string Page::age(const boost::json::object& object, std::string_view name) const {
    const std::string at = text_of(object, name);
    return at.empty() ? at : age_of(at, m_now);
}

}  // namespace muster::cli
