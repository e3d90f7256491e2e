// The printed reference names every row of its table.
// SPDX-License-Identifier: Apache-2.0
#include "main/reference.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "api/router.hpp"
#include "base/metrics.hpp"
#include "core/device.hpp"
#include "core/error.hpp"
#include "main/settings.hpp"

namespace muster::main {
namespace {

using Names = std::vector<std::string>;

template <class Rows, class Name>
Names names_of(const Rows& rows, Name name) {
    Names names;
    for (const auto& row : rows)
        names.emplace_back(std::string("`") + std::string(name(row)) + "`");
    return names;
}

TEST(Reference, EveryPageNamesEveryRow) {
    const struct {
        const char* page;
        Names names;
    } cases[] = {
        {"settings", names_of(setting_table(), [](const auto& row) { return row.key; })},
        {"settings",
         names_of(setting_table(), [](const auto& row) { return base::environment_of(row); })},
        {"metrics", names_of(base::metric_table(), [](const auto& row) { return row.name; })},
        {"errors", names_of(core::code_table(), [](const auto& row) { return row.word; })},
        {"events", names_of(core::event_type_table(), [](const auto& row) { return row.word; })},
        {"routes", names_of(api::route_table(), [](const auto& row) { return row.path; })},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.page);
        const std::string page = reference_page(c.page);
        EXPECT_TRUE(page.starts_with("# "));
        ASSERT_FALSE(c.names.empty());
        for (const std::string& name : c.names) EXPECT_TRUE(page.contains(name)) << name;
        std::size_t rows = 0;
        for (auto at = page.find("\n| "); at != std::string::npos; at = page.find("\n| ", at + 1)) {
            ++rows;
        }
        EXPECT_EQ(rows, c.names.size() + 1) << "and the table's head";
    }
}

TEST(Reference, TablesAreWhole) {
    for (const char* const name : {"settings", "metrics", "errors", "events", "routes"}) {
        SCOPED_TRACE(name);
        const std::string page = reference_page(name);
        std::ptrdiff_t columns = 0;
        std::size_t start = 0;
        while (start < page.size()) {
            const auto end = std::min(page.find('\n', start), page.size());
            const std::string_view line = std::string_view(page).substr(start, end - start);
            start = end + 1;
            if (!line.starts_with('|')) continue;
            const auto bars = std::ranges::count(line, '|');
            if (columns == 0) columns = bars;
            EXPECT_EQ(bars, columns) << line;
        }
        EXPECT_GT(columns, 2);
    }
}

TEST(Reference, SecretsHaveNoFlag) {
    const std::string page = reference_page("settings");
    EXPECT_FALSE(page.contains("--secret-key`"));
    EXPECT_FALSE(page.contains("--auth-jwt-secret"));
    EXPECT_TRUE(page.contains("`--secret-key-file`"));
}

TEST(Reference, OtherPagesAreEmpty) {
    for (const char* const name : {"", "Settings", "setting", "routes.md"}) {
        EXPECT_EQ(reference_page(name), "") << name;
    }
}

}  // namespace
}  // namespace muster::main
