// Trigrams and edit distance, both on bytes: names are ASCII in practice.
// SPDX-License-Identifier: Apache-2.0
#include "rest/similarity.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace muster::rest {

namespace {

constexpr std::size_t edits_max = 3;

std::vector<std::string> trigrams(std::string_view name) {
    const std::string marked = "-" + std::string(name) + "-";
    std::vector<std::string> all;
    for (std::size_t i = 0; i + 3 <= marked.size(); ++i) all.push_back(marked.substr(i, 3));
    std::ranges::sort(all);
    return all;
}

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
    const auto left = trigrams(one);
    const auto right = trigrams(other);
    std::vector<std::string> shared;
    std::ranges::set_intersection(left, right, std::back_inserter(shared));
    const std::size_t total = left.size() + right.size();
    return total == 0 ? 0 : 2.0 * static_cast<double>(shared.size()) / static_cast<double>(total);
}

bool is_near_miss(std::string_view written, std::string_view existing) {
    if (written.size() > name_length_max || existing.size() > name_length_max) return false;
    const std::size_t edits = edits_between(written, existing);
    return edits <= edits_max && 2 * edits < written.size();
}

}  // namespace muster::rest
