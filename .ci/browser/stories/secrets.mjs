// The secret part of every link that was mailed is in the mail and in the address, and nowhere else.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export async function nothingLeaked({ t, server }) {
  const tokens = server.mail.tokens();
  const nowhere = (bytes) => {
    const found = tokens.filter((token) => bytes.includes(token) || bytes.includes(Buffer.from(token, 'base64url')));
    assert.equal(found.length, 0, `${found.length} of ${tokens.length} tokens`);
  };
  await t.check(`${tokens.length} tokens: none is in the log, not even at level debug`, () => {
    assert.ok(tokens.length > 5);
    nowhere(Buffer.from(server.output));
  });
  await t.check(`none is in ${server.answers.length} gRPC answers`, () =>
    nowhere(Buffer.from(server.answers.join('\n'))),
  );
  await t.check('none is in the database, which knows them by their digest alone', () => {
    const bytes = server.databaseBytes();
    nowhere(bytes);
    const known = tokens.filter(
      (token) =>
        bytes.includes(createHash('sha256').update(token).digest()) ||
        bytes.includes(createHash('sha256').update(Buffer.from(token, 'base64url')).digest()),
    );
    assert.equal(known.length, tokens.length, 'the search does not find what must be there');
  });
  await t.check('no address and no name is in the log', () => {
    const personal = server.output
      .split('\n')
      .filter((line) => /foretag\d+\.example|Lind-Öberg|Per-Olof|K-1\d\d\d@/.test(line));
    assert.deepEqual(personal, []);
  });
}
