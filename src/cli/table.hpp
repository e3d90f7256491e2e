// Tables for people: columns aligned by what a terminal shows, not by bytes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"

namespace muster::cli {

struct Cell {
    std::string text;  ///< made printable when it is shown
    Color color = Color::none;
};

class Table {
public:
    explicit Table(std::vector<std::string> headings);
    void add(std::vector<Cell> row);  ///< as many cells as headings
    void print(std::ostream& out, bool is_colored) const;

private:
    std::vector<std::string> m_headings;
    std::vector<std::vector<Cell>> m_rows;
};

/// Columns that a terminal takes for it: combining marks none, East Asian wide characters and
/// emoji two. `text` must be valid UTF-8.
std::size_t display_width(std::string_view text);

}  // namespace muster::cli
