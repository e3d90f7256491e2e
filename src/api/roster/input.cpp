// Query strings and path values, checked.
// SPDX-License-Identifier: Apache-2.0
#include "api/roster/input.hpp"

#include <charconv>

#include "api/fields.hpp"
#include "base/random.hpp"

namespace muster::api {

namespace {
constexpr TextLimits query_limits{1, 254};
}  // namespace

core::Result<int> read_limit(const net::Request& request) {
    const std::string text = request.query_value("limit");
    if (text.empty()) return page_size;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc{} && end == text.data() + text.size();
    if (!number || value < 1 || value > page_size_max) {
        return core::fail(core::Code::invalid_value, "limit",
                          "1 to " + std::to_string(page_size_max));
    }
    return value;
}

core::Result<std::optional<std::string>> read_query(const net::Request& request,
                                                    std::string_view name) {
    const std::string text = request.query_value(name);
    if (text.empty()) return std::nullopt;
    return read_text({{name, text}}, name, query_limits);
}

core::Result<std::optional<std::string>> read_query_id(const net::Request& request,
                                                       std::string_view name) {
    auto id = read_query(request, name);
    if (!id || !*id) return id;
    if (!base::is_uuid(**id)) {
        return core::fail(core::Code::invalid_type, std::string(name), "a UUID");
    }
    return to_lower(std::move(**id));
}

core::Result<std::string> read_path_id(const Call& call, core::Code missing) {
    std::string id = call.path_values.front();
    if (!base::is_uuid(id)) return core::fail(missing);
    return to_lower(std::move(id));
}

}  // namespace muster::api
