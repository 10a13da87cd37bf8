// The mails that the service writes as files, read as a mail program would read them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './checks.mjs';

export class Mailbox {
  #read = new Map();
  #taken = new Set();

  constructor(folder) {
    this.folder = folder;
  }

  all() {
    let names = [];
    try {
      names = readdirSync(this.folder).filter((name) => name.endsWith('.eml'));
    } catch {
      return []; // not made yet
    }
    for (const name of names) {
      if (!this.#read.has(name)) this.#read.set(name, parse(readFileSync(join(this.folder, name))));
    }
    return [...this.#read.values()];
  }

  /** The next mail of a kind to this address that has not been handed out yet. */
  async to(address, kind) {
    return eventually(`${kind}: a mail to ${address}`, () => {
      const mail = this.all().find(
        (mail) => mail.to.toLowerCase() === address.toLowerCase() && mail.kind === kind && !this.#taken.has(mail),
      );
      if (mail) this.#taken.add(mail);
      return mail;
    });
  }

  /** How many more there are to this address. */
  waiting(address) {
    return this.all().filter((mail) => mail.to.toLowerCase() === address.toLowerCase() && !this.#taken.has(mail))
      .length;
  }

  /** The secret part of every link that was ever mailed. */
  tokens() {
    return [
      ...new Set(this.all().flatMap((mail) => [...mail.text.matchAll(/\/a\/([\w-]{43})/g)].map((found) => found[1]))),
    ];
  }
}

/** A mail: its headers in words, its text, HTML and attachments. */
export function parse(bytes) {
  const { headers, parts } = entity(bytes);
  const find = (kind) => parts.find((part) => part.kind === kind && !part.name)?.bytes.toString('utf8') ?? '';
  const text = find('text/plain');
  const link = /^(https?:\/\/\S+\/a\/[\w-]{43})$/m.exec(text.replaceAll('\r', ''))?.[1];
  const address = /<([^>]+)>/.exec(headers.to)?.[1] ?? headers.to;
  const attachments = parts.filter((part) => part.name);
  // Only an invitation has a check code on a line of its own, only a confirmation an attachment.
  const code = /^ {4}([A-Z0-9]{4}-[A-Z0-9]{4})$/m.exec(text.replaceAll('\r', ''))?.[1];
  const kind = code ? 'invitation' : attachments.length ? 'confirmation' : 'notice';
  return { kind, to: address, subject: headers.subject, text, html: find('text/html'), link, code, attachments };
}

function entity(bytes) {
  const raw = bytes.toString('latin1');
  const split = raw.indexOf('\r\n\r\n');
  const headers = {};
  for (const line of raw
    .slice(0, split)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = words(line.slice(colon + 1).trim());
  }
  const body = raw.slice(split + 4);
  const type = headers['content-type'] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
  if (boundary) {
    const inner = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1);
    return { headers, parts: inner.flatMap((part) => entity(Buffer.from(part.replace(/^\r\n/, ''), 'latin1')).parts) };
  }
  const name = /filename="?([^";]+)"?/.exec(headers['content-disposition'] ?? '')?.[1];
  return {
    headers,
    parts: [{ kind: type.split(';')[0].trim(), name, bytes: decoded(body, headers['content-transfer-encoding']) }],
  };
}

function decoded(body, encoding = '8bit') {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding === 'quoted-printable') return Buffer.from(unquoted(body.replace(/=\r\n/g, '')), 'latin1');
  return Buffer.from(body, 'latin1');
}

const unquoted = (text) => text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));

/** Headers as RFC 2047 encodes them. */
function words(text) {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, way, word) =>
      (way.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64')
        : Buffer.from(unquoted(word.replaceAll('_', ' ')), 'latin1')
      ).toString('utf8'),
    );
}
