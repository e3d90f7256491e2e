// select(): columns, aliases, casts, paths into JSON, the form of each type, the kinds of answers,
// and what a query that cannot be answered is refused with.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { isTimestamp, isUuid, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';
import { addConfigurations, addDevices } from './roster.mjs';

const columns = [
  'id', 'user_id', 'organization_id', 'name', 'device_type', 'os', 'fingerprint',
  'enrollment_token', 'enrolled_at', 'last_seen', 'location', 'status', 'trust_level',
  'tailscale_auth_key', 'tailscale_hostname', 'tailscale_device_id', 'tailscale_ip',
  'enrollment_expires_at', 'metadata', 'created_at',
];

/** What is selected of Alpha, and what comes. */
const selections = [
  ['one column', 'name', { name: 'Alpha' }],
  ['two with a space', 'name, os', { name: 'Alpha', os: 'macOS 14.0' }],
  ['an alias', 'label:name', { label: 'Alpha' }],
  ['one column under two names', 'name,again:name', { name: 'Alpha', again: 'Alpha' }],
  ['a path as text', 'metadata->>model', { model: 'MacBook' }],
  ['a path as JSON', 'metadata->flags', { flags: { disk: true } }],
  ['a path with an alias', 'disk:metadata->flags->disk', { disk: true }],
  ['a number as text', 'metadata->>slots', { slots: '2' }],
  ['a place in a list', 'metadata->tags->0', { tags: 'x' }],
  ['a path that leads nowhere', 'metadata->nothing->here', { here: null }],
  ['a cast', 'last_seen::date', { last_seen: '2026-01-05' }],
  ['a cast of a path', 'slots:metadata->>slots::int', { slots: 2 }],
  ['over several lines', `
      name,
      status
    `, { name: 'Alpha', status: 'active' }],
];

const selectionRefusals = [
  ['an unknown column', 'name,colour', 400, '42703',
    { message: 'column devices.colour does not exist', details: null }],
  ['an aggregate', 'status,count()', 400, 'PGRST123',
    { message: 'Use of aggregate functions is not allowed', details: null, hint: null }],
  ['a sum', 'metadata->slots.sum()', 400, 'PGRST123', {}],
  ['a parenthesis too few', 'organizations(name', 400, 'PGRST100', { hint: null }],
  ['two commas', 'name,,os', 400, 'PGRST100', { hint: null }],
  ['an unknown type to cast to', 'name::colour', 400, '42704',
    { message: 'type "colour" does not exist' }],
];

function values(world, alpha) {
  test('a star is every column, in the order of the table', async () => {
    const [row] = succeeded(await world.as.owner.from('devices').select('*').eq('name', 'Alpha'));
    assert.deepEqual(Object.keys(row), columns);
    assert.deepEqual(succeeded(await world.as.owner.from('devices').select().eq('name', 'Alpha')),
      [row]);
  });

  test('the form of each type', async () => {
    const row = succeeded(await world.as.owner.from('devices').select().eq('id', alpha().id)
      .single());
    assert.ok(isUuid(row.id));
    assert.equal(row.user_id, world.people.owner.id);
    assert.equal(row.organization_id, world.organizations.a);
    assert.equal(row.last_seen, '2026-01-05T10:00:00+00:00');
    assert.ok(isTimestamp(row.created_at), row.created_at);
    assert.deepEqual(row.metadata,
      { model: 'MacBook', slots: 2, flags: { disk: true }, tags: ['x', 'y'] });
    assert.equal(row.enrolled_at, null);
  });

  test('fractions of a second lose their trailing zeros', async () => {
    const row = succeeded(await world.as.owner.from('devices').select('last_seen')
      .eq('name', 'beta').single());
    assert.equal(row.last_seen, '2026-01-04T10:00:00.12+00:00');
  });

  test('arrays and booleans', async () => {
    const table = world.as.admin.from('organization_tailscale_config');
    const rows = succeeded(await table.select('tags,is_active').order('description'));
    assert.deepEqual(rows, [
      { tags: ['tag:prod', 'tag:user'], is_active: true },
      { tags: ['tag:lab'], is_active: false },
      { tags: [], is_active: null },
    ]);
  });

  test('JSON as text is JSON', async () => {
    const row = succeeded(await world.as.owner.from('devices').select('metadata->flags::text')
      .eq('name', 'Alpha').single());
    assert.deepEqual(JSON.parse(row.flags), { disk: true });
  });

  test('the view of roles', async () => {
    const { owner } = world.people;
    const row = succeeded(await world.as.owner.from('user_roles').select().eq('user_id', owner.id)
      .single());
    assert.deepEqual(Object.keys(row), ['id', 'user_id', 'role', 'created_at']);
    assert.equal(row.role, 'user');
  });
}

function kinds(world) {
  const start = (select = 'name') => world.as.owner.from('devices').select(select);

  test('no row is an empty array', async () => {
    const result = await start().eq('name', 'nobody');
    assert.deepEqual(succeeded(result), []);
    assert.equal(result.count, null);
    assert.equal(result.statusText, 'OK');
  });

  test('single', async () => {
    assert.deepEqual(succeeded(await start().eq('name', 'Alpha').single()), { name: 'Alpha' });
    const message = 'Cannot coerce the result to a single JSON object';
    refused(await start().eq('name', 'nobody').single(), 406, 'PGRST116',
      { message, details: 'The result contains 0 rows', hint: null });
    refused(await start().single(), 406, 'PGRST116',
      { message, details: 'The result contains 5 rows', hint: null });
  });

  test('maybeSingle', async () => {
    assert.deepEqual(succeeded(await start().eq('name', 'Alpha').maybeSingle()), { name: 'Alpha' });
    assert.equal(succeeded(await start().eq('name', 'nobody').maybeSingle()), null);
    const { error, status } = await start().maybeSingle();
    assert.equal(error.code, 'PGRST116');
    assert.equal(status, 406);
  });

  // Quoted as PostgreSQL writes a row's text, which is what PostgREST makes it from.
  test('csv', async () => {
    const text = succeeded(await start('name,os,location').order('last_seen').csv());
    assert.deepEqual(text.trimEnd().split('\n'), [
      'name,os,location',
      '"Épsilon + 1","Ubuntu 24.04","say ""hi"""',
      'Gamma,"iOS 17","Madrid, Spain"',
      'beta,"Windows 11",',
      'Alpha,"macOS 14.0",Berlin',
      'delta,,"Lyon (FR)"',
    ]);
  });

  test('csv of no row has no line but the header', async () => {
    const text = succeeded(await start('name').eq('name', 'nobody').csv());
    assert.ok(['', 'name'].includes(text?.trimEnd() ?? ''), JSON.stringify(text));
  });

  test('geojson: 406', async () => {
    refused(await start().geojson(), 406, 'PGRST107',
      { message: /^None of these media types are available: application\/geo\+json/ });
  });

  test('explain is off: 406', async () => {
    refused(await start().explain({ format: 'json' }), 406, 'PGRST107',
      { message: /^None of these media types are available: application\/vnd\.pgrst\.plan\+json/ });
  });

  test('stripNulls', { skip: world.isOldest && 'this version does not have it' }, async () => {
    const rows = succeeded(await start('name,os').in('name', ['Alpha', 'delta']).order('name')
      .stripNulls());
    assert.deepEqual(rows, [{ name: 'Alpha', os: 'macOS 14.0' }, { name: 'delta' }]);
    const row = succeeded(await start('name,os').eq('name', 'delta').stripNulls().single());
    assert.deepEqual(row, { name: 'delta' });
  });
}

suite('select', (world) => {
  let devices;
  before(async () => {
    devices = await addDevices(world);
    await addConfigurations(world);
  });

  describe('selections', () => {
    for (const [name, select, expected] of selections) {
      test(name, async () => {
        const table = world.as.owner.from('devices');
        assert.deepEqual(succeeded(await table.select(select).eq('name', 'Alpha')), [expected]);
      });
    }
    for (const [name, select, status, code, wanted] of selectionRefusals) {
      test(`${name}: ${status} ${code}`, async () => {
        refused(await world.as.owner.from('devices').select(select), status, code, wanted);
      });
    }
  });
  describe('values', () => values(world, () => devices.Alpha));
  describe('kinds of answers', () => kinds(world));
});
