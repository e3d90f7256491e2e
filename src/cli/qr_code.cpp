// Drawing only; the code itself is qrcodegen's.
// SPDX-License-Identifier: Apache-2.0
#include "cli/qr_code.hpp"

#include <string_view>

#include <qrcodegen/qrcodegen.hpp>

namespace muster::cli {
namespace {

constexpr int quiet_modules = 4;  // ISO/IEC 18004 asks for four light modules around a code

std::optional<qrcodegen::QrCode> encode(const std::string& text) {
    try {
        return qrcodegen::QrCode::encodeText(text.c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
    } catch (const qrcodegen::data_too_long&) {
        return std::nullopt;
    }
}

/// Blocks are drawn in the foreground: white on black with colours, and without them a dark
/// terminal is assumed; scanners read the inverted code of a light one as well.
std::string_view block(bool is_upper_light, bool is_lower_light) {
    if (is_upper_light && is_lower_light) return "\u2588";
    if (is_upper_light) return "\u2580";
    return is_lower_light ? "\u2584" : " ";
}

}  // namespace

std::optional<std::string> qr_text(const std::string& text, bool is_colored) {
    const auto code = encode(text);
    if (!code) return std::nullopt;
    // Outside of the code getModule() answers "light", which makes the quiet zone.
    const int end = code->getSize() + quiet_modules;
    std::string drawn;
    for (int y = -quiet_modules; y < end; y += 2) {
        if (is_colored) drawn += "\x1b[97;40m";
        for (int x = -quiet_modules; x < end; ++x)
            drawn += block(!code->getModule(x, y), !code->getModule(x, y + 1));
        if (is_colored) drawn += "\x1b[0m";
        drawn += '\n';
    }
    return drawn;
}

std::optional<std::string> qr_svg(const std::string& text) {
    const auto code = encode(text);
    if (!code) return std::nullopt;
    const std::string side = std::to_string(code->getSize() + 2 * quiet_modules);
    std::string drawn = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " +
                        side + "\" shape-rendering=\"crispEdges\">\n<rect width=\"" + side +
                        "\" height=\"" + side + "\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"";
    for (int y = 0; y < code->getSize(); ++y)
        for (int x = 0; x < code->getSize(); ++x)
            if (code->getModule(x, y))
                drawn += "M" + std::to_string(x + quiet_modules) + " " +
                         std::to_string(y + quiet_modules) + "h1v1h-1z";
    return drawn + "\"/>\n</svg>\n";
}

}  // namespace muster::cli
