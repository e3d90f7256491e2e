-- Divides public.device_events into months: dropping a month then costs nothing, whatever its size.
-- SPDX-License-Identifier: Apache-2.0
--
-- When: with every Muster stopped, after a backup, as the schema's owner, in one transaction:
--     psql --single-transaction --set ON_ERROR_STOP=1 --file partition_events.sql URL
-- Needs as much free disk as the table has. docs/scale.md says what it costs and brings.
--
-- What changes: the primary key becomes (id, created_at), since PostgreSQL knows no unique key without
-- the column that decides the partition; nothing refers to it. Columns, foreign key, guards, policies
-- and grants stay as they were: they are copied from the table that is there.

LOCK TABLE public.device_events IN ACCESS EXCLUSIVE MODE;

-- 1. What hangs on the table, in its own words --------------------------------------------------

CREATE TEMPORARY TABLE kept (place serial, sql text NOT NULL) ON COMMIT DROP;

INSERT INTO kept (sql)
SELECT pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = 'public.device_events'::regclass AND NOT tgisinternal ORDER BY tgname;

INSERT INTO kept (sql)
SELECT format('CREATE POLICY %I ON public.device_events AS %s FOR %s TO %s %s %s', policyname,
    permissive, cmd, array_to_string(ARRAY(SELECT quote_ident(r) FROM unnest(roles) r), ', '),
    'USING (' || qual || ')', 'WITH CHECK (' || with_check || ')')
FROM pg_policies WHERE schemaname = 'public' AND tablename = 'device_events';

INSERT INTO kept (sql)
SELECT format('GRANT %s ON public.device_events TO %s', privilege_type,
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(grantee::regrole::text) END)
FROM pg_class, aclexplode(relacl)
WHERE pg_class.oid = 'public.device_events'::regclass AND grantee <> relowner;

-- Functions whose bodies were bound to it when they were made.
INSERT INTO kept (sql)
SELECT DISTINCT pg_get_functiondef(objid) FROM pg_depend
WHERE classid = 'pg_proc'::regclass AND refobjid = 'public.device_events'::regclass;

-- 2. The new table -------------------------------------------------------------------------------

ALTER TABLE public.device_events SET SCHEMA muster;
ALTER TABLE muster.device_events RENAME TO device_events_undivided;
CREATE TABLE public.device_events (LIKE muster.device_events_undivided
    INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS INCLUDING STORAGE)
    PARTITION BY RANGE (created_at);

-- Where times fall that no month was made for.
CREATE TABLE muster.device_events_other PARTITION OF public.device_events DEFAULT;

-- Makes the months from one time to another that are missing, and moves into them what came in
-- meanwhile. Call it each month, well ahead: it then has nothing to move.
CREATE FUNCTION muster.make_event_months(since timestamptz, until timestamptz) RETURNS integer
LANGUAGE plpgsql SET TimeZone = 'UTC' AS $$
DECLARE
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    FOR month IN SELECT generate_series(date_trunc('month', since), until, '1 month') LOOP
        name := to_char(month, '"device_events_"YYYY_MM');
        CONTINUE WHEN to_regclass('muster.' || name) IS NOT NULL;
        -- The guards refuse to everybody that history is deleted; a table of its own has none of
        -- them, and gets them back with its place. Until then everybody else waits.
        IF made = 0 THEN
            ALTER TABLE public.device_events DETACH PARTITION muster.device_events_other;
        END IF;
        EXECUTE format('CREATE TABLE muster.%I (LIKE public.device_events'
            ' INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', name);
        EXECUTE format('WITH moved AS (DELETE FROM muster.device_events_other'
            ' WHERE created_at >= %L AND created_at < %L RETURNING *)'
            ' INSERT INTO muster.%I SELECT * FROM moved', month, month + interval '1 month', name);
        EXECUTE format('ALTER TABLE public.device_events ATTACH PARTITION muster.%I'
            ' FOR VALUES FROM (%L) TO (%L)', name, month, month + interval '1 month');
        made := made + 1;
    END LOOP;
    IF made > 0 THEN
        ALTER TABLE public.device_events ATTACH PARTITION muster.device_events_other DEFAULT;
    END IF;
    RETURN made;
END
$$;

-- Drops one month, and says so in every organisation's audit log. Copy it out first (\copy muster.
-- device_events_2025_01 to ...) if it must be kept. Returns how many events are gone.
CREATE FUNCTION muster.drop_event_month(month date) RETURNS bigint
LANGUAGE plpgsql SET TimeZone = 'UTC' AS $$
DECLARE
    name constant text := to_char(month, '"device_events_"YYYY_MM');
    gone bigint := 0;
    of_one record;
BEGIN
    FOR of_one IN EXECUTE format('SELECT d.organization_id, count(*) AS events FROM muster.%I e'
        ' JOIN public.devices d ON d.id = e.device_id GROUP BY d.organization_id', name) LOOP
        INSERT INTO public.audit_logs (id, organization_id, event, details)
        VALUES (muster.uuid_v7(), of_one.organization_id, 'device_events_expired',
            jsonb_build_object('month', to_char(month, 'YYYY-MM'), 'events', of_one.events));
        gone := gone + of_one.events;
    END LOOP;
    EXECUTE format('DROP TABLE muster.%I', name);
    RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION muster.make_event_months(timestamptz, timestamptz),
    muster.drop_event_month(date) FROM PUBLIC;

SELECT muster.make_event_months(coalesce(min(created_at), now()), now() + interval '3 months')
    AS months FROM muster.device_events_undivided;

-- 3. The rows, and then what slows their copying down --------------------------------------------

INSERT INTO public.device_events SELECT * FROM muster.device_events_undivided;
ALTER TABLE public.device_events ADD PRIMARY KEY (id, created_at);
CREATE INDEX idx_device_events_device_created
    ON public.device_events (device_id, created_at DESC);
ALTER TABLE public.device_events ADD CONSTRAINT device_events_device_id_fkey
    FOREIGN KEY (device_id) REFERENCES public.devices (id) ON DELETE CASCADE;
ALTER TABLE public.device_events ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT sql FROM kept ORDER BY place LOOP
        EXECUTE statement;
    END LOOP;
    IF (SELECT count(*) FROM public.device_events)
        <> (SELECT count(*) FROM muster.device_events_undivided) THEN
        RAISE EXCEPTION 'rows are missing: nothing was changed';
    END IF;
END
$$;
DROP TABLE muster.device_events_undivided;
ANALYZE public.device_events;
