// Pages about one thing: headings, and fields below each other.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "cli/context.hpp"
#include "cli/table.hpp"
#include "core/timestamp.hpp"

namespace muster::cli {

/// Writes the page's lines; knows the time and whether there are colours.
class Page {
public:
    explicit Page(const Context& context);

    void heading(std::string_view text);
    /// Nothing where there is no value.
    void field(std::string_view name, const std::string& value);
    void line(const std::string& text);
    void table(const Table& table);
    /// How long ago a member of `object` is; empty where there is none.
    std::string age(const boost::json::object& object, std::string_view name) const;

private:
    std::ostream& m_out;
    core::Timestamp m_now;
    bool m_is_colored;
};

}  // namespace muster::cli
