-- Invitations, the links in mails, and the outbox. No address stands here: recipients are private records.

CREATE TABLE invitation (
    invitation_id      BLOB NOT NULL PRIMARY KEY,
    sender_id          BLOB NOT NULL REFERENCES sender,
    connection_id      BLOB NOT NULL REFERENCES connection,
    integrator_id      TEXT NOT NULL REFERENCES integrator,
    state              TEXT NOT NULL CHECK (state IN ('CREATED', 'SENT', 'BOUNCED', 'ACCEPTED', 'DECLINED', 'NOT_OURS', 'CANCELLED', 'SUPERSEDED')),
    recipient          BLOB NOT NULL REFERENCES private_record,
    language           TEXT NOT NULL CHECK (language IN ('SV', 'EN')),
    two_signatories    INTEGER NOT NULL CHECK (two_signatories IN (0, 1)),
    cause              TEXT NOT NULL CHECK (cause IN ('REQUESTED', 'FORWARDED', 'RENEWED', 'SECOND_SIGNATORY')),
    check_code         TEXT NOT NULL,
    replaces           BLOB,
    joint_with         BLOB,
    chain              INTEGER NOT NULL CHECK (chain >= 0),
    signature_revision INTEGER,
    answer_revision    INTEGER,
    reminders          INTEGER NOT NULL CHECK (reminders >= 0),
    created            INTEGER NOT NULL,
    sent               INTEGER,
    expires            INTEGER NOT NULL,
    ended              INTEGER,
    revision           INTEGER NOT NULL CHECK (revision > 0)
) STRICT;
CREATE INDEX invitation_of_integrator ON invitation (integrator_id, invitation_id);
CREATE INDEX invitation_of_sender ON invitation (sender_id, invitation_id);
CREATE INDEX invitation_of_connection ON invitation (connection_id, invitation_id);
CREATE INDEX invitation_open ON invitation (created) WHERE state IN ('CREATED', 'SENT', 'BOUNCED');

-- A link is known by the digest of its token alone.
CREATE TABLE link (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    purpose      TEXT NOT NULL,
    message_id   BLOB NOT NULL,
    created      INTEGER NOT NULL,
    expires      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mail (
    message_id    BLOB NOT NULL PRIMARY KEY,
    purpose       TEXT NOT NULL,
    sender_id     BLOB REFERENCES sender,
    connection_id BLOB REFERENCES connection,
    recipient     BLOB REFERENCES private_record,
    language      TEXT NOT NULL CHECK (language IN ('SV', 'EN')),
    state         TEXT NOT NULL CHECK (state IN ('PENDING', 'SENT', 'BOUNCED', 'DEAD', 'CANCELLED')),
    due           INTEGER NOT NULL,
    attempts      INTEGER NOT NULL CHECK (attempts >= 0),
    fault         TEXT,
    created       INTEGER NOT NULL,
    sent          INTEGER
) STRICT;
CREATE INDEX mail_due ON mail (due, message_id) WHERE state = 'PENDING';
CREATE INDEX mail_by_state ON mail (state, message_id);
CREATE INDEX mail_of_sender ON mail (sender_id, message_id) WHERE sender_id IS NOT NULL;

CREATE TABLE outbox (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    paused INTEGER NOT NULL CHECK (paused IN (0, 1))
) STRICT;
INSERT INTO outbox (id, paused) VALUES (1, 0);

-- The telling of a new version to all senders that accepted an earlier one.
CREATE TABLE campaign (
    agreement_id TEXT NOT NULL REFERENCES agreement,
    version      TEXT NOT NULL,
    after_sender BLOB,
    created      INTEGER NOT NULL,
    finished     INTEGER,
    PRIMARY KEY (agreement_id, version)
) STRICT;
