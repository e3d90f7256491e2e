-- What trust is derived from, what must still happen on the networks, which columns are secrets.
-- SPDX-License-Identifier: Apache-2.0

-- The kinds of evidence are core/trust.hpp's and may grow without a migration.
CREATE TABLE muster.trust_evidence (
    device_id uuid NOT NULL REFERENCES public.devices (id) ON DELETE CASCADE,
    kind text NOT NULL,
    provenance text NOT NULL
        CONSTRAINT trust_evidence_provenance_check
        CHECK (provenance IN ('claimed', 'seen', 'vouched', 'proven')),
    observed_at timestamptz NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (device_id, kind)
);

CREATE TABLE muster.trust_pins (
    device_id uuid NOT NULL PRIMARY KEY REFERENCES public.devices (id) ON DELETE CASCADE,
    level text NOT NULL
        CONSTRAINT trust_pins_level_check CHECK (level IN ('low', 'medium', 'high')),
    pinned_by text NOT NULL, -- a user's id or "service_role"; outlives the user
    reason text NOT NULL,
    pinned_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE muster.trust_policies (
    organization_id uuid NOT NULL PRIMARY KEY
        REFERENCES public.organizations (id) ON DELETE CASCADE,
    inactive_after_seconds bigint NOT NULL
        CONSTRAINT trust_policies_inactive_after_seconds_check CHECK (inactive_after_seconds > 0)
);

-- A device's place on a network: first a key, then the node that joined with it.
CREATE TABLE muster.network_memberships (
    device_id uuid NOT NULL PRIMARY KEY REFERENCES public.devices (id) ON DELETE CASCADE,
    network text NOT NULL,
    key_id text,
    node_id text,
    hostname text,
    key_expires_at timestamptz,
    confirmed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_network_memberships_node ON muster.network_memberships (node_id)
    WHERE node_id IS NOT NULL;
CREATE INDEX idx_network_memberships_key ON muster.network_memberships (key_id)
    WHERE key_id IS NOT NULL;

-- The outbox. No foreign keys: a job outlives the device and the organisation it came from.
CREATE TABLE muster.network_jobs (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    device_id uuid NOT NULL,
    organization_id uuid,
    network text NOT NULL,
    kind text NOT NULL
        CONSTRAINT network_jobs_kind_check CHECK (kind IN ('remove_node', 'revoke_key')),
    target text NOT NULL, -- the node's or the key's id on that network
    state text NOT NULL DEFAULT 'waiting'
        CONSTRAINT network_jobs_state_check
        CHECK (state IN ('waiting', 'done', 'cancelled', 'failed')),
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE INDEX idx_network_jobs_waiting ON muster.network_jobs (next_attempt_at)
    WHERE state = 'waiting';
CREATE INDEX idx_network_jobs_device ON muster.network_jobs (device_id);

-- A sealed column reads as null save for the service key and is sealed when written; a digest
-- always reads as null, and the SHA-256 of what is written is stored. A column that is not listed
-- is no secret; types are the catalogue's.
CREATE TABLE muster.column_secrecy (
    table_name text NOT NULL,
    column_name text NOT NULL,
    secrecy text NOT NULL
        CONSTRAINT column_secrecy_secrecy_check CHECK (secrecy IN ('none', 'sealed', 'digest')),
    PRIMARY KEY (table_name, column_name)
);

INSERT INTO muster.column_secrecy (table_name, column_name, secrecy) VALUES
    ('devices', 'enrollment_token', 'digest'),
    ('devices', 'tailscale_auth_key', 'sealed'),
    ('organization_tailscale_config', 'tailscale_auth_key', 'sealed');

REVOKE ALL ON muster.trust_evidence, muster.trust_pins, muster.trust_policies,
    muster.network_memberships, muster.network_jobs, muster.column_secrecy
    FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON muster.trust_evidence, muster.trust_pins, muster.trust_policies,
    muster.network_memberships, muster.network_jobs
    TO muster_server;
GRANT SELECT ON muster.column_secrecy TO muster_server;
