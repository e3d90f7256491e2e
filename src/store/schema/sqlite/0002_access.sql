-- Who gets in: sessions of people, keys of the server, enrolment tokens that were used.
-- SPDX-License-Identifier: Apache-2.0

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_key TEXT NOT NULL, -- sealed
    refresh_counter INTEGER NOT NULL DEFAULT 0,
    refreshed_at TEXT CHECK (refreshed_at GLOB '????-??-??T??:??:??.??????+00:00'),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    not_after TEXT CHECK (not_after GLOB '????-??-??T??:??:??.??????+00:00'),
    user_agent TEXT,
    ip_address TEXT
) STRICT;

CREATE INDEX idx_sessions_user ON sessions (user_id);

CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY, -- the key's kid
    algorithm TEXT NOT NULL,
    private_key TEXT NOT NULL, -- sealed
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    retired_at TEXT CHECK (retired_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    role TEXT NOT NULL CONSTRAINT api_keys_role_check CHECK (role IN ('anon', 'service_role')),
    key_digest TEXT NOT NULL UNIQUE,
    sealed_key TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    revoked_at TEXT CHECK (revoked_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE TABLE spent_tokens (
    token_digest TEXT NOT NULL PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    spent_at TEXT NOT NULL DEFAULT (now())
        CHECK (spent_at GLOB '????-??-??T??:??:??.??????+00:00'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_spent_tokens_device ON spent_tokens (device_id);
CREATE INDEX idx_spent_tokens_expires ON spent_tokens (expires_at);
