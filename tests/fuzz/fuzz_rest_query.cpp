// Fuzzes the table API's query string: its parameters, and the grammar of each.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <string>
#include <variant>

#include "base/encoding.hpp"
#include "fuzz/property.hpp"
#include "fuzz/target.hpp"
#include "rest/parser.hpp"

namespace {

using muster::fuzz::require;
namespace base = muster::base;
namespace rest = muster::rest;

std::size_t depth_of(const rest::Logic& logic) {
    std::size_t depth = 0;
    for (const auto& child : logic.children) {
        const auto* inner = std::get_if<rest::Logic>(&child);
        if (inner) depth = std::max(depth, depth_of(*inner));
    }
    return depth + 1;
}

void check_level(const rest::Level& level, std::size_t depth) {
    require(depth <= rest::nesting_max, "embeds are nested no deeper than the limit");
    // A level's own conditions are a group around those of its parameters.
    require(depth_of(level.where) <= rest::nesting_max + 1, "neither are groups");
    require(level.offset >= 0 && level.limit.value_or(0) >= 0, "a page is not negative");
    for (const auto& item : level.select) {
        const auto* embed = std::get_if<rest::Embed>(&item);
        if (embed) check_level(embed->level, depth + 1);
    }
}

void check_failure(const rest::Failure& failure) {
    static const std::set<std::string> codes = {"PGRST100", "PGRST103", "PGRST108", "PGRST127",
                                                "22021",    "22P02",    "2201W",    "2201X"};
    require(codes.contains(failure.code), "a refusal has one of the codes that the header lists");
    require(base::is_valid_utf8(failure.message), "a refusal is text");
    const auto* details = failure.details.if_string();
    require(!details || base::is_valid_utf8({details->data(), details->size()}),
            "its details are text");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view query(reinterpret_cast<const char*>(data), size);
    const auto parameters = rest::parse_parameters(query);
    std::string again;
    for (const auto& [key, value] : parameters) {
        again += base::encode_form(key) + "=" + base::encode_form(value) + "&";
    }
    require(rest::parse_parameters(again) == parameters, "parameters survive encoding");
    const auto parsed = rest::parse_query(parameters);
    if (!parsed) {
        check_failure(parsed.error());
        return 0;
    }
    check_level(parsed->level, 0);
    return 0;
}
