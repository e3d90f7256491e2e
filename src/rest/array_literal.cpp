// One dimension, with PostgreSQL's quoting and its messages.
// SPDX-License-Identifier: Apache-2.0
#include "rest/array_literal.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace muster::rest {
namespace {

using Elements = std::vector<std::optional<std::string>>;

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_null(std::string_view word) {
    constexpr std::string_view null = "null";
    return std::ranges::equal(word, null, {}, [](char c) { return static_cast<char>(c | 0x20); });
}

/// Reads from left to right; each step gives the reason why it cannot.
class ArrayReader {
public:
    explicit ArrayReader(std::string_view text) : m_text(text) {}

    std::string_view read(Elements& elements) {
        skip_space();
        if (!take('{')) return R"(Array value must start with "{" or dimension information.)";
        skip_space();
        if (take('}')) return read_end();
        while (true) {
            if (const auto reason = read_element(elements); !reason.empty()) return reason;
            if (take('}')) return read_end();
            if (!take(',')) return at_end() ? unexpected_end : "Unexpected array element.";
        }
    }

private:
    static constexpr std::string_view unexpected_end = "Unexpected end of input.";

    bool at_end() const { return m_position == m_text.size(); }
    char front() const { return m_text[m_position]; }
    bool take(char c) {
        if (at_end() || front() != c) return false;
        ++m_position;
        return true;
    }
    void skip_space() {
        while (!at_end() && is_space(front())) ++m_position;
    }
    std::string_view read_end() {
        skip_space();
        return at_end() ? std::string_view() : "Junk after closing right brace.";
    }

    std::string_view read_element(Elements& elements) {
        skip_space();
        const auto reason = take('"') ? read_quoted(elements) : read_plain(elements);
        skip_space();
        return reason;
    }

    std::string_view read_quoted(Elements& elements) {
        std::string element;
        while (!take('"')) {
            take('\\');
            if (at_end()) return unexpected_end;
            element += m_text[m_position++];
        }
        elements.emplace_back(std::move(element));
        return {};
    }

    std::string_view read_plain(Elements& elements) {
        std::string element;
        bool is_escaped = false;
        std::size_t length = 0;  // without the blanks behind it
        while (!at_end() && front() != ',' && front() != '}') {
            if (front() == '{') return R"(Unexpected "{" character.)";
            if (front() == '"') return "Incorrectly quoted array element.";
            const bool escapes = take('\\');
            if (at_end()) return unexpected_end;
            is_escaped |= escapes;
            element += m_text[m_position++];
            if (escapes || !is_space(element.back())) length = element.size();
        }
        if (at_end()) return unexpected_end;
        if (length == 0)
            return front() == ',' ? R"(Unexpected "," character.)" : R"(Unexpected "}" character.)";
        element.resize(length);
        if (!is_escaped && is_null(element)) {
            elements.emplace_back();
        } else {
            elements.emplace_back(std::move(element));
        }
        return {};
    }

    std::string_view m_text;
    std::size_t m_position = 0;
};

}  // namespace

Result<Elements> parse_array(std::string_view text) {
    Elements elements;
    const std::string_view reason = ArrayReader(text).read(elements);
    if (reason.empty()) return elements;
    return fail("22P02", fmt::format("malformed array literal: \"{}\"", text),
                boost::json::value(reason));
}

}  // namespace muster::rest
