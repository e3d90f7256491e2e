// What goes through a mailbox: confirming an address, signing in by code or link, a lost password, a
// new address, and the same with PKCE.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { authRefused, authenticated } from './expect.mjs';
import { suite } from './harness.mjs';
import { follow, mailsTo, nextMail } from './mail.mjs';

const password = 'correct horse battery staple';
const application = 'http://localhost:3000/welcome';
const newAddress = () => `${randomUUID()}@example.org`;

/** Somebody who has signed up and not confirmed: { client, email, mail }. */
async function apply(world, client = world.client()) {
  const email = newAddress();
  const data = authenticated(await client.auth.signUp(
    { email, password, options: { emailRedirectTo: application } }));
  return { client, email, data, mail: await nextMail(world, email) };
}

/** Somebody who has confirmed, and so has read one mail. */
async function join(world) {
  const { client, email, mail } = await apply(world);
  authenticated(await client.auth.verifyOtp({ email, token: mail.code, type: 'signup' }));
  return { client, email };
}

function confirming(world) {
  test('sign-up answers with a user and no session, and sends a mail', async () => {
    const { client, email, data, mail } = await apply(world);
    assert.equal(data.session, null);
    assert.equal(data.user.email, email);
    assert.equal(data.user.email_confirmed_at, undefined);
    assert.ok(data.user.confirmation_sent_at);
    assert.ok(mail.link && mail.code && mail.subject);
    authRefused(await client.auth.signInWithPassword({ email, password }), 400,
      'email_not_confirmed', 'Email not confirmed');
  });

  for (const type of ['signup', 'email']) {
    test(`the code confirms, as type ${type}`, async () => {
      const { client, email, mail } = await apply(world);
      const { user, session } = authenticated(
        await client.auth.verifyOtp({ email, token: mail.code, type }));
      assert.ok(session.access_token);
      assert.ok(user.email_confirmed_at);
      await world.signIn({ email, password });
      authRefused(await world.client().auth.verifyOtp({ email, token: mail.code, type }), 403,
        'otp_expired', 'Token has expired or is invalid');
    });
  }

  test('the link confirms, once', async () => {
    const { email, mail } = await apply(world);
    const { status, target, fragment } = await follow(mail.link);
    assert.equal(status, 303);
    assert.equal(target.origin + target.pathname, application);
    assert.equal(fragment.get('type'), 'signup');
    assert.equal(fragment.get('token_type'), 'bearer');
    assert.equal(fragment.get('expires_in'), '3600');
    const client = world.client();
    const { user } = authenticated(await client.auth.setSession({
      access_token: fragment.get('access_token'), refresh_token: fragment.get('refresh_token'),
    }));
    assert.equal(user.email, email);
    const again = await follow(mail.link);
    assert.equal(again.status, 303);
    assert.equal(again.fragment.get('error'), 'access_denied');
    assert.equal(again.fragment.get('error_code'), 'otp_expired');
  });

  test('the token of the link, as digest', async () => {
    const { client, mail } = await apply(world);
    const { searchParams } = new URL(mail.link);
    const { session } = authenticated(await client.auth.verifyOtp(
      { token_hash: searchParams.get('token'), type: searchParams.get('type') }));
    assert.ok(session.access_token);
  });

  test('a wrong code: 403 otp_expired', async () => {
    const { client, email, mail } = await apply(world);
    const token = mail.code === '000000' ? '111111' : '000000';
    authRefused(await client.auth.verifyOtp({ email, token, type: 'signup' }), 403, 'otp_expired',
      'Token has expired or is invalid');
  });

  test('an address that has an account is not told', async () => {
    const { email } = await join(world);
    const { user, session } = authenticated(await world.client().auth.signUp({ email, password }));
    assert.equal(session, null);
    assert.deepEqual(user.identities, []);
    assert.equal(user.email, email);
    const other = authenticated(await world.client().auth.signUp({ email, password })).user;
    assert.notEqual(other.id, user.id);
  });

  test('resend', async () => {
    const { client, email } = await apply(world);
    authenticated(await client.auth.resend({ type: 'signup', email }));
    const mail = await nextMail(world, email, 2);
    authenticated(await client.auth.verifyOtp({ email, token: mail.code, type: 'signup' }));
  });

  test('a redirect to a foreign host is not followed', async () => {
    const email = newAddress();
    authenticated(await world.client().auth.signUp(
      { email, password, options: { emailRedirectTo: 'https://elsewhere.example/steal' } }));
    const { target } = await follow((await nextMail(world, email)).link);
    assert.notEqual(target.hostname, 'elsewhere.example');
  });
}

function withoutPassword(world) {
  test('signInWithOtp and the code of the mail', async () => {
    const { email } = await join(world);
    const client = world.client();
    const { session } = authenticated(await client.auth.signInWithOtp({ email }));
    assert.equal(session, null);
    const mail = await nextMail(world, email, 2);
    const verified = authenticated(
      await client.auth.verifyOtp({ email, token: mail.code, type: 'email' }));
    assert.equal(verified.user.email, email);
  });

  test('signInWithOtp and the link of the mail', async () => {
    const { email } = await join(world);
    authenticated(await world.client().auth.signInWithOtp(
      { email, options: { emailRedirectTo: application } }));
    const { fragment } = await follow((await nextMail(world, email, 2)).link);
    assert.equal(fragment.get('type'), 'magiclink');
    assert.ok(fragment.get('access_token'));
  });

  test('somebody new is made', async () => {
    const email = newAddress();
    const client = world.client();
    authenticated(await client.auth.signInWithOtp({ email, options: { data: { full_name: 'N' } } }));
    const mail = await nextMail(world, email);
    const { user } = authenticated(
      await client.auth.verifyOtp({ email, token: mail.code, type: 'email' }));
    assert.equal(user.user_metadata.full_name, 'N');
  });

  test('unless they must not be: 422 otp_disabled', async () => {
    authRefused(await world.client().auth.signInWithOtp(
      { email: newAddress(), options: { shouldCreateUser: false } }), 422, 'otp_disabled',
    'Signups not allowed for otp');
  });
}

function losing(world) {
  test('a lost password', async () => {
    const { email } = await join(world);
    const client = world.client();
    authenticated(await client.auth.resetPasswordForEmail(email, { redirectTo: application }));
    const mail = await nextMail(world, email, 2);
    authenticated(await client.auth.verifyOtp({ email, token: mail.code, type: 'recovery' }));
    authenticated(await client.auth.updateUser({ password: 'another long password' }));
    await world.signIn({ email, password: 'another long password' });
    authRefused(await world.client().auth.signInWithPassword({ email, password }), 400,
      'invalid_credentials');
  });

  test('a lost password, by the link', async () => {
    const { email } = await join(world);
    authenticated(await world.client().auth.resetPasswordForEmail(email,
      { redirectTo: application }));
    const { target, fragment } = await follow((await nextMail(world, email, 2)).link);
    assert.equal(target.origin + target.pathname, application);
    assert.equal(fragment.get('type'), 'recovery');
  });

  test('nobody of that address: no word of it, and no mail', async () => {
    const email = newAddress();
    authenticated(await world.client().auth.resetPasswordForEmail(email));
    const { email: known } = await join(world);
    authenticated(await world.client().auth.resetPasswordForEmail(known));
    await nextMail(world, known, 2); // by then the other one would have come, too
    assert.deepEqual(mailsTo(world, email), []);
  });

  test('a new address: both have to agree', async () => {
    const { client, email } = await join(world);
    const wanted = newAddress();
    const { user } = authenticated(await client.auth.updateUser({ email: wanted }));
    assert.equal(user.email, email);
    assert.equal(user.new_email, wanted);
    const [old, fresh] = [await nextMail(world, email, 2), await nextMail(world, wanted)];
    const half = await client.auth.verifyOtp(
      { email, token: old.code, type: 'email_change' });
    assert.equal(half.error, null);
    authenticated(await client.auth.verifyOtp(
      { email: wanted, token: fresh.code, type: 'email_change' }));
    await world.signIn({ email: wanted, password });
  });

  test('a new address, sent again', async () => {
    const { client, email } = await join(world);
    const wanted = newAddress();
    authenticated(await client.auth.updateUser({ email: wanted }));
    authenticated(await client.auth.resend({ type: 'email_change', email }));
    for (const [address, count] of [[email, 3], [wanted, 2]]) {
      const { code } = await nextMail(world, address, count);
      const { error } = await client.auth.verifyOtp(
        { email: address, token: code, type: 'email_change' });
      assert.equal(error, null, address);
    }
    await world.signIn({ email: wanted, password });
  });

  test('reauthenticate sends a nonce, which a new password takes', async () => {
    const { client, email } = await join(world);
    authenticated(await client.auth.reauthenticate());
    const { code } = await nextMail(world, email, 2);
    authenticated(await client.auth.updateUser({ password: 'another long password', nonce: code }));
    await world.signIn({ email, password: 'another long password' });
  });
}

function provingKey(world) {
  const pkceClient = () => world.client(undefined, { auth: { flowType: 'pkce' } });
  const exchange = async (body) => {
    const response = await fetch(`${world.server.url}/auth/v1/token?grant_type=pkce`, {
      method: 'POST',
      headers: { apikey: world.server.keys.anon_key, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };

  test('a sign-up: the link leads back with a code, the code is good once', async () => {
    const { client, email, mail } = await apply(world, pkceClient());
    const { target, query } = await follow(mail.link);
    assert.equal(target.hash, '');
    const code = query.get('code');
    const { session } = authenticated(await client.auth.exchangeCodeForSession(code));
    assert.equal(session.user.email, email);
    assert.equal((await exchange({ auth_code: code, code_verifier: 'x'.repeat(56) })).status, 404);
  });

  test('a magic link', async () => {
    const { email } = await join(world);
    const client = pkceClient();
    authenticated(await client.auth.signInWithOtp({ email }));
    const { query } = await follow((await nextMail(world, email, 2)).link);
    const { user } = authenticated(await client.auth.exchangeCodeForSession(query.get('code')));
    assert.equal(user.email, email);
  });

  test('a lost password', async () => {
    const { email } = await join(world);
    const client = pkceClient();
    authenticated(await client.auth.resetPasswordForEmail(email, { redirectTo: application }));
    const { query } = await follow((await nextMail(world, email, 2)).link);
    const data = authenticated(await client.auth.exchangeCodeForSession(query.get('code')));
    assert.equal(data.redirectType, world.isOldest ? 'PASSWORD_RECOVERY' : 'recovery');
    authenticated(await client.auth.updateUser({ password: 'another long password' }));
  });

  test('another verifier: 400 bad_code_verifier', async () => {
    const { mail } = await apply(world, pkceClient());
    const { query } = await follow(mail.link);
    const { status, body } = await exchange(
      { auth_code: query.get('code'), code_verifier: 'x'.repeat(56) });
    assert.equal(status, 400);
    assert.equal(body.error_code, 'bad_code_verifier');
  });

  test('a code that nobody made: 404 flow_state_not_found', async () => {
    const { status, body } = await exchange(
      { auth_code: randomUUID(), code_verifier: 'x'.repeat(56) });
    assert.equal(status, 404);
    assert.equal(body.error_code, 'flow_state_not_found');
  });
}

suite('mail', (world) => {
  describe('confirming an address', () => confirming(world));
  describe('signing in without a password', () => withoutPassword(world));
  describe('lost passwords and new addresses', () => losing(world));
  describe('PKCE', () => provingKey(world));
}, { AUTH_CONFIRM_EMAIL: 'on', AUTH_MAIL_INTERVAL: '0s' });
