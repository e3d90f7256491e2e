// The preferences and their texts are tables; everything else follows from these.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/preferences.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "api/rest/header_values.hpp"

namespace muster::api {

namespace {

using Resolution = Preferences::Resolution;
using Missing = Preferences::Missing;
using Return = Preferences::Return;
using Count = Preferences::Count;
using Transaction = Preferences::Transaction;
using Handling = Preferences::Handling;

template <class Value>
using Text = std::pair<std::string_view, Value>;

constexpr Text<Resolution> resolutions[] = {
    {"resolution=merge-duplicates", Resolution::merge_duplicates},
    {"resolution=ignore-duplicates", Resolution::ignore_duplicates},
};
constexpr Text<Missing> missings[] = {
    {"missing=default", Missing::defaults},
    {"missing=null", Missing::nulls},
};
constexpr Text<Return> returns[] = {
    {"return=minimal", Return::minimal},
    {"return=headers-only", Return::headers_only},
    {"return=representation", Return::representation},
};
constexpr Text<Count> counts[] = {
    {"count=exact", Count::exact},
    {"count=planned", Count::planned},
    {"count=estimated", Count::estimated},
};
constexpr Text<Transaction> transactions[] = {
    {"tx=commit", Transaction::commit},
    {"tx=rollback", Transaction::rollback},
};
constexpr Text<Handling> handlings[] = {
    {"handling=strict", Handling::strict},
    {"handling=lenient", Handling::lenient},
};
constexpr std::string_view timezone_key = "timezone=";
constexpr std::string_view max_affected_key = "max-affected=";

/// Times are shown in UTC and in nothing else.
constexpr std::string_view utc_names[] = {
    "UTC",           "Etc/UTC", "UCT",      "Etc/UCT", "Universal",
    "Etc/Universal", "Zulu",    "Etc/Zulu", "GMT",     "Etc/GMT",
};

/// Whether it is one of these; the first of a kind counts.
template <class Value, std::size_t size>
bool take(std::string_view element, const Text<Value> (&texts)[size],
          std::optional<Value>& preference) {
    const auto found = std::ranges::find(texts, element, &Text<Value>::first);
    if (found == std::end(texts)) return false;
    if (!preference) preference = found->second;
    return true;
}

bool take_timezone(std::string_view element, std::optional<std::string>& timezone) {
    if (!element.starts_with(timezone_key)) return false;
    const std::string_view name = element.substr(timezone_key.size());
    if (std::ranges::find(utc_names, name) == std::end(utc_names)) return false;
    if (!timezone) timezone = name;
    return true;
}

/// The first counts even if it is no number: then there is no maximum.
bool take_max_affected(std::string_view element, bool& is_seen,
                       std::optional<std::int64_t>& maximum) {
    if (!element.starts_with(max_affected_key)) return false;
    if (std::exchange(is_seen, true)) return true;
    const std::string_view digits = element.substr(max_affected_key.size());
    std::int64_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc() && rest == end) maximum = number;
    return true;
}

template <class Value, std::size_t size>
void append(std::string& line, const Text<Value> (&texts)[size],
            const std::optional<Value>& preference) {
    if (!preference) return;
    if (!line.empty()) line += ", ";
    line += std::ranges::find(texts, *preference, &Text<Value>::second)->first;
}

void append(std::string& line, std::string_view key, const std::string& value) {
    if (!line.empty()) line += ", ";
    line += key;
    line += value;
}

std::unexpected<rest::Failure> refuse_unknown(const std::vector<std::string>& unknown) {
    std::string names;
    for (const std::string& name : unknown) {
        if (!names.empty()) names += ", ";
        names += name;
    }
    return rest::fail("PGRST122", "Invalid preferences given with handling=strict",
                      boost::json::value("Invalid preferences: " + names));
}

}  // namespace

rest::Result<Preferences> parse_preferences(std::span<const net::HeaderView> headers) {
    Preferences preferences;
    std::optional<std::int64_t> max_affected;
    bool max_affected_seen = false;
    for (const std::string_view element : list_elements(headers, "Prefer")) {
        const bool is_known = take(element, resolutions, preferences.resolution) ||
                              take(element, missings, preferences.missing) ||
                              take(element, returns, preferences.representation) ||
                              take(element, counts, preferences.count) ||
                              take(element, transactions, preferences.transaction) ||
                              take(element, handlings, preferences.handling) ||
                              take_timezone(element, preferences.timezone) ||
                              take_max_affected(element, max_affected_seen, max_affected);
        if (!is_known) preferences.unknown.push_back(to_utf8(element));
    }
    if (preferences.handling != Handling::strict) return preferences;
    if (!preferences.unknown.empty()) return refuse_unknown(preferences.unknown);
    preferences.max_affected = max_affected;
    return preferences;
}

std::string applied_preferences(const Preferences& preferences, Verb verb) {
    const bool writes = verb != Verb::read;
    const bool fills = verb == Verb::insert || verb == Verb::update;
    const bool limits = verb == Verb::update || verb == Verb::remove;
    std::string line;
    if (verb == Verb::insert) append(line, resolutions, preferences.resolution);
    if (fills) append(line, missings, preferences.missing);
    if (writes) append(line, returns, preferences.representation);
    append(line, counts, preferences.count);
    append(line, handlings, preferences.handling);
    if (preferences.timezone) append(line, timezone_key, *preferences.timezone);
    if (limits && preferences.max_affected) {
        append(line, max_affected_key, std::to_string(*preferences.max_affected));
    }
    return line;
}

}  // namespace muster::api
