// A visitor with a keyboard and nothing else. At every stop the focus must be seen, and the stops must come in a sensible order.
import assert from 'node:assert/strict';

const MOST_STOPS = 150;

export class Keys {
  stops = 0;

  constructor(page) {
    this.page = page;
  }

  /** Presses Tab until the focus is where `selector` says; the page must not be left on the way. */
  async to(selector, key = 'Tab') {
    let before = await this.page.evaluate(here);
    for (let presses = 0; presses < MOST_STOPS; presses += 1) {
      if (await this.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector))
        return before;
      await this.page.keyboard.press(key);
      const now = await this.page.evaluate(here);
      assert.ok(now, `the page was left before ${selector}`);
      this.seen(now);
      if (before) this.inOrder(...(key === 'Tab' ? [before, now] : [now, before]));
      before = now;
    }
    throw new Error(`${selector} is not reached with ${MOST_STOPS} presses of ${key}`);
  }

  seen(stop) {
    this.stops += 1;
    assert.ok(stop.outline >= 2, `nothing shows that the focus is at ${stop.what}`);
    assert.ok(stop.contrast >= 3, `the focus at ${stop.what} is shown with a contrast of ${stop.contrast}`);
    assert.ok(stop.inView, `the focus is out of sight at ${stop.what}`);
    assert.ok(stop.uncovered, `the focus is covered at ${stop.what}`);
  }

  inOrder(before, after) {
    assert.ok(before.place < after.place, `${after.what} comes after ${before.what}, but stands before it in the page`);
    assert.ok(
      after.bottom > before.top || before.floating,
      `${after.what} comes after ${before.what}, but stands above it`,
    );
  }

  /** All stops from the top to the end: everything that can be used is one of them, and backwards they are the same. */
  async walk() {
    await this.page.evaluate(() => {
      document.activeElement?.blur();
      window.getSelection().setPosition(document.body, 0);
      window.scrollTo(0, 0);
    });
    const there = [];
    for (let before; there.length < MOST_STOPS;) {
      await this.page.keyboard.press('Tab');
      const now = await this.page.evaluate(here);
      if (!now || there.includes(now.place)) break;
      this.seen(now);
      if (before) this.inOrder(before, now);
      there.push(now.place);
      before = now;
    }
    const all = await this.page.evaluate(usable);
    assert.deepEqual(
      there,
      all.map((one) => one.place),
      `${there.length} stops of ${all.length}: ${all.filter((one) => !there.includes(one.place)).map((one) => one.what)}`,
    );
    return there.length;
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** Goes to a field, and writes into it in place of what stands there. */
  async write(selector, text) {
    await this.to(selector);
    await this.press('Control+a');
    await this.press('Delete');
    await this.page.keyboard.type(text);
  }

  /** Presses a key that posts the form or follows a link, and waits for the page. */
  async enter(key = 'Enter') {
    const [response] = await Promise.all([this.page.waitForNavigation(), this.press(key)]);
    return response;
  }
}

/** In the page: where the focus is, and how it is shown; nothing where it is nowhere. */
function here() {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const numbers = (color) => (color.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  let behind = one;
  while (behind.parentElement && (numbers(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0)
    behind = behind.parentElement;
  // The outline stands outside, on what is behind the element.
  let around = one.parentElement ?? one;
  while (around.parentElement && (numbers(getComputedStyle(around).backgroundColor)[3] ?? 1) === 0)
    around = around.parentElement;
  const light = (color) => {
    const [r, g, b] = numbers(color)
      .slice(0, 3)
      .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(style.outlineColor), light(getComputedStyle(around).backgroundColor)];
  const [x, y] = [
    Math.max(0, box.left) + Math.min(box.width, innerWidth) / 2,
    Math.max(0, box.top) + Math.min(box.height, innerHeight - Math.max(0, box.top)) / 2,
  ];
  const top = document.elementFromPoint(x, y);
  return {
    what: `${one.tagName.toLowerCase()} ${one.id || one.value || one.innerText?.slice(0, 40)}`,
    place: [...document.querySelectorAll('*')].indexOf(one),
    top: box.top + scrollY,
    bottom: box.bottom + scrollY,
    floating: style.position === 'absolute',
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
    uncovered: !!top && (one === top || one.contains(top) || top.contains(one)),
  };
}

/** In the page: everything that must be a stop, in the order of the page. */
function usable() {
  const all = [...document.querySelectorAll('*')];
  const groups = new Set();
  return all.flatMap((one, place) => {
    const kinds = 'a[href], button, input:not([type=hidden]), textarea, select, summary';
    if (!one.matches(kinds) || one.tabIndex < 0 || one.disabled || !one.checkVisibility({ visibilityProperty: true }))
      return [];
    if (one.type === 'radio') {
      // A group is one stop: its choice, or its first where there is none yet.
      const chosen = document.querySelector(`input[name="${one.name}"]:checked`);
      if (groups.has(one.name) || (chosen && chosen !== one)) return [];
      groups.add(one.name);
    }
    return [{ place, what: one.outerHTML.slice(0, 80) }];
  });
}
