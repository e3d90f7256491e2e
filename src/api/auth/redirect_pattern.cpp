// All places in the pattern that the text read so far may have reached, moved on a character at a
// time: no pattern makes it slow.
// SPDX-License-Identifier: Apache-2.0
#include "api/auth/redirect_pattern.hpp"

#include <string>
#include <vector>

namespace muster::api {

namespace {

bool ends_part(char c) {
    return c == '.' || c == '/';
}

/// One piece of a pattern.
struct Step {
    enum class Kind { one, any_within_part, any, one_within_part, one_of, none_of };
    Kind kind = Kind::one;
    std::string characters = {};  ///< of one, one_of, none_of

    bool repeats() const { return kind == Kind::any_within_part || kind == Kind::any; }
    bool takes(char c) const {
        switch (kind) {
            case Kind::one: return characters.front() == c;
            case Kind::any: return true;
            case Kind::any_within_part:
            case Kind::one_within_part: return !ends_part(c);
            case Kind::one_of: return characters.find(c) != std::string::npos;
            case Kind::none_of: return characters.find(c) == std::string::npos;
        }
        return false;
    }
};

/// The inside of [...]; ranges become their characters.
Step read_set(std::string_view inside) {
    Step step{Step::Kind::one_of};
    if (inside.starts_with('!')) {
        step.kind = Step::Kind::none_of;
        inside.remove_prefix(1);
    }
    for (std::size_t i = 0; i < inside.size(); ++i) {
        const bool range = i + 2 < inside.size() && inside[i + 1] == '-';
        if (!range) {
            step.characters += inside[i];
            continue;
        }
        const int last = static_cast<unsigned char>(inside[i + 2]);
        for (int c = static_cast<unsigned char>(inside[i]); c <= last; ++c) {
            step.characters += static_cast<char>(c);
        }
        i += 2;
    }
    return step;
}

std::vector<Step> read_steps(std::string_view pattern) {
    std::vector<Step> steps;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        const auto close = c == '[' ? pattern.find(']', i + 2) : std::string_view::npos;
        if (c == '*' && pattern.substr(i).starts_with("**")) {
            steps.push_back({Step::Kind::any});
            ++i;
        } else if (c == '*') {
            steps.push_back({Step::Kind::any_within_part});
        } else if (c == '?') {
            steps.push_back({Step::Kind::one_within_part});
        } else if (close != std::string_view::npos) {
            steps.push_back(read_set(pattern.substr(i + 1, close - i - 1)));
            i = close;
        } else {
            if (c == '\\' && i + 1 < pattern.size()) ++i;
            steps.push_back({Step::Kind::one, std::string(1, pattern[i])});
        }
    }
    return steps;
}

/// What repeats may also take nothing.
void skip_repeats(const std::vector<Step>& steps, std::vector<bool>& reached) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (reached[i] && steps[i].repeats()) reached[i + 1] = true;
    }
}

}  // namespace

bool matches_redirect_pattern(std::string_view pattern, std::string_view text) {
    const std::vector<Step> steps = read_steps(pattern);
    std::vector<bool> reached(steps.size() + 1, false);
    reached[0] = true;
    skip_repeats(steps, reached);
    for (const char c : text) {
        std::vector<bool> next(steps.size() + 1, false);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (!reached[i] || !steps[i].takes(c)) continue;
            next[steps[i].repeats() ? i : i + 1] = true;
        }
        skip_repeats(steps, next);
        reached = std::move(next);
    }
    return reached.back();
}

}  // namespace muster::api
