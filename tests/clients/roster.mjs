// The rows that the suites of the table API read: five devices of the owner and three network
// configurations of organisation a, made by the service key.
// SPDX-License-Identifier: Apache-2.0
import { succeeded } from './expect.mjs';

/** Without ids, owner and organisation; `homeless` ones have no organisation. */
const devices = [
  {
    name: 'Alpha', device_type: 'laptop', os: 'macOS 14.0', status: 'active', trust_level: 'high',
    last_seen: '2026-01-05T10:00:00Z', location: 'Berlin', fingerprint: 'alpha',
    tailscale_ip: '100.64.0.1',
    metadata: { model: 'MacBook', slots: 2, flags: { disk: true }, tags: ['x', 'y'] },
  },
  {
    name: 'beta', device_type: 'desktop', os: 'Windows 11', status: 'active', trust_level: 'medium',
    last_seen: '2026-01-04T10:00:00.12Z', location: null, fingerprint: 'beta', tailscale_ip: null,
    metadata: { model: 'Tower', slots: 4 },
  },
  {
    name: 'Gamma', device_type: 'mobile', os: 'iOS 17', status: 'inactive', trust_level: 'low',
    last_seen: '2026-01-03T10:00:00Z', location: 'Madrid, Spain', fingerprint: null,
    tailscale_ip: null, metadata: {},
  },
  {
    name: 'delta', device_type: 'tablet', os: null, status: 'pending', trust_level: 'low',
    last_seen: null, location: 'Lyon (FR)', fingerprint: null, tailscale_ip: null, metadata: null,
  },
  {
    name: 'Épsilon + 1', device_type: 'laptop', os: 'Ubuntu 24.04', status: 'revoked',
    trust_level: 'low', last_seen: '2026-01-01T10:00:00Z', location: 'say "hi"', fingerprint: null,
    tailscale_ip: null, metadata: { model: null }, homeless: true,
  },
];

const configurations = [
  { description: 'first', tags: ['tag:prod', 'tag:user'], is_active: true },
  { description: 'second', tags: ['tag:lab'], is_active: false },
  { description: 'third', tags: [], is_active: null },
];

/** Inserts the devices for the owner; returns them by name, as the service key reads them. */
export async function addDevices(world) {
  const { owner } = world.people;
  const rows = devices.map(({ homeless, ...device }) => ({
    ...device,
    fingerprint: device.fingerprint && `${device.fingerprint}-${world.mark}`,
    user_id: owner.id,
    organization_id: homeless ? null : owner.organizationId,
  }));
  const made = succeeded(await world.as.service.from('devices').insert(rows).select(), 201);
  return Object.fromEntries(made.map((row) => [row.name, row]));
}

/** Inserts the network configurations of organisation a; returns them by description. */
export async function addConfigurations(world) {
  const rows = configurations.map((configuration) => ({
    ...configuration,
    organization_id: world.organizations.a,
    tailscale_auth_key: `tskey-auth-${configuration.description}-${world.mark}`,
    created_by: world.people.admin.id,
  }));
  const table = world.as.service.from('organization_tailscale_config');
  const made = succeeded(await table.insert(rows).select(), 201);
  return Object.fromEntries(made.map((row) => [row.description, row]));
}

/** Inserts events of a device, oldest first, a minute apart; `types` in that order. */
export async function addEvents(world, deviceId, types) {
  const rows = types.map((event_type, index) => ({
    device_id: deviceId,
    event_type,
    details: { number: index + 1 },
    created_at: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
  }));
  return succeeded(await world.as.service.from('device_events').insert(rows).select(), 201);
}
