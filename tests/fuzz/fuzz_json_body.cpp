// Fuzzes a request's body: the JSON, and the fields that device-enrollment reads out of it.
// SPDX-License-Identifier: Apache-2.0
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
    const std::string written = boost::json::serialize(*parsed);
    const auto again = api::parse_json_body(written);
    require(again.has_value(), "what was parsed, written out, parses again");
    require(*again == *parsed, "and is the same");
    check_fields(*parsed);
    return 0;
}
