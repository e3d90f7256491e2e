// PostgreSQL's documentation, "COPY", "Text Format".
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/row_text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "core/timestamp.hpp"
#include "store/array_text.hpp"
#include "store/transfer/canonical_json.hpp"

namespace muster::store::transfer {

namespace {

std::string plain_text(const Cell& cell) {
    if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
    if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
    return std::get<std::string>(cell);
}

std::string canonical_real(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    return is_number ? fmt::format("{}", value) : std::string(text);
}

std::string canonical_timestamp(std::string_view text) {
    const auto time = core::parse_timestamp(text);
    return time ? core::to_text(*time) : std::string(text);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

char letter_of(char c) {
    switch (c) {
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        case '\b': return 'b';
        case '\f': return 'f';
        case '\v': return 'v';
        default: return c;
    }
}

char meaning_of(char letter) {
    switch (letter) {
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'v': return '\v';
        default: return letter;
    }
}

std::string unescape(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '\\' && i + 1 < text.size();
        result += is_escape ? meaning_of(text[++i]) : text[i];
    }
    return result;
}

}  // namespace

Kind kind_of(std::string_view type) {
    static constexpr std::array<std::pair<std::string_view, Kind>, 9> kinds{{
        {"uuid", Kind::uuid},
        {"boolean", Kind::boolean},
        {"double precision", Kind::real},
        {"real", Kind::real},
        {"numeric", Kind::decimal},
        {"timestamp with time zone", Kind::timestamp},
        {"jsonb", Kind::jsonb},
        {"text[]", Kind::text_array},
        {"bytea", Kind::bytes},
    }};
    const auto* const found =
        std::ranges::find(kinds, type, [](const auto& row) { return row.first; });
    return found == kinds.end() ? Kind::text : found->second;
}

Field field_of(Kind kind, const Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return std::nullopt;
    std::string text = plain_text(cell);
    switch (kind) {
        case Kind::boolean:
            if (text == "1") return "t";
            if (text == "0") return "f";
            return text;
        case Kind::text_array: {
            auto array = array_text(text);
            if (!array) throw StoreError("a text[] is not a JSON array");
            return array;
        }
        case Kind::bytes: return "\\x" + base::to_hex(base::bytes_of(text));
        default: return text;
    }
}

std::string canonical(Kind kind, std::string_view text) {
    switch (kind) {
        case Kind::uuid: return lower(text);
        case Kind::real: return canonical_real(text);
        case Kind::decimal: return canonical_number(text);
        case Kind::timestamp: return canonical_timestamp(text);
        case Kind::jsonb: return canonical_json(text).value_or(std::string(text));
        case Kind::text:
        case Kind::boolean:
        case Kind::text_array:
        case Kind::bytes: return std::string(text);
    }
    std::unreachable();
}

void append_field(std::string& line, const std::optional<std::string_view>& field) {
    if (!field) {
        line += "\\N";
        return;
    }
    for (const char c : *field) {
        const char letter = letter_of(c);
        if (letter != c || c == '\\') line += '\\';
        line += letter;
    }
}

std::vector<Field> split_line(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    std::vector<Field> fields;
    while (true) {
        const auto tab = line.find('\t');
        const std::string_view text = line.substr(0, tab);
        fields.push_back(text == "\\N" ? Field() : Field(unescape(text)));
        if (tab == std::string_view::npos) return fields;
        line.remove_prefix(tab + 1);
    }
}

std::string canonical_line(const std::vector<Kind>& kinds, const std::vector<Field>& fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) line += '\t';
        append_field(line, fields[i] ? std::optional(canonical(kinds[i], *fields[i])) : Field());
    }
    return line;
}

void Checksum::add(const std::array<std::byte, 32>& digest) {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        high = high << 8U | std::to_integer<std::uint64_t>(digest[i]);
        low = low << 8U | std::to_integer<std::uint64_t>(digest[i + 8]);
    }
    m_low += low;
    m_high += high + (m_low < low ? 1 : 0);
}

std::string Checksum::text() const {
    return fmt::format("{:016x}{:016x}", m_high, m_low);
}

}  // namespace muster::store::transfer
