// One row as one JSON object text, the way PostgreSQL's row_to_json writes it. The table API
// renders its top level here in C++ and its embeds in SQL: json_row(spec, v1, v2, ...) is the same
// code.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/transaction.hpp"

namespace muster::store {

/// How a member's value is written. A value that does not fit its kind is written as a string.
enum class RowKind {
    text,       ///< a string
    number,     ///< also a text that is a JSON number (numeric, bigint) goes in as it is
    boolean,    ///< 0 and 1 become false and true
    timestamp,  ///< the stored form; becomes core::to_json_text's
    json,    ///< goes in as it is: the caller vouches for it (CHECK json_valid, another json_row)
    spread,  ///< an object's text: its members go in without its braces, the name is not used
    array,   ///< a text[]: as json; a row that is text (CSV) has it in PostgreSQL's own syntax
};

struct RowMember {
    std::string name;
    RowKind kind = RowKind::text;
};

enum class NullMembers { kept, stripped };

/// SQLite takes no more arguments to a function: a spec and this many values. More members go
/// through a `spread` of another json_row.
inline constexpr std::size_t json_row_values_max = 99;

/// The first argument of the SQL function json_row(spec, v1, v2, ...). Any names.
std::string make_row_spec(std::span<const RowMember> members,
                          NullMembers nulls = NullMembers::kept);

/// A spec that was read, for many rows. Immutable, any thread.
class RowFormat {
public:
    explicit RowFormat(std::span<const RowMember> members, NullMembers nulls = NullMembers::kept);
    /// Empty: not what make_row_spec writes.
    static std::optional<RowFormat> parse(std::string_view spec);

    std::size_t size() const { return m_members.size(); }
    RowKind kind(std::size_t index) const { return m_members[index].kind; }

private:
    friend void append_row_json(std::string& out, const RowFormat& format,
                                std::span<const Parameter> values);
    friend void append_row_json(std::string& out, const RowFormat& format,
                                std::span<const Cell> cells);
    struct Member {
        std::string key;  ///< escaped, with quotes and colon
        RowKind kind;
    };
    /// `start`: where the object's first member would begin.
    void append(std::string& out, std::size_t index, const Parameter& value,
                std::size_t start) const;

    std::vector<Member> m_members;
    bool m_strips_nulls;
};

/// Appends `{"name":value,...}`. A value that is missing is null, more values than members are
/// not written.
void append_row_json(std::string& out, const RowFormat& format, std::span<const Parameter> values);
void append_row_json(std::string& out, const RowFormat& format, std::span<const Cell> cells);
/// The same for the result row itself.
inline void append_row_json(std::string& out, const RowFormat& format, const Row& row) {
    append_row_json(out, format, row.cells());
}

/// Appends one value as json_row would, without a name: arrays of a to-many spread.
void append_json_value(std::string& out, RowKind kind, const Parameter& value);

/// Appends `text` as a JSON string (RFC 8259). Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace muster::store
