// Says where two answers, or the tables of two databases, differ.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "twins/names.hpp"
#include "twins/step.hpp"
#include "twins/twin.hpp"

namespace muster::twins {

/// Whose choice the rows of an answer are.
struct RowFreedom {
    bool order = false;  ///< the database's, of the outermost rows: nothing says a complete order
    bool page = false;   ///< a part of rows in such an order: any rows, of that number
};
/// Only the table API leaves anything to the database: a request without an order by id. Embedded
/// rows are compared as sets, even where they have an order.
/// Rows whose ids a database made in one statement have the order in which it came to them. Lists
/// by time are compared with such rows as sets; where a page's edge cuts through them, by number.
RowFreedom freedom_of(const Step& step);

class Comparison {
public:
    /// `names` must outlive it.
    explicit Comparison(Names& names) : m_names(names) {}

    /// What differs, the first word of each line a class of faults; empty: nothing.
    std::vector<std::string> answers(const Step& step, const Answer& first, const Answer& second);
    std::vector<std::string> tables(const Tables& first, const Tables& second);

private:
    void blame(std::string_view kind, std::string_view where, std::string_view first,
               std::string_view second);
    void headers(const Answer& first, const Answer& second);
    void body(const Step& step, const Answer& first, const Answer& second);
    void text_body(const RowFreedom& freedom, const Answer& first, const Answer& second);
    void letters(const Answer& first, const Answer& second);
    /// `free`: whether rows at this place have no order.
    void values(const std::string& where, const json::value& first, const json::value& second,
                bool free);
    void objects(const std::string& where, const json::object& first, const json::object& second);
    void arrays(const std::string& where, json::array first, json::array second, bool free);
    void sort(json::array& rows, Side side) const;
    void ties(const std::string& where, json::array first, json::array second, bool at_edge);
    std::string masked(const json::value& value, Side side) const;

    Names& m_names;
    std::string_view m_kind = "body";
    bool m_frees_inner = true;  ///< rows inside of others have no order
    std::vector<std::string> m_faults;
};

}  // namespace muster::twins
