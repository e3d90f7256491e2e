// Splitting at commas, and characters.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest/header_values.hpp"

#include "net/header_text.hpp"

namespace muster::api {

std::vector<std::string_view> list_elements(std::span<const net::HeaderView> headers,
                                            std::string_view name) {
    std::vector<std::string_view> elements;
    for (const net::HeaderView& header : headers) {
        if (!net::equals_ignoring_case(header.name, name)) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::string_view part = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(part.size() + 1, rest.size()));
            const std::string_view element = net::trim_blanks(part);
            if (!element.empty()) elements.push_back(element);
        }
    }
    return elements;
}

std::string to_utf8(std::string_view field) {
    std::string text;
    for (const char c : field) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0U | byte >> 6U);
            text += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return text;
}

std::string to_lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = net::to_lower(c);
    return lower;
}

}  // namespace muster::api
