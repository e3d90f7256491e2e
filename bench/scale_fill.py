"""Fills a PostgreSQL with a roster of any size, on the server's side; bench/scale.py measures it."""
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import os
import sys
import time

from throwaway import psql

DEVICES_A_USER = 10
# History of a year, so that it has twelve months; ids are ordered by time, as the server's own are.
BEGIN = "(date_trunc('day', now()) - interval '365 days')"
YEAR_S = 365 * 86400

# Triggers and foreign keys look at each row: what is written here is right by construction.
_QUICKLY = ("SET session_replication_role = replica; SET synchronous_commit = off;"
            "SET work_mem = '256MB';")

_FUNCTIONS = """
CREATE SCHEMA bench;
CREATE FUNCTION bench.organization(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid;
CREATE FUNCTION bench.person(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN ('20000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid;
-- Milliseconds first, as in every UUID of version 7.
CREATE FUNCTION bench.id_of(at timestamptz, n bigint) RETURNS uuid LANGUAGE sql STABLE
RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008'
    || lpad(to_hex(n), 15, '0'))::uuid;
CREATE TABLE bench.device_ids (n bigint PRIMARY KEY, id uuid NOT NULL);
"""

_PEOPLE = """
INSERT INTO public.organizations (id, name)
SELECT bench.organization(n), 'Organization ' || n FROM generate_series(0, {organizations} - 1) n;
INSERT INTO auth.users (id, email, email_confirmed_at)
SELECT bench.person(n), 'person-' || n || '@example.com', now()
FROM generate_series(0, {people} - 1) n;
INSERT INTO public.profiles (id, organization_id, full_name, role)
SELECT bench.person(n), bench.organization(n % {organizations}), 'Person ' || n,
    CASE WHEN n < {organizations} THEN 'org_admin'
        WHEN n < 2 * {organizations} THEN 'support' ELSE 'user' END
FROM generate_series(0, {people} - 1) n;
-- Beside them, with the next number.
INSERT INTO auth.users (id, email, email_confirmed_at)
VALUES (bench.person({people}), 'global-admin@example.com', now());
INSERT INTO public.profiles (id, full_name, role)
VALUES (bench.person({people}), 'Global admin', 'global_admin');
"""

# Of twenty devices fifteen are on the network, two have fallen silent, one is pending, one revoked,
# one has its fingerprint only.
_DEVICES = """
INSERT INTO bench.device_ids
SELECT n, bench.id_of({begin} + n * interval '1 second' * {seconds_a_device}, n)
FROM generate_series({first}, {last}) n;
INSERT INTO public.devices (id, user_id, organization_id, name, device_type, os, fingerprint,
    enrollment_token, enrolled_at, last_seen, status, trust_level, tailscale_hostname,
    tailscale_device_id, tailscale_ip, enrollment_expires_at, metadata, created_at)
SELECT d.id, bench.person(n % {people}), bench.organization(n % {organizations}), 'Laptop ' || n,
    (ARRAY['laptop', 'desktop', 'mobile', 'tablet'])[1 + n % 4], 'Debian GNU/Linux 12',
    CASE WHEN kind <> 18 THEN 'bench-' || md5(n::text) END,
    CASE WHEN kind = 18 THEN encode(sha256(n::text::bytea), 'hex') END,
    CASE WHEN kind <> 18 THEN at END,
    CASE WHEN kind IN (15, 16) THEN now() - interval '40 days' ELSE now() END
        - (n * 7919 % 500000) * interval '1 second',
    CASE WHEN kind < 15 THEN 'active' WHEN kind < 17 THEN 'inactive' WHEN kind = 17 THEN 'active'
        WHEN kind = 18 THEN 'pending' ELSE 'revoked' END,
    CASE WHEN kind < 15 THEN 'high' WHEN kind IN (15, 16, 17) THEN 'medium' ELSE 'low' END,
    CASE WHEN kind < 17 THEN 'laptop-' || n END, CASE WHEN kind < 17 THEN 'node-' || n END,
    CASE WHEN kind < 17 THEN '100.64.0.1' END, at + interval '1 day',
    jsonb_build_object('created_by', bench.person(n % {people}), 'tailscale_online', kind < 15,
        'tailscale_tags', jsonb_build_array('tag:prod')),
    at
FROM bench.device_ids d, LATERAL (SELECT n % 20 AS kind, {begin} + n * interval '1 second'
    * {seconds_a_device} AS at) AS made
WHERE n BETWEEN {first} AND {last};
INSERT INTO muster.trust_evidence (device_id, kind, provenance, observed_at, source)
SELECT id, 'fingerprint', 'claimed', now(), 'verify' FROM bench.device_ids
WHERE n BETWEEN {first} AND {last} AND n % 20 <> 18
UNION ALL
SELECT id, 'network_connection', 'seen', now(), 'tailscale' FROM bench.device_ids
WHERE n BETWEEN {first} AND {last} AND n % 20 < 17;
INSERT INTO muster.network_memberships (device_id, network, key_id, node_id, hostname, confirmed_at)
SELECT id, 'tailscale', 'key-' || n, 'node-' || n, 'laptop-' || n, now() FROM bench.device_ids
WHERE n BETWEEN {first} AND {last} AND n % 20 < 17;
INSERT INTO public.audit_logs (id, organization_id, user_id, event, details, created_at)
SELECT id, bench.organization(n % {organizations}), NULL, 'device_enrolled_tailscale',
    jsonb_build_object('device_id', id, 'network', 'tailscale'),
    {begin} + n * interval '1 second' * {seconds_a_device}
FROM bench.device_ids WHERE n BETWEEN {first} AND {last};
"""

_EVENTS = """
INSERT INTO public.device_events (id, device_id, event_type, details, ip_address, created_at)
SELECT bench.id_of(at, e), d.id,
    (ARRAY['trust_level_changed', 'device_inactive', 'device_active', 'tailscale_connected'])
        [1 + e / {devices} % 4],
    CASE e / {devices} % 4
        WHEN 0 THEN '{{"from": "medium", "to": "high", "because": "network connection confirmed"}}'
        WHEN 1 THEN '{{"last_seen": "2026-01-01T00:00:00+00:00"}}'
        WHEN 2 THEN '{{"from": "inactive"}}'
        ELSE '{{"network": "tailscale", "tailscale_device_id": "node", "hostname": "laptop",'
            ' "ip": "100.64.0.1", "tags": ["tag:prod"]}}' END::jsonb,
    '192.0.2.1', at
FROM generate_series({first}::bigint, {last}) e
JOIN bench.device_ids d ON d.n = e % {devices},
LATERAL (SELECT {begin} + e * interval '1 second' * {seconds_an_event} AS at) AS happened;
"""

# An index that is made afterwards costs a tenth of one that is kept up to date.
_INDEXES_AWAY = """
ALTER TABLE public.device_events DROP CONSTRAINT device_events_pkey;
DROP INDEX public.idx_device_events_device_created;
"""
_INDEXES_BACK = (
    "ALTER TABLE public.device_events ADD CONSTRAINT device_events_pkey PRIMARY KEY (id);",
    "CREATE INDEX idx_device_events_device_created"
    " ON public.device_events (device_id, created_at DESC);",
    "VACUUM (ANALYZE, PARALLEL 0);",
    "GRANT USAGE ON SCHEMA bench TO PUBLIC; GRANT SELECT ON bench.device_ids TO PUBLIC;",
)


class Roster:
    """How large it is, and what its rows are called."""

    def __init__(self, devices, events, organizations):
        self.devices, self.events, self.organizations = devices, events, organizations
        self.people = max(devices // DEVICES_A_USER // organizations, 3) * organizations

    def values(self, first, last):
        return {"begin": BEGIN, "devices": self.devices, "organizations": self.organizations,
                "people": self.people, "first": first, "last": last,
                "last_turn": max(self.events // self.devices, 1) - 1,
                "seconds_a_device": YEAR_S / self.devices,
                "seconds_an_event": YEAR_S / max(self.events, 1)}


def _say(text, began):
    print(f"  {time.monotonic() - began:4.0f} s: {text}", file=sys.stderr)


def _in_batches(url, sql, roster, name, count, began):
    """Several at once, one for each processor."""
    batch = max(count // 20, 1)

    def run(first):
        last = min(first + batch, count) - 1
        psql(url, _QUICKLY + "BEGIN;" + sql.format(**roster.values(first, last)) + "COMMIT;")
        return last + 1 - first
    done = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        try:
            for rows in pool.map(run, range(0, count, batch)):
                done += rows
                _say(f"{done:,} {name}", began)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def fill(url, roster):
    began = time.monotonic()
    psql(url, _FUNCTIONS + _QUICKLY + _PEOPLE.format(**roster.values(0, 0)))
    _say(f"{roster.people:,} people", began)
    _in_batches(url, _DEVICES, roster, "devices", roster.devices, began)
    psql(url, "ANALYZE bench.device_ids;" + _INDEXES_AWAY)
    _in_batches(url, _EVENTS, roster, "events", roster.events, began)
    for statement in _INDEXES_BACK:
        psql(url, statement)
        _say(statement.split("(")[0].strip(), began)
