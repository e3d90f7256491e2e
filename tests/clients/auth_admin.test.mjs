// auth.admin, with the service key: making, finding, changing, banning and deleting people, and the
// links that are made for them.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { authRefused, authenticated, isUuid, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

const password = 'correct horse battery staple';
const newAddress = () => `${randomUUID()}@example.org`;
const adminOf = (client) => client.auth.admin;

/** Somebody new, made by the service key. */
async function create(world, fields = {}) {
  const email = newAddress();
  const made = await adminOf(world.as.service)
    .createUser({ email, password, email_confirm: true, ...fields });
  return authenticated(made).user;
}

/** /auth/v1/admin as a client of our own asks. */
async function send(world, method, path, body) {
  const key = world.server.keys.service_role_key;
  const response = await fetch(`${world.server.url}/auth/v1/${path}`, {
    method,
    headers: {
      apikey: key, Authorization: `Bearer ${key}`, 'Content-Type': 'application/json',
      'X-Supabase-Api-Version': '2024-01-01',
    },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

function making(world) {
  test('createUser', async () => {
    const user = await create(world, {
      user_metadata: { full_name: 'Ada' }, app_metadata: { plan: 'pro' },
    });
    assert.ok(isUuid(user.id));
    assert.ok(user.email_confirmed_at);
    assert.equal(user.user_metadata.full_name, 'Ada');
    assert.equal(user.app_metadata.plan, 'pro');
    assert.equal(user.app_metadata.provider, 'email');
    await world.signIn({ email: user.email, password });
    const profile = await world.as.service.from('profiles').select().eq('id', user.id).single();
    assert.equal(succeeded(profile).role, 'user');
    assert.equal(succeeded(profile).full_name, 'Ada');
  });

  test('without email_confirm they cannot sign in yet', async () => {
    const user = await create(world, { email_confirm: false });
    assert.equal(user.email_confirmed_at, undefined);
    authRefused(await world.client().auth.signInWithPassword({ email: user.email, password }), 400,
      'email_not_confirmed', 'Email not confirmed');
  });

  test('with an id of one\'s own', async () => {
    const id = randomUUID();
    assert.equal((await create(world, { id })).id, id);
  });

  test('an address that is taken: 422 email_exists', async () => {
    const { email } = await create(world);
    authRefused(await adminOf(world.as.service).createUser({ email, password }), 422,
      'email_exists', 'A user with this email address has already been registered');
  });

  test('a password that is too short: 422 weak_password', async () => {
    authRefused(await adminOf(world.as.service)
      .createUser({ email: newAddress(), password: 'abc' }), 422, 'weak_password');
  });

  test('nobody else may', async () => {
    for (const who of ['owner', 'admin', 'globalAdmin', 'anon']) {
      const { error } = await adminOf(world.as[who]).createUser({ email: newAddress(), password });
      assert.equal(error?.status, 403, who);
      assert.equal(error.code, 'not_admin', who);
    }
  });
}

function finding(world) {
  test('getUserById', async () => {
    const user = await create(world);
    const found = authenticated(await adminOf(world.as.service).getUserById(user.id)).user;
    assert.equal(found.email, user.email);
  });

  test('an id that nobody has: 404 user_not_found', async () => {
    authRefused(await adminOf(world.as.service).getUserById(randomUUID()), 404, 'user_not_found',
      'User not found');
  });

  test('an id that is none: 404 validation_failed', async () => {
    const { status, body } = await send(world, 'GET', 'admin/users/7');
    assert.equal(status, 404);
    assert.deepEqual(body, { code: 'validation_failed', message: 'user_id must be an UUID' });
  });

  test('listUsers in pages', async () => {
    for (let made = 0; made < 3; made += 1) await create(world);
    const seen = new Set();
    let page = 1;
    let total = 0;
    while (page) {
      // supabase-js reads one digit of the next page: ten pages would never end.
      const data = authenticated(await adminOf(world.as.service).listUsers({ page, perPage: 10 }));
      assert.equal(data.aud, 'authenticated');
      assert.ok(data.users.length > 0 && data.users.length <= 10);
      for (const user of data.users) seen.add(user.id);
      total = data.total;
      page = data.nextPage;
    }
    assert.equal(seen.size, total);
    assert.ok(seen.has(world.people.owner.id));
  });

  test('the headers of a page', async () => {
    const { headers, body } = await send(world, 'GET', 'admin/users?page=1&per_page=1');
    assert.equal(body.users.length, 1);
    const total = Number(headers.get('x-total-count'));
    assert.ok(total > 7);
    assert.match(headers.get('link'), /[?&]page=2&per_page=1>; rel="next"/);
    assert.match(headers.get('link'), new RegExp(`[?&]page=${total}&per_page=1>; rel="last"`));
  });
}

function changing(world) {
  const update = (id, fields) => adminOf(world.as.service).updateUserById(id, fields);

  test('password, address and data', async () => {
    const user = await create(world);
    const email = newAddress();
    const changed = authenticated(await update(user.id, {
      email, password: 'another long password', user_metadata: { a: 1 }, app_metadata: { b: 2 },
    })).user;
    assert.equal(changed.email, email);
    assert.equal(changed.user_metadata.a, 1);
    assert.equal(changed.app_metadata.b, 2);
    await world.signIn({ email, password: 'another long password' });
  });

  test('a ban, and its end', async () => {
    const user = await create(world);
    const client = await world.signIn({ email: user.email, password });
    const banned = authenticated(await update(user.id, { ban_duration: '24h' })).user;
    assert.ok(Date.parse(banned.banned_until) > Date.now());
    authRefused(await world.client().auth.signInWithPassword({ email: user.email, password }), 400,
      'user_banned', 'User is banned');
    authRefused(await client.auth.getUser(), 403, 'user_banned');
    authenticated(await update(user.id, { ban_duration: 'none' }));
    await world.signIn({ email: user.email, password });
  });

  test('nobody of that id: 404 user_not_found', async () => {
    authRefused(await update(randomUUID(), { password: 'another long password' }), 404,
      'user_not_found');
  });

  test('signOut ends somebody\'s sessions', async () => {
    const user = await create(world);
    const client = await world.signIn({ email: user.email, password });
    const { session } = (await client.auth.getSession()).data;
    const { error } = await adminOf(world.as.service).signOut(session.access_token, 'global');
    assert.equal(error, null);
    assert.equal((await client.auth.refreshSession()).error?.status, 400);
  });

  test('deleteUser takes their devices along', async () => {
    const user = await create(world);
    const client = await world.signIn({ email: user.email, password });
    const made = await client.functions.invoke('device-enrollment',
      { body: { action: 'generate_token' } });
    assert.equal(made.error, null);
    authenticated(await adminOf(world.as.service).deleteUser(user.id));
    authRefused(await adminOf(world.as.service).getUserById(user.id), 404, 'user_not_found');
    authRefused(await world.client().auth.signInWithPassword({ email: user.email, password }), 400,
      'invalid_credentials');
    authRefused(await client.auth.getUser(), 403, 'user_not_found');
    const devices = world.as.service.from('devices').select().eq('id', made.data.device_id);
    assert.deepEqual(succeeded(await devices), []);
    authRefused(await adminOf(world.as.service).deleteUser(user.id), 404, 'user_not_found');
  });
}

function linking(world) {
  for (const [type, fields] of [
    ['signup', { password }], ['invite', {}], ['magiclink', {}], ['recovery', {}],
  ]) {
    test(`generateLink ${type}, and its digest signs in`, async () => {
      const isNew = ['signup', 'invite'].includes(type);
      const email = isNew ? newAddress() : (await create(world)).email;
      const { user, properties } = authenticated(
        await adminOf(world.as.service).generateLink({ type, email, ...fields }));
      assert.equal(user.email, email);
      assert.equal(properties.verification_type, type);
      assert.match(properties.email_otp, /^\d{6}$/);
      const link = new URL(properties.action_link);
      assert.equal(link.pathname, '/auth/v1/verify');
      assert.equal(link.searchParams.get('type'), type);
      const client = world.client();
      const { session } = authenticated(
        await client.auth.verifyOtp({ token_hash: properties.hashed_token, type }));
      assert.equal(session.user.id, user.id);
      authenticated(await client.auth.getUser());
    });
  }

  test('generateLink of a new address: both have to agree', async () => {
    const user = await create(world);
    const wanted = newAddress();
    const tokens = [];
    for (const type of ['email_change_current', 'email_change_new']) {
      const { properties } = authenticated(await adminOf(world.as.service).generateLink(
        { type, email: user.email, newEmail: wanted }));
      assert.equal(properties.verification_type, type);
      tokens.push(properties.hashed_token);
    }
    for (const token_hash of tokens) {
      const { error } = await world.client().auth.verifyOtp({ token_hash, type: 'email_change' });
      assert.equal(error, null);
    }
    await world.signIn({ email: wanted, password });
  });

  test('inviteUserByEmail', async () => {
    const email = newAddress();
    const { user } = authenticated(
      await adminOf(world.as.service).inviteUserByEmail(email, { data: { team: 'x' } }));
    assert.equal(user.email, email);
    assert.ok(user.invited_at);
    assert.equal(user.user_metadata.team, 'x');
    assert.equal(user.email_confirmed_at, undefined);
    const { owner } = world.people;
    authRefused(await adminOf(world.as.service).inviteUserByEmail(owner.email), 422,
      'email_exists');
  });
}

suite('admin', (world) => {
  describe('making', () => making(world));
  describe('finding', () => finding(world));
  describe('changing', () => changing(world));
  describe('links', () => linking(world));
});
