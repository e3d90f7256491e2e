// The actions of device-enrollment as each kind of caller: on a device of the owner, and for
// oneself. What the actions do is in functions.test.mjs.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { answered, invokeRefused, isUuid, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

const enrollment = (client, action, fields = {}) =>
  client.functions.invoke('device-enrollment', { body: { action, ...fields } });

const missing = [404, 'device_not_found'];
const unknown = [401, 'authorization_required'];
const forbidden = [403, 'permission_denied'];
const admins = { admin: null, globalAdmin: null, service: null };
const strangers = {
  colleague: missing, support: missing, stranger: missing, otherAdmin: missing, anon: unknown,
};

/** By action on the owner's device: its fields, what is made of the device first, who is refused. */
const onDevice = {
  check_tailscale_status: { refusals: { owner: null, ...admins, ...strangers } },
  revoke: { fields: { reason: 'lost' }, refusals: { owner: null, ...admins, ...strangers } },
  reactivate: { isRevoked: true, refusals: { owner: forbidden, ...admins, ...strangers } },
  set_trust_level: {
    fields: { trust_level: 'medium', reason: 'looked at' },
    refusals: { owner: forbidden, ...admins, ...strangers },
  },
};

function onOwnersDevice(world) {
  for (const [action, { fields = {}, isRevoked = false, refusals }] of Object.entries(onDevice)) {
    for (const [who, refusal] of Object.entries(refusals)) {
      test(`${action}: ${who}: ${refusal?.[1] ?? 'done'}`, async () => {
        const { device_id } = await answered(await enrollment(world.as.owner, 'generate_token'));
        if (isRevoked) await answered(await enrollment(world.as.owner, 'revoke', { device_id }));
        const read = async () => succeeded(
          await world.as.service.from('devices').select().eq('id', device_id).single());
        const was = await read();
        const result = await enrollment(world.as[who], action, { device_id, ...fields });
        if (refusal === null) {
          assert.equal((await answered(result)).success, true);
          return;
        }
        await invokeRefused(result, ...refusal);
        assert.deepEqual(await read(), was);
      });
    }
  }
}

function forOneself(world) {
  for (const who of ['owner', 'colleague', 'support', 'admin', 'stranger', 'otherAdmin',
    'globalAdmin']) {
    test(`a device of one's own: ${who}`, async () => {
      const { id, organizationId } = world.people[who];
      const made = [
        await answered(await enrollment(world.as[who], 'generate_token')),
        await answered(await enrollment(world.as[who], 'create_pending_device')),
        await answered(await enrollment(world.as[who], 'enroll', { fingerprint: randomUUID() })),
      ];
      for (const { device_id } of made) {
        assert.ok(isUuid(device_id));
        const device = succeeded(await world.as.service.from('devices')
          .select('user_id,organization_id').eq('id', device_id).single());
        assert.deepEqual(device, { user_id: id, organization_id: organizationId });
      }
    });
  }

  test('the service key is nobody: it has no device of its own', async () => {
    for (const [action, fields] of [
      ['generate_token', {}], ['create_pending_device', {}], ['enroll', { fingerprint: 'f' }],
    ]) {
      const { error } = await enrollment(world.as.service, action, fields);
      assert.ok([400, 401, 403].includes(error?.context.status), `${action}: ${error?.message}`);
      assert.equal(typeof (await error.context.json()).code, 'string');
    }
  });
}

suite('functions by caller', (world) => {
  describe('on the owner\'s device', () => onOwnersDevice(world));
  describe('for oneself', () => forOneself(world));
});
