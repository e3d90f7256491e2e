-- Who may see and do what through the table API: row-level security and grants. One file for both
-- databases: PostgreSQL runs it, for SQLite Muster compiles it when it starts (src/rest/policies.hpp).
-- The schema's guards stand behind it, whatever is written here.
-- SPDX-License-Identifier: Apache-2.0
--
-- get_user_org_id(uuid), get_user_role(uuid) and get_org_device_ids(uuid) are SECURITY DEFINER: they
-- look past these policies, so that no policy has to ask itself.

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.device_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.organization_tailscale_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_logs ENABLE ROW LEVEL SECURITY;

-- Grants ----------------------------------------------------------------------------------------
-- History is written by the system and changed by nobody; roles are read where they are shown.

REVOKE ALL ON public.device_events, public.audit_logs, public.user_roles
    FROM anon, authenticated, service_role;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.organizations, public.profiles, public.devices, public.organization_tailscale_config
    TO anon, authenticated, service_role;
GRANT SELECT ON public.device_events, public.audit_logs, public.user_roles
    TO anon, authenticated, service_role;
GRANT INSERT ON public.device_events, public.audit_logs TO service_role;

-- The published schema's policies, word for word ------------------------------------------------

-- Users can view their own devices
CREATE POLICY "Users can view their own devices"
ON public.devices FOR SELECT
USING (user_id = auth.uid());

-- Users can insert their own devices
CREATE POLICY "Users can insert their own devices"
ON public.devices FOR INSERT
WITH CHECK (user_id = auth.uid());

-- Users can update their own devices
CREATE POLICY "Users can update their own devices"
ON public.devices FOR UPDATE
USING (user_id = auth.uid());

-- Users can delete their own devices
CREATE POLICY "Users can delete their own devices"
ON public.devices FOR DELETE
USING (user_id = auth.uid());

-- Admins can view all devices in their org
CREATE POLICY "Admins can view devices in their org"
ON public.devices FOR SELECT
USING (
  organization_id IN (
    SELECT organization_id FROM profiles
    WHERE id = auth.uid() AND role IN ('org_admin', 'global_admin')
  )
);

-- Users can view events for their devices
CREATE POLICY "Users can view their device events"
ON public.device_events FOR SELECT
USING (
  device_id IN (
    SELECT id FROM devices WHERE user_id = auth.uid()
  )
);

-- System can insert device events
CREATE POLICY "System can insert device events"
ON public.device_events FOR INSERT
WITH CHECK (true);

-- Admins can manage Tailscale config
CREATE POLICY "Admins can manage tailscale config"
ON public.organization_tailscale_config FOR ALL
USING (
  organization_id = get_user_org_id(auth.uid())
  AND get_user_role(auth.uid()) IN ('org_admin', 'global_admin')
);

-- Ours ------------------------------------------------------------------------------------------

CREATE POLICY "Global admins can manage all devices"
ON public.devices FOR ALL
USING (get_user_role(auth.uid()) = 'global_admin');

-- The owner is one of theirs: a device of somebody else's people is nobody's to bring in.
CREATE POLICY "Admins can insert devices in their org"
ON public.devices FOR INSERT
WITH CHECK (
  get_user_role(auth.uid()) = 'org_admin'
  AND organization_id = get_user_org_id(auth.uid())
  AND get_user_org_id(user_id) = organization_id
);

-- Nor is it anybody's to give away: of people who have left, a device can be revoked or deleted.
CREATE POLICY "Admins can update devices in their org"
ON public.devices FOR UPDATE
USING (
  get_user_role(auth.uid()) = 'org_admin'
  AND organization_id = get_user_org_id(auth.uid())
)
WITH CHECK (
  get_user_role(auth.uid()) = 'org_admin'
  AND organization_id = get_user_org_id(auth.uid())
  AND (get_user_org_id(user_id) = organization_id OR status = 'revoked')
);

CREATE POLICY "Admins can delete devices in their org"
ON public.devices FOR DELETE
USING (
  get_user_role(auth.uid()) = 'org_admin'
  AND organization_id = get_user_org_id(auth.uid())
);

-- Support sees what happened to the devices, not the devices.
CREATE POLICY "Support and admins can view device events in their org"
ON public.device_events FOR SELECT
USING (
  get_user_role(auth.uid()) IN ('support', 'org_admin')
  AND device_id IN (SELECT get_org_device_ids(get_user_org_id(auth.uid())))
);

CREATE POLICY "Global admins can view all device events"
ON public.device_events FOR SELECT
USING (get_user_role(auth.uid()) = 'global_admin');

CREATE POLICY "Global admins can manage all tailscale configs"
ON public.organization_tailscale_config FOR ALL
USING (get_user_role(auth.uid()) = 'global_admin');

CREATE POLICY "Users can view their own organization"
ON public.organizations FOR SELECT
USING (id = get_user_org_id(auth.uid()));

CREATE POLICY "Global admins can manage all organizations"
ON public.organizations FOR ALL
USING (get_user_role(auth.uid()) = 'global_admin');

CREATE POLICY "Users can view their own profile"
ON public.profiles FOR SELECT
USING (id = auth.uid());

CREATE POLICY "Users can view profiles in their org"
ON public.profiles FOR SELECT
USING (organization_id = get_user_org_id(auth.uid()));

CREATE POLICY "Global admins can view all profiles"
ON public.profiles FOR SELECT
USING (get_user_role(auth.uid()) = 'global_admin');

-- Its name: a guard keeps role and organization from changing.
CREATE POLICY "Users can update their own profile"
ON public.profiles FOR UPDATE
USING (id = auth.uid());

CREATE POLICY "Admins can update profiles in their org"
ON public.profiles FOR UPDATE
USING (
  get_user_role(auth.uid()) = 'org_admin'
  AND organization_id = get_user_org_id(auth.uid())
);

CREATE POLICY "Global admins can update all profiles"
ON public.profiles FOR UPDATE
USING (get_user_role(auth.uid()) = 'global_admin');

CREATE POLICY "Support and admins can view the audit log of their org"
ON public.audit_logs FOR SELECT
USING (
  get_user_role(auth.uid()) IN ('support', 'org_admin')
  AND organization_id = get_user_org_id(auth.uid())
);

CREATE POLICY "Global admins can view all audit logs"
ON public.audit_logs FOR SELECT
USING (get_user_role(auth.uid()) = 'global_admin');
