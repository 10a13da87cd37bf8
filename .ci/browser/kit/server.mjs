// The service under test: `ombord serve --dev` with ports, database and mail folder of its own.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from './checks.mjs';
import { Mailbox } from './mail.mjs';

export const OPERATOR_NAME = 'Brevlådan AB';
export const ROOT = resolve(new URL('../../..', import.meta.url).pathname);
export const TOOLS =
  process.env.CI_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ombord-tools');
const BINARY =
  process.env.OMBORD_BIN ?? join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug', 'ombord');

/** A refusal of the service: its code and the reason in its details. */
export class Refused extends Error {
  constructor(method, text) {
    super(`${method}: ${text}`);
    this.reason = /"reason":\s*"([A-Z_]+)"/.exec(text)?.[1];
  }
}

export class Server {
  output = '';
  /** Everything that any call answered, to be searched at the end. */
  answers = [];
  tokens = {};

  async start() {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: cargo build`);
    this.folder = mkdtempSync(join(tmpdir(), 'ombord-browser-'));
    const [grpc, web] = await Promise.all([freePort(), freePort()]);
    this.grpc = `127.0.0.1:${grpc}`;
    this.base = `http://127.0.0.1:${web}`;
    this.database = join(this.folder, 'ombord.db');
    this.mail = new Mailbox(join(this.folder, 'mail'));
    const settings = {
      'grpc-listen': this.grpc,
      'web-listen': `127.0.0.1:${web}`,
      'web-base-url': this.base,
      'web-per-minute': '100000',
      // Two lanes' bursts of fifty come from this one address, which has a sixteenth of the connections.
      'limits-max-connections': '4096',
      'operator-name': OPERATOR_NAME,
      'operator-privacy-notice-url': 'https://brevladan.example/personuppgifter',
      'operator-email': 'avtal@brevladan.example',
      'mail-directory': this.mail.folder,
      'mail-per-minute': '60000',
      'database-url': `sqlite://${this.database}`,
      'log-filter': 'debug',
      'shutdown-drain': '0s',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(OMBORD_|DATABASE_URL)/.test(name)),
    );
    this.process = spawn(BINARY, ['serve', '--dev', ...flags], { cwd: this.folder, env });
    this.ended = new Promise((done) => this.process.on('exit', (code, signal) => done(code ?? signal)));
    this.ended.then((code) => (this.code = code));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    }
    await eventually(
      'the tokens that serve --dev prints',
      () => {
        if (this.code !== undefined) throw new Error(`the service ended with ${this.code}\n${this.tail()}`);
        return /^export EXAMPLES=\S+\n/m.test(this.output) || undefined;
      },
      60,
    );
    for (const [, name, token] of this.output.matchAll(/^export ([A-Z_0-9]+)=(\S+)/gm)) this.tokens[name] = token;
  }

  tail() {
    return this.output.split('\n').slice(-15).join('\n');
  }

  async stop() {
    if (!this.process) return undefined;
    this.process.kill('SIGTERM');
    const code = await Promise.race([this.ended, new Promise((done) => setTimeout(done, 15000, 'still running'))]);
    if (code === 'still running') this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }

  /** Calls an RPC, known by reflection alone. */
  async ask(role, method, request) {
    const bearer = `authorization: Bearer ${this.tokens[role]}`;
    const args = [
      '-plaintext',
      '-emit-defaults',
      '-format-error',
      '-H',
      bearer,
      '-d',
      '@',
      this.grpc,
      `ombord.v1.${method}`,
    ];
    const { error, text } = await new Promise((done) => {
      const call = execFile(join(TOOLS, 'bin', 'grpcurl'), args, { maxBuffer: 1 << 26 }, (error, out, err) =>
        done({ error, text: error ? out + err : out }),
      );
      call.stdin.end(JSON.stringify(request));
    });
    this.answers.push(text);
    if (error) throw new Refused(method, text);
    return JSON.parse(text);
  }

  /** A change, with a request id of its own. */
  tell(role, method, request) {
    return this.ask(role, method, { request_id: randomUUID(), ...request });
  }

  /** The program's other commands. */
  run(...args) {
    return new Promise((done) =>
      execFile(BINARY, args, { cwd: this.folder }, (error, out, err) => done({ code: error?.code ?? 0, out, err })),
    );
  }

  /** All bytes that the database keeps. */
  databaseBytes() {
    const files = readdirSync(this.folder).filter((name) => name.startsWith('ombord.db') && !name.endsWith('lock'));
    return Buffer.concat(files.map((name) => readFileSync(join(this.folder, name))));
  }

  /** Changes a row behind the service's back: only for what otherwise takes weeks to happen. */
  sql(statement) {
    const script =
      'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=20); n=c.execute(sys.argv[2]).rowcount; c.commit(); print(n)';
    return new Promise((done, failed) =>
      execFile('python3', ['-c', script, this.database, statement], (error, out, err) =>
        error ? failed(new Error(err)) : done(Number(out)),
      ),
    );
  }
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
