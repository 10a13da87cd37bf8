-- Times are microseconds since 1970 UTC. Ids come from the program. Text keys sort by bytes, whatever the database's locale.

CREATE TABLE head (
    id        BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    ledger_id UUID   NOT NULL,
    revision  BIGINT NOT NULL CHECK (revision >= 0),
    frontier  BYTEA  NOT NULL,
    -- The newest schema of the entries: a program that does not know it must neither read nor write.
    entry_schema BIGINT NOT NULL
);

-- No foreign keys here: the ledger stands by itself.
CREATE TABLE entry (
    revision      BIGINT NOT NULL PRIMARY KEY CHECK (revision > 0),
    time          BIGINT NOT NULL,
    event         TEXT COLLATE "C" NOT NULL,
    sender_id     UUID,
    integrator_id TEXT COLLATE "C",
    canonical     TEXT COLLATE "C" NOT NULL,
    leaf_hash     BYTEA  NOT NULL CHECK (length(leaf_hash) = 32)
);
CREATE INDEX entry_of_sender ON entry (sender_id, revision) WHERE sender_id IS NOT NULL;
CREATE INDEX entry_of_integrator ON entry (integrator_id, revision) WHERE integrator_id IS NOT NULL;
CREATE INDEX entry_of_event ON entry (event, revision);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END
$$;
CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_refuses_delete BEFORE DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_refuses_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- All personal data, and nothing else. Erasing a row empties body, salt and lookup.
CREATE TABLE private_record (
    record_id UUID NOT NULL PRIMARY KEY,
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('NUMBER', 'NAME', 'PERSON', 'CONTACT', 'ACTOR', 'NOTE')),
    body      TEXT COLLATE "C",
    salt      BYTEA CHECK (length(salt) = 32),
    lookup    TEXT COLLATE "C" UNIQUE,
    CHECK ((body IS NULL) = (salt IS NULL)),
    CHECK (lookup IS NULL OR body IS NOT NULL)
);

-- `facts` is JSON of the result of the one fold.
CREATE TABLE integrator (
    integrator_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    revision      BIGINT NOT NULL CHECK (revision > 0),
    facts         TEXT COLLATE "C" NOT NULL
);

CREATE TABLE agreement (
    agreement_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('GENERAL_TERMS', 'DPA')),
    revision     BIGINT NOT NULL CHECK (revision > 0),
    facts        TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX agreement_one_general_terms ON agreement (kind) WHERE kind = 'GENERAL_TERMS';

CREATE TABLE document (
    agreement_id TEXT COLLATE "C" NOT NULL REFERENCES agreement,
    version      TEXT COLLATE "C" NOT NULL,
    language     TEXT COLLATE "C" NOT NULL CHECK (language IN ('SV', 'EN')),
    format       TEXT COLLATE "C" NOT NULL CHECK (format IN ('MARKDOWN', 'PDF')),
    bytes        BYTEA NOT NULL,
    PRIMARY KEY (agreement_id, version, language, format)
);

CREATE TABLE specification (
    agreement_id TEXT COLLATE "C" NOT NULL REFERENCES agreement,
    version      TEXT COLLATE "C" NOT NULL,
    canonical    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (agreement_id, version)
);

-- A legal person has its number here, a sole trader a private record of its number.
CREATE TABLE sender (
    sender_id           UUID NOT NULL PRIMARY KEY,
    organisation_number TEXT COLLATE "C" UNIQUE,
    private_number      UUID UNIQUE REFERENCES private_record,
    revision            BIGINT NOT NULL CHECK (revision > 0),
    facts               TEXT COLLATE "C" NOT NULL,
    CHECK (organisation_number IS NULL OR private_number IS NULL)
);
CREATE INDEX sender_by_revision ON sender (revision);

CREATE TABLE connection (
    connection_id      UUID NOT NULL PRIMARY KEY,
    sender_id          UUID NOT NULL REFERENCES sender,
    integrator_id      TEXT COLLATE "C" NOT NULL REFERENCES integrator,
    state              TEXT COLLATE "C" NOT NULL CHECK (state IN ('UNCONFIRMED', 'ACTIVE', 'ENDED')),
    external_reference TEXT COLLATE "C" NOT NULL,
    legal_name         TEXT COLLATE "C",
    private_name       UUID REFERENCES private_record,
    contact            UUID REFERENCES private_record,
    contact_quality    TEXT COLLATE "C" NOT NULL CHECK (contact_quality IN ('MISSING', 'LOOKS_PERSONAL', 'FINE')),
    content_types      TEXT COLLATE "C" NOT NULL,
    created            BIGINT NOT NULL,
    updated            BIGINT NOT NULL,
    revision           BIGINT NOT NULL CHECK (revision > 0)
);
CREATE UNIQUE INDEX connection_one_open ON connection (sender_id, integrator_id) WHERE state <> 'ENDED';
CREATE UNIQUE INDEX connection_one_reference ON connection (integrator_id, external_reference) WHERE state <> 'ENDED';
CREATE INDEX connection_of_integrator ON connection (integrator_id, connection_id);
CREATE INDEX connection_of_sender ON connection (sender_id, connection_id);
CREATE INDEX connection_ended ON connection (integrator_id, external_reference, connection_id) WHERE state = 'ENDED';

CREATE TABLE acceptance (
    acceptance_id    UUID NOT NULL PRIMARY KEY,
    sender_id        UUID NOT NULL REFERENCES sender,
    integrator_id    TEXT COLLATE "C" NOT NULL REFERENCES integrator,
    agreement_id     TEXT COLLATE "C" NOT NULL REFERENCES agreement,
    version          TEXT COLLATE "C" NOT NULL,
    revision         BIGINT NOT NULL CHECK (revision > 0),
    changed_revision BIGINT NOT NULL CHECK (changed_revision >= revision)
);
CREATE INDEX acceptance_of_sender ON acceptance (sender_id, acceptance_id);
CREATE INDEX acceptance_of_integrator ON acceptance (integrator_id, acceptance_id);
CREATE INDEX acceptance_by_change ON acceptance (changed_revision);

CREATE TABLE decline (
    decline_id UUID NOT NULL PRIMARY KEY,
    sender_id  UUID NOT NULL REFERENCES sender,
    revision   BIGINT NOT NULL CHECK (revision > 0)
);

CREATE TABLE exception (
    exception_id  UUID NOT NULL PRIMARY KEY,
    sender_id     UUID REFERENCES sender,
    integrator_id TEXT COLLATE "C" REFERENCES integrator,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'ENDED')),
    until         BIGINT NOT NULL,
    proposed_by   UUID NOT NULL REFERENCES private_record,
    reason        UUID NOT NULL REFERENCES private_record,
    approved_by   UUID REFERENCES private_record,
    created       BIGINT NOT NULL,
    approved      BIGINT,
    ended         BIGINT,
    revision      BIGINT NOT NULL CHECK (revision > 0)
);
CREATE INDEX exception_of_sender ON exception (sender_id, exception_id) WHERE sender_id IS NOT NULL;
CREATE INDEX exception_of_integrator ON exception (integrator_id, exception_id) WHERE integrator_id IS NOT NULL;

-- First answers, for retries. No state of the ledger, no personal data.
CREATE TABLE request (
    caller         TEXT COLLATE "C" NOT NULL,
    method         TEXT COLLATE "C" NOT NULL,
    request_id     UUID NOT NULL,
    payload_sha256 BYTEA NOT NULL CHECK (length(payload_sha256) = 32),
    response       BYTEA NOT NULL,
    created        BIGINT NOT NULL,
    PRIMARY KEY (caller, method, request_id)
);
CREATE INDEX request_by_age ON request (created);
