// What holds of every page in every state: axe-core finds nothing, nothing has to be scrolled sideways, there is no script; in
// light and dark, on a phone and on a desktop, with everything folded and unfolded. Keeps pictures where a folder was given.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TOOLS } from './server.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Each colour scheme and each width is looked at folded and unfolded, half of the pairs one way and half the other. */
const VIEWS = [
  { name: '320-light', width: 320, height: 640, scheme: 'light', open: false },
  { name: '320-dark', width: 320, height: 640, scheme: 'dark', open: true },
  { name: '1280-dark', width: 1280, height: 900, scheme: 'dark', open: false },
  { name: '1280-light', width: 1280, height: 900, scheme: 'light', open: true },
];

export class Look {
  #axe;

  constructor(checks, shots) {
    this.#axe = readFileSync(
      createRequire(join(TOOLS, 'npm-browser', 'package.json')).resolve('axe-core/axe.min.js'),
      'utf8',
    );
    Object.assign(this, { checks, shots });
  }

  /** Looks at the page as it is, and leaves it as it was. */
  async at(t, page, lang, name, how = { tags: TAGS, markup: true }) {
    const size = page.viewportSize();
    await t.check(`${name}: axe, widths and markup`, async () => {
      const found = how.markup ? await page.evaluate(markup, lang) : [];
      if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(this.#axe);
      const folded = await page.evaluate(() => [...document.querySelectorAll('details')].map((one) => one.open));
      for (const view of VIEWS) {
        await page.setViewportSize({ width: view.width, height: view.height });
        await page.emulateMedia({ colorScheme: view.scheme });
        await page.evaluate(unfold, view.open ? folded.map(() => true) : folded);
        if (view.scheme !== how.unjudged)
          found.push(
            ...(await page.evaluate(judge, { tags: how.tags, width: view.width })).map((one) => `${view.name}: ${one}`),
          );
        if (this.shots)
          await page.screenshot({ path: join(this.shots, `${lang}-${name}-${view.name}.png`), fullPage: true });
      }
      await page.evaluate(unfold, folded);
      await page.emulateMedia({ colorScheme: null });
      await page.setViewportSize(size);
      assert.deepEqual(found, []);
    });
  }

  /**
   * A mail's HTML, as a mail program shows it; that it loads nothing is seen where all requests are. It leaves the colours to
   * that program, and axe takes a ground without a colour for white.
   */
  async mail(t, browser, lang, name, mail) {
    const page = await browser.visit(undefined, { lang });
    await page.setContent(mail.html);
    await this.at(t, page, lang, name, {
      tags: TAGS.filter((tag) => tag.startsWith('wcag')),
      markup: false,
      unjudged: 'dark',
    });
    await page.context().close();
  }

  /** On paper there is nothing to press, and it is as wide as the paper. */
  async printed(t, page, lang, name) {
    const size = page.viewportSize();
    await t.check(`${name}: on paper`, async () => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.setViewportSize({ width: 718, height: 1000 }); // A4 within its margins
      const pressed = await page.evaluate(() =>
        [...document.querySelectorAll('button, summary, .button')]
          .filter((one) => one.checkVisibility())
          .map((one) => one.innerText),
      );
      const [width, ground] = await page.evaluate(() => [
        document.scrollingElement.scrollWidth,
        getComputedStyle(document.body).backgroundColor,
      ]);
      if (this.shots) await page.screenshot({ path: join(this.shots, `${lang}-${name}-paper.png`), fullPage: true });
      await page.emulateMedia({ media: null, colorScheme: null });
      await page.setViewportSize(size);
      assert.deepEqual(pressed, []);
      assert.ok(width <= 718, `${width} px wide`);
      assert.equal(ground, 'rgb(255, 255, 255)', 'dark on paper');
    });
  }
}

/** In the page: what is wrong with its markup. */
function markup(lang) {
  const wrong = [];
  const all = [...document.querySelectorAll('*')];
  const of = (test) => all.filter(test).map((one) => one.outerHTML.slice(0, 120));
  const handlers = (one) =>
    [...one.attributes].some((attribute) => attribute.name.startsWith('on') || attribute.name === 'style');
  wrong.push(
    ...of((one) => ['SCRIPT', 'STYLE', 'IFRAME', 'OBJECT', 'BASE'].includes(one.tagName)).map(
      (one) => `not allowed: ${one}`,
    ),
  );
  wrong.push(...of(handlers).map((one) => `inline script or style: ${one}`));
  if (document.documentElement.lang !== lang)
    wrong.push(`the page says that its language is ${document.documentElement.lang}`);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not exactly one h1');
  if (/\{\w+\}/.test(document.body.innerText + document.title)) wrong.push('a word was not filled in');
  const ids = all.map((one) => one.id).filter(Boolean);
  wrong.push(...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `twice the id ${id}`));
  return wrong;
}

function unfold(open) {
  document.querySelectorAll('details').forEach((one, place) => (one.open = open[place]));
}

/** In the page: what axe finds, and what is wider than the window. */
async function judge({ tags, width }) {
  const { violations } = await window.axe.run(document, {
    runOnly: { type: 'tag', values: tags },
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
    elementRef: false,
  });
  const found = violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary?.replace(/\s+/g, ' ')}`),
  );
  if (document.scrollingElement.scrollWidth > width) {
    const wide = [...document.body.querySelectorAll('*')].filter(
      (one) => one.getBoundingClientRect().right > width + 1,
    );
    found.push(
      `${document.scrollingElement.scrollWidth} px wide: ${wide.slice(-1).map((one) => one.outerHTML.slice(0, 120))}`,
    );
  }
  return found;
}
