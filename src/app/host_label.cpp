// The letters of RFC 1123.
// SPDX-License-Identifier: Apache-2.0
#include "app/host_label.hpp"

namespace muster::app {

std::optional<std::string> to_label(std::string_view text) {
    constexpr std::size_t label_length_max = 63;
    if (text.empty() || text.size() > label_length_max) return std::nullopt;
    if (text.front() == '-' || text.back() == '-') return std::nullopt;
    std::string label;
    for (const char c : text) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!is_upper && !is_plain) return std::nullopt;
        label += is_upper ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return label;
}

}  // namespace muster::app
