// Reads the mails that the server left in its data folder (mail.sender = "folder").
// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { waitFor } from './server.mjs';

/** An Internet message: { to, subject, text }, and the link and the code that its text holds. */
function parse(message) {
  const [head, ...rest] = message.replaceAll('\r\n', '\n').split('\n\n');
  const body = rest.join('\n\n');
  const header = (name, text = head) =>
    new RegExp(`^${name}: *(.*(?:\n[ \t].*)*)`, 'im').exec(text)?.[1].replace(/\n[ \t]+/g, ' ');
  const boundary = /boundary="?([^";\n]+)/i.exec(header('Content-Type') ?? '')?.[1];
  const part = boundary
    ? body.split(`--${boundary}`).find((text) => /text\/plain/i.test(text))
    : `${head}\n\n${body}`;
  const [partHead, ...partBody] = part.trimStart().split('\n\n');
  const raw = partBody.join('\n\n');
  const text = /base64/i.test(header('Content-Transfer-Encoding', partHead) ?? '')
    ? Buffer.from(raw, 'base64').toString('utf8')
    : raw;
  return {
    to: header('To'),
    subject: header('Subject'),
    text,
    link: /https?:\/\/\S+\/auth\/v1\/verify\?\S+/.exec(text)?.[0],
    code: /(?<![\w-])\d{6}(?![\w-])/.exec(text)?.[0],
  };
}

/** All mails to the address so far, oldest first. */
export function mailsTo(world, address) {
  const folder = path.join(world.server.dataFolder, 'mail');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith('.eml')).sort()
    .map((name) => parse(readFileSync(path.join(folder, name), 'utf8')))
    .filter(({ to }) => to.includes(address));
}

/** Waits until there are that many mails to the address; returns the newest. */
export async function nextMail(world, address, count = 1) {
  const mails = await waitFor(`mail ${count} to ${address}`, () => {
    const found = mailsTo(world, address);
    return found.length >= count && found;
  });
  return mails.at(-1);
}

/** Where a link of a mail leads: the address that the browser is sent to. */
export async function follow(link) {
  const response = await fetch(link, { redirect: 'manual' });
  const target = new URL(response.headers.get('location'));
  return {
    status: response.status,
    target,
    query: target.searchParams,
    fragment: new URLSearchParams(target.hash.slice(1)),
  };
}
