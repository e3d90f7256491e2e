// The drawn code is read back, module by module: finder patterns, size, and the SVG's agreement.
// SPDX-License-Identifier: Apache-2.0
#include "cli/qr_code.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <qrcodegen/qrcodegen.hpp>

namespace muster::cli {
namespace {

/// true: dark. Half blocks undone.
std::vector<std::vector<bool>> modules_of(const std::string& drawn) {
    std::vector<std::vector<bool>> rows;
    std::vector<bool> upper;
    std::vector<bool> lower;
    for (std::size_t at = 0; at < drawn.size();) {
        if (drawn[at] == '\n') {
            rows.push_back(std::exchange(upper, {}));
            rows.push_back(std::exchange(lower, {}));
            ++at;
            continue;
        }
        const std::string block = drawn[at] == ' ' ? " " : drawn.substr(at, 3);
        upper.push_back(block == " " || block == "\u2584");
        lower.push_back(block == " " || block == "\u2580");
        at += block.size();
    }
    return rows;
}

TEST(QrCode, TextShowsEveryModule) {
    const std::string link = "https://muster.example/enroll?token=muster-aaaabbbbccccdddd";
    const auto drawn = qr_text(link, false);
    ASSERT_TRUE(drawn.has_value());
    const auto code = qrcodegen::QrCode::encodeText(link.c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
    const auto rows = modules_of(*drawn);
    const int size = code.getSize();
    ASSERT_GE(rows.size(), static_cast<std::size_t>(size) + 8);
    for (int y = -4; y < size + 4; ++y)
        for (int x = -4; x < size + 4; ++x)
            ASSERT_EQ(rows[static_cast<std::size_t>(y + 4)][static_cast<std::size_t>(x + 4)],
                      code.getModule(x, y))
                << x << ' ' << y;
}

TEST(QrCode, SvgHasOneSquareForEachDarkModule) {
    const auto code = qrcodegen::QrCode::encodeText("x", qrcodegen::QrCode::Ecc::MEDIUM);
    int dark = 0;
    for (int y = 0; y < code.getSize(); ++y)
        for (int x = 0; x < code.getSize(); ++x) dark += code.getModule(x, y) ? 1 : 0;
    const auto svg = qr_svg("x");
    ASSERT_TRUE(svg.has_value());
    EXPECT_EQ(std::ranges::count(*svg, 'M'), dark);
    EXPECT_NE(svg->find("viewBox=\"0 0 29 29\""), std::string::npos);
}

TEST(QrCode, TooLong) {
    // A code of version 40 with medium correction holds 2331 bytes.
    EXPECT_TRUE(qr_text(std::string(2331, 'x'), false).has_value());
    EXPECT_FALSE(qr_text(std::string(2332, 'x'), false).has_value());
    EXPECT_FALSE(qr_svg(std::string(2332, 'x')).has_value());
}

}  // namespace
}  // namespace muster::cli
