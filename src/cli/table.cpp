// Widths are a short table of ranges: wcwidth() depends on the locale of the process.
// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <ostream>
#include <span>

namespace muster::cli {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Combining marks, joiners and variation selectors that people's names and emoji really use.
constexpr std::array<Range, 8> zero_wide{{{0x0300, 0x036F},
                                          {0x0483, 0x0489},
                                          {0x0591, 0x05BD},
                                          {0x064B, 0x065F},
                                          {0x200B, 0x200F},
                                          {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F},
                                          {0xE0100, 0xE01EF}}};

// Unicode's East_Asian_Width W and F, without the single characters.
constexpr std::array<Range, 9> double_wide{{{0x1100, 0x115F},
                                            {0x2E80, 0x303E},
                                            {0x3041, 0xA4CF},
                                            {0xAC00, 0xD7A3},
                                            {0xF900, 0xFAFF},
                                            {0xFE30, 0xFE6F},
                                            {0xFF00, 0xFF60},
                                            {0x1F300, 0x1FAFF},
                                            {0x20000, 0x3FFFD}}};

bool is_in(char32_t point, std::span<const Range> ranges) {
    return std::ranges::any_of(
        ranges, [point](Range range) { return point >= range.first && point <= range.last; });
}

std::size_t length_of_sequence(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xE0) return 2;
    return lead < 0xF0 ? 3 : 4;
}

char32_t code_point(std::string_view sequence) {
    const auto lead = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return lead;
    char32_t point = lead & (0xFFU >> (sequence.size() + 1));
    for (const char c : sequence.substr(1))
        point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    return point;
}

constexpr std::string_view gap = "  ";

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const std::size_t length =
            std::min(text.size(), length_of_sequence(static_cast<unsigned char>(text.front())));
        const char32_t point = code_point(text.substr(0, length));
        if (is_in(point, double_wide))
            width += 2;
        else if (!is_in(point, zero_wide))
            width += 1;
        text.remove_prefix(length);
    }
    return width;
}

Table::Table(std::vector<std::string> headings) : m_headings(std::move(headings)) {}

void Table::add(std::vector<Cell> row) {
    assert(row.size() == m_headings.size());
    for (Cell& cell : row) cell.text = printable(cell.text);
    m_rows.push_back(std::move(row));
}

void Table::print(std::ostream& out, bool is_colored) const {
    std::vector<std::size_t> widths;
    for (const std::string& heading : m_headings) widths.push_back(display_width(heading));
    for (const auto& row : m_rows)
        for (std::size_t at = 0; at < row.size(); ++at)
            widths[at] = std::max(widths[at], display_width(row[at].text));

    const auto print_row = [&](const std::vector<Cell>& row) {
        for (std::size_t at = 0; at < row.size(); ++at) {
            out << paint(row[at].text, row[at].color, is_colored);
            if (at + 1 == row.size()) break;
            out << std::string(widths[at] - display_width(row[at].text), ' ') << gap;
        }
        out << '\n';
    };
    std::vector<Cell> headings;
    for (const std::string& heading : m_headings) headings.push_back({heading, Color::strong});
    print_row(headings);
    for (const auto& row : m_rows) print_row(row);
}

}  // namespace muster::cli
