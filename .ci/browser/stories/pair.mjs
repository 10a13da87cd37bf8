// Two signatories: nothing counts until both have accepted, and they are two.
import assert from 'node:assert/strict';
import { accept, faultsShown, fillAll, fillPerson, press, step } from '../kit/form.mjs';

export async function pair({ t, lang, browser, company }) {
  const it = await company();
  const first = it.person;
  const second = {
    full_name: 'Per-Olof Ek',
    role: lang === 'sv' ? 'Styrelseledamot' : 'Board member',
    email: `p-o.ek@${it.domain}`,
    authority_basis: 'AUTHORISED_SIGNATORY',
  };
  const page = await browser.visit(it.link, { lang });
  const before = await it.gate();
  await t.must('the first accepts, names the second, and waits; the gate says what it said', async () => {
    await fillAll(page, it, { second });
    await browser.look.at(t, page, lang, '12-accept-two');
    await press(page, 'accept');
    assert.ok((await page.innerText('main')).includes(second.email));
    assert.deepEqual(await it.gate(), before);
    assert.deepEqual(await it.acceptances(), []);
    assert.equal((await it.invitationNow()).firstSigned, true);
  });
  await browser.look.at(t, page, lang, '12-waits');
  const link = await t.must('the second gets a link of their own, which names the first', async () => {
    const mail = await it.invited(second.email);
    assert.ok(mail.text.includes(first.full_name));
    return mail.link;
  });
  const theirs = await browser.visit(link, { lang });
  await t.check('the second sees that the first has accepted', async () =>
    assert.ok((await theirs.innerText('main')).includes(first.full_name)),
  );
  await browser.look.at(t, theirs, lang, '12-second-about');
  await press(theirs, 'person');
  await t.check('the same person twice is refused, by address and by name', async () => {
    for (const [again, wanted] of [
      [{ ...second, email: first.email }, 'email'],
      [{ ...second, full_name: first.full_name.toLowerCase() }, 'full_name'],
    ]) {
      await fillPerson(theirs, again);
      assert.equal((await press(theirs, 'review')).status(), 422);
      assert.deepEqual(Object.keys(await faultsShown(theirs)), [wanted]);
    }
  });
  await browser.look.at(t, theirs, lang, '12-second-person');

  await t.check('the first can send the second a new link, not to themselves; the older one is closed', async () => {
    await page.goto(it.link);
    await page.fill('#second_email', first.email);
    assert.equal((await press(page, 'second')).status(), 422);
    assert.deepEqual(Object.keys(await faultsShown(page)), ['second_email']);
    await page.fill('#second_email', second.email);
    await press(page, 'second');
    assert.ok(await page.isVisible('[role=status]'));
    const renewed = (await it.invited(second.email)).link;
    await theirs.goto(link);
    assert.notEqual(await step(theirs), 'about', 'the older link still opens the form');
    await theirs.goto(renewed);
    assert.equal(await step(theirs), 'about');
  });
  await t.check('the second accepts: the gate allows, one act with both names, and both are told', async () => {
    await accept(theirs, it, { person: second });
    await it.mustBe('ALLOW');
    const acceptances = await it.acceptances();
    assert.equal(acceptances.length, 2);
    for (const { acceptanceId } of acceptances) {
      const { acceptance } = await it.server.ask('INTEGRATOR', 'AcceptanceService/GetAcceptance', {
        acceptance_id: acceptanceId,
      });
      assert.deepEqual(
        acceptance.signatories.map((one) => one.fullName),
        [first.full_name, second.full_name],
      );
      assert.equal(acceptance.assurance, 'ASSURANCE_SENDER_CONFIRMED');
    }
    for (const address of [first.email, second.email, it.contact]) await it.confirmed(address);
  });
  await browser.look.at(t, theirs, lang, '12-both');
  await t.check("the first one's link shows the same", async () => {
    await page.goto(it.link);
    assert.ok(await page.isVisible('a[href$="/receipt"]'));
  });

  const asked = await company({ invite: { two_signatories: true } });
  await page.goto(asked.link);
  await t.check('where the invitation asks for two, the second cannot be left out', async () => {
    await press(page, 'person');
    await fillPerson(page, asked.person);
    assert.equal((await press(page, 'review')).status(), 422);
    assert.deepEqual(Object.keys(await faultsShown(page)).sort(), ['second_email', 'second_name']);
  });
  await browser.look.at(t, page, lang, '12-two-asked');
  await page.context().close();
  await theirs.context().close();
}
