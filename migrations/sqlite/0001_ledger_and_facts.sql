-- Times are microseconds since 1970 UTC. Ids come from the program.

CREATE TABLE head (
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    ledger_id BLOB   NOT NULL,
    revision  INTEGER NOT NULL CHECK (revision >= 0),
    frontier  BLOB  NOT NULL,
    -- The newest schema of the entries: a program that does not know it must neither read nor write.
    entry_schema INTEGER NOT NULL
) STRICT;

-- No foreign keys here: the ledger stands by itself.
CREATE TABLE entry (
    revision      INTEGER NOT NULL PRIMARY KEY CHECK (revision > 0),
    time          INTEGER NOT NULL,
    event         TEXT NOT NULL,
    sender_id     BLOB,
    integrator_id TEXT,
    canonical     TEXT NOT NULL,
    leaf_hash     BLOB  NOT NULL CHECK (length(leaf_hash) = 32)
) STRICT;
CREATE INDEX entry_of_sender ON entry (sender_id, revision) WHERE sender_id IS NOT NULL;
CREATE INDEX entry_of_integrator ON entry (integrator_id, revision) WHERE integrator_id IS NOT NULL;
CREATE INDEX entry_of_event ON entry (event, revision);

CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
-- REPLACE deletes without the trigger below.
CREATE TRIGGER entry_refuses_replace BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE revision = NEW.revision) BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER entry_refuses_delete BEFORE DELETE ON entry BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

-- All personal data, and nothing else. Erasing a row empties body, salt and lookup.
CREATE TABLE private_record (
    record_id BLOB NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('NUMBER', 'NAME', 'PERSON', 'CONTACT', 'ACTOR', 'NOTE')),
    body      TEXT,
    salt      BLOB CHECK (length(salt) = 32),
    lookup    TEXT UNIQUE,
    CHECK ((body IS NULL) = (salt IS NULL)),
    CHECK (lookup IS NULL OR body IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- `facts` is JSON of the result of the one fold.
CREATE TABLE integrator (
    integrator_id TEXT NOT NULL PRIMARY KEY,
    revision      INTEGER NOT NULL CHECK (revision > 0),
    facts         TEXT NOT NULL
) STRICT;

CREATE TABLE agreement (
    agreement_id TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('GENERAL_TERMS', 'DPA')),
    revision     INTEGER NOT NULL CHECK (revision > 0),
    facts        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX agreement_one_general_terms ON agreement (kind) WHERE kind = 'GENERAL_TERMS';

CREATE TABLE document (
    agreement_id TEXT NOT NULL REFERENCES agreement,
    version      TEXT NOT NULL,
    language     TEXT NOT NULL CHECK (language IN ('SV', 'EN')),
    format       TEXT NOT NULL CHECK (format IN ('MARKDOWN', 'PDF')),
    bytes        BLOB NOT NULL,
    PRIMARY KEY (agreement_id, version, language, format)
) STRICT;

CREATE TABLE specification (
    agreement_id TEXT NOT NULL REFERENCES agreement,
    version      TEXT NOT NULL,
    canonical    TEXT NOT NULL,
    PRIMARY KEY (agreement_id, version)
) STRICT;

-- A legal person has its number here, a sole trader a private record of its number.
CREATE TABLE sender (
    sender_id           BLOB NOT NULL PRIMARY KEY,
    organisation_number TEXT UNIQUE,
    private_number      BLOB UNIQUE REFERENCES private_record,
    revision            INTEGER NOT NULL CHECK (revision > 0),
    facts               TEXT NOT NULL,
    CHECK (organisation_number IS NULL OR private_number IS NULL)
) STRICT;
CREATE INDEX sender_by_revision ON sender (revision);

CREATE TABLE connection (
    connection_id      BLOB NOT NULL PRIMARY KEY,
    sender_id          BLOB NOT NULL REFERENCES sender,
    integrator_id      TEXT NOT NULL REFERENCES integrator,
    state              TEXT NOT NULL CHECK (state IN ('UNCONFIRMED', 'ACTIVE', 'ENDED')),
    external_reference TEXT NOT NULL,
    legal_name         TEXT,
    private_name       BLOB REFERENCES private_record,
    contact            BLOB REFERENCES private_record,
    contact_quality    TEXT NOT NULL CHECK (contact_quality IN ('MISSING', 'LOOKS_PERSONAL', 'FINE')),
    content_types      TEXT NOT NULL,
    created            INTEGER NOT NULL,
    updated            INTEGER NOT NULL,
    revision           INTEGER NOT NULL CHECK (revision > 0)
) STRICT;
CREATE UNIQUE INDEX connection_one_open ON connection (sender_id, integrator_id) WHERE state <> 'ENDED';
CREATE UNIQUE INDEX connection_one_reference ON connection (integrator_id, external_reference) WHERE state <> 'ENDED';
CREATE INDEX connection_of_integrator ON connection (integrator_id, connection_id);
CREATE INDEX connection_of_sender ON connection (sender_id, connection_id);
CREATE INDEX connection_ended ON connection (integrator_id, external_reference, connection_id) WHERE state = 'ENDED';

CREATE TABLE acceptance (
    acceptance_id    BLOB NOT NULL PRIMARY KEY,
    sender_id        BLOB NOT NULL REFERENCES sender,
    integrator_id    TEXT NOT NULL REFERENCES integrator,
    agreement_id     TEXT NOT NULL REFERENCES agreement,
    version          TEXT NOT NULL,
    revision         INTEGER NOT NULL CHECK (revision > 0),
    changed_revision INTEGER NOT NULL CHECK (changed_revision >= revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX acceptance_of_sender ON acceptance (sender_id, acceptance_id);
CREATE INDEX acceptance_of_integrator ON acceptance (integrator_id, acceptance_id);
CREATE INDEX acceptance_by_change ON acceptance (changed_revision);

CREATE TABLE decline (
    decline_id BLOB NOT NULL PRIMARY KEY,
    sender_id  BLOB NOT NULL REFERENCES sender,
    revision   INTEGER NOT NULL CHECK (revision > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE exception (
    exception_id  BLOB NOT NULL PRIMARY KEY,
    sender_id     BLOB REFERENCES sender,
    integrator_id TEXT REFERENCES integrator,
    state         TEXT NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'ENDED')),
    until         INTEGER NOT NULL,
    proposed_by   BLOB NOT NULL REFERENCES private_record,
    reason        BLOB NOT NULL REFERENCES private_record,
    approved_by   BLOB REFERENCES private_record,
    created       INTEGER NOT NULL,
    approved      INTEGER,
    ended         INTEGER,
    revision      INTEGER NOT NULL CHECK (revision > 0)
) STRICT;
CREATE INDEX exception_of_sender ON exception (sender_id, exception_id) WHERE sender_id IS NOT NULL;
CREATE INDEX exception_of_integrator ON exception (integrator_id, exception_id) WHERE integrator_id IS NOT NULL;

-- First answers, for retries. No state of the ledger, no personal data.
CREATE TABLE request (
    caller         TEXT NOT NULL,
    method         TEXT NOT NULL,
    request_id     BLOB NOT NULL,
    payload_sha256 BLOB NOT NULL CHECK (length(payload_sha256) = 32),
    response       BLOB NOT NULL,
    created        INTEGER NOT NULL,
    PRIMARY KEY (caller, method, request_id)
) STRICT;
CREATE INDEX request_by_age ON request (created);
