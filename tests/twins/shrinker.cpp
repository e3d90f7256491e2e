// Each trial is new servers: pieces are left out, large ones first, within a budget of time.
// SPDX-License-Identifier: Apache-2.0
#include "twins/shrinker.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "twins/pair.hpp"

namespace muster::twins {

namespace {

constexpr std::chrono::seconds budget{90};

/// "tables: devices[7].id: ..." -> "tables: devices[].id".
std::string class_of(const std::vector<std::string>& faults) {
    if (faults.empty()) return {};
    const std::string& fault = faults.front();
    const std::string_view place(fault.data(), fault.find(": ", fault.find(": ") + 2));
    std::string numberless;
    bool inside = false;
    for (const char c : place) {
        if (c == ']') inside = false;
        if (!inside) numberless += c;
        if (c == '[') inside = true;
    }
    return numberless;
}

class Shrinker {
public:
    Shrinker(std::uint64_t seed, const std::vector<std::string>& faults)
        : m_seed(seed), m_class(class_of(faults)), m_end(Now::now() + budget) {}

    Shrunk shrink(std::vector<Step> steps) {
        m_best.steps = std::move(steps);
        if (!shows(m_best.steps)) return std::move(m_best);
        for (std::size_t piece = m_best.steps.size() / 2; piece > 0; piece /= 2) {
            leave_out(piece);
        }
        return std::move(m_best);
    }

private:
    using Now = std::chrono::steady_clock;

    /// From the end: what was last is more often of use.
    void leave_out(std::size_t piece) {
        std::size_t end = m_best.steps.size() - 1;
        while (end > 0 && Now::now() < m_end) {
            const std::size_t begin = end > piece ? end - piece : 0;
            auto shorter = m_best.steps;
            const auto at = [&](std::size_t i) {
                return shorter.begin() + static_cast<std::ptrdiff_t>(i);
            };
            shorter.erase(at(begin), at(end));
            shows(shorter);
            end = begin;
        }
    }

    bool shows(const std::vector<Step>& steps) {
        ++m_best.trials;
        Pair pair(m_seed);
        Shrunk shown{.steps = {}, .first = {}, .second = {}, .faults = {}, .trials = m_best.trials};
        for (const Step& step : steps) {
            shown.steps.push_back(step);
            shown.faults = pair.take(step);
            shown.first.push_back(pair.first_answer());
            shown.second.push_back(pair.second_answer());
            if (!shown.faults.empty()) break;
        }
        if (shown.faults.empty()) shown.faults = pair.compare_tables();
        if (class_of(shown.faults) != m_class) return false;
        m_best = std::move(shown);
        return true;
    }

    std::uint64_t m_seed;
    std::string m_class;
    Now::time_point m_end;
    Shrunk m_best;
};

}  // namespace

Shrunk shrink(std::uint64_t seed, std::vector<Step> steps, const std::vector<std::string>& faults) {
    return Shrinker(seed, faults).shrink(std::move(steps));
}

}  // namespace muster::twins
