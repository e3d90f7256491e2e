// Reads a text from left to right for the parsers of the query string, and remembers what it would
// have taken where: refusals then read as PostgREST's do, whose parser works by the same rules.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/failure.hpp"

namespace muster::rest {

/// A step that returns false has failed; whether alternatives may be tried is told by position():
/// what failed where it began has taken nothing. What a step expected in vain stays known until
/// something is taken behind it; of several the furthest counts, and equals are listed together.
class Scanner {
public:
    /// `text`: valid UTF-8, borrowed.
    explicit Scanner(std::string_view text) : m_text(text) {}

    std::size_t position() const { return m_position; }
    bool at_end() const { return m_position == m_text.size(); }
    /// The byte ahead; 0 at the end. Of a character beyond ASCII its first, which is negative.
    char front() const { return at_end() ? '\0' : m_text[m_position]; }
    std::string_view taken_since(std::size_t start) const {
        return m_text.substr(start, m_position - start);
    }

    /// Takes exactly these characters. One that only begins with them has taken that beginning.
    bool take(std::string_view literal);
    /// Whether these characters are ahead, without taking them.
    bool sees(std::string_view literal);
    /// Whether nothing is left.
    bool sees_end();
    /// Takes whatever character is ahead.
    bool take_any();

    /// Takes a character that `is_wanted` by its first byte.
    template <class Wanted>
    bool take_if(Wanted is_wanted) {
        if (at_end() || !is_wanted(front())) return miss({});
        return take_any();
    }

    /// `step`, or nothing at all: what it took before it failed is put back.
    template <class Step>
    bool attempt(Step step) {
        const std::size_t start = m_position;
        Miss before = std::exchange(m_miss, {});
        const bool done = step();
        if (!done) m_position = start;
        if (m_position == start) merge_front(std::move(before));
        return done;
    }

    /// `step` under a name: if it takes nothing, the name is what was expected.
    template <class Step>
    bool named(std::string_view name, Step step) {
        const std::size_t start = m_position;
        Miss before = std::exchange(m_miss, {});
        const bool done = step();
        if (m_position == start) {
            rename_miss(name);
            merge_front(std::move(before));
        }
        return done;
    }

    /// What may be missing: fails only if `step` began and then went wrong.
    template <class Step>
    bool maybe(Step step) {
        const std::size_t start = m_position;
        return step() || (m_position == start && m_miss.sentence.empty());
    }

    /// The first of the steps that works; one that began and went wrong ends the search.
    template <class... Steps>
    bool either(Steps... steps) {
        const std::size_t start = m_position;
        bool done = false;
        (void)((done = steps(), done || m_position != start) || ...);
        return done;
    }

    /// As often as it works, also not once.
    template <class Step>
    bool repeat(Step step) {
        while (true) {
            const std::size_t start = m_position;
            if (!maybe(step)) return false;
            if (m_position == start) return true;
        }
    }

    /// One item or more, with a separator between each two.
    template <class Item, class Separator>
    bool list(Item item, Separator separator) {
        return item() && repeat([&] { return separator() && item(); });
    }

    /// Fails if a character that `is_unwanted` is ahead; takes nothing.
    template <class Unwanted>
    bool avoid(Unwanted is_unwanted, std::string_view literal = {}) {
        if (at_end() || !is_unwanted(front())) {
            miss(literal);
            return true;
        }
        return stumble();
    }

    void take_blanks();
    /// Fails with a sentence of its own, which no alternative makes good.
    bool refuse(std::string_view sentence);
    /// Notes what was expected here without looking for it; fails.
    bool miss_names(std::initializer_list<std::string_view> names);

    /// PGRST100 of what went wrong furthest: `what` is "failed to parse filter (foo.1)".
    std::unexpected<Failure> failure(const std::string& what) const;

private:
    struct Expectation {
        std::string_view text;
        bool is_literal = false;  ///< shown in quotes
        bool operator==(const Expectation&) const = default;
    };
    struct Miss {
        std::size_t position = 0;
        bool is_known = false;       ///< false: nothing was missed since something was taken
        std::string found = {};      ///< what was there instead, as shown; empty: the end
        std::string unwelcome = {};  ///< the same of sees_end() and avoid(), which goes before
        std::vector<Expectation> expected = {};
        std::string_view sentence = {};
    };

    bool miss(std::string_view literal);
    bool stumble();
    void merge_front(Miss before);
    void merge(Miss other);
    void rename_miss(std::string_view name);
    std::size_t front_size(std::size_t position) const;
    std::string shown(std::size_t position, char quote) const;

    std::string_view m_text;
    std::size_t m_position = 0;
    Miss m_miss;
};

}  // namespace muster::rest
