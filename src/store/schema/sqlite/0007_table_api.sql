-- What the table API needs: what PostgreSQL's types of our columns are, which of them are secrets,
-- and the walls behind the tables that it lets callers write.
-- SPDX-License-Identifier: Apache-2.0

-- STRICT tables declare SQLite's types; views none. A column that is not listed has its declared
-- type. Secrecy: a sealed column reads as null save for the service key and is sealed when written;
-- a digest always reads as null, and the SHA-256 of what is written is stored.
CREATE TABLE column_types (
    table_name TEXT NOT NULL,
    column_name TEXT NOT NULL,
    type TEXT NOT NULL,
    secrecy TEXT NOT NULL DEFAULT 'none'
        CONSTRAINT column_types_secrecy_check CHECK (secrecy IN ('none', 'sealed', 'digest')),
    PRIMARY KEY (table_name, column_name)
) STRICT, WITHOUT ROWID;

INSERT INTO column_types (table_name, column_name, type, secrecy) VALUES
    ('users', 'id', 'uuid', 'none'),
    ('users', 'raw_user_meta_data', 'jsonb', 'none'),
    ('users', 'raw_app_meta_data', 'jsonb', 'none'),
    ('users', 'email_confirmed_at', 'timestamp with time zone', 'none'),
    ('users', 'last_sign_in_at', 'timestamp with time zone', 'none'),
    ('users', 'banned_until', 'timestamp with time zone', 'none'),
    ('users', 'created_at', 'timestamp with time zone', 'none'),
    ('users', 'updated_at', 'timestamp with time zone', 'none'),
    ('organizations', 'id', 'uuid', 'none'),
    ('organizations', 'created_at', 'timestamp with time zone', 'none'),
    ('profiles', 'id', 'uuid', 'none'),
    ('profiles', 'organization_id', 'uuid', 'none'),
    ('profiles', 'created_at', 'timestamp with time zone', 'none'),
    ('user_roles', 'id', 'uuid', 'none'),
    ('user_roles', 'user_id', 'uuid', 'none'),
    ('user_roles', 'role', 'text', 'none'),
    ('user_roles', 'created_at', 'timestamp with time zone', 'none'),
    ('devices', 'id', 'uuid', 'none'),
    ('devices', 'user_id', 'uuid', 'none'),
    ('devices', 'organization_id', 'uuid', 'none'),
    ('devices', 'enrolled_at', 'timestamp with time zone', 'none'),
    ('devices', 'last_seen', 'timestamp with time zone', 'none'),
    ('devices', 'enrollment_expires_at', 'timestamp with time zone', 'none'),
    ('devices', 'metadata', 'jsonb', 'none'),
    ('devices', 'created_at', 'timestamp with time zone', 'none'),
    ('device_events', 'id', 'uuid', 'none'),
    ('device_events', 'device_id', 'uuid', 'none'),
    ('device_events', 'details', 'jsonb', 'none'),
    ('device_events', 'created_at', 'timestamp with time zone', 'none'),
    ('device_events_archive', 'id', 'uuid', 'none'),
    ('device_events_archive', 'device_id', 'uuid', 'none'),
    ('device_events_archive', 'organization_id', 'uuid', 'none'),
    ('device_events_archive', 'user_id', 'uuid', 'none'),
    ('device_events_archive', 'details', 'jsonb', 'none'),
    ('device_events_archive', 'created_at', 'timestamp with time zone', 'none'),
    ('device_events_archive', 'archived_at', 'timestamp with time zone', 'none'),
    ('organization_tailscale_config', 'id', 'uuid', 'none'),
    ('organization_tailscale_config', 'organization_id', 'uuid', 'none'),
    ('organization_tailscale_config', 'tags', 'text[]', 'none'),
    ('organization_tailscale_config', 'is_active', 'boolean', 'none'),
    ('organization_tailscale_config', 'created_at', 'timestamp with time zone', 'none'),
    ('organization_tailscale_config', 'expires_at', 'timestamp with time zone', 'none'),
    ('organization_tailscale_config', 'created_by', 'uuid', 'none'),
    ('audit_logs', 'id', 'uuid', 'none'),
    ('audit_logs', 'organization_id', 'uuid', 'none'),
    ('audit_logs', 'user_id', 'uuid', 'none'),
    ('audit_logs', 'details', 'jsonb', 'none'),
    ('audit_logs', 'created_at', 'timestamp with time zone', 'none'),
    ('trust_policies', 'organization_id', 'uuid', 'none'),
    ('devices', 'enrollment_token', 'text', 'digest'),
    ('devices', 'tailscale_auth_key', 'text', 'sealed'),
    ('organization_tailscale_config', 'tailscale_auth_key', 'text', 'sealed');

CREATE TRIGGER column_types_guard_insert BEFORE INSERT ON column_types
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'column_types: written by the server only');
END;
CREATE TRIGGER column_types_guard_update BEFORE UPDATE ON column_types
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'column_types: written by the server only');
END;
CREATE TRIGGER column_types_guard_delete BEFORE DELETE ON column_types
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'column_types: written by the server only');
END;

-- A new device without an organisation gets its caller's. A BEFORE trigger cannot change NEW here,
-- so the guard judges the row as it will be, and devices_take_organization makes it so.

DROP TRIGGER devices_guard_insert;
CREATE TRIGGER devices_guard_insert BEFORE INSERT ON devices
WHEN NOT request_is_trusted()
BEGIN
    SELECT CASE
        WHEN NEW.status IS NOT 'pending' THEN RAISE(ABORT, 'devices: a new device is pending')
        WHEN NEW.trust_level IS NOT 'low' THEN RAISE(ABORT, 'devices: a new device has trust low')
        WHEN NEW.enrolled_at IS NOT NULL
            THEN RAISE(ABORT, 'devices: enrolled_at is set by the server')
        WHEN NEW.tailscale_auth_key IS NOT NULL OR NEW.tailscale_hostname IS NOT NULL
            OR NEW.tailscale_device_id IS NOT NULL OR NEW.tailscale_ip IS NOT NULL
            THEN RAISE(ABORT, 'devices: tailscale columns are set by the server')
        WHEN NEW.organization_id IS NOT NULL AND NEW.organization_id IS NOT
            (SELECT organization_id FROM profiles WHERE id = request_user())
            THEN RAISE(ABORT, 'devices: a device belongs to the organisation of its owner')
    END
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin'
                    AND organization_id = coalesce(NEW.organization_id, organization_id))));
END;

CREATE TRIGGER devices_take_organization AFTER INSERT ON devices
WHEN NEW.organization_id IS NULL AND NOT request_is_trusted()
BEGIN
    SELECT enter_system();
    UPDATE devices
    SET organization_id = (SELECT organization_id FROM profiles WHERE id = request_user())
    WHERE id = NEW.id;
    SELECT leave_system();
END;

CREATE TRIGGER profiles_guard_record BEFORE UPDATE OF created_at ON profiles
WHEN NEW.created_at IS NOT OLD.created_at AND NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'profiles: created_at may not be changed');
END;

-- Organisations are a global_admin's, and what hangs on one also its own org_admin's.

CREATE TRIGGER organizations_guard_insert BEFORE INSERT ON organizations
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'organizations: for a global_admin only')
    WHERE NOT EXISTS (SELECT 1 FROM profiles WHERE id = request_user() AND role = 'global_admin');
END;
CREATE TRIGGER organizations_guard_update BEFORE UPDATE ON organizations
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'organizations: for a global_admin only')
    WHERE NOT EXISTS (SELECT 1 FROM profiles WHERE id = request_user() AND role = 'global_admin');
END;
CREATE TRIGGER organizations_guard_delete BEFORE DELETE ON organizations
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'organizations: for a global_admin only')
    WHERE NOT EXISTS (SELECT 1 FROM profiles WHERE id = request_user() AND role = 'global_admin');
END;

CREATE TRIGGER organization_tailscale_config_guard_insert BEFORE INSERT ON organization_tailscale_config
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'organization_tailscale_config: for admins of the organisation')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = NEW.organization_id)));
END;
CREATE TRIGGER organization_tailscale_config_guard_update BEFORE UPDATE ON organization_tailscale_config
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'organization_tailscale_config: for admins of the organisation')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = OLD.organization_id
                    AND organization_id = NEW.organization_id)));
END;
CREATE TRIGGER organization_tailscale_config_guard_delete BEFORE DELETE ON organization_tailscale_config
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)
BEGIN
    SELECT RAISE(ABORT, 'organization_tailscale_config: for admins of the organisation')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = OLD.organization_id)));
END;

CREATE TRIGGER trust_policies_guard_insert BEFORE INSERT ON trust_policies
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'trust_policies: for admins of the organisation')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = NEW.organization_id)));
END;
CREATE TRIGGER trust_policies_guard_update BEFORE UPDATE ON trust_policies
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'trust_policies: for admins of the organisation')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = OLD.organization_id
                    AND organization_id = NEW.organization_id)));
END;
CREATE TRIGGER trust_policies_guard_delete BEFORE DELETE ON trust_policies
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)
BEGIN
    SELECT RAISE(ABORT, 'trust_policies: for admins of the organisation')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = OLD.organization_id)));
END;

-- PostgreSQL's is `security_invoker`: whoever reads it sees the profiles that it may see. Here the view
-- says so itself, as the policies of profiles do (schema/policies.sql).
DROP VIEW user_roles;
CREATE VIEW user_roles (id, user_id, role, created_at) AS
SELECT id, id, role, created_at FROM profiles
WHERE id = request_user()
    OR organization_id = (SELECT organization_id FROM profiles WHERE id = request_user())
    OR request_is_trusted()
    OR (SELECT role FROM profiles WHERE id = request_user()) = 'global_admin';
