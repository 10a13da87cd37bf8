// The whole form by keyboard alone, at 320 px and at desktop width; what the gate says then; the mails, and the receipt.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMALL, WIDE } from '../kit/browser.mjs';
import { heading, step } from '../kit/form.mjs';
import { Keys } from '../kit/keys.mjs';

export async function keyboard(stage) {
  await byKeyboard(stage, SMALL, 'Enter');
  await byKeyboard(stage, WIDE, 'Space');
}

async function byKeyboard({ t, lang, server, browser, company }, size, key) {
  const w = size.width;
  const it = await t.must(`${w}: a company is registered with an invitation, and its mail comes`, () =>
    company({ contact: false }),
  );
  await t.check(`${w}: the gate says DENY before`, () => it.mustBe('DENY'));
  const page = await browser.visit(it.link, { size, lang });
  const keys = new Keys(page);
  const look = (name) => (w === 320 ? browser.look.at(t, page, lang, name) : undefined);
  const walk = (name) =>
    t.check(`${w}: ${name}: every control is a stop with visible focus, in order`, () => keys.walk());

  await t.check(`${w}: the integrator comes first, and the check code is the one the integrator has`, async () => {
    assert.ok(it.mail.subject.startsWith('Lönebyrån i Norr AB ') && it.mail.text.includes(it.name), it.mail.subject);
    assert.equal(it.mail.code, it.checkCode);
    assert.match(await heading(page), /^Lönebyrån i Norr AB /);
    assert.ok((await page.innerText('main')).includes(it.checkCode));
  });
  if (w === 320) await browser.look.mail(t, browser, lang, '0-mail-invitation', it.mail);
  await look('1-about');
  await walk('step 1');
  await t.must(
    `${w}: step 1: the full text unfolds and folds with Enter and Space, and the way on is a button`,
    async () => {
      await page.reload();
      await keys.to('.skip');
      await keys.press('Enter');
      await keys.to('main details summary');
      const open = () => page.evaluate(() => document.activeElement.parentElement.open);
      await keys.press('Enter');
      assert.equal(await open(), true);
      await keys.press('Space');
      assert.equal(await open(), false);
      await keys.to('.go button');
      await keys.enter(key);
      assert.equal(await step(page), 'person');
    },
  );

  await look('2-person');
  await walk('step 2');
  const person = it.person;
  await t.must(`${w}: step 2: filled in with keys alone, Enter in a field goes on`, async () => {
    await keys.to('.skip');
    await keys.press('Enter');
    for (const name of ['full_name', 'role', 'email']) await keys.write(`#${name}`, person[name]);
    await keys.to('[name=authority_basis]');
    for (let presses = 0; presses < 6; presses += 1) {
      if (await page.isChecked(`#basis-${person.authority_basis}`)) break;
      await keys.press('ArrowDown');
    }
    assert.ok(await page.isChecked(`#basis-${person.authority_basis}`), 'arrows do not choose');
    await keys.to('#two');
    await keys.press('Space');
    await t.check(`${w}: ticking "two of us" unfolds the other person's fields next in order`, () =>
      keys.to('#second_name'),
    );
    await keys.to('#two', 'Shift+Tab');
    await keys.press('Space');
    await keys.write('#contact', it.contact);
    if (key === 'Space') await keys.to('main button[value=review]');
    await keys.enter(key === 'Space' ? 'Space' : 'Enter');
    assert.equal(await step(page), 'accept');
  });

  await look('3-accept');
  await walk('step 3');
  await t.check(`${w}: "change" leads back to what was typed, and the other language keeps it`, async () => {
    await keys.to('main button[value=person]');
    await keys.enter(key);
    const typed = () =>
      page.evaluate(() =>
        Object.fromEntries(
          [...document.querySelectorAll('main input, main textarea')]
            .filter((one) => one.type !== 'hidden' && (one.type !== 'radio' || one.checked))
            .map((one) => [one.name, one.type === 'checkbox' ? one.checked : one.value]),
        ),
      );
    const before = await typed();
    assert.equal(before.full_name, person.full_name);
    assert.equal(before.authority_basis, person.authority_basis);
    assert.equal(before.contact, it.contact);
    for (const shown of [lang === 'sv' ? 'en' : 'sv', lang]) {
      await keys.to('.skip', 'Tab').catch(() => page.evaluate(() => document.activeElement?.blur()));
      await keys.to('.switch .link');
      await keys.enter(key);
      assert.equal(await page.getAttribute('html', 'lang'), shown);
      assert.deepEqual(await typed(), before);
    }
    await keys.to('main button[value=review]');
    await keys.enter(key);
    assert.equal(await step(page), 'accept');
  });

  let posted;
  await t.must(`${w}: step 3: every box is empty, each is ticked with Space, and one button accepts`, async () => {
    await keys.to('.skip');
    const boxes = await page.evaluate(() =>
      [...document.querySelectorAll('main .tick input')].map((one) => ({ id: one.id, checked: one.checked })),
    );
    assert.deepEqual(
      boxes.map((one) => one.id),
      ['agree-general-terms', 'agree-dpa-payslip', 'authority'],
    );
    assert.ok(boxes.every((one) => !one.checked));
    for (const { id } of boxes) {
      await keys.to(`#${id}`);
      await keys.press('Space');
    }
    await keys.to('main button[value=accept]');
    posted = await page.evaluate(() => Object.fromEntries(new FormData(document.getElementById('f'))));
    const answer = await keys.enter(key);
    assert.equal(answer.status(), 200);
    assert.equal(answer.request().redirectedFrom()?.method(), 'POST');
    await page.waitForSelector('a[href$="/receipt"]', { timeout: 5000 });
  });

  await look('4-done');
  if (w === 1280) await browser.look.printed(t, page, lang, '4-done');
  await walk('done');
  await t.check(`${w}: the gate says ALLOW, with the assurance SENDER_CONFIRMED`, async () => {
    await it.mustBe('ALLOW');
    const standings = await it.standings();
    const acceptances = await it.acceptances();
    assert.deepEqual(
      standings.map((one) => one.standing),
      ['STANDING_ACCEPTED', 'STANDING_ACCEPTED'],
    );
    assert.deepEqual(
      acceptances.map((one) => [one.assurance, one.method]),
      Array(2).fill(['ASSURANCE_SENDER_CONFIRMED', 'ACCEPTANCE_METHOD_HOSTED_FORM']),
    );
    const agreements = (await it.explain()).agreements;
    assert.ok(
      agreements.every((one) => JSON.stringify(one).includes('ASSURANCE_SENDER_CONFIRMED')),
      JSON.stringify(agreements),
    );
    assert.equal((await it.invitationNow()).state, 'INVITATION_STATE_ACCEPTED');
  });
  await theReceipt({ t, lang, server, browser, page, keys, it, key, w });
  await t.check(
    `${w}: back in the browser, and posted again: still one acceptance, and the page says that it is done`,
    async () => {
      // A browser asks before it posts a step again that must not be kept; that is what it would post.
      await page.goBack().catch((error) => assert.match(String(error), /ERR_CACHE_MISS/));
      const again = await browser.fetch(it.link, {
        method: 'POST',
        body: new URLSearchParams({ ...posted, do: 'accept' }),
      });
      assert.equal(again.status, 200);
      const later = await browser.visit(it.link, { lang });
      assert.ok(await later.isVisible('a[href$="/receipt"]'));
      await later.context().close();
      assert.equal((await it.acceptances()).length, 2);
    },
  );
  await page.context().close();
}

async function theReceipt({ t, lang, server, browser, page, keys, it, key, w }) {
  const file = await t.must(`${w}: the receipt is downloaded with the keyboard`, async () => {
    await keys.to('a[href$="/receipt"]');
    const [download] = await Promise.all([page.waitForEvent('download'), keys.press(key === 'Space' ? 'Enter' : key)]);
    assert.match(download.suggestedFilename(), /^ombord-receipt-[0-9a-f]{8}\.txt$/);
    const path = join(server.folder, `${it.reference}-${download.suggestedFilename()}`);
    await download.saveAs(path);
    return { path, name: download.suggestedFilename(), bytes: readFileSync(path) };
  });
  await t.check(
    `${w}: the confirmation comes to the person and to the contact point, with a receipt of the same that verifies too`,
    async () => {
      for (const address of [it.person.email, it.contact]) {
        const mail = await it.confirmed(address);
        assert.equal(mail.attachments.length, 1, mail.subject);
        assert.equal(mail.attachments[0].name, file.name);
        // Each is proved in the ledger as it was when the file was made; what it says of the acceptance is the same.
        assert.deepEqual(said(mail.attachments[0].bytes), said(file.bytes));
        const path = `${file.path}.attached`;
        writeFileSync(path, mail.attachments[0].bytes);
        assert.equal((await verify(server, path)).code, 0);
        assert.ok(mail.link, 'no link to say that it was wrong');
        it.confirmation = mail;
      }
    },
  );
  if (w === 320) await browser.look.mail(t, browser, lang, '0-mail-confirmation', it.confirmation);
  await t.check(
    `${w}: the receipt verifies offline with the key of the page /keys, and not with one byte changed`,
    async () => {
      const good = await verify(server, file.path);
      assert.equal(good.code, 0, good.out + good.err);
      const bad = Buffer.from(file.bytes);
      bad[Math.floor(bad.length / 2)] ^= 1;
      writeFileSync(`${file.path}.bad`, bad);
      assert.equal((await verify(server, `${file.path}.bad`)).code, 1);
    },
  );
}

/** What a receipt says: the ledger's entry, and what opens its commitments. */
function said(bytes) {
  const line = bytes
    .toString('utf8')
    .split('\n')
    .findLast((line) => line.startsWith('{'));
  const { entry, private: opened } = JSON.parse(line);
  return { entry, opened };
}

async function verify(server, path) {
  const page = await (await fetch(`${server.base}/keys`)).text();
  const key = /<code class="key">([^<]+)<\/code>/
    .exec(page)[1]
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, code) => String.fromCharCode(parseInt(code, hex ? 16 : 10)));
  return server.run('receipt', 'verify', path, '--key', key.trim());
}
