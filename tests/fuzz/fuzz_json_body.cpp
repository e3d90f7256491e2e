// Fuzzes a request's body: the JSON, and the fields that device-enrollment reads out of it.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <boost/json/serialize.hpp>

#include "api/fields.hpp"
#include "api/functions/enrollment_input.hpp"
#include "api/json_body.hpp"
#include "base/encoding.hpp"
#include "fuzz/property.hpp"
#include "fuzz/target.hpp"

namespace {

using muster::fuzz::require;
namespace api = muster::api;
namespace base = muster::base;

bool alike(const boost::json::value& a, const boost::json::value& b);

/// Boost.JSON 1.81 rounds a number's last digit now one way, now the other.
bool alike_numbers(const boost::json::value& a, const boost::json::value& b) {
    if (!a.is_double() || !b.is_double()) return a == b;
    return std::abs(a.get_double() - b.get_double()) <= 1e-14 * std::abs(a.get_double());
}

bool alike_objects(const boost::json::object& a, const boost::json::object& b) {
    return a.size() == b.size() && std::ranges::all_of(a, [&](const auto& member) {
               const auto* const other = b.if_contains(member.key());
               return other && alike(member.value(), *other);
           });
}

bool alike(const boost::json::value& a, const boost::json::value& b) {
    if (a.is_object() && b.is_object()) return alike_objects(a.get_object(), b.get_object());
    if (!a.is_array() || !b.is_array()) return alike_numbers(a, b);
    return std::ranges::equal(a.get_array(), b.get_array(), alike);
}

/// Boost.JSON 1.81 reads 1e999 as infinity and 0e999 as not a number, and writes neither back.
bool is_beyond_numbers(const boost::json::value& value) {
    const auto of_member = [](const auto& member) { return is_beyond_numbers(member.value()); };
    if (value.is_object()) return std::ranges::any_of(value.get_object(), of_member);
    if (value.is_array()) return std::ranges::any_of(value.get_array(), is_beyond_numbers);
    return value.is_double() && !std::isfinite(value.get_double());
}

void check_round_trip(const boost::json::object& parsed) {
    if (is_beyond_numbers(parsed)) return;
    const auto again = muster::api::parse_json_body(boost::json::serialize(parsed));
    require(again.has_value(), "what was parsed, written out, parses again");
    require(alike_objects(*again, parsed), "and is the same");
}

void check_text(const std::optional<std::string>& text, std::size_t max) {
    if (!text) return;
    require(base::is_valid_utf8(*text), "a field that was read is valid UTF-8");
    require(base::code_point_count(*text) <= max, "a field that was read keeps to its limit");
    require(!base::has_control_characters(*text),
            "a field that was read has no control characters");
}

void check_fields(const boost::json::object& body) {
    const auto input = api::read_enrollment_input(body);
    if (!input) {
        require(!input.error().field.empty(), "a refused field has a name");
        return;
    }
    check_text(input->device_name, api::device_name_limits.max);
    check_text(input->os, api::os_limits.max);
    check_text(input->fingerprint, api::fingerprint_limits.max);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto parsed = api::parse_json_body(body);
    if (!parsed) return 0;
    require(base::is_valid_utf8(body), "only valid UTF-8 is parsed");
    check_round_trip(*parsed);
    check_fields(*parsed);
    return 0;
}
