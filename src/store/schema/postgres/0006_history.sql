-- History outlives the device, and what the table API changes has the history and the consequences
-- that the same change has through a use case: events, the audit log, the removal from the network.
-- Use cases act as "server" and record their own.
-- SPDX-License-Identifier: Apache-2.0
--
-- The functions are SECURITY DEFINER: the system writes, whoever the caller is. That caller is
-- still what request_role() and request_user() say. All WHENs of changes leave the server out.

-- Who did it, as history names it.
CREATE FUNCTION muster.request_name() RETURNS text LANGUAGE sql STABLE
RETURN coalesce(muster.request_user()::text, muster.request_role());

CREATE FUNCTION muster.record_event(device uuid, type text, details jsonb) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO public.device_events (id, device_id, event_type, details, created_at)
    VALUES (muster.uuid_v7(), device, type, record_event.details, muster.request_time());
END;

CREATE FUNCTION muster.record_audit(organization uuid, event text, details jsonb) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO public.audit_logs (id, organization_id, user_id, event, details, created_at)
    VALUES (muster.uuid_v7(), organization,
        (SELECT id FROM public.profiles WHERE id = muster.request_user()),
        record_audit.event, record_audit.details, muster.request_time());
END;

CREATE FUNCTION muster.leave_network(device uuid, organization uuid) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO muster.network_jobs
        (id, device_id, organization_id, network, kind, target, next_attempt_at, created_at)
    SELECT muster.uuid_v7(), device, organization, network,
        CASE WHEN node_id IS NOT NULL THEN 'remove_node' ELSE 'revoke_key' END,
        coalesce(node_id, key_id), muster.request_time(), muster.request_time()
    FROM muster.network_memberships
    WHERE device_id = device AND (node_id IS NOT NULL OR key_id IS NOT NULL);
END;

-- 1. A device that is deleted -------------------------------------------------------------------
-- Through every door: the table API, a use case, the cascade from a user or organisation.
-- audit_logs.user_id is who asked for it, the owner stands in details.

CREATE FUNCTION muster.devices_leave_history() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    INSERT INTO muster.device_events_archive (id, device_id, organization_id, user_id, device_name,
        event_type, details, ip_address, created_at, archived_at)
    SELECT CASE
            WHEN EXISTS (SELECT FROM muster.device_events_archive a WHERE a.id = e.id)
            THEN muster.uuid_v7() ELSE e.id
        END,
        OLD.id, OLD.organization_id, OLD.user_id, OLD.name,
        e.event_type, e.details, e.ip_address, e.created_at, muster.request_time()
    FROM public.device_events e WHERE e.device_id = OLD.id;
    INSERT INTO muster.device_events_archive (id, device_id, organization_id, user_id, device_name,
        event_type, details, created_at, archived_at)
    VALUES (muster.uuid_v7(), OLD.id, OLD.organization_id, OLD.user_id, OLD.name, 'device_deleted',
        jsonb_build_object('by', muster.request_name(), 'status', OLD.status),
        muster.request_time(), muster.request_time());
    PERFORM muster.record_audit(
        (SELECT id FROM public.organizations WHERE id = OLD.organization_id), 'device_deleted',
        jsonb_build_object('device_id', OLD.id, 'name', OLD.name, 'user_id', OLD.user_id,
            'organization_id', OLD.organization_id, 'by', muster.request_name()));
    PERFORM muster.leave_network(OLD.id, OLD.organization_id);
    RETURN OLD;
END
$$;

CREATE TRIGGER devices_leave_history BEFORE DELETE ON public.devices
FOR EACH ROW EXECUTE FUNCTION muster.devices_leave_history();

-- 2. A device that is changed through the table API -----------------------------------------------

CREATE FUNCTION muster.devices_record_revocation() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    PERFORM muster.record_event(NEW.id, 'device_revoked',
        jsonb_build_object('from', OLD.status, 'reason', NULL, 'by', muster.request_name()));
    PERFORM muster.record_audit(NEW.organization_id, 'device_revoked',
        jsonb_build_object('device_id', NEW.id, 'reason', ''));
    PERFORM muster.leave_network(NEW.id, NEW.organization_id);
    DELETE FROM muster.trust_pins WHERE device_id = NEW.id;
    UPDATE public.devices
    SET trust_level = 'low', enrollment_token = NULL, tailscale_auth_key = NULL
    WHERE id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER devices_record_revocation AFTER UPDATE OF status ON public.devices
FOR EACH ROW WHEN (NEW.status = 'revoked' AND OLD.status <> 'revoked'
    AND muster.request_role() <> 'server')
EXECUTE FUNCTION muster.devices_record_revocation();

-- A device that enrols anew proves itself anew; one that is active again keeps its node, unless the
-- removal has been tried.
CREATE FUNCTION muster.devices_record_reactivation() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    PERFORM muster.record_event(NEW.id, 'device_reactivated',
        jsonb_build_object('to', NEW.status, 'by', muster.request_name()));
    PERFORM muster.record_audit(NEW.organization_id, 'device_reactivated',
        jsonb_build_object('device_id', NEW.id, 'to', NEW.status));
    IF NEW.status = 'pending' THEN
        DELETE FROM muster.trust_evidence WHERE device_id = NEW.id;
        DELETE FROM muster.network_memberships WHERE device_id = NEW.id;
    ELSE
        UPDATE muster.network_jobs SET state = 'cancelled', finished_at = muster.request_time()
        WHERE device_id = NEW.id AND state = 'waiting' AND attempts = 0;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER devices_record_reactivation AFTER UPDATE OF status ON public.devices
FOR EACH ROW WHEN (OLD.status = 'revoked' AND NEW.status <> 'revoked'
    AND muster.request_role() <> 'server')
EXECUTE FUNCTION muster.devices_record_reactivation();

-- A level that an admin sets by itself is a pin, as through set_trust_level: the next look at the
-- evidence would undo it otherwise. Together with a status it is part of enrolling again.
CREATE FUNCTION muster.devices_record_trust() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
DECLARE
    reason constant text := 'set through the table API';
BEGIN
    PERFORM muster.record_event(NEW.id, 'trust_level_changed',
        jsonb_build_object('from', OLD.trust_level, 'to', NEW.trust_level,
            'because', CASE NEW.status WHEN 'revoked' THEN 'revoked' ELSE reason END,
            'by', muster.request_name()));
    IF NEW.status <> OLD.status OR NEW.status = 'revoked' THEN RETURN NULL; END IF;
    IF muster.request_role() = 'service_role'
        OR public.get_user_role(muster.request_user()) IN ('org_admin', 'global_admin') THEN
        INSERT INTO muster.trust_pins (device_id, level, pinned_by, reason, pinned_at)
        VALUES (NEW.id, NEW.trust_level, muster.request_name(), reason, muster.request_time())
        ON CONFLICT ON CONSTRAINT trust_pins_pkey DO UPDATE
        SET level = excluded.level, pinned_by = excluded.pinned_by, reason = excluded.reason,
            pinned_at = excluded.pinned_at;
    END IF;
    PERFORM muster.record_audit(NEW.organization_id, 'trust_level_set',
        jsonb_build_object('device_id', NEW.id, 'trust_level', NEW.trust_level,
            'reason', reason));
    RETURN NULL;
END
$$;

CREATE TRIGGER devices_record_trust AFTER UPDATE OF trust_level ON public.devices
FOR EACH ROW WHEN (NEW.trust_level <> OLD.trust_level AND muster.request_role() <> 'server')
EXECUTE FUNCTION muster.devices_record_trust();

-- 3. People and organisations ---------------------------------------------------------------------

CREATE FUNCTION muster.profiles_record_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    IF NEW.role <> OLD.role THEN
        PERFORM muster.record_audit(NEW.organization_id, 'user_role_changed',
            jsonb_build_object('user_id', NEW.id, 'from', OLD.role, 'to', NEW.role));
    END IF;
    IF NEW.organization_id IS DISTINCT FROM OLD.organization_id THEN
        PERFORM muster.record_audit(NEW.organization_id, 'user_organization_changed',
            jsonb_build_object('user_id', NEW.id,
                'from', OLD.organization_id, 'to', NEW.organization_id));
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER profiles_record_change AFTER UPDATE OF role, organization_id ON public.profiles
FOR EACH ROW WHEN ((NEW.role <> OLD.role
        OR NEW.organization_id IS DISTINCT FROM OLD.organization_id)
    AND muster.request_role() <> 'server')
EXECUTE FUNCTION muster.profiles_record_change();

CREATE FUNCTION muster.organizations_record_creation() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    PERFORM muster.record_audit(NEW.id, 'organization_created',
        jsonb_build_object('organization_id', NEW.id));
    RETURN NULL;
END
$$;

CREATE TRIGGER organizations_record_creation AFTER INSERT ON public.organizations
FOR EACH ROW WHEN (muster.request_role() <> 'server')
EXECUTE FUNCTION muster.organizations_record_creation();

-- Whose keys an organisation's devices join with is asked after an incident. The key itself stays
-- out of the log. What goes with its organisation leaves no row: who deleted that is audited.
CREATE FUNCTION muster.organization_tailscale_config_record() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN
            PERFORM muster.record_audit(NEW.organization_id, 'tailscale_config_created',
                jsonb_build_object('config_id', NEW.id));
        WHEN 'UPDATE' THEN
            PERFORM muster.record_audit(NEW.organization_id, 'tailscale_config_changed',
                jsonb_build_object('config_id', NEW.id,
                    'key_changed', NEW.tailscale_auth_key <> OLD.tailscale_auth_key));
        WHEN 'DELETE' THEN
            IF EXISTS (SELECT FROM public.organizations WHERE id = OLD.organization_id) THEN
                PERFORM muster.record_audit(OLD.organization_id, 'tailscale_config_deleted',
                    jsonb_build_object('config_id', OLD.id));
            END IF;
    END CASE;
    RETURN NULL;
END
$$;

CREATE TRIGGER organization_tailscale_config_record
AFTER INSERT OR UPDATE OR DELETE ON public.organization_tailscale_config
FOR EACH ROW WHEN (muster.request_role() <> 'server')
EXECUTE FUNCTION muster.organization_tailscale_config_record();

-- Nobody may execute these by himself or hang one on a table of his own, save what triggers' WHENs
-- ask as the caller, whoever that is; an operator's may too.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA muster FROM PUBLIC, anon, authenticated, service_role;
GRANT EXECUTE ON FUNCTION muster.request_role(), muster.request_user(),
    muster.request_is_trusted(), muster.request_time() TO PUBLIC;
