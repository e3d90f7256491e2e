// Two organisations with a person for each role, and a supabase client for each of them. Made anew
// for each test file and each version of supabase-js, so that what one changes no other one sees.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

/** Who is who: organisation and role. */
const cast = {
  owner: ['a', 'user'], // has the devices that the tests look at
  colleague: ['a', 'user'],
  support: ['a', 'support'],
  admin: ['a', 'org_admin'],
  stranger: ['b', 'user'],
  otherAdmin: ['b', 'org_admin'],
  globalAdmin: ['head', 'global_admin'],
};

export class World {
  /** Ids of the organisations: a, b, head. */
  organizations = {};
  /** By name in the cast: { id, email, password, role, organizationId }. */
  people = {};
  /** A client for each of the cast, signed in, and `anon` and `service`. */
  as = {};

  constructor(server, version) {
    this.server = server;
    this.version = version;
    this.mark = `${version.number.replaceAll('.', '-')}-${randomBytes(3).toString('hex')}`;
  }

  get isOldest() {
    return this.version.isOldest;
  }

  /** A new client; `key` defaults to the anon key, `options` are createClient's. */
  client(key = this.server.keys.anon_key, { auth = {}, ...options } = {}) {
    return this.version.createClient(this.server.url, key, {
      auth: { persistSession: false, autoRefreshToken: false, ...auth },
      ...options,
    });
  }

  /** A new client that keeps what came back: [{ method, url, status, headers }]. */
  recordingClient(key, options = {}) {
    const answers = [];
    const recordingFetch = async (url, init) => {
      const response = await fetch(url, init);
      answers.push({
        method: init?.method ?? 'GET',
        url: String(url),
        sent: new Headers(init?.headers),
        status: response.status,
        headers: response.headers,
      });
      return response;
    };
    return { client: this.client(key, { ...options, global: { fetch: recordingFetch } }), answers };
  }

  async populate() {
    this.organizations.head = this.server.keys.organization_id;
    for (const letter of ['a', 'b']) {
      const made = await this.server.run(['org', 'create', this.organizationName(letter)]);
      this.organizations[letter] = made.organization.id;
    }
    for (const [name, [letter, role]] of Object.entries(cast)) {
      this.people[name] = await this.addPerson(name, letter, role);
      this.as[name] = await this.signIn(this.people[name]);
    }
    this.as.anon = this.client();
    this.as.service = this.client(this.server.keys.service_role_key);
  }

  organizationName(letter) {
    return letter === 'head' ? 'Head Office' : `Org ${letter.toUpperCase()} ${this.mark}`;
  }

  /** By the command line, as an operator does it. */
  async addPerson(name, letter = 'a', role = 'user') {
    const email = `${name.toLowerCase()}-${this.mark}@example.org`;
    const password = randomBytes(12).toString('base64url');
    const made = await this.server.run(
      ['user', 'create', '--email', email, '--name', `The ${name}`, '--role', role,
        '--organization', this.organizations[letter], '--password-stdin'],
      { input: `${password}\n` },
    );
    return { id: made.user.id, email, password, role, organizationId: this.organizations[letter] };
  }

  async signIn({ email, password }, client = this.client()) {
    const { error } = await client.auth.signInWithPassword({ email, password });
    assert.equal(error, null);
    return client;
  }
}
