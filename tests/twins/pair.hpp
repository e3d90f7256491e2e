// Both servers, and what they have been found to agree on.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "twins/comparison.hpp"
#include "twins/names.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

class Pair {
public:
    /// The people, the roster and the rules for accounts follow from the seed. Throws StoreError:
    /// no PostgreSQL.
    explicit Pair(std::uint64_t seed);

    /// What differs; empty: nothing.
    std::vector<std::string> take(const Step& step);
    std::vector<std::string> compare_tables();

    const Twin& first() const { return m_first; }
    const Answer& first_answer() const { return m_first_answer; }
    const Answer& second_answer() const { return m_second_answer; }
    /// The first server's tables, as compare_tables() has just read them.
    const Tables& tables() const { return m_tables; }
    /// How often each reason for a known difference was needed so far.
    const std::map<std::string_view, std::size_t>& uses() const { return m_comparison.uses(); }

private:
    CountingRandom m_first_ids;
    CountingRandom m_second_ids;
    Twin m_first;
    Twin m_second;
    Shape m_shape;
    Names m_names;
    Comparison m_comparison;
    Answer m_first_answer;
    Answer m_second_answer;
    Tables m_tables;
};

}  // namespace muster::twins
