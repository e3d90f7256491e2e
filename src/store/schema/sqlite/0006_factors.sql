-- Second factors of accounts, and API keys that are no JWTs.
-- SPDX-License-Identifier: Apache-2.0

CREATE TABLE mfa_factors (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    friendly_name TEXT NOT NULL DEFAULT '',
    factor_type TEXT NOT NULL DEFAULT 'totp'
        CONSTRAINT mfa_factors_factor_type_check CHECK (factor_type = 'totp'),
    status TEXT NOT NULL DEFAULT 'unverified'
        CONSTRAINT mfa_factors_status_check CHECK (status IN ('unverified', 'verified')),
    secret TEXT NOT NULL, -- sealed
    last_used_step INTEGER NOT NULL DEFAULT 0, -- 30-second period of the newest accepted code
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    updated_at TEXT NOT NULL DEFAULT (now())
        CHECK (updated_at GLOB '????-??-??T??:??:??.??????+00:00'),
    last_challenged_at TEXT
        CHECK (last_challenged_at GLOB '????-??-??T??:??:??.??????+00:00'),
    UNIQUE (user_id, friendly_name)
) STRICT;

CREATE TABLE mfa_challenges (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    factor_id TEXT NOT NULL REFERENCES mfa_factors (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????+00:00'),
    ip_address TEXT
) STRICT;

CREATE INDEX idx_mfa_challenges_factor ON mfa_challenges (factor_id, created_at DESC);

-- The factor that raised the session to aal2: without it the session falls back.
ALTER TABLE sessions ADD COLUMN factor_id TEXT;

-- jwt: signed, with a role claim; opaque: sb_publishable_... and sb_secret_...
ALTER TABLE api_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'jwt'
    CONSTRAINT api_keys_kind_check CHECK (kind IN ('jwt', 'opaque'));

CREATE TRIGGER mfa_factors_guard_insert BEFORE INSERT ON mfa_factors
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'mfa_factors: written by the server only');
END;
CREATE TRIGGER mfa_factors_guard_update BEFORE UPDATE ON mfa_factors
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'mfa_factors: written by the server only');
END;
CREATE TRIGGER mfa_factors_guard_delete BEFORE DELETE ON mfa_factors
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
BEGIN
    SELECT RAISE(ABORT, 'mfa_factors: written by the server only');
END;

CREATE TRIGGER mfa_challenges_guard_insert BEFORE INSERT ON mfa_challenges
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'mfa_challenges: written by the server only');
END;
CREATE TRIGGER mfa_challenges_guard_update BEFORE UPDATE ON mfa_challenges
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'mfa_challenges: written by the server only');
END;
CREATE TRIGGER mfa_challenges_guard_delete BEFORE DELETE ON mfa_challenges
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM mfa_factors WHERE id = OLD.factor_id)
BEGIN
    SELECT RAISE(ABORT, 'mfa_challenges: written by the server only');
END;
