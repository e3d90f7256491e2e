-- Who gets in: sessions of people and their second factors, codes and links on their way, keys of
-- the server, enrolment tokens that were used.
-- SPDX-License-Identifier: Apache-2.0
--
-- Only the server has rights on these tables; no trigger has to repeat that.

CREATE TABLE muster.sessions (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    refresh_key text NOT NULL, -- sealed
    refresh_counter bigint NOT NULL DEFAULT 0,
    refreshed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    not_after timestamptz,
    user_agent text,
    ip_address text,
    aal text NOT NULL DEFAULT 'aal1' CONSTRAINT sessions_aal_check CHECK (aal IN ('aal1', 'aal2')),
    -- How the person proved who they are: [{"method","timestamp"}], newest first.
    amr jsonb NOT NULL DEFAULT '[]'
        CONSTRAINT sessions_amr_check CHECK (jsonb_typeof(amr) = 'array'),
    -- The factor that raised the session to aal2: without it the session falls back.
    factor_id uuid
);

CREATE INDEX idx_sessions_user ON muster.sessions (user_id);

-- One of a kind and user: asking again replaces it.
CREATE TABLE muster.one_time_tokens (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT one_time_tokens_kind_check CHECK (kind IN (
        'confirmation', 'recovery', 'email_change_current', 'email_change_new',
        'reauthentication')),
    address text NOT NULL, -- where it was sent: the code is good with this address only
    link_digest text NOT NULL UNIQUE, -- SHA-256 of the link's token, hex
    sealed_code text NOT NULL, -- six digits: a digest would say them
    attempts bigint NOT NULL DEFAULT 0, -- wrong codes so far
    code_challenge text, -- PKCE; null: the link answers with a session
    code_challenge_method text CONSTRAINT one_time_tokens_code_challenge_method_check
        CHECK (code_challenge_method IN ('s256', 'plain')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    UNIQUE (user_id, kind),
    CONSTRAINT one_time_tokens_challenge_check
        CHECK ((code_challenge IS NULL) = (code_challenge_method IS NULL))
);

CREATE INDEX idx_one_time_tokens_address ON muster.one_time_tokens (address);

-- A link was followed; whoever shows the code's verifier gets the session.
CREATE TABLE muster.flow_states (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    code_digest text NOT NULL UNIQUE, -- SHA-256 of the authorization code, hex
    authentication_method text NOT NULL, -- the session's, as its amr names it
    code_challenge text NOT NULL,
    code_challenge_method text NOT NULL CONSTRAINT flow_states_code_challenge_method_check
        CHECK (code_challenge_method IN ('s256', 'plain')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE INDEX idx_flow_states_user ON muster.flow_states (user_id);
CREATE INDEX idx_flow_states_expires ON muster.flow_states (expires_at);

CREATE TABLE muster.mfa_factors (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    friendly_name text NOT NULL DEFAULT '',
    factor_type text NOT NULL DEFAULT 'totp'
        CONSTRAINT mfa_factors_factor_type_check CHECK (factor_type = 'totp'),
    status text NOT NULL DEFAULT 'unverified'
        CONSTRAINT mfa_factors_status_check CHECK (status IN ('unverified', 'verified')),
    secret text NOT NULL, -- sealed
    last_used_step bigint NOT NULL DEFAULT 0, -- 30-second period of the newest accepted code
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_challenged_at timestamptz,
    UNIQUE (user_id, friendly_name)
);

CREATE TABLE muster.mfa_challenges (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    factor_id uuid NOT NULL REFERENCES muster.mfa_factors (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ip_address text
);

CREATE INDEX idx_mfa_challenges_factor ON muster.mfa_challenges (factor_id, created_at DESC);

CREATE TABLE muster.signing_keys (
    id text NOT NULL PRIMARY KEY, -- the key's kid
    algorithm text NOT NULL,
    private_key text NOT NULL, -- sealed
    created_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz
);

CREATE TABLE muster.api_keys (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    role text NOT NULL CONSTRAINT api_keys_role_check CHECK (role IN ('anon', 'service_role')),
    key_digest text NOT NULL UNIQUE,
    sealed_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    -- jwt: signed, with a role claim; opaque: sb_publishable_... and sb_secret_...
    kind text NOT NULL DEFAULT 'jwt'
        CONSTRAINT api_keys_kind_check CHECK (kind IN ('jwt', 'opaque'))
);

CREATE TABLE muster.spent_tokens (
    token_digest text NOT NULL PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES public.devices (id) ON DELETE CASCADE,
    spent_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE INDEX idx_spent_tokens_device ON muster.spent_tokens (device_id);
CREATE INDEX idx_spent_tokens_expires ON muster.spent_tokens (expires_at);

REVOKE ALL ON muster.sessions, muster.one_time_tokens, muster.flow_states, muster.mfa_factors,
    muster.mfa_challenges, muster.signing_keys, muster.api_keys, muster.spent_tokens
    FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON muster.sessions, muster.one_time_tokens, muster.flow_states, muster.mfa_factors,
    muster.mfa_challenges, muster.signing_keys, muster.api_keys, muster.spent_tokens
    TO muster_server;
