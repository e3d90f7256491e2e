// What a database's record of migrations must look like before this binary touches it.
// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "store/transaction.hpp"

namespace muster::store {

namespace {

void check_names(std::span<const Migration> known, std::span<const AppliedMigration> applied) {
    if (!std::ranges::is_sorted(known, std::ranges::less_equal{}, &Migration::name)) {
        throw StoreError("this build's migrations are not in order of their numbers");
    }
    for (const AppliedMigration& row : applied) {
        if (std::ranges::find(known, row.name, &Migration::name) == known.end()) {
            throw StoreError(fmt::format(
                "the database was migrated by a newer version of Muster (this one does not know "
                "{}): use that version or a later one",
                row.name));
        }
    }
}

}  // namespace

// FNV-1a, 64 bits. It is there to notice an edited script, not an attacker: whoever can write
// schema_migrations can write the schema too. So no cryptography below store/.
std::string checksum_of(std::string_view sql) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : sql) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return fmt::format("{:016x}", hash);
}

std::size_t count_applied(std::span<const Migration> known,
                          std::span<const AppliedMigration> applied) {
    check_names(known, applied);
    for (std::size_t i = 0; i < applied.size(); ++i) {
        if (i >= known.size() || applied[i].name != known[i].name) {
            throw StoreError(fmt::format(
                "the database records migration {} out of order: it was not made by this "
                "sequence of migrations",
                applied[i].name));
        }
        if (applied[i].checksum != checksum_of(known[i].sql)) {
            throw StoreError(fmt::format(
                "migration {} was changed after it was applied to this database", applied[i].name));
        }
    }
    return applied.size();
}

}  // namespace muster::store
