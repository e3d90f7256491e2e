-- The walls of the database: no code path above can forget them, nor can a policy.
-- SPDX-License-Identifier: Apache-2.0
--
-- WHEN decides who is looked at, as the caller; the functions are SECURITY DEFINER, since what they
-- ask of other rows must not depend on which of them the caller may see. Foreign keys act as the
-- tables' owner, who is trusted. A refusal is 42501 with the constraint's name muster_guard.

-- Whether the caller is a global_admin, or the org_admin of this organisation.
CREATE FUNCTION muster.request_administers(organization uuid) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.profiles
        WHERE id = muster.request_user()
            AND (role = 'global_admin'
                OR (role = 'org_admin' AND organization_id = organization)));
END;

CREATE FUNCTION muster.request_is_global_admin() RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM public.profiles WHERE id = muster.request_user() AND role = 'global_admin');
END;

CREATE FUNCTION muster.refuse(refusal text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF refusal IS NOT NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = refusal, ERRCODE = '42501', CONSTRAINT = 'muster_guard';
    END IF;
END
$$;

-- What nobody may who gets here: the refusal is the trigger's argument.
CREATE FUNCTION muster.guard_refuse() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    PERFORM muster.refuse(TG_ARGV[0]);
    RETURN NULL;
END
$$;

-- 1. Self-promotion ---------------------------------------------------------------------------

-- A new device without an organisation gets its caller's, before it is judged.
CREATE FUNCTION muster.devices_guard_insert() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
DECLARE
    callers_organization constant uuid :=
        (SELECT organization_id FROM public.profiles WHERE id = muster.request_user());
BEGIN
    NEW.organization_id := coalesce(NEW.organization_id, callers_organization);
    IF muster.request_administers(NEW.organization_id) THEN RETURN NEW; END IF;
    PERFORM muster.refuse(CASE
        WHEN NEW.status IS DISTINCT FROM 'pending' THEN 'devices: a new device is pending'
        WHEN NEW.trust_level IS DISTINCT FROM 'low' THEN 'devices: a new device has trust low'
        WHEN NEW.enrolled_at IS NOT NULL THEN 'devices: enrolled_at is set by the server'
        WHEN NEW.tailscale_auth_key IS NOT NULL OR NEW.tailscale_hostname IS NOT NULL
            OR NEW.tailscale_device_id IS NOT NULL OR NEW.tailscale_ip IS NOT NULL
            THEN 'devices: tailscale columns are set by the server'
        WHEN NEW.organization_id IS DISTINCT FROM callers_organization
            THEN 'devices: a device belongs to the organisation of its owner'
    END);
    RETURN NEW;
END
$$;

CREATE TRIGGER devices_guard_insert BEFORE INSERT ON public.devices
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.devices_guard_insert();

CREATE FUNCTION muster.devices_guard_update() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    -- An org_admin administers one organisation: only a global_admin has two to move between.
    IF NEW.organization_id IS DISTINCT FROM OLD.organization_id
        AND NOT muster.request_is_global_admin() THEN
        PERFORM muster.refuse('devices: organization_id may not be changed');
    END IF;
    IF muster.request_administers(OLD.organization_id) THEN RETURN NEW; END IF;
    PERFORM muster.refuse(CASE
        WHEN CASE NEW.trust_level WHEN 'low' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END
            > CASE OLD.trust_level WHEN 'low' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END
            THEN 'devices: trust_level may only be lowered'
        WHEN OLD.status = 'revoked' AND NEW.status IS DISTINCT FROM 'revoked'
            THEN 'devices: a revoked device stays revoked'
        WHEN NEW.status IS DISTINCT FROM OLD.status AND NEW.status NOT IN ('pending', 'inactive')
            THEN 'devices: status may become only pending or inactive'
        WHEN (NEW.id, NEW.user_id, NEW.fingerprint, NEW.created_at, NEW.enrolled_at)
            IS DISTINCT FROM
            (OLD.id, OLD.user_id, OLD.fingerprint, OLD.created_at, OLD.enrolled_at)
            THEN 'devices: id, owner, fingerprint and times of record are fixed'
        WHEN (NEW.tailscale_auth_key, NEW.tailscale_hostname, NEW.tailscale_device_id,
                NEW.tailscale_ip)
            IS DISTINCT FROM
            (OLD.tailscale_auth_key, OLD.tailscale_hostname, OLD.tailscale_device_id,
                OLD.tailscale_ip)
            THEN 'devices: tailscale columns are set by the server'
    END);
    RETURN NEW;
END
$$;

CREATE TRIGGER devices_guard_update BEFORE UPDATE ON public.devices
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.devices_guard_update();

CREATE FUNCTION muster.profiles_guard_insert() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    IF NOT muster.request_is_global_admin()
        AND (NEW.role = 'global_admin' OR NOT muster.request_administers(NEW.organization_id)) THEN
        PERFORM muster.refuse('profiles: only an admin adds people, and only below itself');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER profiles_guard_insert BEFORE INSERT ON public.profiles
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.profiles_guard_insert();

CREATE FUNCTION muster.profiles_guard_update() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    PERFORM muster.refuse(CASE
        WHEN NEW.id <> OLD.id THEN 'profiles: id may not be changed'
        WHEN NEW.created_at IS DISTINCT FROM OLD.created_at
            THEN 'profiles: created_at may not be changed'
    END);
    IF (NEW.role, NEW.organization_id) IS NOT DISTINCT FROM (OLD.role, OLD.organization_id)
        OR muster.request_is_global_admin() THEN
        RETURN NEW;
    END IF;
    IF OLD.role = 'global_admin' OR NEW.role = 'global_admin'
        OR NOT muster.request_administers(OLD.organization_id)
        OR NEW.organization_id IS DISTINCT FROM OLD.organization_id THEN
        PERFORM muster.refuse('profiles: role and organization_id are for admins to change');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER profiles_guard_update BEFORE UPDATE ON public.profiles
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.profiles_guard_update();

-- Leaves only with its user or its organisation.
CREATE TRIGGER profiles_guard_delete BEFORE DELETE ON public.profiles
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.guard_refuse('profiles: a profile is deleted with its user');

-- 2. Forged history ---------------------------------------------------------------------------
-- Written by the system, changed by nobody. What the foreign keys do afterwards is recognised by
-- the missing parent: a foreign key acts when its parent's row is already gone.

CREATE TRIGGER device_events_guard_insert BEFORE INSERT ON public.device_events
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.guard_refuse('device_events: history is written by the system');

CREATE TRIGGER device_events_guard_update BEFORE UPDATE ON public.device_events
FOR EACH ROW EXECUTE FUNCTION muster.guard_refuse('device_events: history may not be changed');

CREATE FUNCTION muster.device_events_guard_delete() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.devices WHERE id = OLD.device_id) THEN
        PERFORM muster.refuse('device_events: history may not be deleted');
    END IF;
    RETURN OLD;
END
$$;

CREATE TRIGGER device_events_guard_delete BEFORE DELETE ON public.device_events
FOR EACH ROW EXECUTE FUNCTION muster.device_events_guard_delete();

CREATE TRIGGER device_events_archive_guard_insert BEFORE INSERT ON muster.device_events_archive
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.guard_refuse('device_events_archive: history is written by the system');

CREATE TRIGGER device_events_archive_guard_update BEFORE UPDATE ON muster.device_events_archive
FOR EACH ROW
EXECUTE FUNCTION muster.guard_refuse('device_events_archive: history may not be changed');

CREATE TRIGGER device_events_archive_guard_delete BEFORE DELETE ON muster.device_events_archive
FOR EACH ROW
EXECUTE FUNCTION muster.guard_refuse('device_events_archive: history may not be deleted');

CREATE TRIGGER audit_logs_guard_insert BEFORE INSERT ON public.audit_logs
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.guard_refuse('audit_logs: history is written by the system');

CREATE FUNCTION muster.audit_logs_guard_update() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.event, NEW.details, NEW.created_at)
            IS DISTINCT FROM (OLD.id, OLD.event, OLD.details, OLD.created_at)
        OR (NEW.organization_id IS DISTINCT FROM OLD.organization_id
            AND (NEW.organization_id IS NOT NULL
                OR EXISTS (SELECT FROM public.organizations WHERE id = OLD.organization_id)))
        OR (NEW.user_id IS DISTINCT FROM OLD.user_id
            AND (NEW.user_id IS NOT NULL
                OR EXISTS (SELECT FROM public.profiles WHERE id = OLD.user_id))) THEN
        PERFORM muster.refuse('audit_logs: history may not be changed');
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER audit_logs_guard_update BEFORE UPDATE ON public.audit_logs
FOR EACH ROW EXECUTE FUNCTION muster.audit_logs_guard_update();

CREATE TRIGGER audit_logs_guard_delete BEFORE DELETE ON public.audit_logs
FOR EACH ROW EXECUTE FUNCTION muster.guard_refuse('audit_logs: history may not be deleted');

-- TRUNCATE asks no row.
CREATE TRIGGER device_events_guard_truncate BEFORE TRUNCATE ON public.device_events
FOR EACH STATEMENT
EXECUTE FUNCTION muster.guard_refuse('device_events: history may not be deleted');
CREATE TRIGGER device_events_archive_guard_truncate
BEFORE TRUNCATE ON muster.device_events_archive FOR EACH STATEMENT
EXECUTE FUNCTION muster.guard_refuse('device_events_archive: history may not be deleted');
CREATE TRIGGER audit_logs_guard_truncate BEFORE TRUNCATE ON public.audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION muster.guard_refuse('audit_logs: history may not be deleted');

-- 3. What belongs to an organisation ------------------------------------------------------------
-- Organisations are a global_admin's, and what hangs on one also its own org_admin's.

CREATE FUNCTION muster.organizations_guard() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    IF NOT muster.request_is_global_admin() THEN
        PERFORM muster.refuse('organizations: for a global_admin only');
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;

CREATE TRIGGER organizations_guard BEFORE INSERT OR UPDATE OR DELETE ON public.organizations
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.organizations_guard();

-- Of tables with a column organization_id.
CREATE FUNCTION muster.organization_guard() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    IF (TG_OP <> 'INSERT' AND NOT muster.request_administers(OLD.organization_id))
        OR (TG_OP <> 'DELETE' AND NOT muster.request_administers(NEW.organization_id)) THEN
        PERFORM muster.refuse(format('%s: for admins of the organisation', TG_TABLE_NAME));
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;

CREATE TRIGGER organization_tailscale_config_guard
BEFORE INSERT OR UPDATE OR DELETE ON public.organization_tailscale_config
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.organization_guard();

CREATE TRIGGER trust_policies_guard BEFORE INSERT OR UPDATE OR DELETE ON muster.trust_policies
FOR EACH ROW WHEN (NOT muster.request_is_trusted())
EXECUTE FUNCTION muster.organization_guard();
