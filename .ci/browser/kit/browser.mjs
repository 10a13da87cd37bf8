// One Chromium, a context for each visitor, and what is watched on everything that goes over the wire.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { Look } from './look.mjs';
import { TOOLS } from './server.mjs';

export const SMALL = { width: 320, height: 640 };
export const WIDE = { width: 1280, height: 900 };

/** Debian's chromium, or the one that CHROMIUM names; nothing is downloaded. */
export function findChromium() {
  const name = process.env.CHROMIUM ?? 'chromium';
  const places = name.includes('/') ? [name] : process.env.PATH.split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => existsSync(place));
}

/** On every answer, whatever it is. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export class Browser {
  /** What must never happen, with the address at which it did, tokens left out. */
  strays = { origins: new Set(), referrers: new Set(), headers: new Set(), cookies: new Set(), complaints: new Set() };
  answers = 0;

  static async launch(executablePath, server, checks, shots) {
    const { chromium } = createRequire(join(TOOLS, 'npm-browser', 'package.json'))('playwright-core');
    const browser = new Browser();
    const args = ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-dev-shm-usage'];
    browser.chromium = await chromium.launch({ executablePath, args });
    Object.assign(browser, { server, look: new Look(checks, shots) });
    console.log(`     Chromium ${browser.chromium.version()}, ${server.base}`);
    return browser;
  }

  close() {
    return this.chromium.close();
  }

  /** A visitor's page. */
  async visit(address, { size = WIDE, lang = 'sv', scheme = 'light' } = {}) {
    const locale = lang === 'sv' ? 'sv-SE' : 'en-GB';
    const context = await this.chromium.newContext({
      viewport: size,
      locale,
      colorScheme: scheme,
      acceptDownloads: true,
    });
    const { strays } = this;
    const place = (url) => url.replace(/[\w-]{43}/g, '…');
    context.on('request', (request) => {
      if (new URL(request.url()).origin !== this.server.base) strays.origins.add(place(request.url()));
      if (request.headers().referer) strays.referrers.add(place(request.url()));
    });
    context.on('response', (response) => this.guard(place(response.url()), response.status(), response.headers()));
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    // Chromium tells of an answer that is an error of the asker's; the stories ask for those.
    page.on('console', (said) => {
      if (!/Failed to load resource: the server responded with a status of 4\d\d/.test(said.text()))
        strays.complaints.add(said.text());
    });
    page.on('pageerror', (error) => strays.complaints.add(String(error)));
    if (address) await page.goto(address);
    return page;
  }

  /** The same without a browser, as mail filters ask. */
  async fetch(address, options = {}) {
    const response = await fetch(address, { redirect: 'manual', ...options });
    const body = Buffer.from(await response.arrayBuffer());
    this.guard(address.replace(/[\w-]{43}/g, '…'), response.status, Object.fromEntries(response.headers));
    return { status: response.status, headers: response.headers, body };
  }

  guard(place, status, headers) {
    this.answers += 1;
    for (const [name, value] of Object.entries(HEADERS)) {
      if (headers[name] !== value) this.strays.headers.add(`${status} ${place}: ${name}: ${headers[name]}`);
    }
    if (headers['set-cookie']) this.strays.cookies.add(`${status} ${place}`);
  }

  async guards(t) {
    const none = (strays) => assert.deepEqual([...strays], []);
    const { origins, referrers, headers, cookies, complaints } = this.strays;
    await t.check('no page asked another origin for anything', () => none(origins));
    await t.check('no request named a referrer', () => none(referrers));
    await t.check(
      `CSP, Referrer-Policy, Cache-Control, nosniff and X-Frame-Options on all of ${this.answers} answers`,
      () => none(headers),
    );
    await t.check('no cookie was set', () => none(cookies));
    await t.check('the browser complained of nothing', () => none(complaints));
  }
}
