// The three holes that the published policies would leave, and that are closed: nobody promotes
// itself, nobody forges history, nobody reads secrets.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { answered, pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

const people = ['owner', 'support', 'admin', 'otherAdmin', 'globalAdmin'];
const when = '2026-01-01T00:00:00Z';

/** A device of the owner, as the service key makes it. */
async function addDevice(world, fields = {}) {
  const row = { user_id: world.people.owner.id, organization_id: world.organizations.a,
    name: 'Laptop', ...fields };
  return succeeded(await world.as.service.from('devices').insert(row).select().single(), 201);
}
const readDevice = async (world, id) =>
  succeeded(await world.as.service.from('devices').select().eq('id', id).single());

/** The device's state, what its owner may not write into it. */
const promotions = [
  ['its trust up', { trust_level: 'low' }, { trust_level: 'medium' }],
  ['its trust up to high', { trust_level: 'medium' }, { trust_level: 'high' }],
  ['it active', { status: 'pending' }, { status: 'active' }],
  ['it active again', { status: 'inactive' }, { status: 'active' }],
  ['it out of revoked', { status: 'revoked' }, { status: 'pending' }],
  ['it revoked to inactive', { status: 'revoked' }, { status: 'inactive' }],
  ['its id', {}, () => ({ id: randomUUID() })],
  ['its owner', {}, (world) => ({ user_id: world.people.colleague.id })],
  ['its organisation', {}, (world) => ({ organization_id: world.organizations.b })],
  ['its organisation away', {}, { organization_id: null }],
  ['its fingerprint', {}, () => ({ fingerprint: randomUUID() })],
  ['when it enrolled', {}, { enrolled_at: when }],
  ['when it was made', {}, { created_at: when }],
  ['its host name', {}, { tailscale_hostname: 'x' }],
  ['its address', {}, { tailscale_ip: '100.64.0.9' }],
  ['its node', {}, { tailscale_device_id: 'n1' }],
  ['its network key', {}, { tailscale_auth_key: 'tskey-auth-forged' }],
];

/** What a new device of one's own may not have. */
const births = [
  ['active', { status: 'active' }],
  ['trusted', { trust_level: 'high' }],
  ['enrolled', { enrolled_at: when }],
  ['on the network', { tailscale_ip: '100.64.0.9' }],
  ['with a node', { tailscale_device_id: 'n1' }],
  ['with a host name', { tailscale_hostname: 'x' }],
  ['with a network key', { tailscale_auth_key: 'tskey-auth-forged' }],
  ['of another organisation', (world) => ({ organization_id: world.organizations.b })],
];

const valueOf = (fields, world) => (typeof fields === 'function' ? fields(world) : fields);

function promoting(world) {
  for (const [name, state, changes] of promotions) {
    test(`the owner may not change ${name}: 403`, async () => {
      const device = await addDevice(world, state);
      const result = await world.as.owner.from('devices').update(valueOf(changes, world))
        .eq('id', device.id).select();
      refused(result, 403, '42501');
      assert.deepEqual(await readDevice(world, device.id), device);
    });
  }

  for (const [name, fields] of births) {
    test(`a device is not born ${name}: 403`, async () => {
      const row = { user_id: world.people.owner.id, name: randomUUID(), ...valueOf(fields, world) };
      refused(await world.as.owner.from('devices').insert(row), 403, '42501');
      const found = await world.as.service.from('devices').select('id').eq('name', row.name);
      assert.deepEqual(succeeded(found), []);
    });
  }

  test('lowering is allowed: an old client enrols a device again', async () => {
    const device = await addDevice(world, { status: 'active', trust_level: 'medium' });
    const token = randomUUID();
    const again = { status: 'pending', trust_level: 'low', enrollment_token: token,
      enrollment_expires_at: new Date(Date.now() + 3600e3).toISOString() };
    const changed = await world.as.owner.from('devices').update(again).eq('id', device.id)
      .select().single();
    assert.equal(succeeded(changed).status, 'pending');
    assert.equal(succeeded(changed).trust_level, 'low');
    const verified = await answered(await world.as.anon.functions.invoke('device-enrollment', {
      body: { action: 'verify', enrollment_token: token, fingerprint: randomUUID() },
    }));
    assert.equal(verified.device_id, device.id);
  });

  test('several at once are refused together', async () => {
    const location = randomUUID();
    const [low, high] = [await addDevice(world, { location, trust_level: 'low' }),
      await addDevice(world, { location, trust_level: 'high' })];
    refused(await world.as.owner.from('devices').update({ trust_level: 'medium' })
      .eq('location', location), 403, '42501');
    assert.deepEqual(await readDevice(world, low.id), low);
    assert.deepEqual(await readDevice(world, high.id), high);
  });

  test('an upsert is no way round', async () => {
    const device = await addDevice(world);
    const { id, user_id, name } = device;
    refused(await world.as.owner.from('devices').upsert({ id, user_id, name, trust_level: 'high' }),
      403, '42501');
    assert.deepEqual(await readDevice(world, id), device);
  });
}

function rising(world) {
  const roleOf = async (who) => succeeded(await world.as.service.from('profiles').select('role')
    .eq('id', world.people[who].id).single()).role;
  const setRole = (who, whose, role) =>
    world.as[who].from('profiles').update({ role }).eq('id', world.people[whose].id).select();

  test('nobody gives itself a role', async () => {
    for (const who of ['owner', 'support', 'stranger']) {
      const before = await roleOf(who);
      const { error, data } = await setRole(who, who, 'org_admin');
      if (error) assert.equal(error.code, '42501');
      else assert.deepEqual(data, []);
      assert.equal(await roleOf(who), before);
    }
    refused(await setRole('admin', 'admin', 'global_admin'), 403, '42501');
    assert.equal(await roleOf('admin'), 'org_admin');
  });

  test('an org_admin gives roles in its organisation, below global_admin', async () => {
    assert.equal(succeeded(await setRole('admin', 'colleague', 'support'))[0].role, 'support');
    refused(await setRole('admin', 'colleague', 'global_admin'), 403, '42501');
    assert.equal(await roleOf('colleague'), 'support');
    assert.deepEqual(succeeded(await setRole('otherAdmin', 'colleague', 'org_admin')), []);
    assert.deepEqual(succeeded(await setRole('admin', 'stranger', 'support')), []);
    assert.equal(await roleOf('stranger'), 'user');
    succeeded(await setRole('admin', 'colleague', 'user'));
  });

  test('nobody is moved to another organisation', async () => {
    refused(await world.as.admin.from('profiles')
      .update({ organization_id: world.organizations.b }).eq('id', world.people.colleague.id),
    403, '42501');
  });
}

function forging(world) {
  for (const [table, column] of [['device_events', 'event_type'], ['audit_logs', 'event']]) {
    const row = async () => (table === 'audit_logs'
      ? { organization_id: world.organizations.a, event: 'forged' }
      : { device_id: (await addDevice(world)).id, event_type: 'forged' });

    test(`${table}: only the system inserts`, async () => {
      for (const who of people) {
        refused(await world.as[who].from(table).insert(await row()), 403, '42501');
      }
      refused(await world.as.anon.from(table).insert(await row()), 401, '42501');
      succeeded(await world.as.service.from(table).insert(await row()), 201);
    });

    test(`${table}: nobody changes or deletes, the service key neither`, async () => {
      const made = await world.as.service.from(table).insert(await row()).select().single();
      const { id } = succeeded(made, 201);
      for (const who of [...people, 'anon', 'service']) {
        const status = who === 'anon' ? 401 : 403;
        const start = () => world.as[who].from(table);
        refused(await start().update({ [column]: 'changed' }).eq('id', id), status, '42501');
        refused(await start().delete().eq('id', id), status, '42501');
      }
      const kept = await world.as.service.from(table).select().eq('id', id).single();
      assert.deepEqual(succeeded(kept), made.data);
    });
  }
}

function leaking(world) {
  const secret = () => `tskey-auth-${randomUUID()}`;

  test('a network key reads as null, save for the service key', async () => {
    const key = secret();
    const device = await addDevice(world, { tailscale_auth_key: key });
    assert.equal(device.tailscale_auth_key, key);
    for (const who of ['owner', 'admin', 'globalAdmin']) {
      const rows = succeeded(await world.as[who].from('devices').select().eq('id', device.id));
      assert.deepEqual(pluck(rows, 'tailscale_auth_key'), [null], who);
    }
    const changed = await world.as.owner.from('devices').update({ name: 'x' }).eq('id', device.id)
      .select();
    assert.equal(JSON.stringify(succeeded(changed)).includes(key), false);
  });

  test('a network configuration\'s key, too', async () => {
    const key = secret();
    const table = (who) => world.as[who].from('organization_tailscale_config');
    const made = await table('admin').insert({
      organization_id: world.organizations.a, tailscale_auth_key: key,
    }).select().single();
    const { id, tailscale_auth_key } = succeeded(made, 201);
    assert.equal(tailscale_auth_key, null);
    const read = await table('service').select('tailscale_auth_key').eq('id', id).single();
    assert.equal(succeeded(read).tailscale_auth_key, key);
  });

  test('nor do filters, orders and CSV tell it', async () => {
    const key = secret();
    const device = await addDevice(world, { tailscale_auth_key: key });
    const start = () => world.as.owner.from('devices').select('id,tailscale_auth_key')
      .eq('id', device.id);
    assert.deepEqual(succeeded(await start().eq('tailscale_auth_key', key)), []);
    assert.deepEqual(succeeded(await start().like('tailscale_auth_key', 'tskey%')), []);
    assert.deepEqual(succeeded(await start().order('tailscale_auth_key')),
      [{ id: device.id, tailscale_auth_key: null }]);
    assert.equal((await start().csv()).data.includes(key), false);
  });

  test('an enrolment token reads as null for everybody', async () => {
    const made = await answered(await world.as.owner.functions.invoke('device-enrollment',
      { body: { action: 'generate_token' } }));
    for (const who of ['owner', 'admin', 'globalAdmin', 'service']) {
      const row = succeeded(await world.as[who].from('devices').select()
        .eq('id', made.device_id).single());
      assert.equal(row.enrollment_token, null, who);
      assert.equal(JSON.stringify(row).includes(made.enrollment_token), false);
    }
  });

  test('a refusal does not quote a secret', async () => {
    const key = secret();
    const device = await addDevice(world, { tailscale_auth_key: key });
    const { error } = await world.as.owner.from('devices').update({ status: 'lost' })
      .eq('id', device.id);
    assert.ok(error);
    assert.equal(JSON.stringify(error).includes(key), false);
  });

  test('passwords and their digests are nowhere', async () => {
    for (const who of ['owner', 'service']) {
      const rows = succeeded(await world.as[who].from('profiles').select());
      assert.equal(/argon2|password/.test(JSON.stringify(rows)), false);
    }
  });
}

suite('holes', (world) => {
  describe('self-promotion of devices', () => promoting(world));
  describe('self-promotion of people', () => rising(world));
  describe('forged history', () => forging(world));
  describe('leaking secrets', () => leaking(world));
});
