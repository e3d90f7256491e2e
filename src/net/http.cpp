// Looking things up in a request.
// SPDX-License-Identifier: Apache-2.0
#include "net/http.hpp"

#include "base/encoding.hpp"
#include "net/header_text.hpp"

namespace muster::net {

std::string_view Request::header(std::string_view name) const {
    for (const HeaderView& field : headers) {
        if (equals_ignoring_case(field.name, name)) return field.value;
    }
    return {};
}

std::string Request::query_value(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const std::string_view key = pair.substr(0, pair.find('='));
        if (base::decode_form(key) != name) continue;
        const std::string_view value = pair.substr(std::min(pair.size(), key.size() + 1));
        return base::decode_form(value).value_or(std::string());
    }
    return {};
}

std::optional<std::vector<std::pair<std::string, std::string>>> Request::query_parameters() const {
    std::vector<std::pair<std::string, std::string>> parameters;
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::string_view key = pair.substr(0, pair.find('='));
        auto name = base::decode_form(key);
        auto value = base::decode_form(pair.substr(std::min(pair.size(), key.size() + 1)));
        if (!name || !value) return std::nullopt;
        parameters.emplace_back(std::move(*name), std::move(*value));
    }
    return parameters;
}

}  // namespace muster::net
