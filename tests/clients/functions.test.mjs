// functions.invoke: kinds of bodies and answers, errors, and the actions of device-enrollment as a
// web application and a device's agent call them.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { answered, invokeRefused, isTimestamp, isUuid } from './expect.mjs';
import { suite } from './harness.mjs';
import { waitFor } from './server.mjs';

const enrollment = (client, action, fields = {}) =>
  client.functions.invoke('device-enrollment', { body: { action, ...fields } });

/** A pending device with a token of its own. */
const makeToken = async (client, fields = {}) =>
  answered(await enrollment(client, 'generate_token', fields));

function bodies(world) {
  const invoke = (options) => world.as.owner.functions.invoke('device-enrollment', options);
  const text = JSON.stringify({ action: 'generate_token', device_name: 'Sent as text' });

  test('an object is JSON', async () => {
    const data = await answered(await invoke({ body: JSON.parse(text) }));
    assert.equal(data.success, true);
  });

  test('text is read as JSON too', async () => {
    const data = await answered(await invoke({ body: text }));
    assert.equal(data.success, true);
  });

  test('bytes are read as JSON too', async () => {
    const bytes = new TextEncoder().encode(text);
    const data = await answered(await invoke({ body: bytes.buffer }));
    assert.equal(data.success, true);
  });

  test('the caller may name the content type', async () => {
    const options = { body: text, headers: { 'Content-Type': 'application/json' } };
    assert.equal((await answered(await invoke(options))).success, true);
  });

  test('a region changes nothing', async () => {
    const data = await answered(await invoke({ body: JSON.parse(text), region: 'eu-west-1' }));
    assert.equal(data.success, true);
  });

  for (const [name, options, status, code] of [
    ['no body', {}, 400, 'invalid_json'],
    ['text that is not JSON', { body: 'generate_token' }, 400, 'invalid_json'],
    ['an array', { body: [1] }, 400, 'invalid_json'],
    ['no action', { body: { device_name: 'x' } }, 400, 'invalid_action'],
    ['an unknown action', { body: { action: 'make_coffee' } }, 400, 'invalid_action'],
    ['GET', { method: 'GET' }, 405, 'method_not_allowed'],
    ['PUT', { method: 'PUT', body: { action: 'enroll' } }, 405, 'method_not_allowed'],
    ['a body beyond 64 KiB', { body: { action: 'enroll', x: 'x'.repeat(65_536) } }, 413,
      'body_too_large'],
  ]) {
    test(`${name}: ${status} ${code}`, async () => invokeRefused(await invoke(options), status, code));
  }

  test('a form is refused as what it is: not JSON', async () => {
    const form = new FormData();
    form.set('action', 'generate_token');
    await invokeRefused(await invoke({ body: form }), 400, 'invalid_json');
  });

  test('errors speak Spanish to who asks for it', async () => {
    const headers = { 'Accept-Language': 'es-MX, en;q=0.5' };
    const options = { body: { action: 'enroll' }, headers };
    const body = await invokeRefused(await invoke(options), 400, 'missing_field');
    assert.equal(body.error, 'Falta fingerprint.');
  });

  test('an unknown function: 404 with a JSON body', async () => {
    const { error } = await world.as.owner.functions.invoke('brew-coffee', { body: {} });
    assert.equal(error.name, 'FunctionsHttpError');
    assert.equal(error.context.status, 404);
    assert.equal(typeof (await error.context.json()), 'object');
  });

  test('an aborted call is a FunctionsFetchError', async () => {
    const { data, error } = await invoke({ body: JSON.parse(text), signal: AbortSignal.abort() });
    assert.equal(data, null);
    assert.equal(error.name, 'FunctionsFetchError');
  });
}

function creating(world) {
  test('generate_token: a pending device of the caller, its token once', async () => {
    const made = await makeToken(world.as.owner, { device_name: 'Phone', device_type: 'ios' });
    assert.deepEqual(Object.keys(made).sort(),
      ['device_id', 'enrollment_token', 'expires_at', 'has_tailscale_key', 'success']);
    assert.ok(isUuid(made.device_id));
    assert.ok(isTimestamp(made.expires_at));
    assert.equal(made.has_tailscale_key, true); // the server's network makes one
    const lifetime = Date.parse(made.expires_at) - Date.now();
    assert.ok(Math.abs(lifetime - 24 * 3600e3) < 60e3, `expires in ${lifetime} ms`);
  });

  test('create_pending_device for oneself needs no rights', async () => {
    const data = await answered(await enrollment(world.as.owner, 'create_pending_device'));
    assert.equal(typeof data.message, 'string');
    assert.ok(data.enrollment_token.length > 20);
  });

  test('create_pending_device for others', async (context) => {
    const target = { user_id: world.people.owner.id };
    for (const [name, allowed] of [
      ['admin', true], ['globalAdmin', true], ['service', true],
      ['colleague', false], ['support', false], ['otherAdmin', false], ['stranger', false],
    ]) {
      await context.test(name, async () => {
        const result = await enrollment(world.as[name], 'create_pending_device', target);
        if (allowed) assert.equal((await answered(result)).success, true);
        else assert.ok([403, 404].includes(result.error?.context?.status), 'it was allowed');
      });
    }
  });

  test('anon needs a session: 401', async () => {
    for (const action of
      ['create_pending_device', 'generate_token', 'enroll', 'revoke', 'reactivate',
        'set_trust_level']) {
      await invokeRefused(await enrollment(world.as.anon, action, { fingerprint: 'f' }), 401,
        'authorization_required');
    }
  });

  test('a bad session: 401', async () => {
    const client = world.client(undefined, { accessToken: () => Promise.resolve('not.a.token') });
    await invokeRefused(await enrollment(client, 'generate_token'), 401, 'invalid_authentication');
  });

  for (const [name, fields, code] of [
    ['a name of 101 characters', { device_name: 'ñ'.repeat(101) }, 'invalid_length'],
    ['an empty name', { device_name: '' }, 'invalid_length'],
    ['a control character', { device_name: 'a\u0007b' }, 'invalid_characters'],
    ['an unknown type', { device_type: 'toaster' }, 'invalid_value'],
    ['an os of 51 characters', { os: 'x'.repeat(51) }, 'invalid_length'],
    ['a number as name', { device_name: 7 }, 'invalid_type'],
  ]) {
    test(`${name}: 400 ${code}`, async () => {
      const body = await invokeRefused(
        await enrollment(world.as.owner, 'generate_token', fields), 400, code);
      assert.match(body.error, new RegExp(Object.keys(fields)[0]));
    });
  }

  test('what is just within the limits', async () => {
    await makeToken(world.as.owner, { device_name: 'ñ'.repeat(100), os: 'x'.repeat(50) });
    await makeToken(world.as.owner, { unknown_field: { ignored: true }, device_name: null });
  });
}

function enrolling(world) {
  test('enroll: silent, then known, then of another one, then revoked', async () => {
    const fingerprint = randomUUID();
    const first = await answered(await enrollment(world.as.owner, 'enroll', { fingerprint }));
    assert.equal(first.status, 'active');
    const again = await answered(await enrollment(world.as.owner, 'enroll', { fingerprint }));
    assert.equal(again.device_id, first.device_id);
    assert.equal(again.message, 'Device already enrolled');
    await invokeRefused(await enrollment(world.as.colleague, 'enroll', { fingerprint }), 409,
      'fingerprint_in_use');
    await answered(await enrollment(world.as.owner, 'revoke', { device_id: first.device_id }));
    await invokeRefused(await enrollment(world.as.owner, 'enroll', { fingerprint }), 403,
      'device_revoked');
  });

  for (const fingerprint of ['a b', 'ñ', '', 'x'.repeat(101), 'a_b']) {
    test(`fingerprint ${JSON.stringify(fingerprint)}: 400`, async () => {
      const { error } = await enrollment(world.as.owner, 'enroll', { fingerprint });
      assert.equal(error.context.status, 400);
    });
  }

}

function verifying(world) {
  test('verify without a session, again, and with another fingerprint', async () => {
    const made = await makeToken(world.as.owner, { device_name: 'Agent' });
    const token = made.enrollment_token;
    const fingerprint = randomUUID();
    const first = await answered(
      await enrollment(world.as.anon, 'verify', { enrollment_token: token, fingerprint }));
    assert.deepEqual(Object.keys(first).sort(),
      ['device_id', 'device_name', 'expires_at', 'network', 'network_url', 'organization_name',
        'success', 'tailscale_auth_key', 'tailscale_group', 'tailscale_tags']);
    assert.equal(first.device_id, made.device_id);
    assert.equal(first.device_name, 'Agent');
    assert.equal(first.organization_name, world.organizationName('a'));
    assert.equal(first.network, 'simulated');
    const again = await answered(
      await enrollment(world.as.anon, 'verify', { enrollment_token: token, fingerprint }));
    assert.deepEqual(again, first);
    await invokeRefused(
      await enrollment(world.as.anon, 'verify',
        { enrollment_token: token, fingerprint: randomUUID() }), 409, 'token_bound');
  });

  test('verify: who may bear the token', async (context) => {
    for (const [name, allowed] of [
      ['owner', true], ['admin', true], ['globalAdmin', true], ['anon', true], ['service', true],
      ['colleague', false], ['support', false], ['stranger', false], ['otherAdmin', false],
    ]) {
      await context.test(name, async () => {
        const { enrollment_token } = await makeToken(world.as.owner);
        const fields = { enrollment_token, fingerprint: randomUUID() };
        const result = await enrollment(world.as[name], 'verify', fields);
        if (allowed) await answered(result);
        else await invokeRefused(result, 403, 'permission_denied');
      });
    }
  });

  test('of ten concurrent verifications exactly one wins', async () => {
    const { enrollment_token } = await makeToken(world.as.owner);
    const results = await Promise.all(Array.from({ length: 10 }, () =>
      enrollment(world.as.anon, 'verify', { enrollment_token, fingerprint: randomUUID() })));
    const winners = results.filter(({ error }) => error === null);
    assert.equal(winners.length, 1);
    for (const result of results) {
      if (result.error) await invokeRefused(result, 409, 'token_bound');
    }
  });

  test('a token that nobody made: 400 invalid_token', async () => {
    const fields = { enrollment_token: `muster-${'a'.repeat(32)}`, fingerprint: 'f' };
    await invokeRefused(await enrollment(world.as.anon, 'verify', fields), 400, 'invalid_token');
  });
}

function connecting(world) {
  test('check_tailscale_status: from pending over the network to high', async () => {
    const { device_id, enrollment_token } = await makeToken(world.as.owner);
    const before = await answered(
      await enrollment(world.as.owner, 'check_tailscale_status', { device_id }));
    assert.equal(before.status, 'pending');
    assert.equal(before.tailscale_connected, false);
    await answered(await enrollment(world.as.anon, 'verify',
      { enrollment_token, fingerprint: randomUUID() }));
    // Old clients send the device's id where the token belongs.
    const connected = await waitFor('the device to be on the network', async () => {
      const result = await enrollment(world.as.owner, 'check_tailscale_status',
        { enrollment_token: device_id });
      const data = await answered(result);
      return data.tailscale_connected && data;
    });
    assert.equal(connected.status, 'active');
    assert.match(connected.tailscale_ip, /^100\./);
    assert.equal(typeof connected.tailscale_hostname, 'string');
  });
}

function ending(world) {
  test('revoke: who may', async (context) => {
    for (const [name, status] of [
      ['owner', 200], ['admin', 200], ['globalAdmin', 200], ['service', 200],
      ['colleague', 404], ['stranger', 404], ['otherAdmin', 404],
    ]) {
      await context.test(name, async () => {
        const { device_id } = await makeToken(world.as.owner);
        const result = await enrollment(world.as[name], 'revoke', { device_id, reason: 'lost' });
        if (status === 200) {
          assert.deepEqual(await answered(result), { success: true, status: 'revoked' });
        } else {
          await invokeRefused(result, status, 'device_not_found');
        }
      });
    }
  });

  test('reactivate: an admin gets a new token, the owner does not', async () => {
    const { device_id } = await makeToken(world.as.owner);
    await answered(await enrollment(world.as.owner, 'revoke', { device_id }));
    await invokeRefused(await enrollment(world.as.owner, 'reactivate', { device_id }), 403,
      'permission_denied');
    const data = await answered(await enrollment(world.as.admin, 'reactivate', { device_id }));
    assert.equal(data.status, 'pending');
    assert.equal(typeof data.enrollment_token, 'string');
    assert.ok(isTimestamp(data.expires_at));
    await invokeRefused(await enrollment(world.as.admin, 'reactivate', { device_id }), 409,
      'device_not_revoked');
  });

  test('set_trust_level: an admin with a reason', async () => {
    const { device_id } = await makeToken(world.as.owner);
    const fields = { device_id, trust_level: 'high', reason: 'seen on the desk' };
    await invokeRefused(await enrollment(world.as.owner, 'set_trust_level', fields), 403,
      'permission_denied');
    const data = await answered(await enrollment(world.as.admin, 'set_trust_level', fields));
    assert.deepEqual(data, { success: true, trust_level: 'high' });
    await invokeRefused(
      await enrollment(world.as.admin, 'set_trust_level', { device_id, trust_level: 'low' }), 400,
      'missing_field');
  });

  test('a device that is not there, and one that is no id', async () => {
    await invokeRefused(
      await enrollment(world.as.owner, 'revoke', { device_id: randomUUID() }), 404,
      'device_not_found');
    const { error } = await enrollment(world.as.owner, 'revoke', { device_id: '7' });
    assert.equal(error.context.status, 400);
  });
}

suite('functions', (world) => {
  describe('bodies and answers', () => bodies(world));
  describe('new devices', () => creating(world));
  describe('silent enrolment', () => enrolling(world));
  describe('enrolment by token', () => verifying(world));
  describe('the network', () => connecting(world));
  describe('the end of a device', () => ending(world));
});
