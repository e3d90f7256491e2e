// Networks clean names too, each in its way; what comes out of here they leave alone.
// SPDX-License-Identifier: Apache-2.0
#include "agent/host_label.hpp"

#include <string_view>

namespace muster::agent {
namespace {

constexpr std::size_t label_characters_min = 2;  // Headscale renames shorter ones
constexpr std::size_t fingerprint_digits = 8;

/// Empty: not allowed in a label, or a hyphen.
std::string_view allowed(const char& c) {
    constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
    if (c >= 'A' && c <= 'Z') return lower.substr(static_cast<std::size_t>(c - 'A'), 1);
    const bool is_allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return is_allowed ? std::string_view(&c, 1) : std::string_view();
}

}  // namespace

std::string host_label(const DeviceFacts& facts) {
    const std::string_view name = std::string_view(facts.name).substr(0, facts.name.find('.'));
    std::string label;
    bool has_gap = false;
    for (const char& c : name) {
        const std::string_view kept = allowed(c);
        has_gap |= kept.empty();
        if (kept.empty()) continue;
        if (has_gap && !label.empty()) label += '-';
        has_gap = false;
        label += kept;
    }
    label.resize(std::min(label.size(), host_label_characters_max));
    if (label.ends_with('-')) label.pop_back();
    if (label.size() >= label_characters_min) return label;
    return "device-" + facts.fingerprint.substr(0, fingerprint_digits);
}

}  // namespace muster::agent
