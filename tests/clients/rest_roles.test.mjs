// Every kind of call of the table API as each kind of caller: a shape that asks the database in
// another way must not show or touch more than a plain one. rest_policies.test.mjs has the tables.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

/** Whose devices each caller sees. */
const sees = {
  owner: ['ours'], colleague: ['theirs'], admin: ['ours', 'theirs'], otherAdmin: ['foreign'],
  anon: [], service: ['foreign', 'ours', 'theirs'],
};
const callers = Object.keys(sees);
const letterOf = (name) => (name === 'foreign' ? 'b' : 'a');

/** A device of each kind, each with an event; returns what keeps to them. */
async function furnish(world) {
  const { owner, colleague, stranger } = world.people;
  const location = randomUUID();
  const devices = succeeded(await world.as.service.from('devices').insert(
    [['ours', owner], ['theirs', colleague], ['foreign', stranger]].map(([name, person]) => ({
      name, location, user_id: person.id, organization_id: person.organizationId,
      metadata: { kind: name, tags: ['x'] },
    }))).select('id,name'), 201);
  succeeded(await world.as.service.from('device_events').insert(devices.map(({ id, name }) => (
    { device_id: id, event_type: 'enrolled', details: { of: name } }))), 201);
  return { location, devices };
}

const names = (result) => pluck(succeeded(result), 'name').sort();
const only = (wanted) => (visible) => visible.filter((name) => wanted.includes(name));
const all = (visible) => visible;

/** Name, the query on devices of one location, and which of those that are visible it finds. */
const lists = [
  ['select', (q) => q.select(), all],
  ['eq', (q) => q.select().eq('name', 'ours'), only(['ours'])],
  ['neq', (q) => q.select().neq('name', 'ours'), only(['theirs', 'foreign'])],
  ['gt', (q) => q.select().gt('name', 'g'), only(['ours', 'theirs'])],
  ['lte', (q) => q.select().lte('name', 'ours'), only(['foreign', 'ours'])],
  ['like', (q) => q.select().like('name', '%s'), only(['ours', 'theirs'])],
  ['ilike', (q) => q.select().ilike('name', 'F*'), only(['foreign'])],
  ['likeAnyOf', (q) => q.select().likeAnyOf('name', ['o%', 'f%']), only(['ours', 'foreign'])],
  ['regexMatch', (q) => q.select().filter('name', 'match', '^(o|f)'), only(['ours', 'foreign'])],
  ['is', (q) => q.select().is('fingerprint', null), all],
  ['in', (q) => q.select().in('name', ['ours', 'foreign']), only(['ours', 'foreign'])],
  ['not', (q) => q.select().not('name', 'in', '(ours,foreign)'), only(['theirs'])],
  ['or', (q) => q.select().or('name.eq.ours,and(name.eq.foreign,status.eq.pending)'),
    only(['ours', 'foreign'])],
  ['or what is always true', (q) => q.select().or('id.is.null,id.not.is.null'), all],
  ['match', (q) => q.select().match({ name: 'foreign', status: 'pending' }), only(['foreign'])],
  ['a path', (q) => q.select().eq('metadata->>kind', 'theirs'), only(['theirs'])],
  ['contains', (q) => q.select().contains('metadata', { tags: ['x'] }), all],
  ['an embed', (q) => q.select('name,organizations(name)').not('organizations', 'is', null), all],
  ['an inner embed', (q) => q.select('name,device_events!inner(details)')
    .eq('device_events.event_type', 'enrolled'), all],
  ['a filter of an embed', (q) => q.select('name,device_events!inner(details)')
    .eq('device_events.details->>of', 'ours'), only(['ours'])],
  ['an order by an embed', (q) => q.select('name,organizations(name)')
    .order('organizations(name)'), all],
];

function reading(world, ground) {
  for (const who of callers) {
    const visible = sees[who];
    const devices = (...columns) => world.as[who].from('devices').select(...columns)
      .eq('location', ground().location);
    describe(who, () => {
      for (const [name, ask, expected] of lists) {
        test(name, async () => {
          const query = ask(world.as[who].from('devices')).eq('location', ground().location);
          assert.deepEqual(names(await query), expected(visible).sort());
        });
      }
      test('a count without rows', async () => {
        const result = await devices('*', { count: 'exact', head: true });
        assert.equal(succeeded(result), null);
        assert.equal(result.count, visible.length);
      });
      test('a page and its count', async () => {
        const result = await devices('name', { count: 'exact' }).order('name').range(0, 0);
        const status = visible.length > 1 ? 206 : 200;
        assert.deepEqual(pluck(succeeded(result, status), 'name'), visible.slice(0, 1));
        assert.equal(result.count, visible.length);
      });
      test('single and maybeSingle', async () => {
        const found = visible.includes('ours') ? { name: 'ours' } : null;
        const ours = () => devices('name').eq('name', 'ours');
        assert.deepEqual(succeeded(await ours().maybeSingle()), found);
        if (found) assert.deepEqual(succeeded(await ours().single()), found);
        else refused(await ours().single(), 406, 'PGRST116', { details: /0 rows/ });
      });
      test('csv', async () => {
        const text = succeeded(await devices('name').order('name').csv());
        assert.deepEqual((text ?? '').split('\n').slice(1).filter(Boolean), visible);
      });
      test('from the other side', async () => {
        const query = world.as[who].from('organizations').select('devices(name)')
          .in('id', [world.organizations.a, world.organizations.b])
          .eq('devices.location', ground().location);
        const found = succeeded(await query).flatMap(({ devices: rows }) => pluck(rows, 'name'));
        assert.deepEqual(found.sort(), visible);
      });
      test('from the other side, spread', async () => {
        const query = world.as[who].from('device_events').select('details,...devices(name)')
          .in('device_id', pluck(ground().devices, 'id'));
        const rows = succeeded(await query.eq('event_type', 'enrolled'));
        assert.deepEqual(pluck(rows, 'name').sort(), visible);
      });
      test('the organisation beside it', async () => {
        for (const { name, organizations } of succeeded(await devices('name,organizations(name)'))) {
          assert.equal(organizations.name, world.organizationName(letterOf(name)));
        }
      });
      test('a function', async () => {
        refused(await world.as[who].rpc('get_user_role', { uid: randomUUID() }), 404, 'PGRST202');
      });
    });
  }
}

const may = { owner: true, admin: true, service: true };
const code = (who) => (who === 'anon' ? 401 : 403);

/** The owner's, new for each test. */
async function make(world) {
  const { owner } = world.people;
  const row = {
    user_id: owner.id, organization_id: owner.organizationId, name: 'before', os: randomUUID(),
    fingerprint: randomUUID(),
  };
  return succeeded(await world.as.service.from('devices').insert(row).select().single(), 201);
}

const read = async (world, id) =>
  succeeded(await world.as.service.from('devices').select().eq('id', id).maybeSingle());

/** Name, the call, its status where it is allowed, and the rows that come back (null: none). */
const changes = [
  ['update', (q, row) => q.update({ name: 'after' }).eq('id', row.id), 204, null],
  ['update and back', (q, row) => q.update({ name: 'after' }).eq('id', row.id).select('name'), 200,
    [{ name: 'after' }]],
  ['update by another column', (q, row) => q.update({ name: 'after' }).eq('os', row.os)
    .select('name'), 200, [{ name: 'after' }]],
  ['update through or', (q, row) => q.update({ name: 'after' })
    .or(`id.eq.${row.id},os.eq.${row.os}`).select('name'), 200, [{ name: 'after' }]],
  ['update through an embed', (q, row) => q.update({ name: 'after' }).eq('id', row.id)
    .select('name,organizations!inner(id)').not('organizations', 'is', null), 200, 'after'],
  ['delete', (q, row) => q.delete().eq('id', row.id), 204, null],
  ['delete and back', (q, row) => q.delete().eq('id', row.id).select('name'), 200,
    [{ name: 'before' }]],
];

function changing(world) {
  for (const [name, ask, status, rows] of changes) {
    for (const who of callers) {
      test(`${name}: ${who}`, async () => {
        const row = await make(world);
        const data = succeeded(await ask(world.as[who].from('devices'), row), status);
        const now = await read(world, row.id);
        if (!may[who]) {
          assert.deepEqual(data, rows === null ? null : []);
          assert.deepEqual(now, row);
          return;
        }
        assert.equal(now?.name, name.startsWith('delete') ? undefined : 'after');
        if (Array.isArray(rows)) assert.deepEqual(data, rows);
      });
    }
  }

  for (const who of callers) {
    test(`update and back as an object: ${who}`, async () => {
      const row = await make(world);
      const result = await world.as[who].from('devices').update({ name: 'after' }).eq('id', row.id)
        .select('name').single();
      if (may[who]) assert.deepEqual(succeeded(result), { name: 'after' });
      else refused(result, 406, 'PGRST116', { details: 'The result contains 0 rows' });
    });

    test(`how many were updated: ${who}`, async () => {
      const row = await make(world);
      const result = await world.as[who].from('devices')
        .update({ name: 'after' }, { count: 'exact' }).eq('id', row.id);
      succeeded(result, 204);
      assert.equal(result.count, may[who] ? 1 : 0);
    });
  }
}

/** Name, the call with a row that would be the owner's, and the statuses where it is allowed. */
const additions = [
  ['insert', (q, row) => q.insert(row), 201],
  ['insert and back', (q, row) => q.insert(row).select('name').single(), 201],
  ['insert several', (q, row) => q.insert([row, { ...row, id: randomUUID() }]), 201],
  ['upsert of what is new', (q, row) => q.upsert(row), 201],
  ['upsert by another column', (q, row) => q.upsert({ ...row, fingerprint: randomUUID() },
    { onConflict: 'fingerprint' }), 201],
  ['upsert that ignores', (q, row) => q.upsert(row, { ignoreDuplicates: true }), 201],
];

function adding(world) {
  const rowOf = (fields = {}) => ({
    id: randomUUID(), user_id: world.people.owner.id, organization_id: world.organizations.a,
    name: randomUUID(), ...fields,
  });

  for (const [name, ask, status] of additions) {
    for (const who of callers) {
      test(`${name}: ${who}`, async () => {
        const row = rowOf();
        const result = await ask(world.as[who].from('devices'), row);
        if (may[who]) succeeded(result, status);
        else refused(result, code(who), '42501');
        assert.equal((await read(world, row.id))?.name, may[who] ? row.name : undefined);
      });
    }
  }

  for (const who of callers) {
    test(`upsert of what is there: ${who}`, async () => {
      const row = await make(world);
      const { id, user_id, organization_id } = row;
      const result = await world.as[who].from('devices')
        .upsert({ id, user_id, organization_id, name: 'after' }).select('name');
      if (may[who]) assert.deepEqual(succeeded(result), [{ name: 'after' }]);
      else refused(result, code(who), '42501');
      assert.equal((await read(world, id)).name, may[who] ? 'after' : 'before');
    });

    test(`an event: ${who}`, async () => {
      const row = await make(world);
      const result = await world.as[who].from('device_events')
        .insert({ device_id: row.id, event_type: 'enrolled' });
      if (who === 'service') succeeded(result, 201);
      else refused(result, code(who), '42501');
    });
  }
}

suite('roles', (world) => {
  let ground;
  before(async () => {
    ground = await furnish(world);
  });
  describe('reading', () => reading(world, () => ground));
  describe('changing', () => changing(world));
  describe('adding', () => adding(world));
});
