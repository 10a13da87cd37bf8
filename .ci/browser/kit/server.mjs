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
export const TOOLS = process.env.CI_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ombord-tools');
const BINARY = process.env.OMBORD_BIN ?? join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug', 'ombord');

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

  static async start() {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: cargo build`);
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), 'ombord-browser-'));
    const [grpc, web] = await Promise.all([freePort(), freePort()]);
    server.grpc = `127.0.0.1:${grpc}`;
    server.base = `http://127.0.0.1:${web}`;
    server.database = join(server.folder, 'ombord.db');
    server.mail = new Mailbox(join(server.folder, 'mail'));
    const settings = {
      'grpc-listen': server.grpc,
      'web-listen': `127.0.0.1:${web}`,
      'web-base-url': server.base,
      'web-per-minute': '100000',
      'operator-name': OPERATOR_NAME,
      'operator-privacy-notice-url': 'https://brevladan.example/personuppgifter',
      'operator-email': 'avtal@brevladan.example',
      'mail-directory': server.mail.folder,
      'mail-per-minute': '60000',
      'database-url': `sqlite://${server.database}`,
      'log-filter': 'debug',
      'shutdown-drain': '0s',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OMBORD_|DATABASE_URL)/.test(name)));
    server.process = spawn(BINARY, ['serve', '--dev', ...flags], { cwd: server.folder, env });
    server.ended = new Promise((done) => server.process.on('exit', (code, signal) => done(code ?? signal)));
    server.ended.then((code) => (server.code = code));
    for (const stream of [server.process.stdout, server.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (server.output += text));
    }
    await eventually('the tokens that serve --dev prints', () => {
      if (server.code !== undefined) throw new Error(`the service ended with ${server.code}\n${server.tail()}`);
      return /^export EXAMPLES=\S+ #/m.test(server.output) || undefined;
    }, 60);
    for (const [, name, token] of server.output.matchAll(/^export ([A-Z_0-9]+)=(\S+)/gm)) server.tokens[name] = token;
    return server;
  }

  tail() {
    return this.output.split('\n').slice(-15).join('\n');
  }

  async stop() {
    this.process.kill('SIGTERM');
    const code = await Promise.race([this.ended, new Promise((done) => setTimeout(done, 15000, 'still running'))]);
    if (code === 'still running') this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }

  /** Calls an RPC, known by reflection alone. */
  async ask(role, method, request) {
    const bearer = `authorization: Bearer ${this.tokens[role]}`;
    const args = ['-plaintext', '-emit-defaults', '-format-error', '-H', bearer, '-d', '@', this.grpc, `ombord.v1.${method}`];
    const { error, text } = await new Promise((done) => {
      const call = execFile(join(TOOLS, 'bin', 'grpcurl'), args, { maxBuffer: 1 << 26 }, (error, out, err) =>
        done({ error, text: error ? out + err : out }));
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
    return new Promise((done) => execFile(BINARY, args, { cwd: this.folder }, (error, out, err) => done({ code: error?.code ?? 0, out, err })));
  }

  /** All bytes that the database keeps. */
  databaseBytes() {
    const files = readdirSync(this.folder).filter((name) => name.startsWith('ombord.db') && !name.endsWith('lock'));
    return Buffer.concat(files.map((name) => readFileSync(join(this.folder, name))));
  }

  /** Changes a row behind the service's back: only for what otherwise takes weeks to happen. */
  sql(statement) {
    const script = 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],timeout=20); n=c.execute(sys.argv[2]).rowcount; c.commit(); print(n)';
    return new Promise((done, failed) => execFile('python3', ['-c', script, this.database, statement], (error, out, err) =>
      (error ? failed(new Error(err)) : done(Number(out)))));
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
