-- What the table API changes has the history and the consequences that the same change has through
-- a use case: events, the audit log, the removal from the network. Use cases act as "server" and
-- record their own.
-- SPDX-License-Identifier: Apache-2.0

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
    INSERT INTO network_jobs (device_id, organization_id, network, kind, target)
    SELECT NEW.id, NEW.organization_id, network,
        iif(node_id IS NOT NULL, 'remove_node', 'revoke_key'), coalesce(node_id, key_id)
    FROM network_memberships
    WHERE device_id = NEW.id AND (node_id IS NOT NULL OR key_id IS NOT NULL);
    DELETE FROM trust_pins WHERE device_id = NEW.id;
    UPDATE devices
    SET trust_level = 'low', enrollment_token = NULL, tailscale_auth_key = NULL
    WHERE id = NEW.id;
    SELECT leave_system();
END;

-- A device that enrols anew proves itself anew; one that is active again keeps its node, unless the
-- removal has been tried.
CREATE TRIGGER devices_record_reactivation AFTER UPDATE OF status ON devices
WHEN OLD.status = 'revoked' AND NEW.status <> 'revoked' AND request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO device_events (device_id, event_type, details)
    VALUES (NEW.id, 'device_reactivated',
        json_object('to', NEW.status, 'by', coalesce(request_user(), request_role())));
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES (NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'device_reactivated', json_object('device_id', NEW.id, 'to', NEW.status));
    DELETE FROM trust_evidence WHERE device_id = NEW.id AND NEW.status = 'pending';
    DELETE FROM network_memberships WHERE device_id = NEW.id AND NEW.status = 'pending';
    UPDATE network_jobs SET state = 'cancelled', finished_at = now()
    WHERE device_id = NEW.id AND state = 'waiting' AND attempts = 0 AND NEW.status <> 'pending';
    SELECT leave_system();
END;

-- A level that an admin sets by itself is a pin, as through set_trust_level: the next look at the
-- evidence would undo it otherwise. Together with a status it is part of enrolling again.
CREATE TRIGGER devices_record_trust AFTER UPDATE OF trust_level ON devices
WHEN NEW.trust_level <> OLD.trust_level AND request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO device_events (device_id, event_type, details)
    VALUES (NEW.id, 'trust_level_changed',
        json_object('from', OLD.trust_level, 'to', NEW.trust_level,
            'because', iif(NEW.status = 'revoked', 'revoked', 'set through the table API'),
            'by', coalesce(request_user(), request_role())));
    INSERT INTO trust_pins (device_id, level, pinned_by, reason)
    SELECT NEW.id, NEW.trust_level, coalesce(request_user(), request_role()),
        'set through the table API'
    WHERE NEW.status = OLD.status AND NEW.status <> 'revoked'
        AND (request_role() = 'service_role'
            OR get_user_role(request_user()) IN ('org_admin', 'global_admin'))
    ON CONFLICT (device_id) DO UPDATE
    SET level = excluded.level, pinned_by = excluded.pinned_by, reason = excluded.reason,
        pinned_at = excluded.pinned_at;
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    SELECT NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'trust_level_set',
        json_object('device_id', NEW.id, 'trust_level', NEW.trust_level,
            'reason', 'set through the table API')
    WHERE NEW.status = OLD.status AND NEW.status <> 'revoked';
    SELECT leave_system();
END;

CREATE TRIGGER profiles_record_change AFTER UPDATE OF role, organization_id ON profiles
WHEN (NEW.role <> OLD.role OR NEW.organization_id IS NOT OLD.organization_id)
    AND request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    SELECT NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'user_role_changed',
        json_object('user_id', NEW.id, 'from', OLD.role, 'to', NEW.role)
    WHERE NEW.role <> OLD.role;
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    SELECT NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'user_organization_changed',
        json_object('user_id', NEW.id, 'from', OLD.organization_id, 'to', NEW.organization_id)
    WHERE NEW.organization_id IS NOT OLD.organization_id;
    SELECT leave_system();
END;

CREATE TRIGGER organizations_record_creation AFTER INSERT ON organizations
WHEN request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES (NEW.id, (SELECT id FROM profiles WHERE id = request_user()),
        'organization_created', json_object('organization_id', NEW.id));
    SELECT leave_system();
END;

-- Whose keys an organisation's devices join with is asked after an incident. The key itself stays
-- out of the log.
CREATE TRIGGER organization_tailscale_config_record_insert
AFTER INSERT ON organization_tailscale_config
WHEN request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES (NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'tailscale_config_created', json_object('config_id', NEW.id));
    SELECT leave_system();
END;
CREATE TRIGGER organization_tailscale_config_record_update
AFTER UPDATE ON organization_tailscale_config
WHEN request_role() <> 'server'
BEGIN
    SELECT enter_system();
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES (NEW.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'tailscale_config_changed',
        json_object('config_id', NEW.id,
            'key_changed', json(iif(NEW.tailscale_auth_key IS OLD.tailscale_auth_key, 'false', 'true'))));
    SELECT leave_system();
END;
CREATE TRIGGER organization_tailscale_config_record_delete
AFTER DELETE ON organization_tailscale_config
WHEN request_role() <> 'server'
    AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)
BEGIN
    SELECT enter_system();
    INSERT INTO audit_logs (organization_id, user_id, event, details)
    VALUES (OLD.organization_id, (SELECT id FROM profiles WHERE id = request_user()),
        'tailscale_config_deleted', json_object('config_id', OLD.id));
    SELECT leave_system();
END;
