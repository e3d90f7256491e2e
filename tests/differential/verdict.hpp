// Judges an answer of the table API: what no answer may be, what no asker may be told, and, for
// drafted requests, what the answer must be.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "differential/request_maker.hpp"
#include "differential/roster_server.hpp"

namespace muster::differential {

class Verdicts {
public:
    /// `server` must outlive it. An answer that takes longer than `slow_seconds` is a fault.
    Verdicts(const RosterServer& server, double slow_seconds)
        : m_server(server), m_slow_seconds(slow_seconds) {}

    /// What is wrong, the first word of each line a class of faults; empty: nothing.
    std::vector<std::string> judge(const Request& request, const Reply& reply);
    /// The database is another one now.
    void forget() { m_told.clear(); }

private:
    void judge_form(const Request& request, const Reply& reply);
    void judge_leaks(const Request& request, const Reply& reply);
    void judge_size(const Request& request, const Reply& reply);
    void judge_write(const Request& request, const Reply& reply);
    void judge_drafted_read(const Request& request, const Reply& reply);
    void judge_drafted_write(const Request& request, const Reply& reply);
    void judge_chosen(const Request& request, const Reply& reply,
                      const std::vector<const Row*>& chosen);
    void judge_representation(const Request& request, const Reply& reply,
                              const std::vector<const Row*>& chosen);
    bool may_write_all(const Request& request, const std::vector<const Row*>& chosen) const;
    std::vector<const Row*> choose(const Request& request) const;
    const std::set<std::string>& told(std::size_t asker);
    const Asker& asker(const Request& request) const {
        return m_server.askers().at(request.call.asker);
    }
    void blame(const std::string& fault) { m_faults.push_back(fault); }
    void expect_status(const Reply& reply, std::initializer_list<unsigned> wanted);

    const RosterServer& m_server;
    double m_slow_seconds;
    std::map<std::size_t, std::set<std::string>> m_told;
    std::vector<std::string> m_faults;
};

/// SQLite's parser goes so deep and no deeper, which is nothing that the contract speaks of.
bool is_too_deep(const Reply& reply);

/// The marks, uuids and moments in a text: what tells a row from all others.
std::set<std::string> find_marks(std::string_view text);

}  // namespace muster::differential
