// What the table API refuses, and in which words: rules of the tables, names that are not there,
// functions, schemas, and calls that were given up.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';

import { refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

const nowhere = '00000000-0000-4000-8000-000000000000';

/** The rule, what is inserted beside user_id and name, what it is refused with. */
const rules = [
  ['a name that is missing', { name: null }, 400, '23502', {
    message: 'null value in column "name" of relation "devices" violates not-null constraint',
    details: /^Failing row contains \(/, hint: null,
  }],
  ['an owner that is missing', { user_id: null }, 400, '23502', {
    message: 'null value in column "user_id" of relation "devices" violates not-null constraint',
  }],
  ['a status that nobody knows', { status: 'lost' }, 400, '23514', {
    message: 'new row for relation "devices" violates check constraint "devices_status_check"',
    details: /^Failing row contains \(/, hint: null,
  }],
  ['a trust level that nobody knows', { trust_level: 'total' }, 400, '23514', {
    message: 'new row for relation "devices" violates check constraint "devices_trust_level_check"',
  }],
  ['an organisation that is not there', { organization_id: nowhere }, 409, '23503', {
    message: 'insert or update on table "devices" violates foreign key constraint'
      + ' "devices_organization_id_fkey"',
    details: `Key (organization_id)=(${nowhere}) is not present in table "organizations".`,
    hint: null,
  }],
  ['an owner that is not there', { user_id: nowhere }, 409, '23503', {
    message: 'insert or update on table "devices" violates foreign key constraint'
      + ' "devices_user_id_fkey"',
    details: `Key (user_id)=(${nowhere}) is not present in table "users".`,
  }],
  ['a column that is not there', { colour: 'red' }, 400, 'PGRST204', {
    message: "Could not find the 'colour' column of 'devices' in the schema cache",
    details: null, hint: null,
  }],
  ['a uuid that is none', { organization_id: 'x' }, 400, '22P02', {
    message: 'invalid input syntax for type uuid: "x"', details: null, hint: null,
  }],
  ['a time that is none', { last_seen: 'teatime' }, 400, '22007', {
    message: 'invalid input syntax for type timestamp with time zone: "teatime"',
  }],
];

function breaking(world) {
  const table = () => world.as.service.from('devices');
  const device = (fields) => ({ user_id: world.people.owner.id, name: 'Rule', ...fields });

  for (const [name, fields, status, code, wanted] of rules) {
    test(`insert ${name}: ${status} ${code}`, async () => {
      const row = device({ location: randomUUID(), ...fields });
      refused(await table().insert(row), status, code, wanted);
      const found = await table().select('id').eq('location', row.location);
      assert.deepEqual(succeeded(found), []);
    });
  }

  for (const [name, changes, status, code] of [
    ['a name away', { name: null }, 400, '23502'],
    ['a status that nobody knows', { status: 'lost' }, 400, '23514'],
    ['an organisation that is not there', { organization_id: nowhere }, 409, '23503'],
    ['a column that is not there', { colour: 'red' }, 400, 'PGRST204'],
    ['a time that is none', { last_seen: 'teatime' }, 400, '22007'],
  ]) {
    test(`update ${name}: ${status} ${code}`, async () => {
      const row = succeeded(await table().insert(device()).select().single(), 201);
      refused(await table().update(changes).eq('id', row.id), status, code);
      assert.deepEqual(succeeded(await table().select().eq('id', row.id).single()), row);
    });
  }

  test('a fingerprint that is taken: 409 23505', async () => {
    const fingerprint = randomUUID();
    succeeded(await table().insert(device({ fingerprint })), 201);
    refused(await table().insert(device({ fingerprint })), 409, '23505', {
      message: 'duplicate key value violates unique constraint "devices_fingerprint_key"',
      details: `Key (fingerprint)=(${fingerprint}) already exists.`,
      hint: null,
    });
  });

  test('an id that is taken: 409 23505', async () => {
    const id = randomUUID();
    succeeded(await table().insert(device({ id })), 201);
    refused(await table().insert(device({ id })), 409, '23505', {
      message: 'duplicate key value violates unique constraint "devices_pkey"',
      details: `Key (id)=(${id}) already exists.`,
    });
  });

  test('of several the last one breaks a rule: none is written', async () => {
    const location = randomUUID();
    const rows = [device({ location, status: 'active' }), device({ location, status: 'lost' })];
    refused(await table().insert(rows), 400, '23514');
    assert.deepEqual(succeeded(await table().select('id').eq('location', location)), []);
  });
}

function naming(world) {
  test('a table that is not there: 404 PGRST205', async () => {
    refused(await world.as.owner.from('planets').select(), 404, 'PGRST205', {
      message: "Could not find the table 'public.planets' in the schema cache",
      details: null, hint: null,
    });
  });

  test('a table that is almost there', async () => {
    refused(await world.as.owner.from('device').select(), 404, 'PGRST205',
      { hint: "Perhaps you meant the table 'public.devices'" });
  });

  for (const [verb, ask] of [
    ['insert', (table) => table.insert({ a: 1 })],
    ['update', (table) => table.update({ a: 1 }).eq('a', 2)],
    ['delete', (table) => table.delete().eq('a', 2)],
  ]) {
    test(`${verb} where nothing is: 404 PGRST205`, async () => {
      refused(await ask(world.as.owner.from('planets')), 404, 'PGRST205');
    });
  }

  test('tables of the server\'s own are not there, whoever asks', async (context) => {
    for (const name of
      ['users', 'sessions', 'api_keys', 'signing_keys', 'spent_tokens', 'network_jobs',
        'schema_migrations', 'sqlite_master', 'column_types']) {
      await context.test(name, async () => {
        for (const who of ['owner', 'globalAdmin', 'anon', 'service']) {
          refused(await world.as[who].from(name).select(), 404, 'PGRST205');
        }
      });
    }
  });

  test('another schema: 406 PGRST106', async () => {
    for (const result of [
      await world.as.owner.schema('auth').from('users').select(),
      await world.as.owner.schema('auth').from('users').insert({ email: 'x' }),
      await world.as.service.schema('auth').rpc('uid'),
    ]) {
      refused(result, 406, 'PGRST106', {
        message: 'Invalid schema: auth', hint: 'Only the following schemas are exposed: public',
      });
    }
    succeeded(await world.as.owner.schema('public').from('devices').select());
  });

  test('a function that is not there: 404 PGRST202', async () => {
    const { owner } = world.as;
    refused(await owner.rpc('dance', { a: 1, b: 'x' }), 404, 'PGRST202',
      { message: 'Could not find the function public.dance(a, b) in the schema cache' });
    refused(await owner.rpc('dance'), 404, 'PGRST202', {
      message: 'Could not find the function public.dance without parameters in the schema cache',
    });
    refused(await owner.rpc('dance', { a: 1 }, { get: true }), 404, 'PGRST202',
      { message: 'Could not find the function public.dance(a) in the schema cache' });
  });

  test('a path below a table: 404 PGRST125', async () => {
    const { url, keys } = world.server;
    const response = await fetch(`${url}/rest/v1/devices/7`,
      { headers: { apikey: keys.anon_key } });
    assert.equal(response.status, 404);
    const body = await response.json();
    assert.equal(body.code, 'PGRST125');
    assert.equal(body.message, 'Invalid path specified in request URL');
  });
}

function givingUp(world) {
  test('abortSignal', async () => {
    const result = await world.as.owner.from('devices').select()
      .abortSignal(AbortSignal.abort());
    assert.equal(result.data, null);
    assert.equal(result.status, 0);
    assert.match(result.error.message, /^AbortError/);
  });

  test('throwOnError throws what would be returned', async () => {
    await assert.rejects(
      async () => { await world.as.owner.from('planets').select().throwOnError(); },
      { code: 'PGRST205', message: /planets/, details: null, hint: null });
    const { data } = await world.as.owner.from('devices').select().limit(0).throwOnError();
    assert.deepEqual(data, []);
  });
}

suite('errors', (world) => {
  describe('rules of the tables', () => breaking(world));
  describe('names', () => naming(world));
  describe('giving up', () => givingUp(world));
});
