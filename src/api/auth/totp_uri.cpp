// otpauth URIs, as authenticator apps read them; the QR code itself is qrcodegen's.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/totp_uri.hpp"

#include <fmt/format.h>
#include <qrcodegen/qrcodegen.hpp>

#include "base/encoding.hpp"

namespace muster::api {

namespace {

constexpr int quiet_modules = 4;  // ISO/IEC 18004 asks for four light modules around a code

/// Apps take a plus for itself.
std::string percent_encoded(std::string_view text) {
    std::string encoded = base::encode_form(text);
    for (auto at = encoded.find('+'); at != std::string::npos; at = encoded.find('+', at)) {
        encoded.replace(at, 1, "%20");
    }
    return encoded;
}

}  // namespace

base::Secret<std::string> totp_uri(std::string_view issuer, std::string_view account,
                                   const base::Secret<std::string>& key) {
    const std::string name = percent_encoded(issuer);
    return base::Secret(
        fmt::format("otpauth://totp/{}:{}?algorithm=SHA1&digits=6&issuer={}&period=30&secret={}",
                    name, percent_encoded(account), name, key.reveal()));
}

std::string qr_svg(const std::string& text) {
    using qrcodegen::QrCode;
    if (text.size() > 2'000) return {};
    const QrCode code = QrCode::encodeText(text.c_str(), QrCode::Ecc::MEDIUM);
    const int side = code.getSize() + 2 * quiet_modules;
    std::string path;
    for (int y = 0; y < code.getSize(); ++y) {
        for (int x = 0; x < code.getSize(); ++x) {
            if (!code.getModule(x, y)) continue;
            path += fmt::format("M{} {}h1v1h-1z", x + quiet_modules, y + quiet_modules);
        }
    }
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" )"
        R"(shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="white"/>)"
        R"(<path fill="black" d="{1}"/></svg>)",
        side, path);
}

}  // namespace muster::api
