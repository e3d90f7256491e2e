// Every other world wants addresses confirmed; some ask more of whoever sets a password.
// SPDX-License-Identifier: Apache-2.0
#include "twins/pair.hpp"

#include <algorithm>

namespace muster::twins {

namespace {

TwinOptions options_of(store::TestDriver driver, std::uint64_t seed) {
    TwinOptions options{.driver = driver, .seed = seed};
    options.accounts.autoconfirm = seed % 2 == 0;
    options.accounts.require_current_password = seed % 4 == 1;
    options.accounts.require_reauthentication = seed % 4 == 3;
    options.accounts.secure_email_change = seed % 8 < 4;
    return options;
}

/// Of a server that is made for nothing else.
const ServerKeys& server_keys() {
    static const ServerKeys keys = [] {
        CountingRandom ids;
        return Twin(TwinOptions{}, ids, nullptr).keys();
    }();
    return keys;
}

Step in_second(const Names& names, Step step) {
    step.target = names.in_second(step.target);
    step.body = names.in_second(step.body);
    for (auto& header : step.headers) header.second = names.in_second(header.second);
    return step;
}

/// Rows of one statement may be alike in an answer: which is which, only the tables say.
bool shows_new_ids(const Names& names, const Answer& answer, Side side) {
    return std::ranges::any_of(take_apart(answer.body).ids,
                               [&](const std::string& id) { return !names.knows(id, side); });
}

}  // namespace

Pair::Pair(std::uint64_t seed)
    : m_first(options_of(store::TestDriver::sqlite, seed), m_first_ids, &server_keys()),
      m_second(options_of(store::TestDriver::postgres, seed), m_second_ids, &server_keys()),
      m_shape(m_first.shape()),
      m_comparison(m_names) {}

std::vector<std::string> Pair::take(const Step& step) {
    m_first_answer = m_first.take(step);
    m_second_answer = m_second.take(in_second(m_names, step));
    if (shows_new_ids(m_names, m_first_answer, Side::first) ||
        shows_new_ids(m_names, m_second_answer, Side::second)) {
        auto faults = compare_tables();
        if (!faults.empty()) return faults;
    }
    return m_comparison.answers(step, m_first_answer, m_second_answer);
}

std::vector<std::string> Pair::compare_tables() {
    m_tables = m_first.read(m_shape);
    return m_comparison.tables(m_tables, m_second.read(m_shape));
}

}  // namespace muster::twins
