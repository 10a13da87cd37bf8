-- Roots of full subtrees of the ledger's tree, of every eighth level: what proofs are made of. They follow from the entries.
CREATE TABLE subtree (
    level BIGINT NOT NULL CHECK (level > 0),
    place BIGINT NOT NULL CHECK (place >= 0),
    hash  BYTEA  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
);
