// Ids that the databases make by themselves: defaults of columns, rows that triggers write. SQLite
// and PostgreSQL fire several triggers of one statement in different orders, so the ids are matched
// by first appearance, one to one, and from then on have to stand for each other. Everything that
// the server itself draws is the same on both sides and compared as it is.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace muster::twins {

/// A text with the ids taken out. JSON Web Tokens are opened: their signatures differ each time.
struct Pattern {
    std::string text;
    std::vector<std::string> ids;
};
Pattern take_apart(std::string_view text);

/// The same for equal values: members sorted, no blanks of anybody's.
std::string sorted_json(const boost::json::value& value);

/// When a database made that id, as the id says it; empty: something else did.
std::string_view time_of_making(std::string_view id);

enum class Side { first, second };

class Names {
public:
    /// Notes that both are the same. False: they are not, or are something else already.
    bool match(const std::string& first, const std::string& second);
    /// The same text, if ids that are new here stand for each other.
    bool match_texts(std::string_view first, std::string_view second);
    /// The text as the second server knows it.
    std::string in_second(std::string_view first) const;
    /// Whether it is an id that was matched with one of the other side.
    bool knows(std::string_view id, Side side) const;
    /// Alike on both sides: an id that is matched has the first side's name, another one none.
    std::string masked(std::string_view text, Side side) const;

private:
    std::map<std::string, std::string, std::less<>> m_second_of;
    std::map<std::string, std::string, std::less<>> m_first_of;
};

}  // namespace muster::twins
