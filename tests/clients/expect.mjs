// What a call of supabase-js must have answered. The messages of a failed assertion hold the whole
// answer, since a client shows less than the wire.
// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';

/** The table API's answer is a success with that status; returns its data. */
export function succeeded(result, status = 200) {
  assert.equal(result.error, null, `refused: ${JSON.stringify(result.error)}`);
  assert.equal(result.status, status);
  return result.data;
}

/**
 * The table API refused with that status and code. `wanted`: of message, details and hint, what the
 * protocol fixes; a regular expression is matched. The body has all four members, always.
 */
export function refused(result, status, code, wanted = {}) {
  const { error } = result;
  assert.ok(error, `not refused: ${JSON.stringify(result)}`);
  const shown = JSON.stringify(error);
  assert.equal(error.code, code, shown);
  assert.equal(result.status, status, shown);
  assert.equal(result.data, null, shown);
  assert.deepEqual(
    ['code', 'message', 'details', 'hint'].filter((name) => error[name] === undefined), [], shown);
  for (const [name, value] of Object.entries(wanted)) {
    if (value instanceof RegExp) assert.match(error[name], value, shown);
    else assert.deepEqual(error[name], value, `${name} of ${shown}`);
  }
}

/** /auth/v1 answered without an error; returns its data. */
export function authenticated(result) {
  assert.equal(result.error, null, `refused: ${result.error?.code}: ${result.error?.message}`);
  return result.data;
}

/** /auth/v1 refused with that status, code and, if given, message. */
export function authRefused(result, status, code, message) {
  const { error } = result;
  assert.ok(error, `not refused: ${JSON.stringify(result.data)}`);
  const shown = `${error.name}: ${error.status} ${error.code}: ${error.message}`;
  assert.equal(error.code, code, shown);
  assert.equal(error.status, status, shown);
  if (message instanceof RegExp) assert.match(error.message, message, shown);
  else if (message !== undefined) assert.equal(error.message, message, shown);
}

/** functions.invoke answered 2xx; returns its data. */
export async function answered(result) {
  const body = result.error?.context?.text ? await result.error.context.text() : result.error;
  assert.equal(result.error, null, `refused: ${body}`);
  return result.data;
}

/** functions.invoke was refused with that status and code; returns the body. */
export async function invokeRefused(result, status, code) {
  const { error } = result;
  assert.ok(error, `not refused: ${JSON.stringify(result.data)}`);
  assert.equal(error.name, 'FunctionsHttpError', String(error));
  assert.equal(error.message, 'Edge Function returned a non-2xx status code');
  const body = await error.context.json();
  assert.equal(error.context.status, status, JSON.stringify(body));
  assert.equal(body.code, code, JSON.stringify(body));
  assert.equal(typeof body.error, 'string');
  return body;
}

export const isUuid = (text) =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

/** PostgreSQL's JSON form of a timestamptz: UTC, no trailing zeros. */
export const isTimestamp = (text) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?\+00:00$/.test(text);

/** One member of each row. */
export const pluck = (rows, name) => rows.map((row) => row[name]);
