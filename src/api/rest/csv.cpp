// Reads CSV character by character.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/csv.hpp"

#include <algorithm>
#include <utility>

namespace muster::api {

namespace {

class CsvReader {
public:
    explicit CsvReader(std::string_view text) : m_text(text) {}

    bool at_end() const { return m_position == m_text.size(); }

    /// False: broken quotes.
    bool read_line(CsvLine& line) {
        while (true) {
            line.emplace_back();
            if (!(take('"') ? read_quoted(line.back()) : read_plain(line.back()))) return false;
            if (take_line_end() || at_end()) return true;
            if (!take(',')) return false;
        }
    }

private:
    char front() const { return m_text[m_position]; }
    bool take(char c) {
        if (at_end() || front() != c) return false;
        ++m_position;
        return true;
    }
    bool take_line_end() {
        const bool is_return = take('\r');
        return take('\n') || is_return;
    }

    bool read_plain(std::string& field) {
        const std::size_t start = m_position;
        m_position = std::min(m_text.find_first_of("\",\r\n", start), m_text.size());
        field = m_text.substr(start, m_position - start);
        return true;
    }

    /// Behind the opening quote.
    bool read_quoted(std::string& field) {
        while (!at_end()) {
            const char c = m_text[m_position++];
            if (c != '"') {
                field += c;
            } else if (take('"')) {
                field += '"';
            } else {
                return true;
            }
        }
        return false;
    }

    std::string_view m_text;
    std::size_t m_position = 0;
};

}  // namespace

std::optional<std::vector<CsvLine>> parse_csv(std::string_view text, std::size_t lines_max) {
    CsvReader reader(text);
    std::vector<CsvLine> lines;
    while (!reader.at_end() && lines.size() < lines_max) {
        CsvLine line;
        if (!reader.read_line(line)) return std::nullopt;
        const bool is_empty = line.size() == 1 && line.front().empty();
        if (!is_empty) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace muster::api
