// Row-level security as each person meets it: who sees which rows, and who may write which. The
// holes that the policies alone would leave are in rest_holes.test.mjs.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

const everybody = ['owner', 'colleague', 'support', 'admin', 'stranger', 'otherAdmin',
  'globalAdmin', 'anon', 'service'];

/** Whose device each one sees; "ours" belongs to the owner, and so on. */
const seesDevices = {
  owner: ['ours'], colleague: ['colleagues'], support: [], admin: ['colleagues', 'ours'],
  stranger: ['strangers'], otherAdmin: ['strangers'],
  globalAdmin: ['colleagues', 'ours', 'strangers'], anon: [],
  service: ['colleagues', 'ours', 'strangers'],
};
const seesEvents = {
  ...seesDevices, support: ['colleagues', 'ours'],
};
const seesOrganizations = {
  owner: ['a'], colleague: ['a'], support: ['a'], admin: ['a'], stranger: ['b'], otherAdmin: ['b'],
  globalAdmin: ['a', 'b', 'head'], anon: [], service: ['a', 'b', 'head'],
};
const seesAudit = {
  owner: [], colleague: [], support: ['a'], admin: ['a'], stranger: [], otherAdmin: ['b'],
  globalAdmin: ['a', 'b'], anon: [], service: ['a', 'b'],
};
const seesConfiguration = {
  owner: [], colleague: [], support: [], admin: ['a'], stranger: [], otherAdmin: ['b'],
  globalAdmin: ['a', 'b'], anon: [], service: ['a', 'b'],
};
const ofA = ['admin', 'colleague', 'owner', 'support'];
const ofB = ['otherAdmin', 'stranger'];
const seesProfiles = {
  owner: ofA, colleague: ofA, support: ofA, admin: ofA, stranger: ofB, otherAdmin: ofB,
  globalAdmin: [...ofA, 'globalAdmin', ...ofB], anon: [],
  service: [...ofA, 'globalAdmin', ...ofB],
};

/** Rows that one world has: devices, an event of each, an audit row and a configuration a side. */
async function furnish(world) {
  const { service } = world.as;
  const { owner, colleague, stranger } = world.people;
  const { a, b } = world.organizations;
  const devices = succeeded(await service.from('devices').insert([
    { name: 'ours', user_id: owner.id, organization_id: a },
    { name: 'colleagues', user_id: colleague.id, organization_id: a },
    { name: 'strangers', user_id: stranger.id, organization_id: b },
  ]).select(), 201);
  const ids = Object.fromEntries(devices.map(({ name, id }) => [name, id]));
  succeeded(await service.from('device_events').insert(devices.map(({ id, name }) => (
    { device_id: id, event_type: 'enrolled', details: { of: name } }))), 201);
  const letters = [['a', a], ['b', b]];
  succeeded(await service.from('audit_logs').insert(letters.map(([letter, id]) => (
    { organization_id: id, event: world.mark, details: { letter } }))), 201);
  succeeded(await service.from('organization_tailscale_config').insert(letters.map(([letter, id]) => (
    { organization_id: id, tailscale_auth_key: `tskey-${world.mark}`, description: letter }))), 201);
  return ids;
}

/** A test for each person: what they see, counted too. `ask` adds what keeps to this world. */
function seeing(world, table, expected, ask, label) {
  for (const who of everybody) {
    test(`${who}: ${expected[who].join(', ') || 'nothing'}`, async () => {
      const start = world.as[who].from(table).select('*', { count: 'exact' });
      const result = await ask(start);
      const labels = succeeded(result).map(label);
      assert.deepEqual(labels.sort(), [...expected[who]].sort());
      assert.equal(result.count, labels.length);
    });
  }
}

function reading(world, ids) {
  const letterOf = (id) =>
    Object.keys(world.organizations).find((letter) => world.organizations[letter] === id);
  const nameOf = (id) => Object.keys(world.people).find((name) => world.people[name].id === id);
  const mine = (column) => (query) => query.in(column, Object.values(ids()));
  const organizationIds = () => Object.values(world.organizations);
  const personIds = () => Object.values(world.people).map(({ id }) => id);

  describe('devices', () =>
    seeing(world, 'devices', seesDevices, mine('id'), (row) => row.name));
  describe('device_events', () =>
    seeing(world, 'device_events', seesEvents, (q) => mine('device_id')(q).eq('event_type',
      'enrolled'), (row) => row.details.of));
  describe('organizations', () =>
    seeing(world, 'organizations', seesOrganizations, (q) => q.in('id', organizationIds()),
      (row) => letterOf(row.id)));
  describe('profiles', () =>
    seeing(world, 'profiles', seesProfiles, (q) => q.in('id', personIds()),
      (row) => nameOf(row.id)));
  describe('audit_logs', () =>
    seeing(world, 'audit_logs', seesAudit, (q) => q.eq('event', world.mark),
      (row) => row.details.letter));
  describe('organization_tailscale_config', () =>
    seeing(world, 'organization_tailscale_config', seesConfiguration,
      (q) => q.in('organization_id', organizationIds()), (row) => row.description));
}

function embedding(world, ids) {
  test('an embed shows what its table would', async () => {
    const events = world.as.support.from('device_events').select('event_type,devices(name)');
    const row = succeeded(await events.eq('device_id', ids().ours).limit(1).single());
    assert.equal(row.devices, null);
  });

  test('an embed of many, too', async () => {
    const query = world.as.owner.from('organizations').select('devices(name),profiles(id)');
    const row = succeeded(await query.eq('id', world.organizations.a).single());
    assert.deepEqual(row.devices, [{ name: 'ours' }]);
    assert.equal(row.profiles.length, ofA.length);
  });
}

function writingDevices(world, ids) {
  const unchanged = async (id, work) => {
    const read = async () =>
      succeeded(await world.as.service.from('devices').select().eq('id', id).single());
    const was = await read();
    await work();
    assert.deepEqual(await read(), was);
  };

  test('somebody else\'s device is not there to change', async () => {
    for (const who of ['colleague', 'support', 'stranger', 'otherAdmin', 'anon']) {
      await unchanged(ids().ours, async () => {
        const table = () => world.as[who].from('devices');
        assert.deepEqual(succeeded(await table().update({ name: 'x' }).eq('id', ids().ours)
          .select()), [], who);
        assert.equal(succeeded(await table().delete().eq('id', ids().ours), 204), null, who);
      });
    }
  });

  test('a device for somebody else: 403', async () => {
    for (const who of ['colleague', 'support', 'stranger', 'otherAdmin']) {
      const row = { user_id: world.people.owner.id, name: `from ${who}` };
      refused(await world.as[who].from('devices').insert(row), 403, '42501',
        { message: 'new row violates row-level security policy for table "devices"' });
    }
  });

  test('a device from nobody: 401', async () => {
    const row = { user_id: world.people.owner.id, name: 'from nobody' };
    refused(await world.as.anon.from('devices').insert(row), 401, '42501');
  });

  test('one\'s own device: made, changed, deleted', async () => {
    const table = () => world.as.owner.from('devices');
    const row = { user_id: world.people.owner.id, name: 'Laptop' };
    const made = succeeded(await table().insert(row).select().single(), 201);
    assert.equal(made.status, 'pending');
    assert.equal(made.trust_level, 'low');
    assert.equal(made.organization_id, world.organizations.a);
    const renamed = await table().update({ name: 'Desk' }).eq('id', made.id).select().single();
    assert.equal(succeeded(renamed).name, 'Desk');
    succeeded(await table().delete().eq('id', made.id), 204);
    assert.equal(succeeded(await table().select().eq('id', made.id).maybeSingle()), null);
  });
}

function writingOthers(world) {
  test('organizations: a global_admin adds one', async () => {
    const row = () => ({ name: `Added ${randomUUID()}` });
    for (const who of ['owner', 'support', 'admin', 'stranger']) {
      refused(await world.as[who].from('organizations').insert(row()), 403, '42501');
    }
    refused(await world.as.anon.from('organizations').insert(row()), 401, '42501');
    const made = await world.as.globalAdmin.from('organizations').insert(row()).select().single();
    assert.equal(succeeded(made, 201).logo_url, null);
  });

  test('network configurations: an admin has those of its own organisation', async () => {
    const table = () => world.as.admin.from('organization_tailscale_config');
    const row = (letter) => ({
      organization_id: world.organizations[letter], tailscale_auth_key: `tskey-${randomUUID()}`,
    });
    const made = succeeded(await table().insert(row('a')).select().single(), 201);
    assert.deepEqual(made.tags, ['tag:prod']);
    assert.equal(made.is_active, true);
    const changed = await table().update({ is_active: false }).eq('id', made.id).select().single();
    assert.equal(succeeded(changed).is_active, false);
    refused(await table().insert(row('b')), 403, '42501');
    const stolen = table().update({ organization_id: world.organizations.b }).eq('id', made.id);
    refused(await stolen, 403, '42501');
    for (const who of ['owner', 'support', 'otherAdmin']) {
      const other = () => world.as[who].from('organization_tailscale_config');
      assert.deepEqual(succeeded(await other().update({ is_active: true }).eq('id', made.id)
        .select()), []);
      refused(await other().insert(row('a')), 403, '42501');
    }
    succeeded(await table().delete().eq('id', made.id), 204);
  });

  test('user_roles is a view to look at', async () => {
    const roles = world.as.admin.from('user_roles');
    const rows = succeeded(await roles.select('user_id,role').eq('user_id', world.people.support.id));
    assert.deepEqual(pluck(rows, 'role'), ['support']);
    for (const result of [
      await world.as.admin.from('user_roles').update({ role: 'user' }).eq('role', 'support'),
      await world.as.admin.from('user_roles').insert({ user_id: randomUUID(), role: 'user' }),
      await world.as.admin.from('user_roles').delete().eq('role', 'support'),
    ]) {
      assert.ok(result.error, 'the view was written');
      assert.ok(result.status >= 400 && result.status < 500, String(result.status));
    }
  });
}

suite('policies', (world) => {
  let ids;
  before(async () => {
    ids = await furnish(world);
  });
  reading(world, () => ids);
  describe('embeds', () => embedding(world, () => ids));
  describe('writing devices', () => writingDevices(world, () => ids));
  describe('writing other tables', () => writingOthers(world));
});
