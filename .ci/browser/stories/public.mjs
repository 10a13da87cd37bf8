// The public pages: every agreement and version with its digests, the keys, and what is not there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export async function publicPages({ t, lang, server, browser }) {
  const page = await browser.visit(undefined, { lang });
  const go = (path) => page.goto(`${server.base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
  await t.check('the root says what this place is, and leads to what is open to all', async () => {
    assert.equal((await go('/')).status(), 200);
    const hrefs = await page.locator('main a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    assert.deepEqual(hrefs.slice(0, 2), [`/agreements?lang=${lang}`, `/keys?lang=${lang}`]);
  });
  await browser.look.at(t, page, lang, '14-home');
  await go('/agreements');
  await t.check('every agreement and version is listed', async () => {
    const hrefs = await page.locator('main a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    for (const path of ['/agreements/general-terms/1', '/agreements/dpa-payslip/3', '/agreements/dpa-invoice/1'])
      assert.ok(
        hrefs.some((one) => one.startsWith(path)),
        path,
      );
  });
  await browser.look.at(t, page, lang, '14-agreements');
  await go('/agreements/dpa-payslip/3');
  await browser.look.at(t, page, lang, '14-version');
  await t.check(
    'the texts can be downloaded, and have the digests that are shown and that the service names',
    async () => {
      const shown = await page.innerText('main');
      for (const language of ['sv', 'en']) {
        const { body } = await browser.fetch(`${server.base}/agreements/dpa-payslip/3/${language}.md`);
        const digest = createHash('sha256').update(body).digest('hex');
        const known = await server.ask('INTEGRATOR', 'AgreementService/GetAgreementDocument', {
          agreement_id: 'dpa-payslip',
          version: '3',
          language,
        });
        assert.equal(digest, known.documentSha256);
        assert.ok(shown.includes(digest), language);
      }
      const { body } = await browser.fetch(`${server.base}/agreements/dpa-payslip/3/specification.json`);
      assert.ok(shown.includes(createHash('sha256').update(body).digest('hex')), 'the specification');
    },
  );
  await go('/keys');
  await browser.look.at(t, page, lang, '14-keys');
  for (const [what, path, status] of [
    ['no such agreement', '/agreements/none', 404],
    ['no such version', '/agreements/dpa-payslip/99', 404],
    ['no such page', '/none', 404],
  ]) {
    await t.check(`${what} is ${status}`, async () => assert.equal((await go(path)).status(), status));
  }
  await browser.look.at(t, page, lang, '14-lost');
  await t.check('other methods are refused, and too large a form', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'POST'])
      assert.equal((await browser.fetch(`${server.base}/agreements`, { method })).status, 405, method);
    const body = new URLSearchParams({ reason: 'x'.repeat(200_000) });
    assert.equal((await browser.fetch(`${server.base}/a/${'A'.repeat(43)}`, { method: 'POST', body })).status, 413);
  });
  await page.context().close();
}
