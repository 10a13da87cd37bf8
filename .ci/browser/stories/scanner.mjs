// A mail filter that follows every link, another website that posts, and fifty posts at once.
import assert from 'node:assert/strict';
import { heading, step } from '../kit/form.mjs';

export async function scanner({ t, lang, server, browser, company }) {
  const it = await company();
  await t.check(
    "100 GET and 100 HEAD requests: nothing is accepted, the invitation and the gate's answer are as before",
    async () => {
      const [before, gate] = [await it.invitationNow(), await it.gate()];
      const methods = Array.from({ length: 200 }, (_, place) => (place % 2 ? 'HEAD' : 'GET'));
      // In waves: one address does not get more connections at once.
      const answers = [];
      for (let at = 0; at < methods.length; at += 40) {
        const wave = methods.slice(at, at + 40).map((method) => browser.fetch(it.link, { method }));
        answers.push(...(await Promise.all(wave)));
      }
      assert.equal(answers.length, 200);
      assert.ok(
        answers.every((one) => one.status === 200),
        [...new Set(answers.map((one) => one.status))].join(),
      );
      for (const query of ['?do=accept', '?do=not-ours', '?do=resend&lang=en', '?done=forward'])
        await browser.fetch(it.link + query);
      await browser.fetch(`${it.link}/receipt`);
      assert.deepEqual(await it.invitationNow(), before);
      assert.deepEqual(await it.gate(), gate);
      assert.deepEqual(await it.acceptances(), []);
    },
  );
  const html = (await browser.fetch(it.link)).body.toString();
  const shown = /name="shown" value="([0-9a-f]{64})"/.exec(html)?.[1];
  const form = new URLSearchParams({
    do: 'accept',
    at: 'accept',
    lang,
    shown,
    ...it.person,
    contact: it.contact,
    authority: 'on',
  });
  for (const id of ['general-terms', 'dpa-payslip']) form.append('agree', id);
  await t.check('a post from another website is refused', async () => {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }]) {
      assert.equal((await browser.fetch(it.link, { method: 'POST', body: form, headers })).status, 403);
    }
    assert.deepEqual(await it.acceptances(), []);
  });
  await t.check('50 posts of the last step at once: exactly one acceptance, and nobody sees an error', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => browser.fetch(it.link, { method: 'POST', body: form })),
    );
    assert.ok(
      answers.every((one) => one.status === 303 || one.status === 200),
      [...new Set(answers.map((one) => one.status))].join(),
    );
    const acceptances = await it.acceptances();
    assert.deepEqual(acceptances.map((one) => one.agreementId).sort(), ['dpa-payslip', 'general-terms']);
    await it.mustBe('ALLOW');
  });
  await t.check('one confirmation each, not fifty', async () => {
    await it.confirmed();
    await it.confirmed(it.contact);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(server.mail.waiting(it.person.email) + server.mail.waiting(it.contact), 0);
  });
  await t.check('the link shows the acceptance from then on', async () => {
    const page = await browser.visit(it.link, { lang });
    assert.ok(await page.isVisible('a[href$="/receipt"]'), (await heading(page)) + (await step(page)));
    await page.context().close();
  });
}
