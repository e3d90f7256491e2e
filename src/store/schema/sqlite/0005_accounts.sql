-- Accounts that sign up, confirm an address and sign in by mail: what GoTrue keeps of a user, the
-- codes and links that are on their way, and sign-ins that wait for their PKCE verifier.
-- SPDX-License-Identifier: Apache-2.0

ALTER TABLE users ADD COLUMN invited_at TEXT
    CHECK (invited_at GLOB '????-??-??T??:??:??.??????+00:00');
ALTER TABLE users ADD COLUMN phone TEXT;
ALTER TABLE users ADD COLUMN phone_confirmed_at TEXT
    CHECK (phone_confirmed_at GLOB '????-??-??T??:??:??.??????+00:00');
ALTER TABLE users ADD COLUMN confirmation_sent_at TEXT
    CHECK (confirmation_sent_at GLOB '????-??-??T??:??:??.??????+00:00');
ALTER TABLE users ADD COLUMN recovery_sent_at TEXT
    CHECK (recovery_sent_at GLOB '????-??-??T??:??:??.??????+00:00');
-- The address that a user wants to have; empty: none.
ALTER TABLE users ADD COLUMN email_change TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email_change_sent_at TEXT
    CHECK (email_change_sent_at GLOB '????-??-??T??:??:??.??????+00:00');
-- 1: one of the two addresses has agreed to the change.
ALTER TABLE users ADD COLUMN email_change_confirm_status INTEGER NOT NULL DEFAULT 0
    CHECK (email_change_confirm_status IN (0, 1));
ALTER TABLE users ADD COLUMN reauthentication_sent_at TEXT
    CHECK (reauthentication_sent_at GLOB '????-??-??T??:??:??.??????+00:00');
ALTER TABLE users ADD COLUMN deleted_at TEXT
    CHECK (deleted_at GLOB '????-??-??T??:??:??.??????+00:00');
ALTER TABLE users ADD COLUMN is_anonymous INTEGER NOT NULL DEFAULT 0
    CHECK (is_anonymous IN (0, 1));

CREATE UNIQUE INDEX users_phone_key ON users (phone) WHERE phone IS NOT NULL;

ALTER TABLE sessions ADD COLUMN aal TEXT NOT NULL DEFAULT 'aal1' CHECK (aal IN ('aal1', 'aal2'));
-- How the person proved who they are: [{"method","timestamp"}], newest first.
ALTER TABLE sessions ADD COLUMN amr TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(amr) AND json_type(amr) = 'array');

UPDATE sessions SET amr = json_array(
    json_object('method', 'password', 'timestamp', CAST(strftime('%s', created_at) AS INTEGER)));

-- One of a kind and user: asking again replaces it.
CREATE TABLE one_time_tokens (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT one_time_tokens_kind_check CHECK (kind IN (
        'confirmation', 'recovery', 'email_change_current', 'email_change_new',
        'reauthentication')),
    address TEXT NOT NULL, -- where it was sent: the code is good with this address only
    link_digest TEXT NOT NULL UNIQUE, -- SHA-256 of the link's token, hex
    sealed_code TEXT NOT NULL, -- six digits: a digest would say them
    attempts INTEGER NOT NULL DEFAULT 0, -- wrong codes so far
    code_challenge TEXT, -- PKCE; null: the link answers with a session
    code_challenge_method TEXT CHECK (code_challenge_method IN ('s256', 'plain')),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????+00:00'),
    UNIQUE (user_id, kind),
    CHECK ((code_challenge IS NULL) = (code_challenge_method IS NULL))
) STRICT;

CREATE INDEX idx_one_time_tokens_address ON one_time_tokens (address);

-- A link was followed; whoever shows the code's verifier gets the session.
CREATE TABLE flow_states (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_digest TEXT NOT NULL UNIQUE, -- SHA-256 of the authorization code, hex
    authentication_method TEXT NOT NULL, -- the session's, as its amr names it
    code_challenge TEXT NOT NULL,
    code_challenge_method TEXT NOT NULL CHECK (code_challenge_method IN ('s256', 'plain')),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE INDEX idx_flow_states_user ON flow_states (user_id);
CREATE INDEX idx_flow_states_expires ON flow_states (expires_at);

CREATE TRIGGER one_time_tokens_guard_insert BEFORE INSERT ON one_time_tokens
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'one_time_tokens: written by the server only');
END;
CREATE TRIGGER one_time_tokens_guard_update BEFORE UPDATE ON one_time_tokens
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'one_time_tokens: written by the server only');
END;
CREATE TRIGGER one_time_tokens_guard_delete BEFORE DELETE ON one_time_tokens
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
BEGIN
    SELECT RAISE(ABORT, 'one_time_tokens: written by the server only');
END;

CREATE TRIGGER flow_states_guard_insert BEFORE INSERT ON flow_states
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'flow_states: written by the server only');
END;
CREATE TRIGGER flow_states_guard_update BEFORE UPDATE ON flow_states
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'flow_states: written by the server only');
END;
CREATE TRIGGER flow_states_guard_delete BEFORE DELETE ON flow_states
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
BEGIN
    SELECT RAISE(ABORT, 'flow_states: written by the server only');
END;
