// Sign-up where addresses need no confirmation, and what signed-in people change about themselves.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { authRefused, authenticated, isUuid, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

const password = 'correct horse battery staple';
const newAddress = () => `${randomUUID()}@example.org`;

/** Somebody new who is signed in: { client, email, user }. */
async function join(world, options = {}) {
  const client = world.client();
  const email = newAddress();
  const { user } = authenticated(await client.auth.signUp({ email, password, options }));
  return { client, email, user };
}

function signingUp(world) {
  test('a session at once', async () => {
    const client = world.client();
    const email = newAddress();
    const { user, session } = authenticated(await client.auth.signUp({
      email, password,
      options: { data: { full_name: 'Ana López' }, emailRedirectTo: 'http://localhost:3000/' },
    }));
    assert.ok(session.access_token && session.refresh_token);
    assert.equal(session.expires_in, 3600);
    assert.ok(isUuid(user.id));
    assert.equal(user.email, email);
    assert.equal(user.user_metadata.full_name, 'Ana López');
    assert.equal(user.user_metadata.email, email);
    assert.equal(user.user_metadata.sub, user.id);
    assert.deepEqual(user.app_metadata, { provider: 'email', providers: ['email'] });
    assert.equal(user.identities.length, 1);
    authenticated(await client.auth.getUser());
    await world.signIn({ email, password });
  });

  test('their profile has role user and their name, whatever they send', async () => {
    const data = { full_name: 'Eve', role: 'global_admin', organization_id: world.organizations.a };
    const { client, user } = await join(world, { data });
    const profile = succeeded(await client.from('profiles').select().eq('id', user.id).single());
    assert.equal(profile.role, 'user');
    assert.equal(profile.full_name, 'Eve');
    assert.equal(profile.organization_id, null);
  });

  test('an address that is taken: 422 user_already_exists', async () => {
    const { email } = world.people.owner;
    for (const taken of [email, email.toUpperCase()]) {
      authRefused(await world.client().auth.signUp({ email: taken, password }), 422,
        'user_already_exists', 'User already registered');
    }
  });

  for (const [name, fields, status, code] of [
    ['a password that is too short', { password: 'abc' }, 422, 'weak_password'],
    // Who names neither address nor number asks for an account without a name.
    ['no address', { email: '' }, 422, 'anonymous_provider_disabled'],
    ['an address that is none', { email: 'not an address' }, 400, 'validation_failed'],
  ]) {
    test(`${name}: ${status} ${code}`, async () => {
      const result = await world.client().auth.signUp({ email: newAddress(), password, ...fields });
      authRefused(result, status, code);
      assert.equal(result.data.user, null);
    });
  }

  test('a weak password says why', async () => {
    const { error } = await world.client().auth.signUp({ email: newAddress(), password: 'abc' });
    assert.equal(error.name, 'AuthWeakPasswordError');
    assert.deepEqual(error.reasons, ['length']);
    assert.match(error.message, /^Password should be at least \d+ characters\.$/);
  });

  test('no name, no password: 422 anonymous_provider_disabled', async () => {
    authRefused(await world.client().auth.signInAnonymously(), 422, 'anonymous_provider_disabled');
  });
}

function changing(world) {
  test('one\'s own data', async () => {
    const { client } = await join(world, { data: { theme: 'dark' } });
    const { user } = authenticated(
      await client.auth.updateUser({ data: { theme: 'light', nested: { a: [1] } } }));
    assert.equal(user.user_metadata.theme, 'light');
    assert.deepEqual(user.user_metadata.nested, { a: [1] });
    const again = authenticated(await client.auth.getUser()).user;
    assert.deepEqual(again.user_metadata, user.user_metadata);
  });

  test('one\'s own password', async () => {
    const { client, email } = await join(world);
    const elsewhere = await world.signIn({ email, password });
    authenticated(await client.auth.updateUser({ password: 'another long password' }));
    authRefused(await world.client().auth.signInWithPassword({ email, password }), 400,
      'invalid_credentials');
    await world.signIn({ email, password: 'another long password' });
    authenticated(await client.auth.getUser());
    assert.equal((await elsewhere.auth.refreshSession()).error?.status, 400);
  });

  test('the same password: 422 same_password', async () => {
    const { client } = await join(world);
    authRefused(await client.auth.updateUser({ password }), 422, 'same_password',
      'New password should be different from the old password.');
  });

  test('a password that is too short: 422 weak_password', async () => {
    const { client } = await join(world);
    authRefused(await client.auth.updateUser({ password: 'abc' }), 422, 'weak_password');
  });

  test('an address that is taken: 422 email_exists', async () => {
    const { client } = await join(world);
    authRefused(await client.auth.updateUser({ email: world.people.owner.email }), 422,
      'email_exists');
  });

  test('nobody changes what the server says about them', async () => {
    const { client, user } = await join(world);
    const response = await fetch(`${world.server.url}/auth/v1/user`, {
      method: 'PUT',
      headers: {
        apikey: world.server.keys.anon_key,
        Authorization: `Bearer ${(await client.auth.getSession()).data.session.access_token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ app_metadata: { role: 'admin' }, role: 'service_role' }),
    });
    assert.ok(response.status < 500);
    const after = authenticated(await client.auth.getUser()).user;
    assert.deepEqual(after.app_metadata, user.app_metadata);
    assert.equal(after.role, 'authenticated');
  });
}

function describing(world) {
  const get = async (path) => {
    const response = await fetch(`${world.server.url}/auth/v1/${path}`,
      { headers: { apikey: world.server.keys.anon_key } });
    assert.equal(response.status, 200);
    return { headers: response.headers, body: await response.json() };
  };

  test('settings', async () => {
    const { body } = await get('settings');
    assert.equal(body.external.email, true);
    assert.equal(body.external.phone, false);
    assert.equal(body.disable_signup, false);
    assert.equal(body.mailer_autoconfirm, true);
  });

  test('health', async () => {
    const { body } = await get('health');
    assert.equal(body.name, 'GoTrue');
    assert.ok(body.version && body.description);
  });

  test('public keys', async () => {
    const { headers, body } = await get('.well-known/jwks.json');
    assert.equal(headers.get('cache-control'), 'public, max-age=600');
    assert.equal(body.keys[0].alg, 'ES256');
    assert.ok(body.keys[0].kid);
    assert.equal(body.keys[0].d, undefined);
  });
}

suite('sign-up', (world) => {
  describe('signing up', () => signingUp(world));
  describe('changing', () => changing(world));
  describe('what the server says of itself', () => describing(world));
});
