// Sign-in with a password, what a session and a user look like, refreshing, signing out.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { authRefused, authenticated, isUuid } from './expect.mjs';
import { suite } from './harness.mjs';

/** Claims of a token, unverified. */
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

/** A session of the person on a client of its own: { client, session }. */
async function open(world, person = world.people.owner) {
  const client = world.client();
  const { session } = authenticated(await client.auth.signInWithPassword(person));
  return { client, session };
}

/** The access token's session still exists; its client calls a missing one by a name of its own. */
async function isAlive(world, session) {
  const { error } = await world.client().auth.getUser(session.access_token);
  if (error) assert.equal(error.name, 'AuthSessionMissingError', String(error));
  return error === null;
}

/** A token as any client may send it: the refusal of /auth/v1/token in its own words. */
async function postToken(world, grant, body, headers = {}) {
  const response = await fetch(`${world.server.url}/auth/v1/token?grant_type=${grant}`, {
    method: 'POST',
    headers: {
      apikey: world.server.keys.anon_key, 'Content-Type': 'application/json', ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

function signingIn(world) {
  test('the session', async () => {
    const { session } = await open(world);
    assert.equal(session.token_type, 'bearer');
    assert.equal(session.expires_in, 3600);
    const claims = claimsOf(session.access_token);
    assert.equal(session.expires_at, claims.exp);
    assert.equal(claims.exp - claims.iat, 3600);
    assert.equal(claims.iss, `${world.server.url}/auth/v1`);
    assert.equal(claims.sub, world.people.owner.id);
    assert.equal(claims.aud, 'authenticated');
    assert.equal(claims.role, 'authenticated');
    assert.equal(claims.email, world.people.owner.email);
    assert.equal(claims.aal, 'aal1');
    assert.equal(claims.amr[0].method, 'password');
    assert.equal(claims.is_anonymous, false);
    assert.ok(isUuid(claims.session_id));
  });

  test('the user', async () => {
    const { client, session } = await open(world);
    const { user } = authenticated(await client.auth.getUser());
    assert.deepEqual(user, session.user);
    assert.equal(user.id, world.people.owner.id);
    assert.equal(user.aud, 'authenticated');
    assert.equal(user.role, 'authenticated');
    assert.equal(user.email, world.people.owner.email);
    assert.equal(user.phone, '');
    assert.deepEqual(user.app_metadata, { provider: 'email', providers: ['email'] });
    assert.equal(typeof user.user_metadata, 'object');
    assert.equal(user.identities.length, 1);
    assert.equal(user.identities[0].provider, 'email');
    assert.equal(user.identities[0].user_id, user.id);
    for (const name of
      ['created_at', 'updated_at', 'last_sign_in_at', 'confirmed_at', 'email_confirmed_at']) {
      assert.ok(Date.parse(user[name]) <= Date.now() + 1000, `${name}: ${user[name]}`);
    }
    assert.equal(JSON.stringify(user).includes('password'), false);
  });

  test('the e-mail address in other letters', async () => {
    const { email, password } = world.people.owner;
    await open(world, { email: email.toUpperCase(), password });
  });

  for (const [name, change] of [
    ['a wrong password', { password: 'not it at all' }],
    ['nobody of that name', { email: 'nobody@example.org' }],
    ['a password in other letters', (person) => ({ password: person.password.toUpperCase() })],
  ]) {
    test(`${name}: 400, and it does not say which`, async () => {
      const { owner } = world.people;
      const changed = typeof change === 'function' ? change(owner) : change;
      const result = await world.client().auth.signInWithPassword({ ...owner, ...changed });
      authRefused(result, 400, 'invalid_credentials', 'Invalid login credentials');
      assert.equal(result.data.session, null);
    });
  }
}

function claiming(world) {
  test('getClaims verifies the session with the published keys', async () => {
    const { client, session } = await open(world);
    const { claims, header } = authenticated(await client.auth.getClaims());
    assert.equal(header.alg, 'ES256');
    assert.equal(claims.sub, session.user.id);
    assert.equal(claims.session_id, claimsOf(session.access_token).session_id);
  });

  test('getClaims refuses a token whose claims were changed', async () => {
    const { client, session } = await open(world);
    const [header, , signature] = session.access_token.split('.');
    const forged = { ...claimsOf(session.access_token), sub: world.people.admin.id };
    const payload = Buffer.from(JSON.stringify(forged)).toString('base64url');
    const result = await client.auth.getClaims(`${header}.${payload}.${signature}`);
    assert.equal(result.error?.name, 'AuthInvalidJwtError');
  });
}

function refusing(world) {
  test('getUser of no session, of a key, of garbage', async () => {
    const missing = await world.client().auth.getUser();
    assert.equal(missing.error.name, 'AuthSessionMissingError');
    authRefused(await world.client().auth.getUser(world.server.keys.anon_key), 403, 'bad_jwt',
      /missing sub claim/);
    authRefused(await world.client().auth.getUser('not.a.token'), 403, 'bad_jwt', /^invalid JWT/);
  });

  test('both shapes of an error', async () => {
    const wrong = { email: 'nobody@example.org', password: 'x'.repeat(10) };
    const legacy = await postToken(world, 'password', wrong);
    assert.equal(legacy.status, 400);
    assert.equal(legacy.body.code, 400);
    assert.equal(legacy.body.error_code, 'invalid_credentials');
    assert.equal(legacy.body.msg, 'Invalid login credentials');
    assert.equal(legacy.headers.get('x-sb-error-code'), 'invalid_credentials');
    const modern = await postToken(world, 'password', wrong,
      { 'X-Supabase-Api-Version': '2024-01-01' });
    assert.equal(modern.status, 400);
    assert.deepEqual(modern.body,
      { code: 'invalid_credentials', message: 'Invalid login credentials' });
    assert.equal(modern.headers.get('x-supabase-api-version'), '2024-01-01');
    const garbled = await postToken(world, 'password', wrong, { 'X-Supabase-Api-Version': '2024-13' });
    assert.equal(garbled.body.error_code, 'invalid_credentials');
  });

  for (const [name, grant, body, code] of [
    ['a grant that nobody knows', 'telepathy', {}, 'invalid_credentials'],
    ['no JSON', 'password', '{', 'bad_json'],
    ['an empty body', 'password', '', 'bad_json'],
    ['no password', 'password', { email: 'a@example.org' }, 'validation_failed'],
    ['a number as password', 'password', { email: 'a@example.org', password: 7 },
      'validation_failed'],
  ]) {
    test(`${name}: 400 ${code}`, async () => {
      const answer = await postToken(world, grant, body);
      assert.equal(answer.status, 400, JSON.stringify(answer.body));
      assert.equal(answer.body.error_code, code);
    });
  }
}

function refreshing(world) {
  test('a new pair of tokens for the same session', async () => {
    const { client, session } = await open(world);
    const refreshed = authenticated(await client.auth.refreshSession()).session;
    assert.notEqual(refreshed.refresh_token, session.refresh_token);
    assert.equal(claimsOf(refreshed.access_token).session_id,
      claimsOf(session.access_token).session_id);
    assert.equal(refreshed.user.id, session.user.id);
  });

  test('two tabs at once both stay signed in', async () => {
    const { session } = await open(world);
    const tabs = [world.client(), world.client()];
    const results = await Promise.all(tabs.map((tab) =>
      tab.auth.refreshSession({ refresh_token: session.refresh_token })));
    const tokens = results.map((result) => authenticated(result).session.refresh_token);
    assert.equal(tokens[0], tokens[1]);
    for (const tab of tabs) authenticated(await tab.auth.getUser());
  });

  test('an answer that got lost: the parent of the newest token gets it again', async () => {
    const { client, session } = await open(world);
    const refreshed = authenticated(await client.auth.refreshSession()).session;
    const again = await world.client().auth.refreshSession(session);
    assert.equal(authenticated(again).session.refresh_token, refreshed.refresh_token);
  });

  test('an older token is theft: refused, and the session ends', async () => {
    const { client, session } = await open(world);
    authenticated(await client.auth.refreshSession());
    const newest = authenticated(await client.auth.refreshSession()).session;
    authRefused(await world.client().auth.refreshSession(session), 400,
      'refresh_token_already_used', /Already Used/);
    const after = await world.client().auth.refreshSession(newest);
    assert.equal(after.error.status, 400);
    assert.equal(await isAlive(world, newest), false);
  });

  test('a refresh token that nobody made: 400 refresh_token_not_found', async () => {
    authRefused(await world.client().auth.refreshSession({ refresh_token: 'abc' }), 400,
      'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');
  });

  test('setSession of a session that is good', async () => {
    const { session } = await open(world);
    const other = world.client();
    const { user } = authenticated(await other.auth.setSession(session));
    assert.equal(user.id, world.people.owner.id);
    const kept = authenticated(await other.auth.getSession()).session;
    assert.equal(kept.access_token, session.access_token);
  });

  test('setSession of one that expired refreshes it', async () => {
    const { session } = await open(world);
    const [header, , signature] = session.access_token.split('.');
    const past = { ...claimsOf(session.access_token), exp: 1_700_000_000 };
    const payload = Buffer.from(JSON.stringify(past)).toString('base64url');
    const expired = {
      access_token: `${header}.${payload}.${signature}`, refresh_token: session.refresh_token,
    };
    const renewed = authenticated(await world.client().auth.setSession(expired)).session;
    assert.notEqual(renewed.refresh_token, session.refresh_token);
  });
}

function signingOut(world) {
  /** Which of two other sessions survive when the first signs out. */
  const outcome = async (options) => {
    const [here, there] = [await open(world), await open(world)];
    const { error } = await here.client.auth.signOut(options);
    assert.equal(error, null);
    const [hereLives, thereLives] =
      [await isAlive(world, here.session), await isAlive(world, there.session)];
    return { here: hereLives, there: thereLives, session: here.session };
  };

  test('everywhere, which is the default', async () => {
    const { here, there } = await outcome();
    assert.deepEqual({ here, there }, { here: false, there: false });
  });

  test('here only', async () => {
    const { here, there, session } = await outcome({ scope: 'local' });
    assert.deepEqual({ here, there }, { here: false, there: true });
    const { error } = await world.client().auth.refreshSession(session);
    assert.equal(error.status, 400);
  });

  test('everywhere else', async () => {
    const { here, there } = await outcome({ scope: 'others' });
    assert.deepEqual({ here, there }, { here: true, there: false });
  });

  test('an unknown scope: 400 validation_failed', async () => {
    const { session } = await open(world);
    const response = await fetch(`${world.server.url}/auth/v1/logout?scope=moon`, {
      method: 'POST',
      headers: {
        apikey: world.server.keys.anon_key, Authorization: `Bearer ${session.access_token}`,
      },
    });
    assert.equal(response.status, 400);
    const body = await response.json();
    assert.equal(body.error_code, 'validation_failed');
    assert.equal(body.msg, 'Unsupported logout scope "moon"');
  });

  test('the answer is 204 without a body', async () => {
    const { session } = await open(world);
    const response = await fetch(`${world.server.url}/auth/v1/logout?scope=local`, {
      method: 'POST',
      headers: {
        apikey: world.server.keys.anon_key,
        Authorization: `Bearer ${session.access_token}`,
        'Content-Type': 'application/json;charset=UTF-8',
      },
    });
    assert.equal(response.status, 204);
    assert.equal(await response.text(), '');
  });
}

suite('sessions', (world) => {
  describe('signing in', () => signingIn(world));
  describe('claims', () => claiming(world));
  describe('refusals', () => refusing(world));
  describe('refreshing', () => refreshing(world));
  describe('signing out', () => signingOut(world));
}, { AUTH_REFRESH_GRACE: '1ms' });
