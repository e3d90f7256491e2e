// Fuzzes percent-decoding and the look-up of a parameter in a query string.
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/encoding.hpp"
#include "fuzz/property.hpp"
#include "fuzz/target.hpp"
#include "net/http.hpp"

namespace {

using muster::fuzz::require;
namespace base = muster::base;

void check_encoding(std::string_view bytes) {
    const auto back = base::decode_form(base::encode_form(bytes));
    require(back.has_value() && *back == bytes, "any bytes survive encoding and decoding");
    const auto decoded = base::decode_form(bytes);
    if (!decoded) return;
    require(decoded->size() <= bytes.size(), "decoding never makes longer");
    const auto again = base::decode_form(base::encode_form(*decoded));
    require(again == decoded, "what was decoded survives encoding and decoding");
}

void check_look_up(std::string_view query) {
    muster::net::Request request;
    request.query = query;
    require(request.query_value("token").size() <= query.size(), "a value comes from the query");
    // A parameter in front wins, whatever follows it.
    const std::string behind = "token=" + base::encode_form(query) + "&" + std::string(query);
    request.query = behind;
    require(request.query_value("token") == query, "the first parameter of a name is found");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_encoding(bytes);
    check_look_up(bytes);
    return 0;
}
