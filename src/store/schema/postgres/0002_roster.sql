-- The roster: organisations, people, devices and their history, as the published schema has them.
-- SPDX-License-Identifier: Apache-2.0
--
-- devices, device_events and organization_tailscale_config are the published text; what Muster adds
-- to them follows as ALTER TABLE. Every referencing column has an index that begins with it.

CREATE TABLE public.organizations (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    logo_url TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);

CREATE TABLE public.profiles (
    id UUID PRIMARY KEY REFERENCES auth.users(id) ON DELETE CASCADE,
    organization_id UUID REFERENCES public.organizations(id) ON DELETE CASCADE,
    full_name TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'user'
        CONSTRAINT profiles_role_check
        CHECK (role IN ('user', 'support', 'org_admin', 'global_admin')),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);

CREATE INDEX idx_profiles_organization ON public.profiles (organization_id);

-- Whoever reads it sees the profiles that it may see.
CREATE VIEW public.user_roles (id, user_id, role, created_at) WITH (security_invoker = true) AS
SELECT id, id, role, created_at FROM public.profiles;

CREATE TABLE public.devices (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id UUID REFERENCES auth.users(id) ON DELETE CASCADE NOT NULL,
  organization_id UUID REFERENCES public.organizations(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  device_type TEXT NOT NULL DEFAULT 'laptop',
  os TEXT,
  fingerprint TEXT UNIQUE,
  enrollment_token TEXT UNIQUE,
  enrolled_at TIMESTAMP WITH TIME ZONE,
  last_seen TIMESTAMP WITH TIME ZONE DEFAULT now(),
  location TEXT,
  status TEXT NOT NULL DEFAULT 'pending',
  trust_level TEXT NOT NULL DEFAULT 'low',
  tailscale_auth_key TEXT,
  tailscale_hostname TEXT,
  tailscale_device_id TEXT,
  tailscale_ip TEXT,
  enrollment_expires_at TIMESTAMP WITH TIME ZONE,
  metadata JSONB DEFAULT '{}'::jsonb,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);

CREATE INDEX idx_devices_enrollment_token
  ON public.devices(enrollment_token)
  WHERE enrollment_token IS NOT NULL;

CREATE INDEX idx_devices_tailscale_device_id
  ON public.devices(tailscale_device_id)
  WHERE tailscale_device_id IS NOT NULL;

ALTER TABLE public.devices
    ADD CONSTRAINT devices_status_check
        CHECK (status IN ('pending', 'active', 'inactive', 'revoked')),
    ADD CONSTRAINT devices_trust_level_check CHECK (trust_level IN ('low', 'medium', 'high')),
    ADD CONSTRAINT devices_metadata_check CHECK (jsonb_typeof(metadata) = 'object');

CREATE INDEX idx_devices_user ON public.devices (user_id);
CREATE INDEX idx_devices_organization_last_seen
    ON public.devices (organization_id, last_seen DESC);
-- The roster's pages of an organisation: newest ids first.
CREATE INDEX idx_devices_organization_id ON public.devices (organization_id, id);
-- What the sweeper asks: tokens that ran out, devices that fell silent.
CREATE INDEX idx_devices_pending_expiry ON public.devices (enrollment_expires_at)
    WHERE status = 'pending';
CREATE INDEX idx_devices_active_last_seen ON public.devices (last_seen) WHERE status = 'active';

CREATE TABLE public.device_events (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  device_id UUID REFERENCES public.devices(id) ON DELETE CASCADE NOT NULL,
  event_type TEXT NOT NULL,
  details JSONB DEFAULT '{}'::jsonb,
  ip_address TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);

ALTER TABLE public.device_events
    ADD CONSTRAINT device_events_details_check CHECK (jsonb_typeof(details) = 'object');

CREATE INDEX idx_device_events_device_created
    ON public.device_events (device_id, created_at DESC);

-- Events whose device row is gone, with what is needed to understand them without it.
CREATE TABLE muster.device_events_archive (
    id uuid NOT NULL PRIMARY KEY,
    device_id uuid NOT NULL,
    organization_id uuid,
    user_id uuid NOT NULL,
    device_name text NOT NULL,
    event_type text NOT NULL,
    details jsonb,
    ip_address text,
    created_at timestamptz NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_device_events_archive_device
    ON muster.device_events_archive (device_id, created_at DESC);
CREATE INDEX idx_device_events_archive_organization
    ON muster.device_events_archive (organization_id, created_at DESC);

CREATE TABLE public.organization_tailscale_config (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id UUID NOT NULL REFERENCES public.organizations(id) ON DELETE CASCADE,
  tailscale_auth_key TEXT NOT NULL,
  tags TEXT[] DEFAULT ARRAY['tag:prod'],
  description TEXT,
  is_active BOOLEAN DEFAULT true,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
  expires_at TIMESTAMP WITH TIME ZONE,
  created_by UUID REFERENCES auth.users(id),
  UNIQUE(organization_id, tailscale_auth_key)
);

CREATE INDEX idx_organization_tailscale_config_created_by
    ON public.organization_tailscale_config (created_by);

CREATE TABLE public.audit_logs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id UUID REFERENCES public.organizations(id) ON DELETE SET NULL,
    user_id UUID REFERENCES public.profiles(id) ON DELETE SET NULL,
    event TEXT NOT NULL,
    details JSONB DEFAULT '{}'::jsonb
        CONSTRAINT audit_logs_details_check CHECK (jsonb_typeof(details) = 'object'),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()
);

CREATE INDEX idx_audit_logs_organization_created
    ON public.audit_logs (organization_id, created_at DESC);
CREATE INDEX idx_audit_logs_organization_id ON public.audit_logs (organization_id, id);
CREATE INDEX idx_audit_logs_user ON public.audit_logs (user_id);

-- The API's timestamps have four digits of year, and the type has 'infinity' besides: without
-- these, one caller's value would make a row that nobody's list can be read past.
ALTER TABLE public.organizations ADD CONSTRAINT organizations_times_check
    CHECK (created_at >= '0001-01-01Z' AND created_at < '10000-01-01Z');
ALTER TABLE public.profiles ADD CONSTRAINT profiles_times_check
    CHECK (created_at >= '0001-01-01Z' AND created_at < '10000-01-01Z');
ALTER TABLE public.devices ADD CONSTRAINT devices_times_check
    CHECK (enrolled_at >= '0001-01-01Z' AND enrolled_at < '10000-01-01Z'
        AND last_seen >= '0001-01-01Z' AND last_seen < '10000-01-01Z'
        AND enrollment_expires_at >= '0001-01-01Z' AND enrollment_expires_at < '10000-01-01Z'
        AND created_at >= '0001-01-01Z' AND created_at < '10000-01-01Z');
ALTER TABLE public.device_events ADD CONSTRAINT device_events_times_check
    CHECK (created_at >= '0001-01-01Z' AND created_at < '10000-01-01Z');
ALTER TABLE public.organization_tailscale_config
    ADD CONSTRAINT organization_tailscale_config_times_check
    CHECK (created_at >= '0001-01-01Z' AND created_at < '10000-01-01Z'
        AND expires_at >= '0001-01-01Z' AND expires_at < '10000-01-01Z');
ALTER TABLE public.audit_logs ADD CONSTRAINT audit_logs_times_check
    CHECK (created_at >= '0001-01-01Z' AND created_at < '10000-01-01Z');

-- What policies ask. SECURITY DEFINER: they look past the policies, so that no policy has to ask
-- itself.

CREATE FUNCTION public.get_user_org_id(uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT organization_id FROM public.profiles WHERE id = $1;
END;

CREATE FUNCTION public.get_user_role(uuid) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT role FROM public.profiles WHERE id = $1;
END;

CREATE FUNCTION public.get_org_device_ids(uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT id FROM public.devices WHERE organization_id = $1;
END;

-- Rights ----------------------------------------------------------------------------------------
-- What callers may is policies.sql's to say; a project's default privileges would say ALL.

REVOKE ALL ON public.organizations, public.profiles, public.user_roles, public.devices,
    public.device_events, public.organization_tailscale_config, public.audit_logs,
    muster.device_events_archive
    FROM PUBLIC, anon, authenticated, service_role;

GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.organizations, public.profiles, public.devices, public.organization_tailscale_config
    TO muster_server;
GRANT SELECT, INSERT ON public.device_events, public.audit_logs, muster.device_events_archive
    TO muster_server;
GRANT SELECT ON public.user_roles TO muster_server;

-- The server decides by itself what it does; so does whoever has the service key.
CREATE POLICY "The server and the service key do everything" ON public.organizations
    TO muster_server, service_role USING (true) WITH CHECK (true);
CREATE POLICY "The server and the service key do everything" ON public.profiles
    TO muster_server, service_role USING (true) WITH CHECK (true);
CREATE POLICY "The server and the service key do everything" ON public.devices
    TO muster_server, service_role USING (true) WITH CHECK (true);
CREATE POLICY "The server and the service key do everything" ON public.device_events
    TO muster_server, service_role USING (true) WITH CHECK (true);
CREATE POLICY "The server and the service key do everything"
    ON public.organization_tailscale_config
    TO muster_server, service_role USING (true) WITH CHECK (true);
CREATE POLICY "The server and the service key do everything" ON public.audit_logs
    TO muster_server, service_role USING (true) WITH CHECK (true);
