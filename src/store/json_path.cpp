// A scanner that trusts nothing: each step moves on or ends.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_path.hpp"

#include <vector>

#include <boost/json/parse.hpp>

namespace muster::store {

namespace {

class Scanner {
public:
    explicit Scanner(std::string_view text) : m_rest(text) { skip_blanks(); }

    bool accept(char c) {
        if (!m_rest.starts_with(c)) return false;
        m_rest.remove_prefix(1);
        skip_blanks();
        return true;
    }

    /// A whole value with all that is in it; empty at the end or at what begins none.
    std::string_view take_value() {
        const std::string_view start = m_rest;
        std::size_t depth = 0;
        do {
            if (m_rest.empty()) break;
            const char c = m_rest.front();
            if (c == '"') {
                skip_string();
                continue;
            }
            if ((c == ',' || c == ']' || c == '}') && depth == 0) break;
            if (c == '[' || c == '{') ++depth;
            if (c == ']' || c == '}') --depth;
            m_rest.remove_prefix(1);
            if (depth == 0 && c != ']' && c != '}') skip_word();
        } while (depth > 0);
        const std::string_view value = start.substr(0, start.size() - m_rest.size());
        skip_blanks();
        return value;
    }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

    void skip_blanks() {
        while (!m_rest.empty() && is_blank(m_rest.front())) m_rest.remove_prefix(1);
    }

    /// The rest of a number, true, false or null.
    void skip_word() {
        constexpr std::string_view ends = ",]}[{\" \t\n\r";
        while (!m_rest.empty() && !ends.contains(m_rest.front())) m_rest.remove_prefix(1);
    }

    void skip_string() {
        m_rest.remove_prefix(1);
        while (!m_rest.empty()) {
            const char c = m_rest.front();
            m_rest.remove_prefix(c == '\\' && m_rest.size() > 1 ? 2 : 1);
            if (c == '"') return;
        }
    }

    std::string_view m_rest;
};

bool is_key(std::string_view quoted, std::string_view key) {
    if (quoted.size() < 2 || quoted.front() != '"') return false;
    if (!quoted.contains('\\')) return quoted.substr(1, quoted.size() - 2) == key;
    return json_text(quoted) == key;
}

}  // namespace

std::optional<std::string_view> json_member(std::string_view text, std::string_view key) {
    Scanner scanner(text);
    std::optional<std::string_view> found;
    if (!scanner.accept('{')) return found;
    do {
        const std::string_view name = scanner.take_value();
        if (!scanner.accept(':')) return found;
        const std::string_view value = scanner.take_value();
        if (is_key(name, key)) found = value;
    } while (scanner.accept(','));
    return found;
}

std::optional<std::string_view> json_element(std::string_view text, std::int64_t index) {
    Scanner scanner(text);
    if (!scanner.accept('[')) return std::nullopt;
    std::vector<std::string_view> elements;
    do {
        const std::string_view value = scanner.take_value();
        if (value.empty()) break;
        if (index >= 0 && static_cast<std::int64_t>(elements.size()) == index) return value;
        elements.push_back(value);
    } while (scanner.accept(','));
    const auto size = static_cast<std::int64_t>(elements.size());
    if (index >= 0 || index < -size) return std::nullopt;
    return elements[static_cast<std::size_t>(size + index)];
}

std::optional<std::string> json_text(std::string_view value) {
    if (value == "null") return std::nullopt;
    if (!value.starts_with('"')) return std::string(value);
    boost::system::error_code error;
    const boost::json::value parsed = boost::json::parse(value, error);
    if (error || !parsed.is_string()) return std::nullopt;
    return std::string(std::string_view(parsed.get_string()));
}

}  // namespace muster::store
