-- Invitations, the links in mails, and the outbox. No address stands here: recipients are private records.

CREATE TABLE invitation (
    invitation_id      UUID NOT NULL PRIMARY KEY,
    sender_id          UUID NOT NULL REFERENCES sender,
    connection_id      UUID NOT NULL REFERENCES connection,
    integrator_id      TEXT COLLATE "C" NOT NULL REFERENCES integrator,
    state              TEXT COLLATE "C" NOT NULL CHECK (state IN ('CREATED', 'SENT', 'BOUNCED', 'ACCEPTED', 'DECLINED', 'NOT_OURS', 'CANCELLED', 'SUPERSEDED')),
    recipient          UUID NOT NULL REFERENCES private_record,
    language           TEXT COLLATE "C" NOT NULL CHECK (language IN ('SV', 'EN')),
    two_signatories    BIGINT NOT NULL CHECK (two_signatories IN (0, 1)),
    cause              TEXT COLLATE "C" NOT NULL CHECK (cause IN ('REQUESTED', 'FORWARDED', 'RENEWED', 'SECOND_SIGNATORY')),
    check_code         TEXT COLLATE "C" NOT NULL,
    replaces           UUID,
    joint_with         UUID,
    chain              BIGINT NOT NULL CHECK (chain >= 0),
    signature_revision BIGINT,
    answer_revision    BIGINT,
    reminders          BIGINT NOT NULL CHECK (reminders >= 0),
    created            BIGINT NOT NULL,
    sent               BIGINT,
    expires            BIGINT NOT NULL,
    ended              BIGINT,
    revision           BIGINT NOT NULL CHECK (revision > 0)
);
CREATE INDEX invitation_of_integrator ON invitation (integrator_id, invitation_id);
CREATE INDEX invitation_of_sender ON invitation (sender_id, invitation_id);
CREATE INDEX invitation_of_connection ON invitation (connection_id, invitation_id);
CREATE INDEX invitation_open ON invitation (created) WHERE state IN ('CREATED', 'SENT', 'BOUNCED');

-- A link is known by the digest of its token alone.
CREATE TABLE link (
    token_sha256 BYTEA NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    purpose      TEXT COLLATE "C" NOT NULL,
    message_id   UUID NOT NULL,
    created      BIGINT NOT NULL,
    expires      BIGINT NOT NULL
);

CREATE TABLE mail (
    message_id    UUID NOT NULL PRIMARY KEY,
    purpose       TEXT COLLATE "C" NOT NULL,
    sender_id     UUID REFERENCES sender,
    connection_id UUID REFERENCES connection,
    recipient     UUID REFERENCES private_record,
    language      TEXT COLLATE "C" NOT NULL CHECK (language IN ('SV', 'EN')),
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'SENT', 'BOUNCED', 'DEAD', 'CANCELLED')),
    due           BIGINT NOT NULL,
    attempts      BIGINT NOT NULL CHECK (attempts >= 0),
    fault         TEXT COLLATE "C",
    created       BIGINT NOT NULL,
    sent          BIGINT
);
CREATE INDEX mail_due ON mail (due, message_id) WHERE state = 'PENDING';
CREATE INDEX mail_by_state ON mail (state, message_id);
CREATE INDEX mail_of_sender ON mail (sender_id, message_id) WHERE sender_id IS NOT NULL;

CREATE TABLE outbox (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    paused BIGINT NOT NULL CHECK (paused IN (0, 1))
);
INSERT INTO outbox (id, paused) VALUES (1, 0);

-- The telling of a new version to all senders that accepted an earlier one.
CREATE TABLE campaign (
    agreement_id TEXT COLLATE "C" NOT NULL REFERENCES agreement,
    version      TEXT COLLATE "C" NOT NULL,
    after_sender UUID,
    created      BIGINT NOT NULL,
    finished     BIGINT,
    PRIMARY KEY (agreement_id, version)
);
