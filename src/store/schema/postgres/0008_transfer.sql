-- The record of a move from SQLite into this database: what is here already, and whether that is
-- all. A server does not start on half of an installation.
-- SPDX-License-Identifier: Apache-2.0

-- At most one: a database takes in one installation.
CREATE TABLE muster.transfer (
    is_only boolean NOT NULL PRIMARY KEY DEFAULT true
        CONSTRAINT transfer_is_only_check CHECK (is_only),
    source text NOT NULL, -- the id of the installation's first signing key
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

-- How far each table is, written together with its rows: so many, in the order of the source's
-- primary key, and the checksum of those.
CREATE TABLE muster.transfer_tables (
    table_name text NOT NULL PRIMARY KEY,
    row_count bigint NOT NULL,
    checksum text NOT NULL
);

REVOKE ALL ON muster.transfer, muster.transfer_tables
    FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON muster.transfer TO muster_server;
