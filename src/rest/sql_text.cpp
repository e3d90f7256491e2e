// Quoting and parameters.
// SPDX-License-Identifier: Apache-2.0
#include "rest/sql_text.hpp"

#include <algorithm>

namespace muster::rest {

namespace {

constexpr std::size_t chain_length_max = 100;

std::string enclose(std::string_view text, char quote) {
    std::string result(1, quote);
    for (const char c : text) {
        if (c == quote) result += quote;
        result += c;
    }
    result += quote;
    return result;
}

store::Parameter view_of(const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* text = std::get_if<std::string>(&value)) return std::string_view(*text);
    return {};
}

}  // namespace

std::string quote_name(std::string_view name) {
    return enclose(name, '"');
}

std::string quote_text(std::string_view text) {
    return enclose(text, '\'');
}

std::string join_terms(std::span<const std::string> terms, std::string_view word) {
    if (terms.size() == 1) return terms.front();
    // The smallest power of the chain's length that leaves no more than one chain of parts.
    std::size_t part_size = 1;
    while (part_size * chain_length_max < terms.size()) part_size *= chain_length_max;
    std::string sql = "(";
    while (!terms.empty()) {
        const std::size_t taken = std::min(part_size, terms.size());
        if (sql.size() > 1) sql += word;
        sql += join_terms(terms.first(taken), word);
        terms = terms.subspan(taken);
    }
    return sql + ")";
}

std::string Values::add(Value value) {
    m_values.push_back(std::move(value));
    return "$" + std::to_string(m_values.size());
}

std::string Values::add(Value value, Type type) {
    return m_dialect.value(add(std::move(value)), to_text(type));
}

std::vector<store::Parameter> Values::view(std::size_t count) const {
    std::vector<store::Parameter> parameters;
    parameters.reserve(count);
    for (std::size_t i = 0; i < count; ++i) parameters.push_back(view_of(m_values[i]));
    return parameters;
}

}  // namespace muster::rest
