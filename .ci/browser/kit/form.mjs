// The hosted form as a visitor with a mouse goes through it, for the stories that are about something else than the keyboard.
import assert from 'node:assert/strict';

/** The one button of the page's forms with this meaning, pressed; gives the answer. */
export async function press(page, act, within = 'main') {
  const button = `${within} button[name="do"][value="${act}"]`;
  await unfold(page, button);
  const [response] = await Promise.all([page.waitForNavigation(), page.locator(button).first().click()]);
  return response;
}

/** Unfolds what something is folded away in. */
export async function unfold(page, selector) {
  const fold = page.locator(selector).first().locator('xpath=ancestor::details[not(@open)]/summary');
  if (await fold.count()) await fold.first().click();
}

/** Which page it is, by what can be done on it. */
export function step(page) {
  return page.evaluate(
    () =>
      document.querySelector('input[name="at"]')?.value ??
      (document.querySelector('button[value="resend"]') && 'resend') ??
      (document.querySelector('button[value="contest"]') && 'contest') ??
      'words',
  );
}

export const heading = (page) => page.locator('h1').innerText();

/** Fills in the person of a company. */
export async function fillPerson(page, person) {
  for (const name of ['full_name', 'role', 'email']) await page.fill(`#${name}`, person[name]);
  if (person.authority_basis) await page.check(`#basis-${person.authority_basis}`);
}

/** From the first step to the third, with the boxes ticked; the last button is left to the story. */
export async function fillAll(page, company, { person = company.person, second, more } = {}) {
  await press(page, 'person');
  await fillPerson(page, person);
  if (second) {
    if (await page.locator('#two').count()) await page.check('#two');
    await page.fill('#second_name', second.full_name);
    await page.fill('#second_email', second.email);
  }
  if (await page.locator('#contact').count()) await page.fill('#contact', company.contact);
  await more?.(page);
  await press(page, 'review');
  assert.equal(await step(page), 'accept', await page.locator('#faults').allInnerTexts().then(String));
  for (const box of await page.locator('main .tick input[type="checkbox"]').all()) await box.check();
}

/** The whole way. */
export async function accept(page, company, how) {
  await fillAll(page, company, how);
  return press(page, 'accept');
}

/** The faults shown: each field's id with the words next to it. Each stands in the summary too, as a link to the field. */
export async function faultsShown(page) {
  const shown = await page.evaluate(() => {
    const links = [...document.querySelectorAll('#faults a')];
    return links.map((link) => {
      const id = decodeURIComponent(link.hash.slice(1));
      const field = document.getElementById(id);
      const text = document.getElementById(`${id}-fault`);
      const describes = field?.getAttribute('aria-describedby')?.split(' ').includes(`${id}-fault`);
      return {
        id,
        link: link.innerText.trim(),
        text: text?.innerText.trim(),
        describes,
        invalid: field?.getAttribute('aria-invalid'),
        kind: field?.tagName,
      };
    });
  });
  for (const one of shown) {
    assert.ok(one.text && one.link.endsWith(one.text), `${one.id}: the summary and the field say different things`);
    assert.ok(one.describes, `${one.id}: its fault does not describe it`);
    assert.ok(one.invalid === 'true' || one.kind === 'FIELDSET', `${one.id} is not marked as invalid`);
  }
  const links = shown.map((one) => one.link);
  assert.equal(new Set(links).size, links.length, `two links of the summary read the same: ${links.join(' | ')}`);
  return Object.fromEntries(shown.map((one) => [one.id, one.text]));
}
