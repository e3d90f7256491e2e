// Second factors: enrolling an authenticator app, showing its code, and what a session is worth
// before and after.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { authRefused, authenticated, isUuid } from './expect.mjs';
import { suite } from './harness.mjs';
import { totp, wrongTotp } from './totp.mjs';

/** Somebody new who is signed in: { person, client }. */
async function join(world) {
  const person = await world.addPerson(`p${randomUUID()}`);
  return { person, client: await world.signIn(person) };
}

const enroll = async (client, friendlyName = 'phone') => authenticated(
  await client.auth.mfa.enroll({ factorType: 'totp', friendlyName, issuer: 'Muster' }));

/** Enrols and shows the first code; the client's session is at aal2 then. */
async function prove(client, friendlyName) {
  const factor = await enroll(client, friendlyName);
  const session = authenticated(await client.auth.mfa.challengeAndVerify(
    { factorId: factor.id, code: totp(factor.totp.secret) }));
  return { factor, session };
}

const levels = async (client) => {
  const { currentLevel, nextLevel } =
    authenticated(await client.auth.mfa.getAuthenticatorAssuranceLevel());
  return [currentLevel, nextLevel];
};

function enrolling(world) {
  test('a factor has a secret, a link and a picture', async () => {
    const { client, person } = await join(world);
    const factor = await enroll(client);
    assert.ok(isUuid(factor.id));
    assert.equal(factor.type, 'totp');
    assert.equal(factor.friendly_name, 'phone');
    assert.match(factor.totp.secret, /^[A-Z2-7]{16,}$/);
    assert.match(factor.totp.qr_code, /^data:image\/svg\+xml;utf-8,.*<svg/s);
    const uri = new URL(factor.totp.uri);
    assert.equal(uri.protocol, 'otpauth:');
    assert.equal(uri.searchParams.get('secret'), factor.totp.secret);
    assert.equal(uri.searchParams.get('issuer'), 'Muster');
    assert.ok(decodeURIComponent(uri.pathname).includes(person.email));
  });

  test('until it is verified it counts for nothing', async () => {
    const { client } = await join(world);
    await enroll(client);
    assert.deepEqual(await levels(client), ['aal1', 'aal1']);
    const { all, totp: verified } = authenticated(await client.auth.mfa.listFactors());
    assert.deepEqual(all.map(({ status }) => status), ['unverified']);
    assert.deepEqual(verified, []);
  });

  test('a name that is taken: 422 mfa_factor_name_conflict', async () => {
    const { client } = await join(world);
    await prove(client, 'phone');
    authRefused(await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone' }), 422,
      'mfa_factor_name_conflict');
  });

  test('without a session', async () => {
    const { error } = await world.client().auth.mfa.enroll({ factorType: 'totp' });
    assert.ok(error);
  });
}

function verifying(world) {
  test('the right code lifts the session to aal2', async () => {
    const { client, person } = await join(world);
    const factor = await enroll(client);
    const challenge = authenticated(await client.auth.mfa.challenge({ factorId: factor.id }));
    assert.ok(isUuid(challenge.id));
    assert.ok(challenge.expires_at * 1000 > Date.now());
    const session = authenticated(await client.auth.mfa.verify({
      factorId: factor.id, challengeId: challenge.id, code: totp(factor.totp.secret),
    }));
    assert.equal(session.user.id, person.id);
    assert.ok(session.access_token && session.refresh_token);
    assert.deepEqual(await levels(client), ['aal2', 'aal2']);
    const { claims } = authenticated(await client.auth.getClaims());
    assert.deepEqual(claims.amr.map(({ method }) => method).sort(), ['password', 'totp']);
    const { totp: verified } = authenticated(await client.auth.mfa.listFactors());
    assert.deepEqual(verified.map(({ id, status }) => [id, status]), [[factor.id, 'verified']]);
  });

  test('and stays there when it is refreshed', async () => {
    const { client } = await join(world);
    await prove(client);
    authenticated(await client.auth.refreshSession());
    assert.deepEqual(await levels(client), ['aal2', 'aal2']);
  });

  test('a wrong code: 422 mfa_verification_failed', async () => {
    const { client } = await join(world);
    const factor = await enroll(client);
    authRefused(await client.auth.mfa.challengeAndVerify(
      { factorId: factor.id, code: wrongTotp(factor.totp.secret) }), 422,
    'mfa_verification_failed', /^Invalid TOTP code entered/);
    assert.deepEqual(await levels(client), ['aal1', 'aal1']);
  });

  test('a factor that nobody has, or somebody else', async () => {
    const { client } = await join(world);
    const other = await join(world);
    const { id } = await enroll(other.client);
    for (const factorId of [randomUUID(), id]) {
      authRefused(await client.auth.mfa.challenge({ factorId }), 404, 'mfa_factor_not_found');
    }
  });

  test('the next sign-in is at aal1 and could be at aal2', async () => {
    const { client, person } = await join(world);
    const { factor } = await prove(client);
    const again = await world.signIn(person);
    assert.deepEqual(await levels(again), ['aal1', 'aal2']);
    authRefused(await again.auth.mfa.unenroll({ factorId: factor.id }), 422, 'insufficient_aal');
    authRefused(await again.auth.updateUser({ password: 'another long password' }), 401,
      'insufficient_aal');
    authRefused(await again.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'second' }), 403,
      'insufficient_aal');
  });
}

function ending(world) {
  test('unenroll', async () => {
    const { client } = await join(world);
    const { factor } = await prove(client);
    assert.deepEqual(authenticated(await client.auth.mfa.unenroll({ factorId: factor.id })),
      { id: factor.id });
    assert.deepEqual(authenticated(await client.auth.mfa.listFactors()).all, []);
    authenticated(await client.auth.refreshSession());
    assert.deepEqual(await levels(client), ['aal1', 'aal1']);
  });

  test('the service key takes a lost factor away', async () => {
    const { client, person } = await join(world);
    const { factor } = await prove(client);
    const { mfa } = world.as.service.auth.admin;
    const { factors } = authenticated(await mfa.listFactors({ userId: person.id }));
    assert.deepEqual(factors.map(({ id }) => id), [factor.id]);
    authenticated(await mfa.deleteFactor({ userId: person.id, id: factor.id }));
    const again = await world.signIn(person);
    assert.deepEqual(await levels(again), ['aal1', 'aal1']);
  });
}

suite('second factors', (world) => {
  describe('enrolling', () => enrolling(world));
  describe('verifying', () => verifying(world));
  describe('ending', () => ending(world));
});
