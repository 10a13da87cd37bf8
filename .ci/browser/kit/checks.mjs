// One line for each check. A failed check is told and the story goes on; one that the rest needs ends its story.
export class Checks {
  passed = 0;
  failures = [];

  /** Runs a story: `t.check(what, fn)` tells and goes on, `t.must(what, fn)` ends the story when it fails. */
  async story(name, tell) {
    const began = Date.now();
    try {
      await tell(new Teller(this, name));
    } catch (error) {
      if (!(error instanceof Ended)) this.broke(`${name}: the story`, error);
    }
    console.log(`     ${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }

  held(what, seconds) {
    this.passed += 1;
    console.log(`ok   ${what}${seconds > 5 ? ` (${seconds.toFixed(1)} s)` : ''}`);
  }

  broke(what, error) {
    this.failures.push(what);
    const why =
      error instanceof Error && error.name !== 'AssertionError' ? error.stack : String(error?.message ?? error);
    console.log(
      `FAIL ${what}\n${why
        .split('\n')
        .slice(0, 30)
        .map((line) => `       ${line}`)
        .join('\n')}`,
    );
  }

  report(seconds) {
    const { passed, failures } = this;
    for (const what of failures) console.log(`FAIL ${what}`);
    console.log(`browser: ${passed} checks held, ${failures.length} failed, ${seconds.toFixed(0)} s`);
    return failures.length > 0;
  }
}

class Ended extends Error {}

class Teller {
  constructor(checks, name) {
    this.checks = checks;
    this.name = name;
  }

  async check(what, fn) {
    const began = Date.now();
    try {
      const value = await fn();
      this.checks.held(`${this.name}: ${what}`, (Date.now() - began) / 1000);
      return value;
    } catch (error) {
      this.checks.broke(`${this.name}: ${what}`, error);
      return undefined;
    }
  }

  async must(what, fn) {
    const before = this.checks.failures.length;
    const value = await this.check(what, fn);
    if (this.checks.failures.length > before && this.checks.failures.at(-1) === `${this.name}: ${what}`)
      throw new Ended();
    return value;
  }
}

/** Asks again until there is an answer that is not undefined. */
export async function eventually(what, ask, seconds = 20) {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
