-- The walls of the database: no code path above can forget them.
-- SPDX-License-Identifier: Apache-2.0
--
-- request_is_trusted(): the statement runs for the server or the service key, or inside
-- devices_leave_history below, which does the server's work whoever asked for the deletion. An
-- unknown role is not trusted. A refusal is RAISE(ABORT, ...): the driver tells it by its code.
-- REPLACE deletes rows too: the driver sets recursive_triggers, so that these triggers see it.

-- 1. Self-promotion ---------------------------------------------------------------------------

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
        WHEN NEW.organization_id IS NOT
            (SELECT organization_id FROM profiles WHERE id = request_user())
            THEN RAISE(ABORT, 'devices: a device belongs to the organisation of its owner')
    END
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = NEW.organization_id)));
END;

CREATE TRIGGER devices_guard_update BEFORE UPDATE ON devices
WHEN NOT request_is_trusted()
BEGIN
    -- An org_admin administers one organisation: only a global_admin has two to move between.
    SELECT RAISE(ABORT, 'devices: organization_id may not be changed')
    WHERE NEW.organization_id IS NOT OLD.organization_id
        AND NOT EXISTS (
            SELECT 1 FROM profiles WHERE id = request_user() AND role = 'global_admin');
    SELECT CASE
        WHEN CASE NEW.trust_level WHEN 'low' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END
            > CASE OLD.trust_level WHEN 'low' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END
            THEN RAISE(ABORT, 'devices: trust_level may only be lowered')
        WHEN OLD.status = 'revoked' AND NEW.status IS NOT 'revoked'
            THEN RAISE(ABORT, 'devices: a revoked device stays revoked')
        WHEN NEW.status IS NOT OLD.status AND NEW.status NOT IN ('pending', 'inactive')
            THEN RAISE(ABORT, 'devices: status may become only pending or inactive')
        WHEN NEW.id IS NOT OLD.id OR NEW.user_id IS NOT OLD.user_id
            OR NEW.fingerprint IS NOT OLD.fingerprint OR NEW.created_at IS NOT OLD.created_at
            OR NEW.enrolled_at IS NOT OLD.enrolled_at
            THEN RAISE(ABORT, 'devices: id, owner, fingerprint and times of record are fixed')
        WHEN NEW.tailscale_auth_key IS NOT OLD.tailscale_auth_key
            OR NEW.tailscale_hostname IS NOT OLD.tailscale_hostname
            OR NEW.tailscale_device_id IS NOT OLD.tailscale_device_id
            OR NEW.tailscale_ip IS NOT OLD.tailscale_ip
            THEN RAISE(ABORT, 'devices: tailscale columns are set by the server')
    END
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = OLD.organization_id)));
END;

CREATE TRIGGER profiles_guard_insert BEFORE INSERT ON profiles
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'profiles: only an admin adds people, and only below itself')
    WHERE NOT EXISTS (
        SELECT 1 FROM profiles
        WHERE id = request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = NEW.organization_id
                    AND NEW.role <> 'global_admin')));
END;

CREATE TRIGGER profiles_guard_update BEFORE UPDATE ON profiles
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'profiles: id may not be changed') WHERE NEW.id IS NOT OLD.id;
    SELECT RAISE(ABORT, 'profiles: role and organization_id are for admins to change')
    WHERE (NEW.role IS NOT OLD.role OR NEW.organization_id IS NOT OLD.organization_id)
        AND NOT EXISTS (
            SELECT 1 FROM profiles
            WHERE id = request_user()
                AND (role = 'global_admin'
                    OR (role = 'org_admin' AND organization_id = OLD.organization_id
                        AND organization_id = NEW.organization_id
                        AND OLD.role <> 'global_admin' AND NEW.role <> 'global_admin')));
END;

-- Leaves only with its user or its organisation; this also shuts the door of REPLACE.
CREATE TRIGGER profiles_guard_delete BEFORE DELETE ON profiles
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM users WHERE id = OLD.id)
    AND (OLD.organization_id IS NULL
        OR EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id))
BEGIN
    SELECT RAISE(ABORT, 'profiles: a profile is deleted with its user');
END;

-- 2. Forged history ---------------------------------------------------------------------------
-- Written by the system, changed by nobody. What the foreign keys do afterwards is recognised by
-- the missing parent: a foreign key acts when its parent's row is already gone.

CREATE TRIGGER device_events_guard_insert BEFORE INSERT ON device_events
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'device_events: history is written by the system');
END;

CREATE TRIGGER device_events_guard_update BEFORE UPDATE ON device_events
BEGIN
    SELECT RAISE(ABORT, 'device_events: history may not be changed');
END;

CREATE TRIGGER device_events_guard_delete BEFORE DELETE ON device_events
WHEN EXISTS (SELECT 1 FROM devices WHERE id = OLD.device_id)
BEGIN
    SELECT RAISE(ABORT, 'device_events: history may not be deleted');
END;

CREATE TRIGGER device_events_archive_guard_insert BEFORE INSERT ON device_events_archive
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'device_events_archive: history is written by the system');
END;

CREATE TRIGGER device_events_archive_guard_update BEFORE UPDATE ON device_events_archive
BEGIN
    SELECT RAISE(ABORT, 'device_events_archive: history may not be changed');
END;

CREATE TRIGGER device_events_archive_guard_delete BEFORE DELETE ON device_events_archive
BEGIN
    SELECT RAISE(ABORT, 'device_events_archive: history may not be deleted');
END;

CREATE TRIGGER audit_logs_guard_insert BEFORE INSERT ON audit_logs
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'audit_logs: history is written by the system');
END;

CREATE TRIGGER audit_logs_guard_update BEFORE UPDATE ON audit_logs
WHEN NEW.id IS NOT OLD.id OR NEW.event IS NOT OLD.event OR NEW.details IS NOT OLD.details
    OR NEW.created_at IS NOT OLD.created_at
    OR (NEW.organization_id IS NOT OLD.organization_id
        AND (NEW.organization_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)))
    OR (NEW.user_id IS NOT OLD.user_id
        AND (NEW.user_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM profiles WHERE id = OLD.user_id)))
BEGIN
    SELECT RAISE(ABORT, 'audit_logs: history may not be changed');
END;

CREATE TRIGGER audit_logs_guard_delete BEFORE DELETE ON audit_logs
BEGIN
    SELECT RAISE(ABORT, 'audit_logs: history may not be deleted');
END;

-- 3. History outlives the device --------------------------------------------------------------
-- Through every door: the table API, a use case, REPLACE, the cascade from a user or organisation.
-- audit_logs.user_id is who asked for it, the owner stands in details.

CREATE TRIGGER devices_leave_history BEFORE DELETE ON devices
BEGIN
    SELECT enter_system();
    INSERT INTO device_events_archive (id, device_id, organization_id, user_id, device_name,
        event_type, details, ip_address, created_at, archived_at)
    SELECT iif(EXISTS (SELECT 1 FROM device_events_archive a WHERE a.id = e.id),
            gen_random_uuid(), e.id),
        OLD.id, OLD.organization_id, OLD.user_id, OLD.name,
        e.event_type, e.details, e.ip_address, e.created_at, now()
    FROM device_events e WHERE e.device_id = OLD.id;
    INSERT INTO device_events_archive (id, device_id, organization_id, user_id, device_name,
        event_type, details, created_at, archived_at)
    VALUES (gen_random_uuid(), OLD.id, OLD.organization_id, OLD.user_id, OLD.name,
        'device_deleted',
        json_object('by', coalesce(request_user(), request_role()), 'status', OLD.status),
        now(), now());
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES ((SELECT id FROM organizations WHERE id = OLD.organization_id),
        (SELECT id FROM profiles WHERE id = request_user()),
        'device_deleted',
        json_object('device_id', OLD.id, 'name', OLD.name, 'user_id', OLD.user_id,
            'organization_id', OLD.organization_id,
            'by', coalesce(request_user(), request_role())));
    INSERT INTO network_jobs (device_id, organization_id, network, kind, target)
    SELECT OLD.id, OLD.organization_id, network,
        iif(node_id IS NOT NULL, 'remove_node', 'revoke_key'), coalesce(node_id, key_id)
    FROM network_memberships
    WHERE device_id = OLD.id AND (node_id IS NOT NULL OR key_id IS NOT NULL);
    SELECT leave_system();
END;

-- 4. What only the server writes ----------------------------------------------------------------
-- A row may leave with its device or user, whoever deleted that.

CREATE TRIGGER users_guard_insert BEFORE INSERT ON users
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'users: written by the server only');
END;
CREATE TRIGGER users_guard_update BEFORE UPDATE ON users
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'users: written by the server only');
END;
CREATE TRIGGER users_guard_delete BEFORE DELETE ON users
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'users: written by the server only');
END;

CREATE TRIGGER sessions_guard_insert BEFORE INSERT ON sessions
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'sessions: written by the server only');
END;
CREATE TRIGGER sessions_guard_update BEFORE UPDATE ON sessions
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'sessions: written by the server only');
END;
CREATE TRIGGER sessions_guard_delete BEFORE DELETE ON sessions
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
BEGIN
    SELECT RAISE(ABORT, 'sessions: written by the server only');
END;

CREATE TRIGGER signing_keys_guard_insert BEFORE INSERT ON signing_keys
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'signing_keys: written by the server only');
END;
CREATE TRIGGER signing_keys_guard_update BEFORE UPDATE ON signing_keys
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'signing_keys: written by the server only');
END;
CREATE TRIGGER signing_keys_guard_delete BEFORE DELETE ON signing_keys
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'signing_keys: written by the server only');
END;

CREATE TRIGGER api_keys_guard_insert BEFORE INSERT ON api_keys
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'api_keys: written by the server only');
END;
CREATE TRIGGER api_keys_guard_update BEFORE UPDATE ON api_keys
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'api_keys: written by the server only');
END;
CREATE TRIGGER api_keys_guard_delete BEFORE DELETE ON api_keys
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'api_keys: written by the server only');
END;

CREATE TRIGGER spent_tokens_guard_insert BEFORE INSERT ON spent_tokens
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'spent_tokens: written by the server only');
END;
CREATE TRIGGER spent_tokens_guard_update BEFORE UPDATE ON spent_tokens
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'spent_tokens: written by the server only');
END;
CREATE TRIGGER spent_tokens_guard_delete BEFORE DELETE ON spent_tokens
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM devices WHERE id = OLD.device_id)
BEGIN
    SELECT RAISE(ABORT, 'spent_tokens: written by the server only');
END;

CREATE TRIGGER trust_evidence_guard_insert BEFORE INSERT ON trust_evidence
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'trust_evidence: written by the server only');
END;
CREATE TRIGGER trust_evidence_guard_update BEFORE UPDATE ON trust_evidence
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'trust_evidence: written by the server only');
END;
CREATE TRIGGER trust_evidence_guard_delete BEFORE DELETE ON trust_evidence
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM devices WHERE id = OLD.device_id)
BEGIN
    SELECT RAISE(ABORT, 'trust_evidence: written by the server only');
END;

CREATE TRIGGER trust_pins_guard_insert BEFORE INSERT ON trust_pins
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'trust_pins: written by the server only');
END;
CREATE TRIGGER trust_pins_guard_update BEFORE UPDATE ON trust_pins
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'trust_pins: written by the server only');
END;
CREATE TRIGGER trust_pins_guard_delete BEFORE DELETE ON trust_pins
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM devices WHERE id = OLD.device_id)
BEGIN
    SELECT RAISE(ABORT, 'trust_pins: written by the server only');
END;

CREATE TRIGGER network_memberships_guard_insert BEFORE INSERT ON network_memberships
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_memberships: written by the server only');
END;
CREATE TRIGGER network_memberships_guard_update BEFORE UPDATE ON network_memberships
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_memberships: written by the server only');
END;
CREATE TRIGGER network_memberships_guard_delete BEFORE DELETE ON network_memberships
WHEN NOT request_is_trusted()
    AND EXISTS (SELECT 1 FROM devices WHERE id = OLD.device_id)
BEGIN
    SELECT RAISE(ABORT, 'network_memberships: written by the server only');
END;

CREATE TRIGGER network_jobs_guard_insert BEFORE INSERT ON network_jobs
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_jobs: written by the server only');
END;
CREATE TRIGGER network_jobs_guard_update BEFORE UPDATE ON network_jobs
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_jobs: written by the server only');
END;
CREATE TRIGGER network_jobs_guard_delete BEFORE DELETE ON network_jobs
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_jobs: written by the server only');
END;
