// Says where two answers, or the tables of two databases, differ.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "twins/freedom.hpp"
#include "twins/names.hpp"
#include "twins/step.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

class Comparison {
public:
    /// `names` must outlive it.
    explicit Comparison(Names& names) : m_names(names) {}

    /// What differs, the first word of each line a class of faults; empty: nothing.
    std::vector<std::string> answers(const Step& step, const Answer& first, const Answer& second);
    std::vector<std::string> tables(const Tables& first, const Tables& second);
    /// How often each reason for a known difference excused an answer.
    const std::map<std::string_view, std::size_t>& uses() const { return m_uses; }

private:
    void blame(std::string_view kind, std::string_view where, std::string_view first,
               std::string_view second);
    void frames(const Step& step, const Answer& first, const Answer& second);
    void headers(const Answer& first, const Answer& second);
    void body(const Step& step, const Answer& first, const Answer& second);
    void shapes(const json::value& first, const json::value& second);
    void text_page(const RowFreedom& freedom, const Answer& first, const Answer& second);
    void text_body(const RowFreedom& freedom, const Answer& first, const Answer& second);
    void letters(const Answer& first, const Answer& second);
    /// `free`: whether rows at this place have no order.
    void values(const std::string& where, const json::value& first, const json::value& second,
                bool free);
    void objects(const std::string& where, const json::object& first, const json::object& second);
    void arrays(const std::string& where, json::array first, json::array second, bool free);
    void sort(json::array& rows, Side side) const;
    void ties(const std::string& where, json::array first, json::array second, bool is_cut);
    std::set<std::string> names_of(const json::array& rows, Side side) const;
    void leave_out_strangers(json::array& rows, Side side,
                             const std::set<std::string>& others) const;
    std::string masked(const json::value& value, Side side) const;

    Names& m_names;
    std::string_view m_kind = "body";
    bool m_frees_inner = true;    ///< rows inside of others have no order
    bool m_strips_nulls = false;  ///< members that are null are left out
    Edges m_edges;                ///< of the outermost rows
    std::vector<std::string> m_faults;
    std::map<std::string_view, std::size_t> m_uses;
};

}  // namespace muster::twins
