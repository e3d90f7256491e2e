// Edit distance, on bytes: names are ASCII in practice.
// SPDX-License-Identifier: Apache-2.0
#include "rest/similarity.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace muster::rest {

namespace {

constexpr std::size_t edits_max = 3;

/// Levenshtein's distance.
std::size_t edits_between(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t changed = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

double similarity(std::string_view one, std::string_view other) {
    if (one.size() > name_length_max || other.size() > name_length_max) return 0;
    const std::size_t longer = std::max(one.size(), other.size());
    if (longer == 0) return 0;
    return 1 - static_cast<double>(edits_between(one, other)) / static_cast<double>(longer);
}

bool is_near_miss(std::string_view written, std::string_view existing) {
    if (written.size() > name_length_max || existing.size() > name_length_max) return false;
    const std::size_t edits = edits_between(written, existing);
    return edits <= edits_max && 2 * edits < written.size();
}

}  // namespace muster::rest
