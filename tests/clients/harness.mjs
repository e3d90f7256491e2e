// suite(): one server for a test file, and its tests once for each version of supabase-js. Every
// *.test.mjs beside this file begins here.
// SPDX-License-Identifier: Apache-2.0
import { after, afterEach, before, describe } from 'node:test';

import { createClient as createNewest } from 'supabase-js-newest';
import { createClient as createOldest } from 'supabase-js-oldest';

import { World } from './people.mjs';
import { MusterServer, patience } from './server.mjs';

/** What existing applications pin at least, and what is newest. */
export const versions = [
  { number: '2.78.0', createClient: createOldest, isOldest: true },
  { number: '2.119.1', createClient: createNewest, isOldest: false },
];

/**
 * `body` declares the tests; it gets the world, whose people exist once the tests run.
 * `settings`: the server's, as in MusterServer.
 */
export function suite(title, body, settings = {}) {
  const server = new MusterServer(settings);
  let failed = false;
  before(() => server.start());
  after(async () => {
    if (failed) console.error(`the end of the server's log:\n${server.logText()}`);
    await server.remove();
  });
  for (const version of versions) {
    describe(`${title}, supabase-js ${version.number}`, { timeout: patience }, () => {
      const world = new World(server, version);
      before(() => world.populate());
      afterEach((context) => {
        failed ||= context.passed === false;
      });
      body(world);
    });
  }
}
