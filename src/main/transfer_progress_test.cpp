// What an operator reads while an installation moves.
// SPDX-License-Identifier: Apache-2.0
#include "main/transfer_progress.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "fakes/clock.hpp"

namespace muster::main {
namespace {

using store::transfer::Phase;

TEST(TransferProgress, GroupsDigits) {
    const std::pair<std::int64_t, const char*> cases[] = {
        {0, "0"}, {999, "999"}, {1'000, "1,000"}, {1'234'567, "1,234,567"}, {100'000, "100,000"}};
    for (const auto& [number, text] : cases) EXPECT_EQ(grouped(number), text);
}

TEST(TransferProgress, KeepsALineForEachTable) {
    for (const bool is_terminal : {false, true}) {
        SCOPED_TRACE(is_terminal);
        std::istringstream in;
        std::ostringstream out;
        std::ostringstream err;
        const fakes::FakeClock clock;
        const cli::Terminal terminal{in, out, err, false, false, is_terminal, {}, clock};
        TransferProgress progress(terminal);
        progress.note("going on");
        progress.begin(Phase::copy, "devices", 2);
        progress.advance();
        progress.advance();
        progress.end();
        progress.begin(Phase::verify, "devices", 2);
        progress.end();
        EXPECT_EQ(err.str(), "going on\ncopy devices: 2 rows\nverify devices: 0 rows\n");
        EXPECT_EQ(out.str(), "");
    }
}

}  // namespace
}  // namespace muster::main
