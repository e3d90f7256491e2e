// How such ids look: version 7 with a count in place of the random bits (twin.cpp has them made
// so).
// SPDX-License-Identifier: Apache-2.0
#include "twins/names.hpp"

#include <algorithm>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/random.hpp"

namespace muster::twins {

namespace {

namespace json = boost::json;

constexpr std::size_t uuid_length = 36;
/// Of the id: what the clock says to the millisecond.
constexpr std::size_t time_length = 13;
constexpr std::string_view mark = "<id>";

bool is_made_by_database(std::string_view text) {
    return text.size() >= uuid_length && text[14] == '7' && text.substr(19, 9) == "8000-0000" &&
           base::is_uuid(text.substr(0, uuid_length));
}

bool is_base64url(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

std::string_view take_word(std::string_view& text) {
    const auto end = std::ranges::find_if_not(text, is_base64url);
    const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(word.size());
    return word;
}

bool take_dot(std::string_view& text) {
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::string> decoded(std::string_view word) {
    const auto bytes = base::parse_base64url(word);
    if (!bytes) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::optional<std::string> take_json(std::string_view& text) {
    const auto plain = decoded(take_word(text));
    if (!plain) return std::nullopt;
    boost::system::error_code error;
    const json::value value = json::parse(*plain, error);
    return error ? std::nullopt : std::optional(sorted_json(value));
}

/// The header and the claims of the token at the front of `text`, which loses it; else nothing.
std::optional<std::string> take_token(std::string_view& text) {
    std::string_view rest = text;
    const auto header = take_json(rest);
    if (!header || !take_dot(rest)) return std::nullopt;
    const auto claims = take_json(rest);
    if (!claims || !take_dot(rest)) return std::nullopt;
    take_word(rest);
    text = rest;
    return "<token " + *header + " " + *claims + ">";
}

std::string open_tokens(std::string_view text) {
    std::string opened;
    while (!text.empty()) {
        const bool begins = opened.empty() || !is_base64url(opened.back());
        if (begins && text.starts_with("eyJ")) {
            if (const auto token = take_token(text)) {
                opened += *token;
                continue;
            }
        }
        opened += text.front();
        text.remove_prefix(1);
    }
    return opened;
}

/// Each id replaced by what `name` says of it.
template <class Name>
std::string replace_ids(std::string_view text, const Name& name) {
    std::string replaced;
    while (!text.empty()) {
        if (is_made_by_database(text)) {
            replaced += name(text.substr(0, uuid_length));
            text.remove_prefix(uuid_length);
        } else {
            replaced += text.front();
            text.remove_prefix(1);
        }
    }
    return replaced;
}

}  // namespace

std::string sorted_json(const json::value& value) {
    std::vector<std::string> parts;
    if (const json::object* const object = value.if_object()) {
        for (const auto& member : *object) {
            parts.push_back(std::string(member.key()) + ": " + sorted_json(member.value()));
        }
        std::ranges::sort(parts);
    } else if (const json::array* const list = value.if_array()) {
        for (const json::value& item : *list) parts.push_back(sorted_json(item));
    } else {
        return json::serialize(value);
    }
    return fmt::format("({})", fmt::join(parts, ", "));
}

Pattern take_apart(std::string_view text) {
    Pattern pattern;
    const std::string opened =
        text.find("eyJ") == std::string_view::npos ? std::string(text) : open_tokens(text);
    pattern.text = replace_ids(opened, [&](std::string_view id) {
        pattern.ids.emplace_back(id);
        return mark;
    });
    return pattern;
}

std::string_view time_of_making(std::string_view id) {
    return is_made_by_database(id) ? id.substr(0, time_length) : std::string_view();
}

bool Names::match(const std::string& first, const std::string& second) {
    if (first.substr(0, time_length) != second.substr(0, time_length)) return false;
    const auto [to_second, is_new] = m_second_of.emplace(first, second);
    if (!is_new) return to_second->second == second;
    const auto [to_first, was_free] = m_first_of.emplace(second, first);
    if (!was_free) m_second_of.erase(to_second);
    return was_free;
}

bool Names::match_texts(std::string_view first, std::string_view second) {
    if (first.size() < uuid_length && second.size() < uuid_length) return first == second;
    const Pattern one = take_apart(first);
    const Pattern other = take_apart(second);
    if (one.text != other.text) return false;
    for (std::size_t i = 0; i < one.ids.size(); ++i) {
        if (!match(one.ids[i], other.ids[i])) return false;
    }
    return true;
}

std::string Names::in_second(std::string_view first) const {
    return replace_ids(first, [&](std::string_view id) {
        const auto found = m_second_of.find(id);
        return found == m_second_of.end() ? std::string(id) : found->second;
    });
}

bool Names::knows(std::string_view id, Side side) const {
    return side == Side::first ? m_second_of.contains(id) : m_first_of.contains(id);
}

std::string Names::masked(std::string_view text, Side side) const {
    const Pattern pattern = take_apart(text);
    if (pattern.ids.empty()) return pattern.text;
    std::string masked = pattern.text;
    for (const std::string& id : pattern.ids) {
        masked += ' ';
        if (knows(id, side)) masked += side == Side::first ? id : m_first_of.find(id)->second;
    }
    return masked;
}

}  // namespace muster::twins
