// A reader's connection whose transaction lasts as long as the move.
// SPDX-License-Identifier: Apache-2.0
#include "store/transfer/source.hpp"

#include <fmt/format.h>

#include "store/migrations.hpp"

namespace muster::store::transfer {

namespace {

constexpr std::chrono::hours no_deadline{24 * 365};

}  // namespace

Source::Source(const std::filesystem::path& file, const base::Clock& clock, base::Random& random)
    : m_connection({.file = file,
                    .use = sqlite::ConnectionUse::read,
                    .read_timeout = std::chrono::milliseconds(no_deadline)},
                   clock, random) {
    m_connection.begin_unit();
    m_connection.command("BEGIN");
    check_schema();
    const auto keys =
        ask(m_connection, "SELECT id FROM signing_keys ORDER BY created_at, id LIMIT 1");
    if (keys.empty())
        throw StoreError(
            "no server has ever run on it, so there is nothing to move: name another folder, or "
            "start "
            "on the PostgreSQL database right away");
    m_identity = keys.front().text(0);
}

void Source::check_schema() {
    const auto record =
        ask(m_connection, "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'");
    if (record.empty())
        throw StoreError(
            "it is not a Muster database: name the folder that muster serve --data names");
    std::vector<AppliedMigration> applied;
    for (const Row& row :
         ask(m_connection, "SELECT name, checksum FROM schema_migrations ORDER BY name")) {
        applied.push_back({row.text(0), row.text(1)});
    }
    if (count_applied(sqlite_migrations(), applied) == sqlite_migrations().size()) return;
    throw StoreError(
        "it has an older version's schema: bring it up to date with muster migrate --data FOLDER "
        "first");
}

std::int64_t Source::count(const MovedTable& table) {
    return ask(m_connection, "SELECT count(*) FROM " + identifier(table.name)).front().integer(0);
}

void Source::each(const MovedTable& table, const std::function<void(std::vector<Field>)>& use) {
    const std::string sql = fmt::format("SELECT {} FROM {} ORDER BY {}", list_of(table.columns),
                                        identifier(table.name), list_of(table.key));
    sqlite::Statement(m_connection.raw(), sql).each({}, [&](const Row& row) {
        std::vector<Field> fields;
        fields.reserve(table.kinds.size());
        for (std::size_t i = 0; i < table.kinds.size(); ++i) {
            fields.push_back(field_of(table.kinds[i], row.cells()[i]));
        }
        use(std::move(fields));
    });
}

}  // namespace muster::store::transfer
