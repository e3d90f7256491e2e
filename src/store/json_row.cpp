// Appends to one string: no tree is built for what is only shown.
// SPDX-License-Identifier: Apache-2.0
#include "store/json_row.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "store/json_strip.hpp"

namespace muster::store {

namespace {

constexpr std::string_view kind_letters = "tnbwjsa";  // in RowKind's order
constexpr std::size_t stored_timestamp_length = 32;

/// The length of the UTF-8 character at `text[at]` (RFC 3629); 0: not one.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 0 || first > 0xF4 || text.size() - at < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, beyond U+10FFFF.
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return length;
}

void append_escape(std::string& out, unsigned char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"), c);
    }
}

void append_real(std::string& out, double value) {
    if (std::isfinite(value)) {
        fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), value);
        return;
    }
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void append_integer(std::string& out, std::int64_t value) {
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), value);
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at;
}

/// RFC 8259 section 6.
bool is_json_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = at;
    at = skip_digits(text, at);
    if (at == whole || (text[whole] == '0' && at > whole + 1)) return false;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = ++at;
        at = skip_digits(text, at);
        if (at == fraction) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = at;
        at = skip_digits(text, at);
        if (at == exponent) return false;
    }
    return at == text.size();
}

/// core::to_json_text, from the stored form without reading the time.
void append_timestamp(std::string& out, std::string_view text) {
    if (text.size() != stored_timestamp_length || text[19] != '.' || !text.ends_with("+00:00")) {
        append_json_string(out, text);
        return;
    }
    std::string_view time = text.substr(0, 26);
    while (time.ends_with('0')) time.remove_suffix(1);
    if (time.ends_with('.')) time.remove_suffix(1);
    out += '"';
    out += time;
    out += "+00:00\"";
}

void append_number(std::string& out, double value) {
    append_real(out, value);
}
void append_number(std::string& out, std::int64_t value) {
    append_integer(out, value);
}

template <class Number>
void append_numeric(std::string& out, RowKind kind, Number value) {
    if (kind == RowKind::boolean && (value == 0 || value == 1)) {
        out += value == 0 ? "false" : "true";
    } else if (kind == RowKind::number || kind == RowKind::json) {
        append_number(out, value);
    } else {
        std::string text;
        append_number(text, value);
        append_json_string(out, text);
    }
}

void append_text(std::string& out, RowKind kind, std::string_view text) {
    switch (kind) {
        case RowKind::text:
        case RowKind::boolean: append_json_string(out, text); return;
        case RowKind::timestamp: append_timestamp(out, text); return;
        case RowKind::number:
            if (!is_json_number(text)) {
                append_json_string(out, text);
                return;
            }
            break;
        case RowKind::json:
        case RowKind::array:
        case RowKind::spread: break;
    }
    out += text;
}

bool is_null(const Parameter& value) {
    return std::holds_alternative<std::monostate>(value);
}

Parameter view_of(const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return std::string_view(*text);
    if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    return {};
}

/// The text between an object's braces; empty for anything else.
std::string_view members_of(const Parameter& value) {
    const auto* text = std::get_if<std::string_view>(&value);
    if (text == nullptr || text->size() < 2 || !text->starts_with('{') || !text->ends_with('}')) {
        return {};
    }
    return text->substr(1, text->size() - 2);
}

/// Takes one `<letter><length>:<name>` off the front.
std::optional<RowMember> take_member(std::string_view& spec) {
    const std::size_t kind = kind_letters.find(spec.front());
    if (kind == std::string_view::npos) return std::nullopt;
    std::size_t length = 0;
    const char* end = spec.data() + spec.size();
    const auto [rest, error] = std::from_chars(spec.data() + 1, end, length);
    if (error != std::errc() || rest == end || *rest != ':') return std::nullopt;
    const auto left = static_cast<std::size_t>(end - rest - 1);
    if (length > left) return std::nullopt;
    RowMember member{std::string(rest + 1, length), static_cast<RowKind>(kind)};
    spec.remove_prefix(spec.size() - left + length);
    return member;
}

}  // namespace

std::string make_row_spec(std::span<const RowMember> members, NullMembers nulls) {
    std::string spec(1, nulls == NullMembers::stripped ? 'S' : 'K');
    for (const RowMember& member : members) {
        spec += kind_letters[static_cast<std::size_t>(member.kind)];
        spec += std::to_string(member.name.size());
        spec += ':';
        spec += member.name;
    }
    return spec;
}

RowFormat::RowFormat(std::span<const RowMember> members, NullMembers nulls)
    : m_strips_nulls(nulls == NullMembers::stripped) {
    m_members.reserve(members.size());
    for (const RowMember& member : members) {
        std::string key;
        append_json_string(key, member.name);
        key += ':';
        m_members.push_back({std::move(key), member.kind});
    }
}

std::optional<RowFormat> RowFormat::parse(std::string_view spec) {
    if (!spec.starts_with('S') && !spec.starts_with('K')) return std::nullopt;
    const NullMembers nulls = spec.front() == 'S' ? NullMembers::stripped : NullMembers::kept;
    spec.remove_prefix(1);
    std::vector<RowMember> members;
    while (!spec.empty()) {
        auto member = take_member(spec);
        if (!member) return std::nullopt;
        members.push_back(std::move(*member));
    }
    return RowFormat(members, nulls);
}

void RowFormat::append(std::string& out, std::size_t index, const Parameter& value,
                       std::size_t start) const {
    const Member& member = m_members[index];
    const bool first = out.size() == start;
    if (member.kind == RowKind::spread) {
        const std::string_view members = members_of(value);
        if (!members.empty() && !first) out += ',';
        out += members;
        return;
    }
    const auto* text = std::get_if<std::string_view>(&value);
    const bool is_json = text != nullptr && member.kind == RowKind::json;
    if (m_strips_nulls && (is_null(value) || (is_json && *text == "null"))) return;
    if (!first) out += ',';
    out += member.key;
    if (m_strips_nulls && is_json) {
        append_json_without_nulls(out, *text);
        return;
    }
    append_json_value(out, member.kind, value);
}

void append_row_json(std::string& out, const RowFormat& format, std::span<const Parameter> values) {
    out += '{';
    const std::size_t start = out.size();
    for (std::size_t i = 0; i < format.size(); ++i) {
        format.append(out, i, i < values.size() ? values[i] : Parameter(), start);
    }
    out += '}';
}

void append_row_json(std::string& out, const RowFormat& format, std::span<const Cell> cells) {
    out += '{';
    const std::size_t start = out.size();
    for (std::size_t i = 0; i < format.size(); ++i) {
        format.append(out, i, i < cells.size() ? view_of(cells[i]) : Parameter(), start);
    }
    out += '}';
}

void append_json_value(std::string& out, RowKind kind, const Parameter& value) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        append_text(out, kind, *text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        append_numeric(out, kind, *integer);
    } else if (const auto* real = std::get_if<double>(&value)) {
        append_numeric(out, kind, *real);
    } else {
        out += "null";
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;  // what is copied as it is begins here
    for (std::size_t at = 0; at < text.size();) {
        const auto c = static_cast<unsigned char>(text[at]);
        const std::size_t length = c < 0x80 ? 1 : character_length(text, at);
        if (length != 0 && c >= 0x20 && c != '"' && c != '\\') {
            at += length;
            continue;
        }
        out += text.substr(plain, at - plain);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else {
            append_escape(out, c);
        }
        plain = ++at;
    }
    out += text.substr(plain);
    out += '"';
}

}  // namespace muster::store
