// One-time passwords of an authenticator app (RFC 6238), for the tests of second factors.
// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const stepSeconds = 30;

function decodeBase32(text) {
  let bits = '';
  for (const letter of text.replace(/=+$/, '')) {
    bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** The six digits that an app shows for the secret at that time. */
export function totp(secret, now = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 1000 / stepSeconds)));
  const digest = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = digest.at(-1) & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Six digits that are not the right ones, now or in a moment. */
export function wrongTotp(secret) {
  const near = [-2, -1, 0, 1, 2].map((step) => totp(secret, Date.now() + step * stepSeconds * 1000));
  return ['000000', '111111', '222222', '333333', '444444', '555555']
    .find((code) => !near.includes(code));
}
