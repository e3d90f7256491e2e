// order(), limit(), range() and count: which rows of many, in which order, and how many there are.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';
import { addDevices } from './roster.mjs';

const epsilon = 'Épsilon + 1';

const orders = [
  ['ascending has nulls last', (q) => q.order('last_seen'),
    [epsilon, 'Gamma', 'beta', 'Alpha', 'delta']],
  ['descending has nulls first', (q) => q.order('last_seen', { ascending: false }),
    ['delta', 'Alpha', 'beta', 'Gamma', epsilon]],
  ['nulls first', (q) => q.order('last_seen', { nullsFirst: true }),
    ['delta', epsilon, 'Gamma', 'beta', 'Alpha']],
  ['descending, nulls last', (q) => q.order('last_seen', { ascending: false, nullsFirst: false }),
    ['Alpha', 'beta', 'Gamma', epsilon, 'delta']],
  ['by two columns', (q) => q.order('status').order('last_seen', { ascending: false }),
    ['Alpha', 'beta', 'Gamma', 'delta', epsilon]],
  ['by a path', (q) => q.order('metadata->>model', { nullsFirst: false }).order('last_seen'),
    ['Alpha', 'beta', epsilon, 'Gamma', 'delta']],
  ['limit', (q) => q.order('last_seen').limit(2), [epsilon, 'Gamma']],
  ['limit 0', (q) => q.order('last_seen').limit(0), []],
  ['range', (q) => q.order('last_seen').range(1, 2), ['Gamma', 'beta']],
  ['a range that ends beyond the end', (q) => q.order('last_seen').range(3, 99),
    ['Alpha', 'delta']],
  ['a range beyond the end, uncounted', (q) => q.order('last_seen').range(100, 110), []],
];

function counting(world) {
  const select = (options) => world.as.owner.from('devices').select('name', options);

  for (const count of ['exact', 'planned', 'estimated']) {
    test(`count ${count}`, async () => {
      const result = await select({ count });
      assert.equal(succeeded(result).length, 5);
      assert.equal(result.count, 5);
    });
  }

  test('the count of a page is that of all: 206', async () => {
    const result = await select({ count: 'exact' }).order('name').limit(2);
    assert.equal(succeeded(result, 206).length, 2);
    assert.equal(result.count, 5);
  });

  test('the count of what a filter lets through', async () => {
    const result = await select({ count: 'exact' }).eq('status', 'active');
    assert.equal(succeeded(result).length, 2);
    assert.equal(result.count, 2);
  });

  test('the count of nothing', async () => {
    const result = await select({ count: 'exact' }).eq('name', 'nobody');
    assert.deepEqual(succeeded(result), []);
    assert.equal(result.count, 0);
  });

  test('the count alone', async () => {
    const result = await select({ count: 'exact', head: true });
    assert.equal(succeeded(result), null);
    assert.equal(result.count, 5);
  });

  test('head without a count', async () => {
    const result = await select({ head: true });
    assert.equal(succeeded(result), null);
    assert.equal(result.count, null);
  });
}

function refusing(world) {
  const select = (options) => world.as.owner.from('devices').select('name', options);

  test('a counted page beyond the end: 416', async () => {
    refused(await select({ count: 'exact' }).range(100, 110), 416, 'PGRST103', {
      message: 'Requested range not satisfiable',
      details: 'An offset of 100 was requested, but there are only 5 rows.',
      hint: null,
    });
  });

  test('a negative limit: 416', async () => {
    refused(await select().limit(-1), 416, 'PGRST103', {
      message: 'Requested range not satisfiable',
      details: 'Limit should be greater than or equal to zero.',
    });
  });

  test('head of something refused: the status alone', async () => {
    const { status, error } = await select({ head: true }).eq('id', 'x');
    assert.equal(status, 400);
    assert.ok(error);
  });
}

function ranging(world) {
  for (const [name, ask, status, range] of [
    ['all, uncounted', (table) => table.select('name'), 200, '0-4/*'],
    ['all, counted', (table) => table.select('name', { count: 'exact' }), 200, '0-4/5'],
    ['a page', (table) => table.select('name').range(1, 2), 200, '1-2/*'],
    ['a counted page', (table) => table.select('name', { count: 'exact' }).range(1, 2), 206,
      '1-2/5'],
    ['nothing', (table) => table.select('name').eq('name', 'nobody'), 200, '*/*'],
    ['nothing, counted',
      (table) => table.select('name', { count: 'exact' }).eq('name', 'nobody'), 200, '*/0'],
    ['beyond the end', (table) => table.select('name', { count: 'exact' }).range(9, 10), 416,
      '*/5'],
  ]) {
    test(name, async () => {
      const { client, answers } = world.recordingClient();
      await world.signIn(world.people.owner, client);
      const result = await ask(client.from('devices'));
      assert.equal(result.status, status, JSON.stringify(result.error));
      assert.equal(answers.at(-1).headers.get('content-range'), range);
    });
  }
}

suite('pages', (world) => {
  before(() => addDevices(world));

  describe('orders', () => {
    for (const [name, ask, expected] of orders) {
      test(name, async () => {
        const rows = succeeded(await ask(world.as.owner.from('devices').select('name')));
        assert.deepEqual(pluck(rows, 'name'), expected);
      });
    }
    test('by a column that is not there: 400 42703', async () => {
      refused(await world.as.owner.from('devices').select('name').order('colour'), 400, '42703',
        { message: 'column devices.colour does not exist' });
    });
    test('in a direction that nobody knows: 400 PGRST100', async () => {
      const { url, keys } = world.server;
      const response = await fetch(`${url}/rest/v1/devices?order=name.sideways`,
        { headers: { apikey: keys.service_role_key } });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, 'PGRST100');
    });
  });
  describe('counts', () => counting(world));
  describe('refusals', () => refusing(world));
  describe('Content-Range', () => ranging(world));

  test('more than a thousand rows come as a thousand', async () => {
    const rows = Array.from({ length: 1001 }, (_, index) => ({
      user_id: world.people.colleague.id,
      organization_id: world.organizations.a,
      name: `device ${index}`,
    }));
    succeeded(await world.as.service.from('devices').insert(rows), 201);
    const counted = await world.as.colleague.from('devices').select('name', { count: 'exact' });
    assert.equal(succeeded(counted, 206).length, 1000);
    assert.equal(counted.count, 1001);
    const all = await world.as.colleague.from('devices').select('name').limit(5000);
    assert.equal(succeeded(all).length, 1000);
  });
});
