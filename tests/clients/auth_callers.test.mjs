// auth.admin as everybody who is not the service key, and the ways to sign in that this server does
// not have: each a clear refusal.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { authRefused, authenticated } from './expect.mjs';
import { suite } from './harness.mjs';

const password = 'correct horse battery staple';
const phone = '+15555550100';
const email = () => `${randomUUID()}@example.org`;

/** Each call of auth.admin, about somebody who is there. */
const calls = [
  ['createUser', (admin) => admin.createUser({ email: email(), password })],
  ['listUsers', (admin) => admin.listUsers()],
  ['getUserById', (admin, id) => admin.getUserById(id)],
  ['updateUserById', (admin, id) => admin.updateUserById(id, { password })],
  ['deleteUser', (admin, id) => admin.deleteUser(id)],
  ['inviteUserByEmail', (admin) => admin.inviteUserByEmail(email())],
  ['generateLink', (admin) => admin.generateLink({ type: 'recovery', email: email() })],
  ['mfa.listFactors', (admin, id) => admin.mfa.listFactors({ userId: id })],
  ['mfa.deleteFactor', (admin, id) => admin.mfa.deleteFactor({ userId: id, id: randomUUID() })],
];

function administering(world) {
  for (const who of ['owner', 'colleague', 'support', 'admin', 'otherAdmin', 'globalAdmin', 'anon']) {
    for (const [name, call] of calls) {
      test(`${name}: ${who}: 403 not_admin`, async () => {
        const target = world.people[who] ?? world.people.owner;
        authRefused(await call(world.as[who].auth.admin, target.id), 403, 'not_admin',
          'User not allowed');
      });
    }
  }

  test('and nothing came of it', async () => {
    for (const person of Object.values(world.people)) {
      const { user } = authenticated(await world.as.service.auth.admin.getUserById(person.id));
      assert.equal(user.email, person.email);
      await world.signIn(person);
    }
  });
}

/** Name, the call of somebody without a session, status and code. */
const absent = [
  ['an identity token', (auth) => auth.signInWithIdToken({ provider: 'google', token: 'a.b.c' }),
    400, 'invalid_credentials'],
  ['sign-up by phone', (auth) => auth.signUp({ phone, password }), 400, 'phone_provider_disabled'],
  ['a code by phone', (auth) => auth.signInWithOtp({ phone }), 400, 'phone_provider_disabled'],
  ['a password by phone', (auth) => auth.signInWithPassword({ phone, password }), 422,
    'phone_provider_disabled'],
  ['nobody at all', (auth) => auth.signInAnonymously(), 422, 'anonymous_provider_disabled'],
];
const absentFactors = [
  ['phone', { factorType: 'phone', phone }, 'mfa_phone_enroll_not_enabled'],
  ['webauthn', { factorType: 'webauthn' }, 'mfa_webauthn_enroll_not_enabled'],
];

function refusing(world) {
  for (const [name, call, status, code] of absent) {
    test(`${name}: ${status} ${code}`, async () => {
      authRefused(await call(world.client().auth), status, code);
    });
  }

  for (const [name, options, code] of absentFactors) {
    test(`a factor of type ${name}: 422 ${code}`, async () => {
      authRefused(await world.as.owner.auth.mfa.enroll({ friendlyName: name, ...options }), 422,
        code);
    });
  }

  test('another provider\'s page: 400 validation_failed', async () => {
    for (const provider of ['google', 'keycloak', 'nobody']) {
      const { url } = authenticated(await world.client().auth.signInWithOAuth(
        { provider, options: { skipBrowserRedirect: true } }));
      const response = await fetch(url, { redirect: 'manual' });
      assert.equal(response.status, 400);
      const { error_code, msg } = await response.json();
      assert.equal(error_code, 'validation_failed');
      assert.match(msg, /^Unsupported provider: /);
    }
  });

  test('SSO, and identities to link: 404 with words', async () => {
    const { identities } = authenticated(await world.as.owner.auth.getUserIdentities());
    assert.equal(identities.length, 1);
    assert.equal(identities[0].provider, 'email');
    for (const result of [
      await world.client().auth.signInWithSSO({ domain: 'example.org' }),
      await world.as.owner.auth.linkIdentity(
        { provider: 'google', options: { skipBrowserRedirect: true } }),
      await world.as.owner.auth.unlinkIdentity(identities[0]),
    ]) {
      assert.equal(result.error?.status, 404);
      assert.ok(result.error.message);
    }
  });
}

suite('callers', (world) => {
  describe('administering', () => administering(world));
  describe('what is not there', () => refusing(world));
});
