// upsert(): what is new is inserted, what is known is replaced or left alone.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { pluck, refused, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';

suite('upsert', (world) => {
  const table = () => world.as.service.from('devices');
  const device = (fields = {}) => ({
    id: randomUUID(), user_id: world.people.owner.id, organization_id: world.organizations.a,
    name: 'first', ...fields,
  });
  const read = async (id) => succeeded(await table().select('name,os').eq('id', id).single());

  test('what is new', async () => {
    const row = device();
    assert.equal(succeeded(await table().upsert(row), 201), null);
    assert.deepEqual(await read(row.id), { name: 'first', os: null });
  });

  test('what is known by its id is replaced: 200', async () => {
    const row = device({ os: 'iOS 17' });
    succeeded(await table().insert(row), 201);
    const { id, user_id } = row;
    assert.equal(succeeded(await table().upsert({ id, user_id, name: 'second' })), null);
    assert.deepEqual(await read(id), { name: 'second', os: 'iOS 17' });
    const result = await table().upsert({ id, user_id, name: 'third' }).select('name');
    assert.deepEqual(succeeded(result), [{ name: 'third' }]);
  });

  test('some are new, some known', async () => {
    const [known, fresh] = [device(), device()];
    succeeded(await table().insert(known), 201);
    const rows = [{ ...known, name: 'second' }, fresh];
    const result = await table().upsert(rows).select('id,name');
    assert.deepEqual(succeeded(result, 201).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      [{ id: fresh.id, name: 'first' }, { id: known.id, name: 'second' }]);
  });

  test('known by another column', async () => {
    const fingerprint = randomUUID();
    const row = device({ fingerprint });
    succeeded(await table().insert(row), 201);
    const { user_id } = row;
    const result = await table().upsert({ fingerprint, user_id, name: 'second' },
      { onConflict: 'fingerprint' }).select('id,name').single();
    assert.deepEqual(succeeded(result), { id: row.id, name: 'second' });
  });

  test('known by several columns', async () => {
    const settings = world.as.admin.from('organization_tailscale_config');
    const result = await settings.upsert({
      organization_id: world.organizations.a, tailscale_auth_key: `tskey-auth-${randomUUID()}`,
      description: 'upserted',
    }, { onConflict: 'organization_id,tailscale_auth_key' }).select('description');
    assert.deepEqual(succeeded(result, 201), [{ description: 'upserted' }]);
  });

  test('ignoreDuplicates leaves what is known alone', async () => {
    const known = device();
    const fresh = device({ name: 'fresh' });
    succeeded(await table().insert(known), 201);
    const rows = [{ ...known, name: 'second' }, fresh];
    const result = await table().upsert(rows, { ignoreDuplicates: true }).select('name');
    assert.deepEqual(pluck(succeeded(result, 201), 'name'), ['fresh']);
    assert.equal((await read(known.id)).name, 'first');
  });

  test('columns that are unique by no constraint: 400 42P10', async () => {
    refused(await table().upsert(device(), { onConflict: 'name' }), 400, '42P10', {
      message: 'there is no unique or exclusion constraint matching the ON CONFLICT specification',
    });
  });

  test('another column that is taken: 409 23505', async () => {
    const fingerprint = randomUUID();
    succeeded(await table().insert(device({ fingerprint })), 201);
    refused(await table().upsert(device({ fingerprint })), 409, '23505',
      { message: 'duplicate key value violates unique constraint "devices_fingerprint_key"' });
  });

  test('another one\'s device by its id: refused, and unchanged', async () => {
    const row = device();
    succeeded(await table().insert(row), 201);
    const result = await world.as.colleague.from('devices')
      .upsert({ id: row.id, user_id: world.people.colleague.id, name: 'mine now' });
    refused(result, 403, '42501');
    assert.equal((await read(row.id)).name, 'first');
  });
});
