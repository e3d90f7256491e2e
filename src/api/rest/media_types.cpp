// Media types as PostgREST reads and names them.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/media_types.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>
#include <vector>

#include "api/rest/header_values.hpp"
#include "net/header_text.hpp"

namespace muster::api {

namespace {

constexpr MediaType table_types[] = {
    MediaType::json,   MediaType::json_without_nulls,   MediaType::csv,
    MediaType::object, MediaType::object_without_nulls,
};
constexpr MediaType root_types[] = {MediaType::openapi};

struct NamedType {
    std::string_view name;
    MediaType type;
    std::string_view content_type;
};

constexpr NamedType named_types[] = {
    {"application/json", MediaType::json, "application/json; charset=utf-8"},
    {"application/vnd.pgrst.array+json;nulls=stripped", MediaType::json_without_nulls,
     "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"},
    {"application/vnd.pgrst.object+json", MediaType::object,
     "application/vnd.pgrst.object+json; charset=utf-8"},
    {"application/vnd.pgrst.object+json;nulls=stripped", MediaType::object_without_nulls,
     "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"},
    {"text/csv", MediaType::csv, "text/csv; charset=utf-8"},
    {"application/openapi+json", MediaType::openapi, "application/openapi+json; charset=utf-8"},
};

/// Known, and never answered with: named without their parameters.
constexpr std::string_view plain_names[] = {
    "application/geo+json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "text/plain",
    "text/xml",
};
constexpr std::string_view plan_options[] = {"analyze", "verbose", "settings", "buffers", "wal"};
constexpr std::string_view wildcard = "*/*";

using Parameters = std::vector<std::pair<std::string, std::string_view>>;

std::string_view without_quotes(std::string_view value) {
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return value;
    return value.substr(1, value.size() - 2);
}

/// Takes the next `;`-separated part off `rest`; a quoted value may hold a semicolon.
std::string_view take_part(std::string_view& rest) {
    bool is_quoted = false;
    std::size_t size = 0;
    while (size < rest.size() && (is_quoted || rest[size] != ';')) {
        is_quoted ^= rest[size] == '"';
        ++size;
    }
    const std::string_view part = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return net::trim_blanks(part);
}

Parameters parse_parameters(std::string_view rest) {
    Parameters parameters;
    while (!rest.empty()) {
        const std::string_view part = take_part(rest);
        const auto equals = part.find('=');
        if (equals == std::string_view::npos) continue;
        parameters.emplace_back(to_lower_case(net::trim_blanks(part.substr(0, equals))),
                                without_quotes(net::trim_blanks(part.substr(equals + 1))));
    }
    return parameters;
}

std::string_view find(const Parameters& parameters, std::string_view name) {
    const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
    return found == parameters.end() ? std::string_view() : found->second;
}

std::string name_of(std::string_view text);

/// `application/vnd.pgrst.plan+text; for="application/json"; options=analyze|verbose`
std::string plan_name(std::string_view format, const Parameters& parameters) {
    const std::string_view of = find(parameters, "for");
    // A plan of a plan has no plan.
    const bool is_plan = of.contains("plan");
    std::string name = "application/vnd.pgrst.plan+";
    name += format;
    name += "; for=\"";
    name += of.empty() || is_plan ? "application/json" : name_of(of);
    name += '"';
    const std::string options = "|" + std::string(find(parameters, "options")) + "|";
    std::string_view separator = "; options=";
    for (const std::string_view option : plan_options) {
        if (!options.contains("|" + std::string(option) + "|")) continue;
        name += separator;
        name += option;
        separator = "|";
    }
    return name;
}

/// The name by which a type is told from others, and shown.
std::string name_of(std::string_view text) {
    std::string_view rest = text;
    const std::string type = to_lower_case(take_part(rest));
    const Parameters parameters = parse_parameters(rest);
    const bool is_stripped = find(parameters, "nulls") == "stripped";
    if (type == "application/vnd.pgrst.array" || type == "application/vnd.pgrst.array+json") {
        return std::string(named_types[is_stripped ? 1 : 0].name);
    }
    if (type == "application/vnd.pgrst.object" || type == "application/vnd.pgrst.object+json") {
        return std::string(named_types[is_stripped ? 3 : 2].name);
    }
    if (type == "application/vnd.pgrst.plan" || type == "application/vnd.pgrst.plan+text") {
        return plan_name("text", parameters);
    }
    if (type == "application/vnd.pgrst.plan+json") return plan_name("json", parameters);
    const bool is_plain = type == wildcard || std::ranges::count(plain_names, type) > 0 ||
                          std::ranges::count(named_types, type, &NamedType::name) > 0;
    return is_plain ? type : to_utf8(text);
}

struct Accepted {
    std::string name;
    double quality = 1;
    std::ptrdiff_t specificity = 0;  ///< parameters count for it, wildcards against
    std::size_t place = 0;
};

/// What follows the weight is an extension that nobody uses (RFC 9110 section 12.4.2).
Accepted parse_accepted(std::string_view element) {
    std::string text;
    for (const char c : element) {
        if (c != ' ' && c != '\t') text += c;
    }
    Accepted accepted;
    const auto weight = text.find(";q=");
    if (weight != std::string::npos) {
        const char* digits = text.data() + weight + 3;
        double quality = 0;
        const auto read = std::from_chars(digits, text.data() + text.size(), quality);
        // Also shuts out what is no number: from_chars() knows "nan".
        const bool is_weight = read.ec == std::errc() && quality >= 0 && quality <= 1;
        if (is_weight) accepted.quality = quality;
        text.resize(weight);
    }
    accepted.specificity = std::ranges::count(text, ';') - std::ranges::count(text, '*');
    accepted.name = name_of(text);
    return accepted;
}

std::vector<Accepted> parse_accept(std::span<const net::HeaderView> headers) {
    std::vector<Accepted> accepted;
    for (const std::string_view element : list_elements(headers, "Accept")) {
        accepted.push_back(parse_accepted(element));
        accepted.back().place = accepted.size();
    }
    if (accepted.empty()) accepted.push_back({std::string(wildcard)});
    std::ranges::sort(accepted, [](const Accepted& left, const Accepted& right) {
        return std::tuple(right.quality, right.specificity, left.place) <
               std::tuple(left.quality, left.specificity, right.place);
    });
    return accepted;
}

std::optional<MediaType> match(const Accepted& accepted, std::span<const MediaType> offered) {
    if (accepted.quality <= 0) return std::nullopt;
    if (accepted.name == wildcard || accepted.name == "application/*") return offered.front();
    const auto named = std::ranges::find(named_types, accepted.name, &NamedType::name);
    if (named == std::end(named_types)) return std::nullopt;
    // The root's document is JSON, whichever of its names it is asked by.
    const bool is_root = offered.front() == MediaType::openapi;
    if (is_root && named->type == MediaType::json) return MediaType::openapi;
    const bool is_offered = std::ranges::find(offered, named->type) != offered.end();
    return is_offered ? std::optional(named->type) : std::nullopt;
}

}  // namespace

std::span<const MediaType> table_media_types() {
    return table_types;
}

std::span<const MediaType> root_media_types() {
    return root_types;
}

rest::Result<MediaType> negotiate(std::span<const net::HeaderView> headers,
                                  std::span<const MediaType> offered) {
    std::string names;
    for (const Accepted& accepted : parse_accept(headers)) {
        if (const auto type = match(accepted, offered)) return *type;
        if (!names.empty()) names += ", ";
        names += accepted.name;
    }
    return rest::fail("PGRST107", "None of these media types are available: " + names);
}

std::string_view content_type_of(MediaType type) {
    return std::ranges::find(named_types, type, &NamedType::type)->content_type;
}

rest::Result<BodyType> parse_body_type(std::string_view content_type) {
    if (content_type.empty()) return BodyType::json;
    const std::string name = name_of(content_type);
    if (name == "application/json") return BodyType::json;
    if (name == "text/csv") return BodyType::csv;
    if (name == "application/x-www-form-urlencoded") return BodyType::form;
    return rest::fail("PGRST102", "Content-Type not acceptable: " + name);
}

}  // namespace muster::api
