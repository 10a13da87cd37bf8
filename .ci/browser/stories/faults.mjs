// What people type wrongly: told next to the field and in a summary that leads there, with everything typed kept.
import assert from 'node:assert/strict';
import { SMALL } from '../kit/browser.mjs';
import { INTEGRATOR_DOMAIN } from '../kit/company.mjs';
import { faultsShown, fillPerson, press, step } from '../kit/form.mjs';
import { Keys } from '../kit/keys.mjs';

const BASIS = { authority_basis: 'POSITION' };

export async function faults({ t, lang, browser, company }) {
  const it = await company({ contact: false });
  const page = await browser.visit(it.link, { lang, size: SMALL });
  await press(page, 'person');
  const refused = async (wanted) => {
    const answer = await press(page, 'review');
    assert.equal(answer.status(), 422);
    assert.equal(await step(page), 'person');
    assert.deepEqual(Object.keys(await faultsShown(page)).sort(), [...wanted].sort());
  };

  await t.check(
    'step 2: all empty: every needed field is named, the title says so, the summary has the focus',
    async () => {
      await refused(['full_name', 'role', 'email', 'authority_basis', 'contact']);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'faults');
      assert.match(await page.title(), /^(Fel|Error)/);
    },
  );
  await browser.look.at(t, page, lang, '9-faults-empty');
  await t.check('step 2: each line of the summary leads to its field, by keyboard', async () => {
    const keys = new Keys(page);
    for (const id of ['full_name', 'role', 'email', 'contact', 'authority_basis']) {
      await page.evaluate(() => document.getElementById('faults').focus());
      await keys.to(`#faults a[href="#${id}"]`);
      await keys.press('Enter');
      await page.waitForFunction((id) => document.activeElement?.id === id, id, { timeout: 3000 });
    }
  });

  const typed = {
    full_name: 'Åsa "Öberg" <b>&amp;</b>',
    role: 'VD',
    email: 'asa@',
    contact: 'dataskydd',
    covered: 'AB Ett\r\n5560125790',
    second_name: '',
    second_email: 'x',
  };
  await t.check('step 2: all wrong: each fault in its place, and everything typed kept to the letter', async () => {
    await fillPerson(page, { ...typed, ...BASIS });
    await page.check('#two');
    await page.fill('#second_email', typed.second_email);
    await page.fill('#contact', typed.contact);
    await page.locator('details:has(#covered) summary').click();
    await page.fill('#covered', typed.covered);
    await refused(['email', 'second_name', 'second_email', 'contact', 'covered', 'group_permission']);
    for (const [name, text] of Object.entries(typed))
      assert.equal(await page.inputValue(`#${name}`), text.replaceAll('\r\n', '\n'), name);
    assert.ok((await page.isChecked('#two')) && (await page.isChecked('#basis-POSITION')));
    assert.ok(await page.isVisible('#covered'), 'a field with a fault is folded away');
  });
  await browser.look.at(t, page, lang, '9-faults-wrong');

  const cases = [
    ["the integrator's address", { email: `x@${INTEGRATOR_DOMAIN}` }, ['email']],
    ['a name that is too long', { full_name: 'x'.repeat(201) }, ['full_name']],
    ['an invisible character', { full_name: 'Anna\u202eBo' }, ['full_name']],
    ['the same address twice', { second_name: 'Bo Ek', second_email: it.person.email.toUpperCase() }, ['second_email']],
    [
      'the same name twice',
      { second_name: ` ${it.person.full_name.toUpperCase()} `, second_email: `bo@${it.domain}` },
      ['second_name'],
    ],
    ['the company itself', { covered: it.number }, ['covered']],
    ['a company twice', { covered: '556012-5790, 5560125790' }, ['covered']],
  ];
  for (const [what, wrong, wanted] of cases) {
    await t.check(`step 2: ${what} is told at ${wanted}`, async () => {
      const all = {
        ...it.person,
        contact: it.contact,
        covered: '',
        second_name: 'Bo Ek',
        second_email: `bo@${it.domain}`,
        ...wrong,
      };
      if (!(await page.isVisible('#covered'))) await page.locator('details:has(#covered) summary').click();
      for (const [name, text] of Object.entries(all)) if (name !== 'authority_basis') await page.fill(`#${name}`, text);
      await page.setChecked('#group_permission', all.covered !== '');
      await refused(wanted);
      for (const [name, text] of Object.entries(wrong))
        assert.equal((await page.inputValue(`#${name}`)).trim(), text.trim(), name);
    });
  }

  await t.check('step 3: nothing ticked: each statement and the authority is named', async () => {
    await page.fill('#covered', '556012-5790');
    await page.fill('#second_name', 'Bo Ek');
    await page.fill('#second_email', `bo@${it.domain}`);
    await page.check('#group_permission');
    await page.locator('details:has(#retroactive) summary').click();
    await page.check('#retroactive');
    assert.equal((await press(page, 'review')).status(), 200);
    assert.equal((await press(page, 'accept')).status(), 422);
    assert.deepEqual(Object.keys(await faultsShown(page)), ['agree-general-terms', 'agree-dpa-payslip', 'authority']);
  });
  await browser.look.at(t, page, lang, '9-faults-statements');
  await t.check('step 3: what is ticked stays ticked, what is not does not count', async () => {
    await page.check('#agree-dpa-payslip');
    assert.equal((await press(page, 'accept')).status(), 422);
    assert.deepEqual(Object.keys(await faultsShown(page)), ['agree-general-terms', 'authority']);
    assert.ok(await page.isChecked('#agree-dpa-payslip'));
    assert.deepEqual(await it.acceptances(), []);
  });
  await page.context().close();
}
