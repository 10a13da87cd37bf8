// The ways out: forward to the right person, not our company, the company declines.
import assert from 'node:assert/strict';
import { SMALL } from '../kit/browser.mjs';
import { INTEGRATOR_DOMAIN } from '../kit/company.mjs';
import { accept, faultsShown, fillPerson, heading, press, step, unfold } from '../kit/form.mjs';
import { Keys } from '../kit/keys.mjs';

export async function exits(stage) {
  await forward(stage);
  await notOurs(stage);
  await decline(stage);
}

/** What the gate says must not change by `act`. */
async function unmoved(t, it, what, act) {
  const before = await it.gate();
  await act();
  await t.check(`${what}: the gate's answer does not change`, async () => assert.deepEqual(await it.gate(), before));
}

async function forward({ t, lang, browser, company }) {
  const it = await company();
  const page = await browser.visit(it.link, { lang });
  const other = `eva.strom@${it.domain}`;
  await unmoved(t, it, 'forward', async () => {
    for (const [what, address] of [
      ['nothing', ''],
      ['no address', 'eva@'],
      ["the integrator's", `x@${INTEGRATOR_DOMAIN}`],
    ]) {
      await t.check(`forward: to ${what} is refused next to the field, which keeps what was typed`, async () => {
        await unfold(page, '#recipient');
        await page.fill('#recipient', address);
        assert.equal((await press(page, 'forward')).status(), 422);
        assert.deepEqual(Object.keys(await faultsShown(page)), ['recipient']);
        assert.equal(await page.inputValue('#recipient'), address);
        assert.ok(await page.isVisible('#recipient'), 'the field with the fault is folded away');
      });
    }
    await browser.look.at(t, page, lang, '5-forward-fault');
    await t.must('forward: the new person gets a link of their own', async () => {
      await page.fill('#recipient', other);
      await press(page, 'forward');
      it.forwarded = (await it.invited(other)).link;
      assert.notEqual(it.forwarded, it.link);
    });
  });
  await t.check('forward: the old link says so, and offers a new one', async () => {
    const told = await heading(page);
    assert.equal(await step(page), 'words', told);
    const answer = await page.goto(it.link);
    assert.notEqual(await heading(page), told);
    assert.equal(answer.status(), 410);
    assert.equal(await step(page), 'resend');
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_SUPERSEDED');
  });
  await browser.look.at(t, page, lang, '5-superseded');
  await t.check('forward: the trail is kept, and the address is not shown to the integrator', async () => {
    const { invitations } = await it.server.ask('INTEGRATOR', 'AcceptanceService/ListInvitations', {
      external_reference: it.reference,
    });
    const newest = invitations.at(-1);
    assert.deepEqual([newest.forwarded, newest.recipientEmail, newest.replacesInvitationId], [true, '', it.invitation]);
  });
  await t.check(
    'forward: from the old link a new one can be sent to its own address, which takes its turn',
    async () => {
      await press(page, 'resend');
      assert.equal(await step(page), 'words', await heading(page));
      const again = (await it.invited()).link;
      const fresh = await browser.visit(it.forwarded, { lang });
      assert.equal(await step(fresh), 'resend', 'two links are open at once');
      await fresh.goto(again);
      assert.equal(await step(fresh), 'about');
      await accept(fresh, it);
      await it.mustBe('ALLOW');
      await fresh.context().close();
    },
  );
  await browser.look.at(t, page, lang, '5-resent');
  await page.context().close();
}

async function notOurs({ t, lang, browser, company }) {
  const it = await company();
  const page = await browser.visit(it.link, { lang, size: SMALL });
  await unmoved(t, it, 'not ours', async () => {
    const keys = new Keys(page);
    await keys.to('details:has(button[value="not-ours"]) summary');
    await keys.press('Enter');
    await keys.to('button[value="not-ours"]');
    await keys.enter();
  });
  await t.check('not ours: the integrator sees NOT_OURS; the link can do nothing more', async () => {
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_NOT_OURS');
    await page.goto(it.link);
    assert.equal(await page.locator('main button').count(), 0);
  });
  await browser.look.at(t, page, lang, '6-not-ours');
  await page.context().close();
}

async function decline({ t, lang, browser, company }) {
  const it = await company();
  const page = await browser.visit(it.link, { lang });
  await press(page, 'decline');
  await browser.look.at(t, page, lang, '7-decline');
  await t.check('decline: nothing filled in is told field by field', async () => {
    assert.equal((await press(page, 'decline-confirm')).status(), 422);
    assert.deepEqual(Object.keys(await faultsShown(page)).sort(), [
      'authority',
      'authority_basis',
      'email',
      'full_name',
      'role',
    ]);
  });
  await browser.look.at(t, page, lang, '7-decline-faults');
  await t.must('decline: the second page shows who and the consequence, and has done nothing', async () => {
    await fillPerson(page, it.person);
    // A no to this integrator alone is kept without who gave it and why, so it is not asked why.
    assert.equal(await page.locator('#decline_reason').count(), 0);
    await page.check('#authority');
    assert.equal((await press(page, 'decline-confirm')).status(), 200);
    assert.equal(await step(page), 'decline-confirm');
    assert.ok((await page.innerText('main')).includes(it.person.full_name));
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_SENT');
  });
  await browser.look.at(t, page, lang, '7-decline-confirm');
  await t.check('decline: without the second confirmation nothing is done', async () => {
    assert.equal((await press(page, 'decline-confirm')).status(), 422);
    assert.deepEqual(Object.keys(await faultsShown(page)), ['confirm']);
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_SENT');
  });
  await t.check('decline: "no, go back" leads back to the form, with what was typed', async () => {
    const elsewhere = await browser.visit(it.link, { lang });
    await press(elsewhere, 'decline');
    await press(elsewhere, 'back');
    assert.equal(await step(elsewhere), 'about');
    await elsewhere.context().close();
  });
  await t.check('decline: confirmed, it counts, and the page says how to change that', async () => {
    await page.check('#confirm');
    await press(page, 'decline-confirm');
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_DECLINED');
    const gate = await it.mustBe('DENY');
    // Over a connection that nothing confirmed, a no is one to this integrator, and no act of the company's.
    assert.deepEqual(gate.denies, ['CONNECTION_NOT_CONFIRMED']);
  });
  await browser.look.at(t, page, lang, '7-declined');
  await t.check('decline: invited anew, the company can still accept', async () => {
    await page.goto(await it.invite());
    await accept(page, it);
    await it.mustBe('ALLOW');
  });
  await page.context().close();
}
