// "Was this wrong?": of an acceptance through the form, and through the link in a notice of what an integrator attested.
import assert from 'node:assert/strict';
import { accept, press, step, unfold } from '../kit/form.mjs';

/** The gate allows, and warns with the day on which it will not. */
async function warned(it) {
  const gate = await it.mustBe('ALLOW');
  const warning = gate.reasons.find((reason) => /CONTESTED/.test(reason.code));
  assert.ok(warning, JSON.stringify(gate.reasons));
  assert.equal(warning.severity, 'SEVERITY_WARNING');
  const days = (Date.parse(warning.deadline) - Date.now()) / 86_400_000;
  assert.ok(days > 4 && days < 12, `five business days, not ${days}`);
}

export async function contested({ t, lang, browser, company }) {
  const it = await company();
  const page = await browser.visit(it.link, { lang });
  await accept(page, it);
  await t.check('form: "was this wrong?" marks the acceptance as contested, which stops nothing yet', async () => {
    await unfold(page, '#reason');
    await page.fill('#reason', lang === 'sv' ? 'Jag får inte teckna avtal.' : 'I may not sign agreements.');
    await press(page, 'contest');
    await warned(it);
    const acceptances = await it.acceptances();
    assert.ok(
      acceptances.every((one) => /CONTESTED/.test(one.state) || one.contestDeadline || one.contest),
      JSON.stringify(acceptances[0]),
    );
  });
  await browser.look.at(t, page, lang, '8-done-contested');
  await t.check('form: the page says until when, and does not ask again', async () => {
    await page.goto(it.link);
    assert.ok(await page.isVisible('.notice.warn'));
    assert.equal(await page.locator('button[value=contest]').count(), 0);
  });

  const other = await company({ invite: false });
  await other.attest();
  const notice = await t.must(
    'notice: the contact point is told what the integrator attested, with a link',
    async () => {
      const mail = await other.server.mail.to(other.contact, 'notice');
      assert.ok(mail.link, mail.text);
      return mail;
    },
  );
  await browser.look.mail(t, browser, lang, '0-mail-notice', notice);
  await page.goto(notice.link);
  await t.check('notice: the link shows what was recorded, and asks', async () =>
    assert.equal(await step(page), 'contest'),
  );
  await browser.look.at(t, page, lang, '8-notice');
  await t.check('notice: contested, the gate allows and warns with the deadline', async () => {
    await other.mustBe('ALLOW');
    await press(page, 'contest');
    await warned(other);
  });
  await browser.look.at(t, page, lang, '8-notice-contested');
  await t.check('notice: the operator is told, without personal data', async () => {
    const mail = await other.server.mail.to('avtal@brevladan.example', 'notice');
    assert.ok(!mail.text.includes('@'), mail.text);
  });
  await page.context().close();
}
