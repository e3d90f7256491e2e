// What an existing web application does in a day, call by call: it knows Supabase only, and is
// pointed at Muster by its URL and its anon key.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { answered, authenticated, pluck, succeeded } from './expect.mjs';
import { suite } from './harness.mjs';
import { waitFor } from './server.mjs';

/** A browser's localStorage, as far as the client uses it. */
class LocalStorage {
  items = new Map();
  getItem(name) {
    return this.items.get(name) ?? null;
  }
  setItem(name, value) {
    this.items.set(name, value);
  }
  removeItem(name) {
    this.items.delete(name);
  }
}

/** The application's one client in a tab; `events`: what onAuthStateChange told it. */
function openTab(world, storage = new LocalStorage()) {
  const supabase = world.client(undefined,
    { auth: { storage, persistSession: true, autoRefreshToken: true } });
  const events = [];
  supabase.auth.onAuthStateChange((event) => {
    events.push(event);
  });
  return {
    supabase, storage, events,
    close: () => supabase.auth.stopAutoRefresh(),
  };
}

function authentication(world) {
  test('sign-up, sign-in, reload of the page, sign-out', async () => {
    const email = `${randomUUID()}@example.org`;
    const password = 'correct horse battery staple';
    const tab = openTab(world);
    const { supabase } = tab;
    assert.equal(authenticated(await supabase.auth.getSession()).session, null);
    const signedUp = authenticated(await supabase.auth.signUp({
      email, password,
      options: { emailRedirectTo: 'http://localhost:8080/', data: { full_name: 'Ana López' } },
    }));
    assert.equal(signedUp.user.email, email);
    authenticated(await supabase.auth.signInWithPassword({ email, password }));
    await waitFor('the event', () => tab.events.includes('SIGNED_IN'));
    tab.close();

    const reloaded = openTab(world, tab.storage);
    const { session } = authenticated(await reloaded.supabase.auth.getSession());
    assert.equal(session.user.email, email);
    await waitFor('the first event', () => reloaded.events.includes('INITIAL_SESSION'));
    const profile = await reloaded.supabase.from('profiles').select('*, organizations(*)')
      .eq('id', session.user.id).single();
    assert.equal(succeeded(profile).full_name, 'Ana López');
    assert.equal(succeeded(profile).organizations, null);

    assert.equal((await reloaded.supabase.auth.signOut()).error, null);
    await waitFor('the last event', () => reloaded.events.includes('SIGNED_OUT'));
    assert.equal(authenticated(await reloaded.supabase.auth.getSession()).session, null);
    assert.equal(tab.storage.items.size, 0);
    reloaded.close();
  });

  test('functions of the application\'s own server ask who called them', async () => {
    const { session } = authenticated(await world.as.owner.auth.getSession());
    const onServer = world.client(undefined,
      { global: { headers: { Authorization: `Bearer ${session.access_token}` } } });
    const { user } = authenticated(await onServer.auth.getUser());
    assert.equal(user.id, world.people.owner.id);
    const devices = await onServer.from('devices').select('id');
    assert.ok(Array.isArray(succeeded(devices)));
  });

  test('and make people with the service key', async () => {
    const email = `${randomUUID()}@example.org`;
    const { user } = authenticated(await world.as.service.auth.admin.createUser({
      email, password: 'correct horse battery staple', email_confirm: true,
      user_metadata: { full_name: 'Made By Admin' },
    }));
    const profiles = world.as.service.from('profiles');
    const joined = await profiles.update({ organization_id: world.organizations.a, role: 'support' })
      .eq('id', user.id).select('*, organizations(name)').single();
    assert.equal(succeeded(joined).role, 'support');
    assert.equal(succeeded(joined).organizations.name, world.organizationName('a'));
  });
}

function devicesPage(world) {
  test('a device by QR code: token, agent, network, list, revoke, delete', async () => {
    const supabase = world.as.owner;
    const { data: { user } } = await supabase.auth.getUser();
    const invoke = async (client, body) =>
      answered(await client.functions.invoke('device-enrollment', { body }));

    const made = await invoke(supabase,
      { action: 'generate_token', device_name: 'MacBook Pro', device_type: 'macos', os: 'macOS 14' });
    const agent = world.client();
    const verified = await invoke(agent, {
      action: 'verify', enrollment_token: made.enrollment_token, device_type: 'macos',
      fingerprint: randomUUID(),
    });
    assert.equal(verified.device_name, 'MacBook Pro');
    await waitFor('the network', async () => (await invoke(supabase,
      { action: 'check_tailscale_status', device_id: made.device_id })).tailscale_connected);

    const list = await supabase.from('devices').select('*').eq('user_id', user.id)
      .order('last_seen', { ascending: false });
    const device = succeeded(list).find(({ id }) => id === made.device_id);
    assert.equal(device.status, 'active');
    assert.equal(device.trust_level, 'high');
    assert.match(device.tailscale_ip, /^100\./);
    assert.ok(device.enrolled_at);

    const events = succeeded(await supabase.from('device_events')
      .select('event_type, details, ip_address, created_at').eq('device_id', device.id)
      .order('created_at', { ascending: false }));
    for (const type of ['enrollment_initiated', 'token_validated', 'tailscale_connected',
      'tailscale_enrollment_complete', 'trust_level_changed']) {
      assert.ok(pluck(events, 'event_type').includes(type), type);
    }

    await invoke(supabase, { action: 'revoke', device_id: device.id });
    const revoked = await supabase.from('devices').select('status, trust_level')
      .eq('id', device.id).single();
    assert.deepEqual(succeeded(revoked), { status: 'revoked', trust_level: 'low' });
    succeeded(await supabase.from('devices').delete().eq('id', device.id), 204);
    const gone = await supabase.from('devices').select().eq('id', device.id).maybeSingle();
    assert.equal(succeeded(gone), null);
  });

  test('the page enrols a device again by itself', async () => {
    const supabase = world.as.owner;
    const { data } = await supabase.functions.invoke('device-enrollment',
      { body: { action: 'enroll', fingerprint: randomUUID(), device_name: 'Browser' } });
    const token = randomUUID();
    const { error } = await supabase.from('devices').update({
      status: 'pending', trust_level: 'low', enrollment_token: token,
      enrollment_expires_at: new Date(Date.now() + 24 * 3600e3).toISOString(),
    }).eq('id', data.device_id);
    assert.equal(error, null);
    const row = succeeded(await supabase.from('devices').select('id, status')
      .eq('id', data.device_id).in('status', ['pending', 'active']).maybeSingle());
    assert.equal(row.status, 'pending');
  });
}

function adminPages(world) {
  before(async () => {
    for (const name of ['One', 'Two', 'Three']) {
      await answered(await world.as.colleague.functions.invoke('device-enrollment', {
        body: { action: 'enroll', fingerprint: randomUUID(), device_name: name },
      }));
    }
  });

  test('the dashboard counts', async () => {
    const supabase = world.as.admin;
    const count = async (ask) => {
      const result = await ask(supabase.from('devices').select('*', { count: 'exact', head: true }));
      succeeded(result);
      return result.count;
    };
    const all = await count((q) => q);
    const active = await count((q) => q.eq('status', 'active'));
    const trusted = await count((q) => q.in('trust_level', ['medium', 'high']));
    const unowned = await count((q) => q.is('user_id', null));
    assert.ok(all >= 3 && active >= 3 && trusted >= 3, `${all} ${active} ${trusted}`);
    assert.equal(unowned, 0);
  });

  test('the table of devices', async () => {
    const result = await world.as.admin.from('devices')
      .select('*, organizations(name)', { count: 'exact' })
      .eq('organization_id', world.organizations.a).neq('status', 'revoked')
      .order('last_seen', { ascending: false }).limit(2);
    assert.equal(succeeded(result, 206).length, 2);
    assert.ok(result.count >= 3);
    assert.equal(result.data[0].organizations.name, world.organizationName('a'));
  });

  test('the history, with its devices', async () => {
    const rows = succeeded(await world.as.admin.from('device_events').select(`
      id,
      event_type,
      details,
      created_at,
      device:device_id (
        id,
        name,
        device_type
      )
    `).eq('event_type', 'enrolled').order('created_at', { ascending: false }).limit(50));
    assert.ok(rows.some(({ device }) => device.name === 'Three'));
    assert.deepEqual(Object.keys(rows[0]),
      ['id', 'event_type', 'details', 'created_at', 'device']);
  });

  test('the people, their roles, and the audit log', async () => {
    const supabase = world.as.admin;
    const people = succeeded(await supabase.from('profiles').select('id, full_name, role')
      .eq('organization_id', world.organizations.a).order('full_name'));
    assert.equal(people.length >= 4, true);
    const promoted = await supabase.from('profiles').update({ role: 'support' })
      .eq('id', world.people.colleague.id).select().single();
    assert.equal(succeeded(promoted).role, 'support');
    succeeded(await supabase.from('profiles').update({ role: 'user' })
      .eq('id', world.people.colleague.id), 204);
    const audit = succeeded(await supabase.from('audit_logs').select('*, profiles(full_name)')
      .order('created_at', { ascending: false }).limit(20));
    assert.ok(audit.some(({ event }) => event === 'device_enrolled'), JSON.stringify(audit));
  });

  test('the network settings', async () => {
    const supabase = world.as.admin;
    const table = () => supabase.from('organization_tailscale_config');
    const made = succeeded(await table().insert({
      organization_id: world.organizations.a, tailscale_auth_key: `tskey-auth-${randomUUID()}`,
      tags: ['tag:prod', 'tag:web'], description: 'Office', created_by: world.people.admin.id,
    }).select().single(), 201);
    assert.deepEqual(made.tags, ['tag:prod', 'tag:web']);
    assert.equal(made.is_active, true);
    succeeded(await table().upsert({ ...made, description: 'Headquarters',
      tailscale_auth_key: `tskey-auth-${randomUUID()}` }));
    const list = succeeded(await table().select('id, description, organizations(name)')
      .eq('organization_id', world.organizations.a).eq('is_active', true)
      .order('created_at', { ascending: false }));
    assert.equal(list.find(({ id }) => id === made.id).description, 'Headquarters');
    succeeded(await table().update({ is_active: false }).eq('id', made.id), 204);
    succeeded(await table().delete().eq('id', made.id), 204);
  });

  test('the organisations, for a global admin', async () => {
    const supabase = world.as.globalAdmin;
    const made = succeeded(await supabase.from('organizations')
      .insert({ name: `Made ${randomUUID()}` }).select().single(), 201);
    const list = succeeded(await supabase.from('organizations').select('id, name').order('name'));
    assert.ok(pluck(list, 'id').includes(made.id));
    assert.ok(pluck(list, 'id').includes(world.organizations.b));
  });
}

suite('an existing application', (world) => {
  describe('authentication', () => authentication(world));
  describe('the page of one\'s devices', () => devicesPage(world));
  describe('the pages of administrators', () => adminPages(world));
});
