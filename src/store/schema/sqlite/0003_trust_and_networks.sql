-- What trust is derived from, and what must still happen on the networks.
-- SPDX-License-Identifier: Apache-2.0

-- The kinds of evidence are core/trust.hpp's and may grow without a migration.
CREATE TABLE trust_evidence (
    device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    provenance TEXT NOT NULL
        CONSTRAINT trust_evidence_provenance_check
        CHECK (provenance IN ('claimed', 'seen', 'vouched', 'proven')),
    observed_at TEXT NOT NULL CHECK (observed_at GLOB '????-??-??T??:??:??.??????+00:00'),
    source TEXT NOT NULL,
    PRIMARY KEY (device_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE trust_pins (
    device_id TEXT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    level TEXT NOT NULL
        CONSTRAINT trust_pins_level_check CHECK (level IN ('low', 'medium', 'high')),
    pinned_by TEXT NOT NULL, -- a user's id or "service_role"; outlives the user
    reason TEXT NOT NULL,
    pinned_at TEXT NOT NULL DEFAULT (now())
        CHECK (pinned_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE TABLE trust_policies (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    inactive_after_seconds INTEGER NOT NULL CHECK (inactive_after_seconds > 0)
) STRICT;

-- A device's place on a network: first a key, then the node that joined with it.
CREATE TABLE network_memberships (
    device_id TEXT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    network TEXT NOT NULL,
    key_id TEXT,
    node_id TEXT,
    hostname TEXT,
    key_expires_at TEXT CHECK (key_expires_at GLOB '????-??-??T??:??:??.??????+00:00'),
    confirmed_at TEXT CHECK (confirmed_at GLOB '????-??-??T??:??:??.??????+00:00'),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE INDEX idx_network_memberships_node ON network_memberships (node_id)
    WHERE node_id IS NOT NULL;
CREATE INDEX idx_network_memberships_key ON network_memberships (key_id)
    WHERE key_id IS NOT NULL;

-- The outbox. No foreign keys: a job outlives the device and the organisation it came from.
CREATE TABLE network_jobs (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    device_id TEXT NOT NULL,
    organization_id TEXT,
    network TEXT NOT NULL,
    kind TEXT NOT NULL
        CONSTRAINT network_jobs_kind_check CHECK (kind IN ('remove_node', 'revoke_key')),
    target TEXT NOT NULL, -- the node's or the key's id on that network
    state TEXT NOT NULL DEFAULT 'waiting'
        CONSTRAINT network_jobs_state_check
        CHECK (state IN ('waiting', 'done', 'cancelled', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL DEFAULT (now())
        CHECK (next_attempt_at GLOB '????-??-??T??:??:??.??????+00:00'),
    last_error TEXT,
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    finished_at TEXT CHECK (finished_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE INDEX idx_network_jobs_waiting ON network_jobs (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX idx_network_jobs_device ON network_jobs (device_id);
