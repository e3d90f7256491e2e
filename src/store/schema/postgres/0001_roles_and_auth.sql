-- Who may be in the database, who is asking, and the accounts: schemas auth and muster, the roles.
-- SPDX-License-Identifier: Apache-2.0
--
-- Runs for a superuser, for a database's owner with CREATEROLE, and inside a Supabase project,
-- where most of auth and three of the roles are there already. Migrations qualify every name
-- except now() and gen_random_uuid(): the connection's search_path decides whose clock the defaults
-- read. Bodies written as RETURN or BEGIN ATOMIC are bound here, whatever the caller's path is.

CREATE SCHEMA IF NOT EXISTS auth;
CREATE SCHEMA IF NOT EXISTS muster;

-- Roles -----------------------------------------------------------------------------------------
-- They are the cluster's, not the database's: another database's migration may be making them too.

DO $roles$
DECLARE
    wanted text;
    -- From 16 on a member may be one that cannot SET ROLE.
    membership constant text := CASE
        WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER'
    END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['anon', 'authenticated', 'service_role', 'muster_server'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT %s', wanted,
                    CASE wanted WHEN 'service_role' THEN 'BYPASSRLS' ELSE '' END);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    -- Policies of its own give service_role what BYPASSRLS would.
                    BEGIN
                        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
                    EXCEPTION
                        WHEN duplicate_object OR unique_violation THEN NULL;
                    END;
            END;
        END IF;
        IF NOT pg_catalog.pg_has_role(current_user, wanted, membership) THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            EXCEPTION
                WHEN unique_violation THEN NULL;
                -- Whoever migrates need not be whoever serves.
                WHEN insufficient_privilege THEN NULL;
            END;
        END IF;
    END LOOP;
END
$roles$;

GRANT USAGE ON SCHEMA muster TO anon, authenticated, service_role, muster_server;

-- auth, where it is missing ---------------------------------------------------------------------

DO $auth$
BEGIN
    IF to_regprocedure('auth.uid()') IS NULL THEN
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        RETURN nullif(coalesce(
            nullif(current_setting('request.jwt.claim.sub', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'), '')::uuid;
    END IF;
    IF to_regprocedure('auth.role()') IS NULL THEN
        CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
        RETURN coalesce(
            nullif(current_setting('request.jwt.claim.role', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role');
    END IF;
    IF to_regprocedure('auth.email()') IS NULL THEN
        CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
        RETURN coalesce(
            nullif(current_setting('request.jwt.claim.email', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email');
    END IF;
    IF to_regprocedure('auth.jwt()') IS NULL THEN
        CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
        RETURN coalesce(
            nullif(current_setting('request.jwt.claim', true), ''),
            nullif(current_setting('request.jwt.claims', true), ''))::jsonb;
    END IF;
    -- A project's own auth has its own grants, and this role may not be the one to change them.
    IF pg_catalog.pg_has_role(current_user,
        (SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'auth'), 'USAGE') THEN
        GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role, muster_server;
    END IF;
END
$auth$;

-- GoTrue's names and types, as far as Muster keeps them.
DO $users$
BEGIN
    IF to_regclass('auth.users') IS NULL THEN
        CREATE TABLE auth.users (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            email varchar(255),
            encrypted_password varchar(255),
            raw_user_meta_data jsonb DEFAULT '{}' CONSTRAINT users_raw_user_meta_data_check
                CHECK (jsonb_typeof(raw_user_meta_data) = 'object'),
            raw_app_meta_data jsonb DEFAULT '{}' CONSTRAINT users_raw_app_meta_data_check
                CHECK (jsonb_typeof(raw_app_meta_data) = 'object'),
            email_confirmed_at timestamptz,
            last_sign_in_at timestamptz,
            banned_until timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            invited_at timestamptz,
            phone text CONSTRAINT users_phone_key UNIQUE,
            phone_confirmed_at timestamptz,
            confirmation_sent_at timestamptz,
            recovery_sent_at timestamptz,
            email_change varchar(255) NOT NULL DEFAULT '',
            email_change_sent_at timestamptz,
            email_change_confirm_status smallint NOT NULL DEFAULT 0
                CONSTRAINT users_email_change_confirm_status_check
                CHECK (email_change_confirm_status IN (0, 1)),
            reauthentication_sent_at timestamptz,
            deleted_at timestamptz,
            is_anonymous boolean NOT NULL DEFAULT false
        );
        CREATE UNIQUE INDEX users_email_key ON auth.users (lower(email));
    ELSE
        -- GoTrue indexes the address as it is written; without this one a sign-in reads the table.
        CREATE INDEX IF NOT EXISTS users_lower_email_idx ON auth.users (lower(email));
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        IF to_regclass('auth.users') IS NULL THEN RAISE; END IF;
END
$users$;

-- What SQL says when it says `users`: this path's first schema is muster, so a project's own
-- public.users is never meant. Some of GoTrue's columns have no default.
CREATE VIEW muster.users AS
SELECT id, email, encrypted_password, raw_user_meta_data, raw_app_meta_data, email_confirmed_at,
    last_sign_in_at, banned_until, created_at, updated_at, invited_at, phone, phone_confirmed_at,
    confirmation_sent_at, recovery_sent_at, email_change, email_change_sent_at,
    email_change_confirm_status, reauthentication_sent_at, deleted_at, is_anonymous
FROM auth.users;
ALTER VIEW muster.users ALTER COLUMN id SET DEFAULT gen_random_uuid();
ALTER VIEW muster.users ALTER COLUMN created_at SET DEFAULT now();
ALTER VIEW muster.users ALTER COLUMN updated_at SET DEFAULT now();

-- The request -----------------------------------------------------------------------------------
-- No subqueries and no SET: so these are inlined where triggers and policies ask them.

-- The role that was asked for: inside a SECURITY DEFINER function it is still the caller's.
CREATE FUNCTION muster.request_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE coalesce(nullif(current_setting('role'), 'none'), session_user::text)
    WHEN 'muster_server' THEN 'server'
    ELSE coalesce(nullif(current_setting('role'), 'none'), session_user::text)
END;

CREATE FUNCTION muster.request_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN auth.uid();

-- The server, the service key, and whoever has the rights of this schema's owner (nobody else may
-- create in it): functions of ours that do the server's work, and what foreign keys do by
-- themselves. An unknown role is not trusted.
CREATE FUNCTION muster.request_is_trusted() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_user IN ('muster_server', 'service_role')
    OR has_schema_privilege('muster', 'CREATE');

CREATE FUNCTION muster.request_time() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    nullif(current_setting('muster.time', true), '')::timestamptz, pg_catalog.now());

-- As base::make_uuid writes them: 48 bits of milliseconds, 12 of their fraction. The next 30 are
-- the microseconds since the transaction began: its own rows keep their order.
CREATE FUNCTION muster.uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT (lpad(to_hex(at / 1000), 12, '0')
        || to_hex(28672 + at % 1000 * 4096 / 1000)
        || to_hex(2147483648 + greatest(0, least(elapsed, 1073741823)))
        || right(pg_catalog.gen_random_uuid()::text, 8))::uuid
    FROM (SELECT
        (extract(epoch FROM muster.request_time()) * 1000000)::bigint AS at,
        (extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000000)::bigint
            AS elapsed) AS times;
END;

-- The record of these scripts. The driver makes it before the first of them; psql would not.
CREATE TABLE IF NOT EXISTS muster.schema_migrations (
    name text NOT NULL PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

REVOKE ALL ON muster.schema_migrations, muster.users
    FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT ON muster.schema_migrations TO muster_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON muster.users TO muster_server;
