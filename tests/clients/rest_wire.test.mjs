// What supabase-js does not show but relies on, or a browser does: keys, headers, CORS, preferences,
// bodies that no client of ours sends.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

/** A request of our own, with the service key. */
async function send(world, method, path, { body, headers = {} } = {}) {
  const response = await fetch(`${world.server.url}/rest/v1/${path}`, {
    method,
    headers: { apikey: world.server.keys.service_role_key, ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const { status } = response;
  return { status, headers: response.headers, text, json: () => JSON.parse(text) };
}

const json = { 'Content-Type': 'application/json' };
const newDevice = (world) => ({ user_id: world.people.owner.id, name: randomUUID() });

function recognising(world) {
  test('no key: 401', async () => {
    const response = await fetch(`${world.server.url}/rest/v1/devices`);
    assert.equal(response.status, 401);
    assert.deepEqual(await response.json(), {
      message: 'No API key found in request',
      hint: 'No `apikey` request header or url param was found.',
    });
  });

  for (const key of ['x', 'a.b.c', `sb_publishable_${'a'.repeat(22)}_12345678`]) {
    test(`the key ${key}: 401`, async () => {
      const { error, status } = await world.client(key).from('devices').select();
      assert.equal(status, 401, JSON.stringify(error));
      assert.ok(error.message);
    });
  }

  test('a key as parameter', async () => {
    const key = world.server.keys.service_role_key;
    const response = await fetch(`${world.server.url}/rest/v1/devices?select=id&limit=1&apikey=${key}`);
    assert.equal(response.status, 200);
  });

  test('a session decides before the key: service key and a user', async () => {
    const { session } = (await world.as.owner.auth.getSession()).data;
    const client = world.client(world.server.keys.service_role_key,
      { global: { headers: { Authorization: `Bearer ${session.access_token}` } } });
    const rows = succeeded(await client.from('profiles').select('id').neq('id', session.user.id));
    const own = succeeded(await world.as.owner.from('profiles').select('id')
      .neq('id', session.user.id));
    assert.deepEqual(rows, own);
  });

  test('a session that is not genuine: 401 PGRST301', async () => {
    const answer = await send(world, 'GET', 'devices', { headers: { Authorization: 'Bearer x' } });
    assert.equal(answer.status, 401);
    assert.equal(answer.json().code, 'PGRST301');
    assert.match(answer.headers.get('www-authenticate'), /^Bearer error="invalid_token"/);
  });
}

function labelling(world) {
  test('an error carries its code in a header', async () => {
    const answer = await send(world, 'GET', 'planets');
    assert.equal(answer.headers.get('proxy-status'), 'PostgREST; error=PGRST205');
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.deepEqual(Object.keys(answer.json()).sort(), ['code', 'details', 'hint', 'message']);
  });

  test('rows are JSON in UTF-8', async () => {
    const answer = await send(world, 'GET', 'devices?limit=1');
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  });

  test('one row says so', async () => {
    const answer = await send(world, 'GET', `organizations?id=eq.${world.organizations.a}`,
      { headers: { Accept: 'application/vnd.pgrst.object+json' } });
    assert.equal(answer.headers.get('content-type'),
      'application/vnd.pgrst.object+json; charset=utf-8');
  });

  test('what cannot be made: 406 PGRST107', async () => {
    const answer = await send(world, 'GET', 'devices', { headers: { Accept: 'image/png' } });
    assert.equal(answer.status, 406);
    assert.deepEqual(answer.json(), {
      code: 'PGRST107', details: null, hint: null,
      message: 'None of these media types are available: image/png',
    });
  });

  test('an empty answer has no type', async () => {
    const answer = await send(world, 'POST', 'devices', { body: newDevice(world), headers: json });
    assert.equal(answer.status, 201);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('content-type'), null);
    assert.equal(answer.headers.get('content-range'), '*/*');
  });

  test('Content-Range of an update and a deletion', async () => {
    const device = newDevice(world);
    await send(world, 'POST', 'devices', { body: device, headers: json });
    const path = `devices?name=eq.${device.name}`;
    const updated = await send(world, 'PATCH', path, { body: { os: 'x' }, headers: json });
    assert.equal(updated.status, 204);
    assert.equal(updated.headers.get('content-range'), '0-0/*');
    const deleted = await send(world, 'DELETE', path, { headers: { Prefer: 'count=exact' } });
    assert.equal(deleted.status, 204);
    assert.equal(deleted.headers.get('content-range'), '*/1');
  });

  test('headers-only says where the row is', async () => {
    const answer = await send(world, 'POST', 'devices',
      { body: newDevice(world), headers: { ...json, Prefer: 'return=headers-only' } });
    assert.equal(answer.status, 201);
    assert.match(answer.headers.get('location'), /^\/devices\?id=eq\.[0-9a-f-]{36}$/);
  });

  test('preferences that were followed are named', async () => {
    const answer = await send(world, 'POST', 'devices', {
      body: newDevice(world),
      headers: { ...json, Prefer: 'count=exact, missing=default, return=representation' },
    });
    assert.equal(answer.headers.get('preference-applied'),
      'missing=default, return=representation, count=exact');
  });

  test('an unknown preference, strictly: 400 PGRST122', async () => {
    const answer = await send(world, 'GET', 'devices',
      { headers: { Prefer: 'handling=strict, mood' } });
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.json(), {
      code: 'PGRST122', details: 'Invalid preferences: mood', hint: null,
      message: 'Invalid preferences given with handling=strict',
    });
    const lenient = await send(world, 'GET', 'devices', { headers: { Prefer: 'mood=good' } });
    assert.equal(lenient.status, 200);
  });
}

function bodies(world) {
  const refusedBody = (body, type = 'application/json') =>
    send(world, 'POST', 'devices', { body, headers: { 'Content-Type': type } });

  for (const [name, body] of [['no JSON', '{'], ['an empty body', '']]) {
    test(`${name}: 400 PGRST102`, async () => {
      const answer = await refusedBody(body);
      assert.equal(answer.status, 400);
      assert.equal(answer.json().code, 'PGRST102');
      assert.equal(answer.json().message, 'Empty or invalid json');
    });
  }

  test('rows with other keys, no columns named: 400 PGRST102', async () => {
    const answer = await refusedBody([{ name: 'a' }, { os: 'b' }]);
    assert.equal(answer.status, 400);
    assert.equal(answer.json().message, 'All object keys must match');
  });

  test('another type: 400 PGRST102', async () => {
    const answer = await refusedBody('<device/>', 'text/xml');
    assert.equal(answer.status, 400);
    assert.equal(answer.json().message, 'Content-Type not acceptable: text/xml');
  });

  test('a verb that nobody knows: 405', async () => {
    const answer = await send(world, 'PROPFIND', 'devices');
    assert.equal(answer.status, 405);
  });

  test('a verb of functions: 405 PGRST101', async () => {
    const answer = await send(world, 'PATCH', 'rpc/dance', { body: {}, headers: json });
    assert.equal(answer.status, 405);
    assert.equal(answer.json().code, 'PGRST101');
  });
}

function browsers(world) {
  const asked = 'accept-profile,apikey,authorization,prefer,x-client-info,x-retry-count,x-new';

  for (const path of
    ['rest/v1/devices', 'auth/v1/token', 'functions/v1/device-enrollment', 'auth/v1/signup']) {
    test(`preflight of /${path}`, async () => {
      const response = await fetch(`${world.server.url}/${path}`, {
        method: 'OPTIONS',
        headers: {
          Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': asked,
        },
      });
      assert.ok([200, 204].includes(response.status), String(response.status));
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      const allowed = response.headers.get('access-control-allow-headers').toLowerCase();
      for (const name of asked.split(',')) assert.ok(allowed.includes(name), name);
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
        assert.ok(response.headers.get('access-control-allow-methods').includes(method), method);
      }
    });
  }

  test('a page may read the count, also of an error', async () => {
    for (const path of ['devices?limit=1', 'planets']) {
      const answer = await send(world, 'GET', path, { headers: { Origin: 'http://localhost:3000' } });
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.match(answer.headers.get('access-control-expose-headers'), /\bContent-Range\b/i);
    }
  });

  test('plain OPTIONS names the verbs', async () => {
    const answer = await send(world, 'OPTIONS', 'devices');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('allow'), /OPTIONS.*GET.*HEAD.*POST/);
  });

  test('getOpenApiSpec', { skip: world.isOldest && 'this version does not have it' }, async () => {
    const rest = world.as.service.rest;
    const { data, error } = await rest.getOpenApiSpec();
    assert.equal(error, null, JSON.stringify(error));
    assert.equal(data.swagger, '2.0');
    assert.ok(data.paths['/devices'].get && data.definitions.devices);
  });
}

suite('the wire', (world) => {
  describe('keys', () => recognising(world));
  describe('headers', () => labelling(world));
  describe('bodies', () => bodies(world));
  describe('browsers', () => browsers(world));
});
