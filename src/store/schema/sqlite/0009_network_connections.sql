-- Networks of organizations: how their APIs are reached, which of them a device is on, and which
-- trust levels are still to be told to them.
-- SPDX-License-Identifier: Apache-2.0

-- Without an organization it has been removed: what must still happen there happens, then the row
-- goes.
CREATE TABLE network_connections (
    id TEXT NOT NULL PRIMARY KEY DEFAULT (gen_random_uuid())
        CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    organization_id TEXT REFERENCES organizations (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    network TEXT NOT NULL
        CONSTRAINT network_connections_network_check
        CHECK (network IN ('tailscale', 'headscale', 'netbird')),
    base_url TEXT NOT NULL DEFAULT '', -- empty: the network's public service
    settings TEXT NOT NULL DEFAULT '{}', -- tailnet, user, tags, client_id, control_url
    credential TEXT NOT NULL, -- sealed
    webhook_secret TEXT, -- sealed
    is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    event_cursor TEXT,
    created_by TEXT NOT NULL, -- a user's id or "service_role"; outlives the user
    created_at TEXT NOT NULL DEFAULT (now())
        CHECK (created_at GLOB '????-??-??T??:??:??.??????+00:00'),
    updated_at TEXT NOT NULL DEFAULT (now())
        CHECK (updated_at GLOB '????-??-??T??:??:??.??????+00:00')
) STRICT;

CREATE UNIQUE INDEX idx_network_connections_name ON network_connections (organization_id, name);
CREATE UNIQUE INDEX idx_network_connections_default ON network_connections (organization_id)
    WHERE is_default;

-- Without a connection it is the server's own network.
ALTER TABLE network_memberships
    ADD COLUMN connection_id TEXT REFERENCES network_connections (id);
-- What the device said that it would call itself there, lower case; the first one counts.
ALTER TABLE network_memberships ADD COLUMN announced_hostname TEXT;
-- That two nodes could be the device's has been said of this key.
ALTER TABLE network_memberships ADD COLUMN ambiguity_told_at TEXT
    CHECK (ambiguity_told_at GLOB '????-??-??T??:??:??.??????+00:00');
-- When the network must be told the device's trust level, and which one it was told last.
ALTER TABLE network_memberships ADD COLUMN trust_push_at TEXT
    CHECK (trust_push_at GLOB '????-??-??T??:??:??.??????+00:00');
ALTER TABLE network_memberships ADD COLUMN trust_pushed TEXT;

CREATE INDEX idx_network_memberships_connection
    ON network_memberships (connection_id, device_id);
CREATE INDEX idx_network_memberships_trust_push ON network_memberships (trust_push_at)
    WHERE trust_push_at IS NOT NULL;

ALTER TABLE network_jobs ADD COLUMN connection_id TEXT;

CREATE TRIGGER network_connections_guard_insert BEFORE INSERT ON network_connections
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_connections: written by the server only');
END;
CREATE TRIGGER network_connections_guard_update BEFORE UPDATE ON network_connections
WHEN NOT request_is_trusted()
    AND (NEW.organization_id IS NOT NULL
        OR EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id))
BEGIN
    SELECT RAISE(ABORT, 'network_connections: written by the server only');
END;
CREATE TRIGGER network_connections_guard_delete BEFORE DELETE ON network_connections
WHEN NOT request_is_trusted()
BEGIN
    SELECT RAISE(ABORT, 'network_connections: written by the server only');
END;

-- Whoever changed the level, and by whatever door.
CREATE TRIGGER devices_push_trust AFTER UPDATE OF trust_level ON devices
WHEN NEW.trust_level <> OLD.trust_level
BEGIN
    SELECT enter_system();
    UPDATE network_memberships SET trust_push_at = now()
    WHERE device_id = NEW.id AND node_id IS NOT NULL;
    SELECT leave_system();
END;

-- The two triggers that send devices off their network name the connection from now on.
DROP TRIGGER devices_leave_history;
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
    INSERT INTO network_jobs (device_id, organization_id, network, connection_id, kind, target)
    SELECT OLD.id, OLD.organization_id, network, connection_id,
        iif(node_id IS NOT NULL, 'remove_node', 'revoke_key'), coalesce(node_id, key_id)
    FROM network_memberships
    WHERE device_id = OLD.id AND (node_id IS NOT NULL OR key_id IS NOT NULL);
    SELECT leave_system();
END;

DROP TRIGGER devices_record_revocation;
CREATE TRIGGER devices_record_revocation AFTER UPDATE OF status ON devices
WHEN NEW.status = 'revoked' AND OLD.status <> 'revoked' AND request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO device_events (device_id, event_type, details)
    VALUES (NEW.id, 'device_revoked',
        json_object('from', OLD.status, 'reason', NULL,
            'by', coalesce(request_user(), request_role())));
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES (NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'device_revoked', json_object('device_id', NEW.id, 'reason', ''));
    INSERT INTO network_jobs (device_id, organization_id, network, connection_id, kind, target)
    SELECT NEW.id, NEW.organization_id, network, connection_id,
        iif(node_id IS NOT NULL, 'remove_node', 'revoke_key'), coalesce(node_id, key_id)
    FROM network_memberships
    WHERE device_id = NEW.id AND (node_id IS NOT NULL OR key_id IS NOT NULL);
    DELETE FROM trust_pins WHERE device_id = NEW.id;
    UPDATE devices
    SET trust_level = 'low', enrollment_token = NULL, tailscale_auth_key = NULL
    WHERE id = NEW.id;
    SELECT leave_system();
END;
