// Embedded resources: to one and to many, aliases and hints, inner joins, spreads, nesting, and
// filters, orders and limits that reach into them.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';
import { addDevices, addEvents } from './roster.mjs';

const epsilon = 'Épsilon + 1';

/** The organisation of a device, asked for in every way there is. */
const toOne = [
  ['by the table', 'organizations(name)', 'organizations'],
  ['with an alias', 'org:organizations(name)', 'org'],
  ['by the column', 'organization_id(name)', 'organization_id'],
  ['by the column, with an alias', 'company:organization_id ( name )', 'company'],
  ['by the constraint', 'devices_organization_id_fkey(name)', 'devices_organization_id_fkey'],
  ['hinted by the constraint', 'organizations!devices_organization_id_fkey(name)',
    'organizations'],
  ['hinted by the column', 'organizations!organization_id(name)', 'organizations'],
  ['as an outer join in so many words', 'organizations!left(name)', 'organizations'],
  ['over several lines', `org:organizations (
      name
    )`, 'org'],
];

/** Which devices come, by what is asked of their embeds. */
const parents = [
  ['an inner join drops who has none', 'name,organizations!inner(name)', (q) => q,
    ['Alpha', 'beta', 'Gamma', 'delta']],
  ['an inner join to many', 'name,device_events!inner(event_type)', (q) => q, ['Alpha', 'beta']],
  ['an inner join with a filter', 'name,device_events!inner(event_type)',
    (q) => q.eq('device_events.event_type', 'token_validated'), ['Alpha']],
  ['an empty embed is only asked for', 'name,device_events!inner()', (q) => q, ['Alpha', 'beta']],
  ['there is none', 'name,organizations(name)', (q) => q.is('organizations', null), [epsilon]],
  ['there is one', 'name,organizations(name)', (q) => q.not('organizations', 'is', null),
    ['Alpha', 'beta', 'Gamma', 'delta']],
  ['there are none of many', 'name,device_events()', (q) => q.is('device_events', null),
    ['Gamma', 'delta', epsilon]],
  ['inside or', 'name,organizations()',
    (q) => q.or('organizations.is.null,status.eq.pending'), ['delta', epsilon]],
  ['a filter alone leaves the parents', 'name,device_events(event_type)',
    (q) => q.eq('device_events.event_type', 'token_validated'),
    ['Alpha', 'beta', 'Gamma', 'delta', epsilon]],
];

const refusals = [
  ['no such relationship', 'name,profiles(*)', (q) => q, 'PGRST200',
    { message: "Could not find a relationship between 'devices' and 'profiles' in the schema cache" }],
  ['a table that is not there', 'name,planets(*)', (q) => q, 'PGRST200',
    { message: "Could not find a relationship between 'devices' and 'planets' in the schema cache" }],
  ['a hint that fits nothing', 'name,organizations!nope(*)', (q) => q, 'PGRST200', {}],
  ['a filter on what is not selected', 'name', (q) => q.eq('organizations.name', 'x'), 'PGRST108',
    {
      message: "'organizations' is not an embedded resource in this request",
      hint: "Verify that 'organizations' is included in the 'select' query parameter.",
    }],
  ['an order of what is not selected', 'name',
    (q) => q.order('event_type', { referencedTable: 'device_events' }), 'PGRST108', {}],
  ['an embed equals nothing', 'name,organizations(name)', (q) => q.eq('organizations', 'x'),
    'PGRST120', { message: "Bad operator on the 'organizations' embedded resource" }],
  ['parents ordered by many', 'name,device_events(*)',
    (q) => q.order('device_events(event_type)'), 'PGRST118',
    { message: "A related order on 'device_events' is not possible" }],
  ['a column of the embed that is not there', 'name,organizations(colour)', (q) => q, '42703', {}],
  ['a count of many', 'name,device_events(count)', (q) => q, 'PGRST123',
    { message: 'Use of aggregate functions is not allowed' }],
];

function shapes(world) {
  const devices = (select) => world.as.service.from('devices').select(select)
    .eq('user_id', world.people.owner.id);

  test('to many is an array', async () => {
    const row = succeeded(await devices('name,device_events(event_type)').eq('name', 'beta').single());
    assert.deepEqual(row, { name: 'beta', device_events: [{ event_type: 'enrolled' }] });
  });

  test('to many of none is an empty array, to one of none is null', async () => {
    const select = 'name,device_events(event_type),organizations(name)';
    const row = succeeded(await devices(select).eq('name', epsilon).single());
    assert.deepEqual(row, { name: epsilon, device_events: [], organizations: null });
  });

  test('from the other side', async () => {
    const organizations = world.as.service.from('organizations').select('name,devices(name)');
    const row = succeeded(await organizations.eq('id', world.organizations.a).single());
    assert.deepEqual(pluck(row.devices, 'name').sort(), ['Alpha', 'Gamma', 'beta', 'delta']);
  });

  test('nested', async () => {
    const events = world.as.service.from('device_events')
      .select('event_type,device:devices(name,organizations(name))');
    const rows = succeeded(await events.eq('event_type', 'token_validated')
      .eq('device.user_id', world.people.owner.id).not('device', 'is', null));
    assert.deepEqual(rows, [{
      event_type: 'token_validated',
      device: { name: 'Alpha', organizations: { name: world.organizationName('a') } },
    }]);
  });

  test('twice under two names', async () => {
    const select = 'a:organizations(name),b:organizations(id)';
    const row = succeeded(await devices(select).eq('name', 'Alpha').single());
    assert.deepEqual(row,
      { a: { name: world.organizationName('a') }, b: { id: world.organizations.a } });
  });

  test('a star beside an embed', async () => {
    const row = succeeded(await devices('*,organizations(*)').eq('name', 'Alpha').single());
    assert.equal(row.name, 'Alpha');
    assert.deepEqual(Object.keys(row.organizations), ['id', 'name', 'logo_url', 'created_at']);
  });

  test('a spread of one lifts its columns', async () => {
    const rows = succeeded(await devices('name,...organizations(company:name)')
      .in('name', ['Alpha', epsilon]).order('name'));
    assert.deepEqual(rows, [
      { name: 'Alpha', company: world.organizationName('a') }, { name: epsilon, company: null },
    ]);
  });

  test('a spread of many makes arrays', async () => {
    const organizations = world.as.service.from('organizations')
      .select('...devices(names:name,states:status)').eq('devices.status', 'active')
      .order('name', { referencedTable: 'devices' });
    const row = succeeded(await organizations.eq('id', world.organizations.a).single());
    assert.deepEqual([...row.names].sort(), ['Alpha', 'beta']);
    assert.deepEqual(row.states, ['active', 'active']);
  });
}

function reaching(world) {
  const alpha = (select) => world.as.service.from('devices').select(select)
    .eq('user_id', world.people.owner.id).eq('name', 'Alpha');
  const types = async (query) =>
    pluck(succeeded(await query.single()).device_events, 'event_type');

  test('a filter inside', async () => {
    const query = alpha('device_events(event_type)').neq('device_events.event_type', 'enrolled')
      .order('created_at', { referencedTable: 'device_events' });
    assert.deepEqual(await types(query), ['enrollment_initiated', 'token_validated']);
  });

  test('an order inside', async () => {
    const query = alpha('device_events(event_type)')
      .order('created_at', { referencedTable: 'device_events', ascending: false });
    assert.deepEqual(await types(query), ['enrolled', 'token_validated', 'enrollment_initiated']);
  });

  test('a limit inside', async () => {
    const query = alpha('device_events(event_type)')
      .order('created_at', { referencedTable: 'device_events' })
      .limit(1, { referencedTable: 'device_events' });
    assert.deepEqual(await types(query), ['enrollment_initiated']);
  });

  test('a range inside', async () => {
    const query = alpha('device_events(event_type)')
      .order('created_at', { referencedTable: 'device_events' })
      .range(1, 2, { referencedTable: 'device_events' });
    assert.deepEqual(await types(query), ['token_validated', 'enrolled']);
  });

  test('or inside', async () => {
    const query = alpha('device_events(event_type)')
      .or('event_type.eq.enrolled,details->>number.eq.1', { referencedTable: 'device_events' })
      .order('created_at', { referencedTable: 'device_events' });
    assert.deepEqual(await types(query), ['enrollment_initiated', 'enrolled']);
  });

  test('an alias is what the others name', async () => {
    const row = succeeded(await alpha('history:device_events(event_type)')
      .eq('history.event_type', 'enrolled').limit(1, { referencedTable: 'history' }).single());
    assert.deepEqual(row, { history: [{ event_type: 'enrolled' }] });
  });

  test('parents ordered by their one', async () => {
    const query = world.as.service.from('devices').select('name,organizations(name)')
      .eq('user_id', world.people.owner.id).order('organizations(name)').order('last_seen');
    assert.deepEqual(pluck(succeeded(await query), 'name'),
      ['Gamma', 'beta', 'Alpha', 'delta', epsilon]);
  });

  test('the count is of the parents', async () => {
    const query = world.as.service.from('devices')
      .select('name,device_events!inner(event_type)', { count: 'exact' })
      .eq('user_id', world.people.owner.id);
    assert.equal((await query).count, 2);
  });
}

suite('embeds', (world) => {
  before(async () => {
    const devices = await addDevices(world);
    await addEvents(world, devices.Alpha.id,
      ['enrollment_initiated', 'token_validated', 'enrolled']);
    await addEvents(world, devices.beta.id, ['enrolled']);
  });
  const devices = (select) => world.as.service.from('devices').select(select)
    .eq('user_id', world.people.owner.id);

  describe('to one', () => {
    for (const [name, embed, member] of toOne) {
      test(name, async () => {
        const row = succeeded(await devices(`name,${embed}`).eq('name', 'Alpha').single());
        assert.deepEqual(row, { name: 'Alpha', [member]: { name: world.organizationName('a') } });
      });
    }
  });
  describe('shapes', () => shapes(world));
  describe('parents', () => {
    for (const [name, select, ask, expected] of parents) {
      test(name, async () => {
        const rows = succeeded(await ask(devices(select)));
        assert.deepEqual(pluck(rows, 'name').sort(), [...expected].sort());
      });
    }
  });
  describe('reaching inside', () => reaching(world));
  describe('refusals', () => {
    for (const [name, select, ask, code, wanted] of refusals) {
      test(`${name}: 400 ${code}`, async () => {
        refused(await ask(devices(select)), 400, code, wanted);
      });
    }
  });
});
