// Every filter of supabase-js, on devices and network configurations: which rows it lets through,
// and what it is refused with.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';
import { addConfigurations, addDevices } from './roster.mjs';

const epsilon = 'Épsilon + 1';
const everyone = ['Alpha', 'beta', 'Gamma', 'delta', epsilon];
const allBut = (...names) => everyone.filter((name) => !names.includes(name));

/** Name of the row, what is asked, who is found. */
const comparisons = [
  ['eq', (q) => q.eq('status', 'active'), ['Alpha', 'beta']],
  ['eq with spaces, plus and accents', (q) => q.eq('name', epsilon), [epsilon]],
  ['eq with a comma', (q) => q.eq('location', 'Madrid, Spain'), ['Gamma']],
  ['eq with quotes', (q) => q.eq('location', 'say "hi"'), [epsilon]],
  ['eq with parentheses', (q) => q.eq('location', 'Lyon (FR)'), ['delta']],
  ['eq is of the letters as they are', (q) => q.eq('name', 'alpha'), []],
  ['eq null is no is null', (q) => q.eq('location', null), []],
  ['neq leaves nulls out', (q) => q.neq('os', 'iOS 17'), allBut('Gamma', 'delta')],
  ['gt of a time', (q) => q.gt('last_seen', '2026-01-03T10:00:00Z'), ['Alpha', 'beta']],
  ['gte of a time in another zone', (q) => q.gte('last_seen', '2026-01-03T11:00:00+01:00'),
    ['Alpha', 'beta', 'Gamma']],
  ['lt of a day', (q) => q.lt('last_seen', '2026-01-03'), [epsilon]],
  ['lte', (q) => q.lte('last_seen', '2026-01-03 10:00:00+00'), ['Gamma', epsilon]],
  ['lt of text', (q) => q.lt('name', 'B'), ['Alpha']],
  ['the same column twice', (q) => q.gte('last_seen', '2026-01-03T00:00:00Z')
    .lt('last_seen', '2026-01-05T00:00:00Z'), ['beta', 'Gamma']],
  ['match', (q) => q.match({ status: 'active', trust_level: 'high' }), ['Alpha']],
  ['filter', (q) => q.filter('status', 'eq', 'revoked'), [epsilon]],
  ['isdistinct sees nulls', (q) => q.filter('os', 'isdistinct', 'iOS 17'), allBut('Gamma')],
  ['eq(any)', (q) => q.filter('status', 'eq(any)', '{active,pending}'),
    ['Alpha', 'beta', 'delta']],
  ['gt(all)', (q) => q.filter('last_seen', 'gt(all)', '{2026-01-01,2026-01-04}'),
    ['Alpha', 'beta']],
];

const patterns = [
  ['like', (q) => q.like('name', 'A%'), ['Alpha']],
  ['like is of the letters as they are', (q) => q.like('name', 'a%'), []],
  ['like with one unknown letter', (q) => q.like('name', '_eta'), ['beta']],
  ['like with a star', (q) => q.like('name', '*mm*'), ['Gamma']],
  ['like takes a backslash as escape', (q) => q.like('name', 'Alpha\\%'), []],
  ['ilike', (q) => q.ilike('name', '%A'), ['Alpha', 'beta', 'Gamma', 'delta']],
  ['ilike of other letters than ASCII', (q) => q.ilike('name', 'é%'), [epsilon]],
  ['likeAllOf', (q) => q.likeAllOf('name', ['%l%', '%a']), ['Alpha', 'delta']],
  ['likeAnyOf', (q) => q.likeAnyOf('name', ['A%', 'b%']), ['Alpha', 'beta']],
  ['ilikeAllOf', (q) => q.ilikeAllOf('name', ['%L%', 'a%']), ['Alpha']],
  ['ilikeAnyOf', (q) => q.ilikeAnyOf('name', ['ALPHA', 'BETA']), ['Alpha', 'beta']],
  ['match, a regular expression', (q) => q.filter('name', 'match', '^[A-G]'), ['Alpha', 'Gamma']],
  ['imatch', (q) => q.filter('name', 'imatch', '^(alpha|BETA)$'), ['Alpha', 'beta']],
  ['not like', (q) => q.not('name', 'like', '%a'), [epsilon]],
];

const sets = [
  ['is null', (q) => q.is('os', null), ['delta']],
  ['is not_null', (q) => q.filter('os', 'is', 'not_null'), allBut('delta')],
  ['is NULL in capitals', (q) => q.filter('os', 'is', 'NULL'), ['delta']],
  ['not is null', (q) => q.not('os', 'is', null), allBut('delta')],
  ['not eq leaves nulls out', (q) => q.not('os', 'eq', 'iOS 17'), allBut('Gamma', 'delta')],
  ['in', (q) => q.in('status', ['active', 'pending']), ['Alpha', 'beta', 'delta']],
  ['in with commas and parentheses', (q) => q.in('location', ['Madrid, Spain', 'Lyon (FR)']),
    ['Gamma', 'delta']],
  ['in with quotes that nobody escaped', (q) => q.in('location', ['say "hi"', 'Berlin']),
    ['Alpha', epsilon]],
  ['in nothing', (q) => q.in('status', []), []],
  ['not in', (q) => q.not('status', 'in', '(active,pending)'), ['Gamma', epsilon]],
  ['not in nothing', (q) => q.not('status', 'in', '()'), everyone],
  ['or', (q) => q.or('status.eq.pending,trust_level.eq.high'), ['Alpha', 'delta']],
  ['or with and inside', (q) => q.or('name.eq.delta,and(status.eq.active,trust_level.eq.medium)'),
    ['beta', 'delta']],
  ['or with is, in and not', (q) => q.or('os.is.null,status.in.(revoked,lost),name.not.like.%a'),
    ['delta', epsilon]],
  ['or with a quoted value', (q) => q.or('location.eq."Madrid, Spain",name.eq.Alpha'),
    ['Alpha', 'Gamma']],
  ['or with a negated group', (q) => q.or('not.and(status.eq.active,trust_level.eq.high)'),
    allBut('Alpha')],
  ['two or are both needed', (q) => q.or('status.eq.active,status.eq.revoked')
    .or('name.eq.Alpha,name.eq.delta'), ['Alpha']],
  ['or beside another filter', (q) => q.or('name.eq.Alpha,name.eq.delta').neq('status', 'active'),
    ['delta']],
];

const documents = [
  ['contains an object', (q) => q.contains('metadata', { model: 'MacBook' }), ['Alpha']],
  ['contains something nested', (q) => q.contains('metadata', { flags: { disk: true } }),
    ['Alpha']],
  ['contains part of a list', (q) => q.contains('metadata', { tags: ['y'] }), ['Alpha']],
  ['contains nothing particular', (q) => q.contains('metadata', {}), allBut('delta')],
  ['containedBy', (q) => q.containedBy('metadata', { model: 'Tower', slots: 4, more: 1 }),
    ['beta', 'Gamma']],
  ['a path as text', (q) => q.eq('metadata->>model', 'Tower'), ['beta']],
  ['a path as text, a number', (q) => q.eq('metadata->>slots', '2'), ['Alpha']],
  ['a path as JSON compares numbers', (q) => q.gt('metadata->slots', 2), ['beta']],
  ['a longer path', (q) => q.eq('metadata->flags->>disk', 'true'), ['Alpha']],
  ['a place in a list', (q) => q.eq('metadata->tags->>1', 'y'), ['Alpha']],
  ['a path that is null', (q) => q.is('metadata->>model', null), ['Gamma', 'delta', epsilon]],
];

const arrays = [
  ['contains', (q) => q.contains('tags', ['tag:prod']), ['first']],
  ['contains nothing particular', (q) => q.contains('tags', []), ['first', 'second', 'third']],
  ['containedBy', (q) => q.containedBy('tags', ['tag:lab', 'tag:more']), ['second', 'third']],
  ['overlaps', (q) => q.overlaps('tags', ['tag:user', 'tag:lab']), ['first', 'second']],
  ['eq of a whole array', (q) => q.eq('tags', '{tag:prod,tag:user}'), ['first']],
  ['is true', (q) => q.is('is_active', true), ['first']],
  ['is false', (q) => q.is('is_active', false), ['second']],
  ['is unknown', (q) => q.filter('is_active', 'is', 'unknown'), ['third']],
  ['eq true', (q) => q.eq('is_active', true), ['first']],
  ['eq of a boolean in a letter', (q) => q.eq('is_active', 'f'), ['second']],
];

const refusals = [
  ['an operator that nobody knows', (q) => q.filter('status', 'resembles', 'x'), 'PGRST100',
    { message: /^"failed to parse filter \(resembles\.x\)" \(line 1, column 1\)$/, hint: null }],
  ['is something else', (q) => q.filter('status', 'is', 'lost'), 'PGRST100', { hint: null }],
  ['an or that never ends', (q) => q.or('status.eq.active,(name.eq.x'), 'PGRST100', {}],
  ['an empty or', (q) => q.or(''), 'PGRST100', {}],
  ['a column that is not there', (q) => q.eq('colour', 'red'), '42703',
    { message: 'column devices.colour does not exist' }],
  ['a column inside or', (q) => q.or('colour.eq.red'), '42703',
    { message: 'column devices.colour does not exist' }],
  ['a uuid that is none', (q) => q.eq('id', 'x'), '22P02',
    { message: 'invalid input syntax for type uuid: "x"', details: null, hint: null }],
  ['a uuid that is null', (q) => q.eq('user_id', null), '22P02',
    { message: 'invalid input syntax for type uuid: "null"' }],
  ['one of several uuids', (q) => q.in('id', ['00000000-0000-0000-0000-000000000000', 'y']),
    '22P02', { message: 'invalid input syntax for type uuid: "y"' }],
  ['a time that is none', (q) => q.gt('last_seen', 'teatime'), '22007',
    { message: 'invalid input syntax for type timestamp with time zone: "teatime"' }],
  ['a day that is none', (q) => q.gt('last_seen', '2026-02-30'), '22008',
    { message: 'date/time field value out of range: "2026-02-30"' }],
  ['JSON that is none', (q) => q.contains('metadata', '{model'), '22P02',
    { message: 'invalid input syntax for type json' }],
];

/** What SQLite has no equal of: a clear refusal, never an empty answer. */
const missing = [
  ['textSearch', (q) => q.textSearch('name', 'alpha')],
  ['textSearch, plain', (q) => q.textSearch('name', 'a b', { type: 'plain', config: 'english' })],
  ['textSearch, phrase', (q) => q.textSearch('name', 'a b', { type: 'phrase' })],
  ['textSearch, websearch', (q) => q.textSearch('name', 'a or b', { type: 'websearch' })],
];

/** No column is a range. */
const ranges = ['rangeGt', 'rangeGte', 'rangeLt', 'rangeLte', 'rangeAdjacent'];

function finding(rows, start, member) {
  for (const [name, ask, expected] of rows) {
    test(name, async () => {
      const found = pluck(succeeded(await ask(start())), member);
      assert.deepEqual(found.sort(), [...expected].sort());
    });
  }
}

function newestOnly(world, start) {
  const options = { skip: world.isOldest && 'this version does not have it' };
  test('isDistinct', options, async () => {
    const found = succeeded(await start().isDistinct('os', 'iOS 17'));
    assert.deepEqual(pluck(found, 'name').sort(), allBut('Gamma').sort());
  });
  test('notIn', options, async () => {
    const found = succeeded(await start().notIn('status', ['active', 'pending']));
    assert.deepEqual(pluck(found, 'name').sort(), ['Gamma', epsilon]);
  });
  test('regexMatch and regexIMatch', options, async () => {
    assert.deepEqual(pluck(succeeded(await start().regexMatch('name', 'm+a$')), 'name'), ['Gamma']);
    assert.deepEqual(pluck(succeeded(await start().regexIMatch('name', '^AL')), 'name'), ['Alpha']);
  });
}

suite('filters', (world) => {
  let deviceIds;
  before(async () => {
    deviceIds = pluck(Object.values(await addDevices(world)), 'id');
    await addConfigurations(world);
  });
  const devices = () => world.as.owner.from('devices').select('name');
  const configurations = () =>
    world.as.admin.from('organization_tailscale_config').select('description');

  describe('comparisons', () => finding(comparisons, devices, 'name'));
  describe('patterns', () => finding(patterns, devices, 'name'));
  describe('sets and logic', () => finding(sets, devices, 'name'));
  describe('documents', () => finding(documents, devices, 'name'));
  describe('arrays and booleans', () => finding(arrays, configurations, 'description'));
  describe('of newer versions', () => newestOnly(world, devices));

  test('in with a hundred ids, in capitals', async () => {
    const ids = Array.from({ length: 100 }, (_, index) =>
      `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);
    const wanted = [...ids, ...deviceIds.map((id) => id.toUpperCase())];
    assert.equal(succeeded(await devices().in('id', wanted)).length, deviceIds.length);
  });

  describe('refusals', () => {
    for (const [name, ask, code, wanted] of refusals) {
      test(`${name}: 400 ${code}`, async () => refused(await ask(devices()), 400, code, wanted));
    }
    for (const [name, ask] of missing) {
      test(`${name}: 400, and says so`, async () => {
        const { data, error, status } = await ask(devices());
        assert.equal(status, 400);
        assert.equal(data, null);
        assert.ok(error.code && error.message, JSON.stringify(error));
      });
    }
    for (const method of ranges) {
      test(`${method}: 404 42883`, async () => {
        refused(await devices()[method]('last_seen', '[2026-01-01,2026-01-02)'), 404, '42883',
          { message: /^operator does not exist: timestamp with time zone / });
      });
    }
  });
});
