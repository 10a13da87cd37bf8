// What was shown is bound to what is posted; and a no to a new version before its deadline changes nothing at the gate.
import assert from 'node:assert/strict';
import { dpa, publish } from '../kit/company.mjs';
import { accept, fillAll, fillPerson, heading, press, step } from '../kit/form.mjs';

export async function versions(stage) {
  await changedMeanwhile(stage);
  await noToTheNext(stage);
}

async function changedMeanwhile({ t, lang, server, browser, company }) {
  const type = lang === 'sv' ? 'INVOICE' : 'LETTER';
  const it = await company({ type });
  const page = await browser.visit(it.link, { lang });
  await fillAll(page, it);
  await publish(server, type, '2');
  await t.must(
    'a form shown under one version and posted after the next was published is refused, with the new form',
    async () => {
      const answer = await press(page, 'accept');
      assert.equal(answer.status(), 409);
      assert.equal(await step(page), 'about');
      assert.ok(await page.isVisible('.notice[role=alert]'));
      assert.match(await page.innerText('main'), /version 2/i);
      assert.deepEqual(await it.acceptances(), []);
    },
  );
  await browser.look.at(t, page, lang, '10-changed');
  await t.check(
    'what was typed is still there, what was ticked is not, and the new version can be accepted',
    async () => {
      await press(page, 'person');
      assert.equal(await page.inputValue('#full_name'), it.person.full_name);
      await press(page, 'review');
      assert.equal(await page.locator('main .tick input:checked').count(), 0);
      for (const box of await page.locator('main .tick input').all()) await box.check();
      await press(page, 'accept');
      await it.mustBe('ALLOW');
      const accepted = (await it.acceptances()).find((one) => one.agreementId === dpa(type));
      assert.equal(accepted.version, '2');
    },
  );
  await t.check('a digest of something else is refused in the same way', async () => {
    const other = await company({ type });
    await page.goto(other.link);
    await page.evaluate(() =>
      document.querySelectorAll('input[name=shown]').forEach((one) => (one.value = '0'.repeat(64))),
    );
    assert.equal((await press(page, 'person')).status(), 409);
    assert.equal(await step(page), 'about');
  });
  await page.context().close();
}

async function noToTheNext({ t, lang, server, browser, company }) {
  const type = lang === 'sv' ? 'FORM' : 'OTHER';
  const it = await company({ type });
  const page = await browser.visit(it.link, { lang });
  await accept(page, it);
  await it.mustBe('ALLOW');
  await publish(server, type, '2');
  const before = await it.gate();
  await t.check('a new version is due, and the gate goes on allowing', () => assert.equal(before.decision, 'ALLOW'));
  await page.goto(await it.invite());
  await t.check('the form offers only the new version, and says until when the old one counts', async () => {
    assert.equal(await page.locator('section[aria-labelledby=short] h3').count(), 1);
    assert.match(await page.innerText('main'), /version 2/i);
  });
  await browser.look.at(t, page, lang, '11-new-version');
  await press(page, 'decline');
  await fillPerson(page, it.person);
  await page.check('#authority');
  await press(page, 'decline-confirm');
  await browser.look.at(t, page, lang, '11-new-version-decline-confirm');
  await page.check('#confirm');
  await press(page, 'decline-confirm');
  await t.check("a decline of a new version before its deadline: the gate's answer does not change", async () => {
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_DECLINED', await heading(page));
    const after = await it.gate();
    assert.equal(after.decision, 'ALLOW');
    assert.deepEqual(after, before);
  });
  await page.context().close();
}
