-- Networks of organizations: how their APIs are reached, which of them a device is on, and which
-- trust levels are still to be told to them.
-- SPDX-License-Identifier: Apache-2.0

-- Without an organization it has been removed: what must still happen there happens, then the row
-- goes.
CREATE TABLE muster.network_connections (
    id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid REFERENCES public.organizations (id) ON DELETE SET NULL,
    name text NOT NULL,
    network text NOT NULL
        CONSTRAINT network_connections_network_check
        CHECK (network IN ('tailscale', 'headscale', 'netbird')),
    base_url text NOT NULL DEFAULT '', -- empty: the network's public service
    settings text NOT NULL DEFAULT '{}', -- tailnet, user, tags, client_id, control_url
    credential text NOT NULL, -- sealed
    webhook_secret text, -- sealed
    is_default boolean NOT NULL DEFAULT false,
    event_cursor text,
    created_by text NOT NULL, -- a user's id or "service_role"; outlives the user
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX idx_network_connections_name
    ON muster.network_connections (organization_id, name);
CREATE UNIQUE INDEX idx_network_connections_default
    ON muster.network_connections (organization_id) WHERE is_default;

-- connection_id: without one it is the server's own network. announced_hostname: what the device
-- said that it would call itself there, lower case; the first one counts. ambiguity_told_at: that
-- two nodes could be the device's has been said of this key. trust_push_at, trust_pushed: when the
-- network must be told the device's trust level, and which one it was told last.
ALTER TABLE muster.network_memberships
    ADD COLUMN connection_id uuid REFERENCES muster.network_connections (id),
    ADD COLUMN announced_hostname text,
    ADD COLUMN ambiguity_told_at timestamptz,
    ADD COLUMN trust_push_at timestamptz,
    ADD COLUMN trust_pushed text;

CREATE INDEX idx_network_memberships_connection
    ON muster.network_memberships (connection_id, device_id);
CREATE INDEX idx_network_memberships_trust_push ON muster.network_memberships (trust_push_at)
    WHERE trust_push_at IS NOT NULL;

ALTER TABLE muster.network_jobs ADD COLUMN connection_id uuid;

REVOKE ALL ON muster.network_connections FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON muster.network_connections TO muster_server;

-- Whoever changed the level, and by whatever door.
CREATE FUNCTION muster.devices_push_trust() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, muster, public, pg_temp AS $$
BEGIN
    UPDATE muster.network_memberships SET trust_push_at = muster.request_time()
    WHERE device_id = NEW.id AND node_id IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER devices_push_trust AFTER UPDATE OF trust_level ON public.devices
FOR EACH ROW WHEN (NEW.trust_level <> OLD.trust_level)
EXECUTE FUNCTION muster.devices_push_trust();

-- Devices that are sent off their network: the job names the connection from now on.
CREATE OR REPLACE FUNCTION muster.leave_network(device uuid, organization uuid) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO muster.network_jobs
        (id, device_id, organization_id, network, connection_id, kind, target, next_attempt_at,
        created_at)
    SELECT muster.uuid_v7(), device, organization, network, connection_id,
        CASE WHEN node_id IS NOT NULL THEN 'remove_node' ELSE 'revoke_key' END,
        coalesce(node_id, key_id), muster.request_time(), muster.request_time()
    FROM muster.network_memberships
    WHERE device_id = device AND (node_id IS NOT NULL OR key_id IS NOT NULL);
END;

REVOKE ALL ON FUNCTION muster.devices_push_trust()
    FROM PUBLIC, anon, authenticated, service_role;
