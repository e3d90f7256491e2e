// Types by the OIDs of pg_type.dat, which never change.
// SPDX-License-Identifier: Apache-2.0
#include "store/postgres/values.hpp"

#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace muster::store::postgres {

namespace {

enum Oid : unsigned {
    oid_bool = 16,
    oid_int8 = 20,
    oid_int2 = 21,
    oid_int4 = 23,
    oid_oid = 26,
    oid_float4 = 700,
    oid_float8 = 701,
    oid_text_array = 1009,
    oid_varchar_array = 1015,
    oid_timestamptz = 1184,
};

template <class Number>
Number number_of(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw StoreError("PostgreSQL sent a number that is none");
    }
    return number;
}

/// "2026-01-01 00:00:00.5+00". What core::Timestamp cannot hold (infinity, BC) stays as it is.
std::string timestamp_of(std::string_view text) {
    const auto time = core::parse_timestamp(text);
    return time ? core::to_text(*time) : std::string(text);
}

/// {a,"b \"c\"",NULL}: one dimension, as our columns have.
class ArrayReader {
public:
    explicit ArrayReader(std::string_view text) : m_text(text) {}

    std::string to_json() {
        boost::json::array items;
        expect('{');
        while (!m_text.empty() && m_text.front() != '}') {
            items.push_back(item());
            if (!m_text.empty() && m_text.front() == ',') m_text.remove_prefix(1);
        }
        expect('}');
        return boost::json::serialize(items);
    }

private:
    void expect(char c) {
        if (m_text.empty() || m_text.front() != c) {
            throw StoreError("PostgreSQL sent an array of a form that is not known");
        }
        m_text.remove_prefix(1);
    }
    boost::json::value item() {
        if (!m_text.empty() && m_text.front() == '"') return quoted();
        const std::string_view word = m_text.substr(0, m_text.find_first_of(",}"));
        m_text.remove_prefix(word.size());
        if (word == "NULL") return nullptr;
        return boost::json::string(word);
    }
    boost::json::value quoted() {
        expect('"');
        boost::json::string text;
        while (!m_text.empty() && m_text.front() != '"') {
            if (m_text.front() == '\\' && m_text.size() > 1) m_text.remove_prefix(1);
            text.push_back(m_text.front());
            m_text.remove_prefix(1);
        }
        expect('"');
        return text;
    }

    std::string_view m_text;
};

}  // namespace

std::optional<std::string> parameter_text(const Parameter& parameter) {
    if (std::holds_alternative<std::monostate>(parameter)) return std::nullopt;
    if (const auto* whole = std::get_if<std::int64_t>(&parameter)) return std::to_string(*whole);
    if (const auto* real = std::get_if<double>(&parameter)) return fmt::format("{}", *real);
    const std::string_view text = std::get<std::string_view>(parameter);
    if (text.find('\0') != std::string_view::npos) {
        throw ArgumentRefused("22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
    }
    return std::string(text);
}

Cell cell_of(unsigned type, std::string_view text) {
    switch (type) {
        case oid_bool: return std::int64_t{text == "t"};
        case oid_int2:
        case oid_int4:
        case oid_int8:
        case oid_oid: return number_of<std::int64_t>(text);
        case oid_float4:
        case oid_float8: return number_of<double>(text);
        case oid_timestamptz: return timestamp_of(text);
        case oid_text_array:
        case oid_varchar_array: return ArrayReader(text).to_json();
        default: return std::string(text);
    }
}

}  // namespace muster::store::postgres
