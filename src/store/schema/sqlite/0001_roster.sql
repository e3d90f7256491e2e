-- The roster: people, organisations, devices and their history.
-- SPDX-License-Identifier: Apache-2.0
--
-- uuid is TEXT in lower case, timestamptz TEXT in core::to_text's form (so that text order is time
-- order), jsonb and text[] TEXT that is checked JSON, boolean INTEGER. now(), gen_random_uuid() and
-- the request_...() functions are the driver's (store/sqlite/functions.cpp).

-- PostgreSQL's auth.users, found there under the same bare name through the search_path.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    email TEXT,
    encrypted_password TEXT,
    raw_user_meta_data TEXT DEFAULT '{}'
        CHECK (raw_user_meta_data IS NULL
            OR (json_valid(raw_user_meta_data) AND json_type(raw_user_meta_data) = 'object')),
    raw_app_meta_data TEXT DEFAULT '{}'
        CHECK (raw_app_meta_data IS NULL
            OR (json_valid(raw_app_meta_data) AND json_type(raw_app_meta_data) = 'object')),
    email_confirmed_at TEXT CHECK (email_confirmed_at GLOB '????-??-??T??:??:??.??????+00:00'),
    last_sign_in_at TEXT CHECK (last_sign_in_at GLOB '????-??-??T??:??:??.??????+00:00'),
    banned_until TEXT CHECK (banned_until GLOB '????-??-??T??:??:??.??????+00:00'),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    updated_at TEXT NOT NULL DEFAULT (now())
        CHECK (updated_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE organizations (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    name TEXT NOT NULL,
    logo_url TEXT,
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE TABLE profiles (
    id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE,
    full_name TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'user'
        CONSTRAINT profiles_role_check
        CHECK (role IN ('user', 'support', 'org_admin', 'global_admin')),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE INDEX idx_profiles_organization ON profiles (organization_id);

CREATE VIEW user_roles (id, user_id, role, created_at) AS
SELECT id, id, role, created_at FROM profiles;

CREATE TABLE devices (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    device_type TEXT NOT NULL DEFAULT 'laptop',
    os TEXT,
    fingerprint TEXT UNIQUE,
    enrollment_token TEXT UNIQUE,
    enrolled_at TEXT CHECK (enrolled_at GLOB '????-??-??T??:??:??.??????+00:00'),
    last_seen TEXT DEFAULT (now()) CHECK (last_seen GLOB '????-??-??T??:??:??.??????+00:00'),
    location TEXT,
    status TEXT NOT NULL DEFAULT 'pending'
        CONSTRAINT devices_status_check
        CHECK (status IN ('pending', 'active', 'inactive', 'revoked')),
    trust_level TEXT NOT NULL DEFAULT 'low'
        CONSTRAINT devices_trust_level_check CHECK (trust_level IN ('low', 'medium', 'high')),
    tailscale_auth_key TEXT,
    tailscale_hostname TEXT,
    tailscale_device_id TEXT,
    tailscale_ip TEXT,
    enrollment_expires_at TEXT
        CHECK (enrollment_expires_at GLOB '????-??-??T??:??:??.??????+00:00'),
    metadata TEXT DEFAULT '{}'
        CHECK (metadata IS NULL OR (json_valid(metadata) AND json_type(metadata) = 'object')),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

-- The first two are the published schema's; the first repeats the column's own unique index.
CREATE INDEX idx_devices_enrollment_token ON devices (enrollment_token)
    WHERE enrollment_token IS NOT NULL;
CREATE INDEX idx_devices_tailscale_device_id ON devices (tailscale_device_id)
    WHERE tailscale_device_id IS NOT NULL;
CREATE INDEX idx_devices_user ON devices (user_id);
CREATE INDEX idx_devices_organization_last_seen ON devices (organization_id, last_seen DESC);
-- What the sweeper asks: tokens that ran out, devices that fell silent.
CREATE INDEX idx_devices_pending_expiry ON devices (enrollment_expires_at)
    WHERE status = 'pending';
CREATE INDEX idx_devices_active_last_seen ON devices (last_seen) WHERE status = 'active';

CREATE TABLE device_events (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    device_id TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    details TEXT DEFAULT '{}'
        CHECK (details IS NULL OR (json_valid(details) AND json_type(details) = 'object')),
    ip_address TEXT,
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE INDEX idx_device_events_device_created ON device_events (device_id, created_at DESC);

-- Events whose device row is gone, with what is needed to understand them without it.
CREATE TABLE device_events_archive (
    id TEXT NOT NULL PRIMARY KEY,
    device_id TEXT NOT NULL,
    organization_id TEXT,
    user_id TEXT NOT NULL,
    device_name TEXT NOT NULL,
    event_type TEXT NOT NULL,
    details TEXT,
    ip_address TEXT,
    created_at TEXT NOT NULL,
    archived_at TEXT NOT NULL DEFAULT (now())
) STRICT;

CREATE INDEX idx_device_events_archive_device ON device_events_archive (device_id, created_at DESC);
CREATE INDEX idx_device_events_archive_organization
    ON device_events_archive (organization_id, created_at DESC);

CREATE TABLE organization_tailscale_config (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    tailscale_auth_key TEXT NOT NULL,
    tags TEXT DEFAULT '["tag:prod"]'
        CHECK (tags IS NULL OR (json_valid(tags) AND json_type(tags) = 'array')),
    description TEXT,
    is_active INTEGER DEFAULT 1 CHECK (is_active IN (0, 1)),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    expires_at TEXT CHECK (expires_at GLOB '????-??-??T??:??:??.??????+00:00'),
    created_by TEXT REFERENCES users (id),
    UNIQUE (organization_id, tailscale_auth_key)
) STRICT;

CREATE INDEX idx_organization_tailscale_config_created_by
    ON organization_tailscale_config (created_by);

CREATE TABLE audit_logs (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    organization_id TEXT REFERENCES organizations (id) ON DELETE SET NULL,
    user_id TEXT REFERENCES profiles (id) ON DELETE SET NULL,
    event TEXT NOT NULL,
    details TEXT DEFAULT '{}'
        CHECK (details IS NULL OR (json_valid(details) AND json_type(details) = 'object')),
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE INDEX idx_audit_logs_organization_created ON audit_logs (organization_id, created_at DESC);
CREATE INDEX idx_audit_logs_user ON audit_logs (user_id);
