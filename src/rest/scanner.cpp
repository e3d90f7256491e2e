// Positions, and the sentences about what was expected there.
// SPDX-License-Identifier: Apache-2.0
#include "rest/scanner.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/encoding.hpp"

namespace muster::rest {
namespace {

/// How Haskell's `show` names the control characters that have no escape of one letter.
constexpr std::array<std::string_view, 32> control_names = {
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "a",   "b",   "t",   "n",
    "v",   "f",   "r",   "SO",  "SI",  "DLE", "DC1", "DC2", "DC3", "DC4", "NAK",
    "SYN", "ETB", "CAN", "EM",  "SUB", "ESC", "FS",  "GS",  "RS",  "US"};

/// The code point of a valid UTF-8 sequence.
unsigned code_point(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes.front());
    unsigned value = bytes.size() == 1 ? first : first & (0x7fU >> bytes.size());
    for (const char byte : bytes.substr(1)) {
        value = value << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    return value;
}

std::string escaped(std::string_view character, char quote) {
    const unsigned value = code_point(character);
    if (value < 0x20) return fmt::format("\\{}", control_names.at(value));
    if (value == 0x7f) return "\\DEL";
    if (value > 0x7f) return fmt::format("\\{}", value);
    if (character.front() == quote || value == '\\') return fmt::format("\\{}", character);
    return std::string(character);
}

std::string quoted(std::string_view literal) {
    std::string text = "\"";
    for (const char& c : literal) text += escaped(std::string_view(&c, 1), '"');
    return text + '"';
}

/// "a", "a or b", "a, b or c".
std::string joined(const std::vector<std::string>& texts) {
    if (texts.empty()) return {};
    std::string text = texts.front();
    for (std::size_t i = 1; i < texts.size(); ++i) {
        text += i + 1 == texts.size() ? " or " : ", ";
        text += texts[i];
    }
    return text;
}

void add_words(std::string& text, const std::string& words) {
    if (words.empty()) return;
    if (!text.empty()) text += ' ';
    text += words;
}

}  // namespace

bool Scanner::take_any() {
    if (at_end()) return miss({});
    m_position += front_size(m_position);
    if (m_miss.is_known) m_miss = {};
    return true;
}

bool Scanner::take(std::string_view literal) {
    const std::string_view ahead = m_text.substr(m_position);
    const auto differs = std::ranges::mismatch(literal, ahead);
    const std::size_t equal = differs.in1 - literal.begin();
    if (equal == 0) return miss(literal);
    const std::size_t start = m_position;
    m_position += equal;
    m_miss = {};
    if (equal == literal.size()) return true;
    m_miss = {.position = start, .is_known = true, .found = shown(m_position, '"')};
    m_miss.expected.push_back({literal, true});
    return false;
}

bool Scanner::sees(std::string_view literal) {
    if (m_text.substr(m_position).starts_with(literal)) return true;
    return attempt([&] { return take(literal); });
}

bool Scanner::sees_end() {
    Miss end{.position = m_position, .is_known = true};
    end.expected.push_back({"end of input"});
    if (!at_end()) end.unwelcome = shown(m_position, '\'');
    merge(std::move(end));
    return at_end();
}

void Scanner::take_blanks() {
    repeat([&] { return take_if([](char c) { return c == ' ' || c == '\t'; }); });
}

bool Scanner::refuse(std::string_view sentence) {
    m_miss = {.position = m_position, .is_known = true, .sentence = sentence};
    return false;
}

bool Scanner::miss_names(std::initializer_list<std::string_view> names) {
    Miss here{.position = m_position, .is_known = true, .found = shown(m_position, '"')};
    for (const std::string_view name : names) here.expected.push_back({name});
    merge(std::move(here));
    return false;
}

bool Scanner::miss(std::string_view literal) {
    Miss here{.position = m_position, .is_known = true, .found = shown(m_position, '"')};
    if (!literal.empty()) here.expected.push_back({literal, true});
    merge(std::move(here));
    return false;
}

/// The unwanted character counts as read: the position named is the one behind it.
bool Scanner::stumble() {
    merge({.position = m_position + front_size(m_position),
           .is_known = true,
           .unwelcome = shown(m_position, '\'')});
    return false;
}

void Scanner::merge_front(Miss before) {
    std::swap(before, m_miss);
    merge(std::move(before));
}

void Scanner::merge(Miss other) {
    if (!other.is_known) return;
    if (!m_miss.is_known || m_miss.position < other.position) {
        m_miss = std::move(other);
        return;
    }
    if (m_miss.position > other.position) return;
    if (m_miss.found.empty()) m_miss.found = std::move(other.found);
    if (m_miss.unwelcome.empty()) m_miss.unwelcome = std::move(other.unwelcome);
    if (m_miss.sentence.empty()) m_miss.sentence = other.sentence;
    for (const Expectation& expectation : other.expected) {
        if (std::ranges::find(m_miss.expected, expectation) == m_miss.expected.end()) {
            m_miss.expected.push_back(expectation);
        }
    }
}

void Scanner::rename_miss(std::string_view name) {
    if (m_miss.is_known) m_miss.expected = {Expectation{name}};
}

std::size_t Scanner::front_size(std::size_t position) const {
    return base::utf8_front(m_text.substr(position));
}

std::string Scanner::shown(std::size_t position, char quote) const {
    if (position == m_text.size()) return "end of input";
    const std::string_view character = m_text.substr(position, front_size(position));
    return fmt::format("{}{}{}", quote, escaped(character, quote), quote);
}

std::unexpected<Failure> Scanner::failure(const std::string& what) const {
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t at = 0; at < m_miss.position; at += front_size(at)) {
        const char c = m_text[at];
        line += c == '\n' ? 1 : 0;
        // A tab reaches to the next multiple of eight, as in the parser that this one follows.
        column = c == '\n' ? 1 : c == '\t' ? column + 8 - (column - 1) % 8 : column + 1;
    }
    std::vector<std::string> expected;
    for (const auto& [text, is_literal] : m_miss.expected) {
        expected.push_back(is_literal ? quoted(text) : std::string(text));
    }
    std::string details;
    const std::string& found = m_miss.unwelcome.empty() ? m_miss.found : m_miss.unwelcome;
    if (!found.empty()) add_words(details, "unexpected " + found);
    if (!expected.empty()) add_words(details, "expecting " + joined(expected));
    add_words(details, std::string(m_miss.sentence));
    return fail("PGRST100", fmt::format("\"{}\" (line {}, column {})", what, line, column),
                boost::json::value(details));
}

}  // namespace muster::rest
