-- What servers that share this database have in common: whose turn it is, how many attempts at
-- guessing are left, and word of what one of them changed.
-- SPDX-License-Identifier: Apache-2.0

-- A row for each thing that transactions do one after the other. What it counts means nothing: it
-- has to change.
CREATE UNLOGGED TABLE muster.turns (
    name text NOT NULL PRIMARY KEY,
    count bigint NOT NULL
);

-- The rate limits' buckets, each as the time at which it will be full again. Unlogged: a crash of
-- the database, or a standby that takes over, fills all of them.
CREATE UNLOGGED TABLE muster.attempts (
    limit_name text NOT NULL,
    key text NOT NULL, -- an address, an account
    full_at timestamptz NOT NULL,
    PRIMARY KEY (limit_name, key)
) WITH (fillfactor = 70);

-- What is left after one attempt was taken. Below 0: there was none, and so much is missing.
CREATE FUNCTION muster.take_attempt(
    wanted_limit text, wanted_key text, burst double precision, seconds_each double precision)
RETURNS double precision LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    started constant timestamptz := muster.request_time();
    apiece constant interval := seconds_each * interval '1 second';
    full_then timestamptz;
BEGIN
    INSERT INTO muster.attempts AS kept (limit_name, key, full_at)
    VALUES (wanted_limit, wanted_key, started + apiece)
    ON CONFLICT (limit_name, key) DO UPDATE SET full_at = greatest(kept.full_at, started) + apiece
        WHERE greatest(kept.full_at, started) + apiece <= started + burst * apiece
    RETURNING full_at INTO full_then;
    IF FOUND THEN
        RETURN greatest(0, burst - extract(epoch FROM full_then - started) / seconds_each);
    END IF;
    SELECT full_at INTO STRICT full_then FROM muster.attempts
    WHERE limit_name = wanted_limit AND key = wanted_key;
    RETURN least(-0.000001, burst - 1 - extract(epoch FROM full_then - started) / seconds_each);
END
$$;

-- News go to all servers that listen, once the transaction is committed. Whatever wrote is known:
-- another server, an operator's psql.
CREATE FUNCTION muster.tell_servers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('muster', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE TRIGGER api_keys_tell
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON muster.api_keys
FOR EACH STATEMENT EXECUTE FUNCTION muster.tell_servers();
CREATE TRIGGER signing_keys_tell
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON muster.signing_keys
FOR EACH STATEMENT EXECUTE FUNCTION muster.tell_servers();
CREATE TRIGGER network_jobs_tell AFTER INSERT ON muster.network_jobs
FOR EACH STATEMENT EXECUTE FUNCTION muster.tell_servers();

REVOKE ALL ON muster.turns, muster.attempts FROM PUBLIC, anon, authenticated, service_role;
REVOKE ALL ON FUNCTION
    muster.take_attempt(text, text, double precision, double precision), muster.tell_servers()
    FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON muster.turns, muster.attempts TO muster_server;
GRANT EXECUTE ON FUNCTION
    muster.take_attempt(text, text, double precision, double precision) TO muster_server;
