// Rows as lines: what COPY takes, and the one canonical form in which a row of SQLite and a row of
// PostgreSQL are compared. Of those the checksum of a table is made.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/transaction.hpp"

namespace muster::store::transfer {

/// How a column's values are written, by its type in PostgreSQL.
enum class Kind { text, uuid, boolean, real, decimal, timestamp, jsonb, text_array, bytes };

/// `type`: as format_type() names it, without a length.
Kind kind_of(std::string_view type);

using Field = std::optional<std::string>;  ///< empty: null

/// A value of SQLite as PostgreSQL takes it. Throws StoreError: no array where one should be.
Field field_of(Kind kind, const Cell& cell);

/// The same text for the same value, whether SQLite or PostgreSQL wrote it. uuid in lower case, t
/// and f, times in core::to_text's form, jsonb by canonical_json(), numbers by canonical_number();
/// all else is its text.
std::string canonical(Kind kind, std::string_view text);

/// COPY's text format: \N is null; backslash and control characters are escaped.
void append_field(std::string& line, const std::optional<std::string_view>& field);
/// The fields of a line of `COPY ... TO STDOUT`, with or without its newline.
std::vector<Field> split_line(std::string_view line);

/// The line, without its newline, that a row's checksum is made of.
std::string canonical_line(const std::vector<Kind>& kinds, const std::vector<Field>& fields);

/// SHA-256. Handed over, since there is no cryptography below store/.
using RowDigest = std::function<std::array<std::byte, 32>(std::string_view)>;

/// Of any number of rows, in any order: the sum modulo 2^128 of the first 16 bytes, as big-endian
/// numbers, of the rows' digests.
class Checksum {
public:
    void add(const std::array<std::byte, 32>& digest);
    std::string text() const;  ///< 32 hex digits
    bool operator==(const Checksum&) const = default;

private:
    std::uint64_t m_high = 0;
    std::uint64_t m_low = 0;
};

/// What a table is compared by.
struct Tally {
    std::int64_t rows = 0;
    Checksum checksum;
    bool operator==(const Tally&) const = default;
};

}  // namespace muster::store::transfer
