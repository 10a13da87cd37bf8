// Links that do not lead to the form: to a stranger all look the same, to their holder they say what happened and help.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { accept, heading, press, step, unfold } from '../kit/form.mjs';

export async function links({ t, lang, server, browser, company }) {
  const it = await company();
  const token = it.link.slice(-43);
  const at = (token) => `${server.base}/a/${token}`;
  const altered = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`;
  const headers = { 'accept-language': lang };
  await t.check('wrong, altered and forged links: one answer to the byte, whatever is asked of them', async () => {
    const strange = [
      randomBytes(32).toString('base64url'),
      altered,
      'x',
      `${token}=`,
      token.slice(1),
      token.toLowerCase() === token ? 'y' : token.toLowerCase(),
      '..%2f..%2fkeys',
    ];
    const told = new Set();
    for (const one of strange) {
      for (const [method, body] of [
        ['GET'],
        ['POST', new URLSearchParams({ do: 'accept', lang })],
        ['POST', new URLSearchParams({ do: 'resend', lang })],
      ]) {
        const answer = await browser.fetch(at(one), { method, body, headers });
        told.add(`${answer.status} ${answer.body.toString()}`);
      }
      const receipt = await browser.fetch(`${at(one)}/receipt`, { headers });
      told.add(`${receipt.status} ${receipt.body.toString()}`);
    }
    assert.equal(
      told.size,
      1,
      [...told].map((one) => one.slice(0, 4) + (/<h1>([^]*?)<\/h1>/.exec(one)?.[1] ?? one.slice(4, 80))).join(' | '),
    );
    assert.match([...told][0], /^404 /);
  });
  const page = await browser.visit(at(altered), { lang });
  await browser.look.at(t, page, lang, '13-unknown');
  await t.check('even that page can be read in the other language', async () => {
    const other = lang === 'sv' ? 'en' : 'sv';
    await Promise.all([page.waitForNavigation(), page.click(`.switch a[hreflang=${other}]`)]);
    assert.equal(await page.getAttribute('html', 'lang'), other);
  });

  await t.check('a cancelled link says so, and offers nothing to press', async () => {
    await server.tell('INTEGRATOR', 'AcceptanceService/CancelInvitation', { invitation_id: it.invitation });
    assert.equal((await page.goto(it.link)).status(), 410);
    assert.equal(await page.locator('main button').count(), 0);
  });
  await browser.look.at(t, page, lang, '13-cancelled');

  await t.check('an expired link says so, and sends a new one to the same address, which works', async () => {
    const late = await company();
    // Thirty days pass.
    const id = late.invitation.replaceAll('-', '');
    const past = 'expires - 31 * 86400 * 1000000, created = created - 31 * 86400 * 1000000';
    assert.equal(await server.sql(`UPDATE invitation SET expires = ${past} WHERE invitation_id = x'${id}'`), 1);
    assert.equal((await page.goto(late.link)).status(), 410);
    assert.equal(await step(page), 'resend');
    assert.equal((await late.invitationNow()).state, 'INVITATION_STATE_EXPIRED');
    await browser.look.at(t, page, lang, '13-expired');
    await press(page, 'resend');
    await page.goto((await late.invited()).link);
    assert.equal(await step(page), 'about');
    await accept(page, late);
    await late.mustBe('ALLOW');
  });

  await t.check(
    'nobody can fill a mailbox: after a few new links there are no more, and the page says so',
    async () => {
      const asked = await company();
      const form = { do: 'forward', recipient: asked.recipient, lang };
      let link = asked.link;
      for (let times = 0; ; times += 1) {
        assert.ok(times < 30, '30 mails were sent');
        const { status } = await browser.fetch(link, { method: 'POST', body: new URLSearchParams(form) });
        if (status === 429) break;
        assert.equal(status, 303);
        link = (await asked.invited()).link;
      }
      await page.goto(link);
      await unfold(page, '#recipient');
      await page.fill('#recipient', asked.recipient);
      assert.equal((await press(page, 'forward')).status(), 429);
    },
  );
  await browser.look.at(t, page, lang, '13-too-often');

  await t.check(
    'a link that is followed hundreds of times a minute is slowed down, with the time to wait',
    async () => {
      const busy = at(randomBytes(32).toString('base64url'));
      for (let round = 0; ; round += 1) {
        assert.ok(round < 20, '1,000 requests were answered');
        const burst = Promise.all(Array.from({ length: 50 }, () => browser.fetch(busy)));
        const shown = await page.goto(busy);
        const slowed = (await burst).find((one) => one.status === 429);
        if (!slowed || shown.status() !== 429) continue;
        assert.ok(Number(slowed.headers.get('retry-after')) > 0);
        break;
      }
    },
  );
  await browser.look.at(t, page, lang, '13-slow-down');

  await t.check('when all is accepted in another way, there is nothing left to accept', async () => {
    const attested = await company();
    await attested.attest();
    await page.goto(attested.link);
    assert.equal(await step(page), 'words', await heading(page));
  });
  await browser.look.at(t, page, lang, '13-nothing');
  await page.context().close();
}
