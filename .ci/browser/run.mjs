#!/usr/bin/env node
// The hosted form in a real browser: every way through it, in both languages, from a phone's width to a desktop's, by keyboard
// alone where a person may have nothing else, with axe-core on every page. One service, one browser, one lane per language.
//
//   node .ci/browser/run.mjs [--shots DIR] [--only STORY,…] [--lang sv,en]
//
// Environment: OMBORD_BIN (else the dev build of cargo's target directory), CI_TOOLS, CI, CHROMIUM (else `chromium`).
// Without chromium: says so and ends with 0, under CI with 1.
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Browser, findChromium } from './kit/browser.mjs';
import { Checks } from './kit/checks.mjs';
import { Company, setTheStage } from './kit/company.mjs';
import { Server } from './kit/server.mjs';
import { contested } from './stories/contest.mjs';
import { exits } from './stories/exits.mjs';
import { faults } from './stories/faults.mjs';
import { keyboard } from './stories/keyboard.mjs';
import { links } from './stories/links.mjs';
import { pair } from './stories/pair.mjs';
import { publicPages } from './stories/public.mjs';
import { scanner } from './stories/scanner.mjs';
import { nothingLeaked } from './stories/secrets.mjs';
import { versions } from './stories/versions.mjs';

const STORIES = { keyboard, exits, contested, faults, versions, pair, links, publicPages, scanner };

const { values: given } = parseArgs({
  options: { shots: { type: 'string' }, only: { type: 'string' }, lang: { type: 'string', default: 'sv,en' } },
});
const wanted = given.only ? given.only.split(',') : Object.keys(STORIES);
if (given.shots) mkdirSync(given.shots, { recursive: true });

const chromium = findChromium();
if (!chromium) {
  console.error('*** NOT TESTED: the form in a browser, since there is no chromium (Debian: apt install chromium) ***');
  process.exit(process.env.CI === 'true' ? 1 : 0);
}

const began = Date.now();
const checks = new Checks();
let server;
let browser;
try {
  server = new Server();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.stop().then(() => process.exit(1)));
  await server.start();
  await setTheStage(server);
  browser = await Browser.launch(chromium, server, checks, given.shots);
  const lane = async (lang) => {
    for (const name of wanted) {
      // What tells nothing of languages is told once; the stories differ in length, so the lanes stay even.
      if (name === 'scanner' && lang !== given.lang.split(',')[0]) continue;
      await checks.story(`${lang} ${name}`, (t) =>
        STORIES[name]({ t, lang, server, browser, company: (of) => Company.make(server, lang, of) }),
      );
    }
  };
  await Promise.all(given.lang.split(',').map(lane));
  await checks.story('all guards', (t) => browser.guards(t));
  await checks.story('all secrets', (t) => nothingLeaked({ t, server, browser }));
} catch (error) {
  checks.broke('the run itself', error);
} finally {
  await browser?.close();
  const code = await server?.stop();
  if (code !== undefined && code !== 0)
    checks.broke('the end of the service', new Error(`exit code ${code}\n${server.tail()}`));
}
const failed = checks.report((Date.now() - began) / 1000);
process.exit(failed ? 1 : 0);
