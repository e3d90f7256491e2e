// Starts the real binary on a free port with a data folder of its own, and on a PostgreSQL database of
// its own if MUSTER_TEST_POSTGRES is there; runs its command line, and ends and removes everything
// whatever happens. harness.mjs gives each test file one.
// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const patience = 60_000; // for what should take a moment; a busy machine gets this long
const drainPatience = 15_000;
const logTail = 4_000;

const root = path.resolve(import.meta.dirname, '..', '..');
const binary = process.env.MUSTER_BINARY ?? path.join(root, 'build', 'release', 'muster');

/** Is the server's database a PostgreSQL? */
export const onPostgres = process.env.MUSTER_TEST_POSTGRES !== undefined;

/** What tests/e2e/postgres_database.py prints. */
function postgresDatabase(...words) {
  const program = path.join(root, 'tests', 'e2e', 'postgres_database.py');
  return execFileSync('python3', ['-B', program, ...words], { encoding: 'utf8', timeout: patience });
}

/** Calls `look` until it returns something true, and returns that. */
export async function waitFor(what, look, limit = patience) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await sleep(20); // between looks, not instead of one
  }
}

/** Rejects when `promise` has not settled within `limit` ms; the wait itself never outlives it. */
async function within(limit, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const ended = (child) => child.exitCode !== null || child.signalCode !== null;
const exitOf = (child) => (ended(child) ? Promise.resolve() : once(child, 'exit'));

export class MusterServer {
  url = null;
  keys = null;
  #settings;
  #folder = mkdtempSync(path.join(tmpdir(), 'muster-clients-'));
  #child = null;
  #database = null;
  #atExit = () => this.#destroy();

  /** `settings`: as in the environment, without MUSTER_: { AUTH_SESSION_LIFETIME: '2m' }. */
  constructor(settings = {}) {
    this.#settings = {
      NETWORK: 'simulated',
      SIMULATED_JOIN_DELAY: '50ms',
      RATE_LIMITS: 'off',
      AUTH_PASSWORD_MEMORY_KIB: '1024', // these passwords guard nothing
      AUTH_PASSWORD_PASSES: '1',
      MAIL_SENDER: 'folder',
      MAIL_FROM: 'Muster <muster@example.org>',
      AUTH_CONFIRM_EMAIL: 'off',
      AUTH_SITE_URL: 'http://localhost:3000',
      ...settings,
    };
    if (onPostgres) {
      this.#database = JSON.parse(postgresDatabase('create', binary));
      this.#settings.DATABASE = this.#database.url;
    }
    process.once('exit', this.#atExit);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  }

  get dataFolder() {
    return path.join(this.#folder, 'data');
  }

  #environment(extra = {}) {
    const environment = { PATH: process.env.PATH, HOME: this.#folder, NO_COLOR: '1' };
    for (const [name, value] of Object.entries({ ...this.#settings, ...extra })) {
      environment[`MUSTER_${name}`] = value;
    }
    return environment;
  }

  async start() {
    const logFile = openSync(this.#logPath, 'a');
    this.#child = spawn(binary, ['serve', '--data', this.dataFolder, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', logFile],
      env: this.#environment(),
      cwd: this.#folder,
    });
    closeSync(logFile);
    const line = await within(patience, 'muster serve', this.#firstLine());
    this.url = /^listening on (http:\S+)$/m.exec(line)?.[1] ?? null;
    if (!this.url) throw new Error(`the server said ${JSON.stringify(line)}:\n${this.logText()}`);
    this.keys = await this.run(
      ['init', '--email', 'first@example.org', '--password-stdin', '--organization', 'Head Office',
        '--data', this.dataFolder],
      { input: 'correct horse battery staple\n' },
    );
  }

  #firstLine() {
    return new Promise((resolve, reject) => {
      let text = '';
      this.#child.once('error', reject);
      this.#child.once('exit', () => resolve(text));
      this.#child.stdout.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (text.includes('\n')) resolve(text);
      });
    });
  }

  /** Runs a command of the binary with --json, as the holder of the service key; it must succeed. */
  async run(words, { input = '' } = {}) {
    const extra = this.keys ? { URL: this.url, KEY: this.keys.service_role_key } : {};
    const child = spawn(binary, [...words, '--json'], {
      env: this.#environment(extra),
      cwd: this.#folder,
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (err += chunk));
    child.stdin.end(input);
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`muster ${words.join(' ')}: exit ${code}: ${err || out}`);
    return JSON.parse(out);
  }

  get #logPath() {
    return path.join(this.#folder, 'server.log');
  }

  /** The end of the server's log. */
  logText() {
    if (!existsSync(this.#logPath)) return '';
    return readFileSync(this.#logPath, 'utf8').slice(-logTail);
  }

  async remove() {
    const child = this.#child;
    if (child && !ended(child)) {
      child.kill('SIGTERM');
      await within(drainPatience, 'SIGTERM', exitOf(child)).catch(() => child.kill('SIGKILL'));
      await within(drainPatience, 'SIGKILL', exitOf(child));
    }
    this.#destroy();
    process.removeListener('exit', this.#atExit);
  }

  #destroy() {
    if (this.#child && !ended(this.#child)) this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    if (this.#database) postgresDatabase('drop', this.#database.name);
    this.#database = null;
  }
}
