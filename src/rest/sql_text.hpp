// One SQL statement in the making: identifiers come from the catalog and are quoted, every value of
// the client becomes a parameter. The text depends on a request's shape only, so statements are
// compiled once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/values.hpp"
#include "store/dialect.hpp"
#include "store/transaction.hpp"

namespace muster::rest {

/// "name", with quotes inside doubled.
std::string quote_name(std::string_view name);
/// 'text', with quotes inside doubled: for texts of ours, such as json_row's specs.
std::string quote_text(std::string_view text);

/// "(a OR b OR c)" for a word like " OR ". SQLite limits how deep an expression is, and a chain is
/// as deep as it is long: a long one becomes a chain of chains. At least one term.
std::string join_terms(std::span<const std::string> terms, std::string_view word);

/// The values of a statement in the order of their numbers.
class Values final : public store::SqlValues {
public:
    /// The dialect must outlive it.
    explicit Values(const store::Dialect& dialect) : m_dialect(dialect) {}

    /// "$n", which now stands for `value`: where the database knows its type from its place.
    std::string add(Value value);
    /// The same as an expression of that type.
    std::string add(Value value, Type type);
    std::string add_text(std::string text) override { return add(std::move(text)); }
    const store::Dialect& dialect() const { return m_dialect; }
    /// The first `count`, as a Transaction takes them; views into this.
    std::vector<store::Parameter> view(std::size_t count) const;
    std::vector<store::Parameter> view() const { return view(m_values.size()); }
    std::size_t size() const { return m_values.size(); }
    /// Takes back what was added after the first `count`: text that is not used after all.
    void cut(std::size_t count) { m_values.resize(count); }

private:
    const store::Dialect& m_dialect;
    std::vector<Value> m_values;
};

}  // namespace muster::rest
