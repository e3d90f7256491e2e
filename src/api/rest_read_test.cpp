// The tables, their rows and their grants.
// SPDX-License-Identifier: Apache-2.0
#include "api/rest_read_test.hpp"

#include <fstream>
#include <span>

#include "api/rest/table_schema.hpp"

namespace muster::api {

namespace {

constexpr const char* sqlite_tables[] = {
    R"sql(CREATE TABLE racks (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, site TEXT)
          STRICT)sql",
    R"sql(CREATE TABLE machines (
        id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, size INTEGER, price REAL,
        is_on INTEGER, seen_at TEXT, built_on TEXT, notes TEXT, labels TEXT, serial TEXT,
        rack_id INTEGER REFERENCES racks (id), spare_rack_id INTEGER REFERENCES racks (id),
        parent_id INTEGER REFERENCES machines (id)) STRICT)sql",
    R"sql(CREATE TABLE badges (id INTEGER NOT NULL PRIMARY KEY,
        machine_id INTEGER NOT NULL UNIQUE REFERENCES machines (id), code TEXT) STRICT)sql",
    R"sql(CREATE TABLE parts (id INTEGER NOT NULL PRIMARY KEY, name TEXT, weight INTEGER,
        machine_id INTEGER REFERENCES machines (id)) STRICT)sql",
    R"sql(CREATE TABLE groups (id INTEGER NOT NULL PRIMARY KEY, name TEXT) STRICT)sql",
    R"sql(CREATE TABLE memberships (machine_id INTEGER NOT NULL REFERENCES machines (id),
        group_id INTEGER NOT NULL REFERENCES groups (id), PRIMARY KEY (machine_id, group_id))
        STRICT)sql",
    R"sql(CREATE TABLE ledgers (id INTEGER NOT NULL PRIMARY KEY, name TEXT, total INTEGER,
        rack_id INTEGER REFERENCES racks (id)) STRICT)sql",
    R"sql(CREATE TABLE vaults (id INTEGER NOT NULL PRIMARY KEY, name TEXT,
        rack_id INTEGER REFERENCES racks (id)) STRICT)sql",
    R"sql(INSERT INTO column_types (table_name, column_name, type) VALUES
        ('machines', 'size', 'integer'), ('machines', 'price', 'numeric'),
        ('machines', 'is_on', 'boolean'), ('machines', 'seen_at', 'timestamp with time zone'),
        ('machines', 'built_on', 'date'), ('machines', 'notes', 'jsonb'),
        ('machines', 'labels', 'text[]'), ('machines', 'serial', 'uuid'))sql",
};

constexpr const char* postgres_tables[] = {
    R"sql(CREATE TABLE racks (id bigint PRIMARY KEY, name text NOT NULL, site text))sql",
    R"sql(CREATE TABLE machines (
        id bigint PRIMARY KEY, name text NOT NULL, size integer, price numeric, is_on boolean,
        seen_at timestamptz, built_on date, notes jsonb, labels text[], serial uuid,
        rack_id bigint REFERENCES racks (id), spare_rack_id bigint REFERENCES racks (id),
        parent_id bigint REFERENCES machines (id)))sql",
    R"sql(CREATE TABLE badges (id bigint PRIMARY KEY,
        machine_id bigint NOT NULL UNIQUE REFERENCES machines (id), code text))sql",
    R"sql(CREATE TABLE parts (id bigint PRIMARY KEY, name text, weight bigint,
        machine_id bigint REFERENCES machines (id)))sql",
    R"sql(CREATE TABLE groups (id bigint PRIMARY KEY, name text))sql",
    R"sql(CREATE TABLE memberships (machine_id bigint NOT NULL REFERENCES machines (id),
        group_id bigint NOT NULL REFERENCES groups (id), PRIMARY KEY (machine_id, group_id)))sql",
    R"sql(CREATE TABLE ledgers (id bigint PRIMARY KEY, name text, total bigint,
        rack_id bigint REFERENCES racks (id)))sql",
    R"sql(CREATE TABLE vaults (id bigint PRIMARY KEY, name text,
        rack_id bigint REFERENCES racks (id)))sql",
};

constexpr const char* sqlite_machines = R"sql(INSERT INTO machines VALUES
        (1, 'alpha', 10, 1.5, 1, '2026-01-01T00:00:00.000000+00:00', '2025-01-01',
         '{"os":"linux","cpu":{"cores":4},"tags":["a","b"],"ok":true,"none":null}',
         '["red","blue"]', 'aaaaaaaa-0000-4000-8000-000000000001', 1, 2, NULL),
        (2, 'Beta', 20, 2.25, 0, '2026-02-01T12:30:00.120000+00:00', '2025-02-01',
         '{"os":"macos","cpu":{"cores":8},"tags":["b"]}',
         '["blue"]', 'aaaaaaaa-0000-4000-8000-000000000002', 1, NULL, 1),
        (3, 'gamma, (x)', NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, 2, 1, 1),
        (4, 'del_ta', -5, 0.1, 1, '2026-03-01T00:00:00.000001+00:00', '2024-12-31', '{}',
         NULL, 'aaaaaaaa-0000-4000-8000-000000000004', NULL, NULL, 2),
        (5, 'say "hi"', 20, 100, 0, '2025-12-31T23:59:59.999999+00:00', NULL,
         '{"os":"linux","cpu":{"cores":16}}', '["green","a b","c,d"]', NULL, 2, NULL, NULL))sql";

constexpr const char* postgres_machines = R"sql(INSERT INTO machines VALUES
        (1, 'alpha', 10, 1.5, TRUE, '2026-01-01T00:00:00.000000+00:00', '2025-01-01',
         '{"os":"linux","cpu":{"cores":4},"tags":["a","b"],"ok":true,"none":null}',
         '{red,blue}', 'aaaaaaaa-0000-4000-8000-000000000001', 1, 2, NULL),
        (2, 'Beta', 20, 2.25, FALSE, '2026-02-01T12:30:00.120000+00:00', '2025-02-01',
         '{"os":"macos","cpu":{"cores":8},"tags":["b"]}',
         '{blue}', 'aaaaaaaa-0000-4000-8000-000000000002', 1, NULL, 1),
        (3, 'gamma, (x)', NULL, NULL, NULL, NULL, NULL, NULL, '{}', NULL, 2, 1, 1),
        (4, 'del_ta', -5, 0.1, TRUE, '2026-03-01T00:00:00.000001+00:00', '2024-12-31', '{}',
         NULL, 'aaaaaaaa-0000-4000-8000-000000000004', NULL, NULL, 2),
        (5, 'say "hi"', 20, 100, FALSE, '2025-12-31T23:59:59.999999+00:00', NULL,
         '{"os":"linux","cpu":{"cores":16}}', '{green,"a b","c,d"}', NULL, 2, NULL, NULL))sql";

constexpr const char* racks =
    R"sql(INSERT INTO racks VALUES (1, 'north', 'Lima'), (2, 'south', NULL), (3, 'empty', 'Lima')
    )sql";

constexpr const char* rows[] = {
    R"sql(INSERT INTO badges VALUES (10, 1, 'X1'), (20, 2, NULL))sql",
    R"sql(INSERT INTO parts VALUES (1, 'disk', 5, 1), (2, 'fan', NULL, 1), (3, 'case', 9, 1),
        (4, 'disk', 7, 2), (5, 'loose', 1, NULL))sql",
    R"sql(INSERT INTO groups VALUES (1, 'office'), (2, 'lab'), (3, 'nobody'))sql",
    R"sql(INSERT INTO memberships VALUES (1, 1), (1, 2), (2, 1))sql",
    R"sql(INSERT INTO ledgers VALUES (1, 'first', 7, 1))sql",
    R"sql(INSERT INTO vaults VALUES (1, 'safe', 1))sql",
};

// Nothing names the vaults: they are not there for the table API.
constexpr const char* grants = R"sql(
    GRANT SELECT ON racks, machines, badges, parts, groups, memberships
    TO anon, authenticated, service_role;
    REVOKE ALL ON ledgers FROM anon, authenticated;
    GRANT SELECT ON ledgers TO service_role;
    GRANT SELECT (id, name, rack_id) ON ledgers TO authenticated;
)sql";

}  // namespace

RestRead::RestRead() {
    const bool on_postgres = store::tests_use_postgres();
    const std::span<const char* const> tables =
        on_postgres ? std::span<const char* const>(postgres_tables) : sqlite_tables;
    for (const char* const statement : tables) define(statement);
    define(racks);
    define(on_postgres ? postgres_machines : sqlite_machines);
    for (const char* const statement : rows) define(statement);
    if (on_postgres) define(grants);
    const auto file = m_folder / "policies.sql";
    std::ofstream(file) << grants;
    auto loaded = load_table_schema(*m_store, *m_sealer, {file});
    if (!loaded) throw std::runtime_error(loaded.error());
    m_tables = std::make_unique<rest::Schema>(std::move(*loaded));
    m_services->tables = m_tables.get();
}

std::string RestRead::body(std::string_view target, std::vector<net::HeaderView> headers) {
    std::string text = get(target, std::move(headers)).raw;
    for (auto at = text.find(",\n "); at != std::string::npos; at = text.find(",\n ")) {
        text.erase(at + 1, 2);
    }
    // PostgreSQL writes jsonb with blanks.
    for (auto at = text.find("\": "); at != std::string::npos; at = text.find("\": ")) {
        text.erase(at + 2, 1);
    }
    return text;
}

std::string RestRead::ids(const std::string& target) {
    const Reply reply = get(target);
    if (reply.status != 200 && reply.status != 206) return reply.raw;
    std::string list;
    for (const auto& row : reply.body.as_array()) {
        list += (list.empty() ? "" : " ") + std::to_string(row.at("id").as_int64());
    }
    return list;
}

}  // namespace muster::api
