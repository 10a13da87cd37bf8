-- Roots of full subtrees of the ledger's tree, of every eighth level: what proofs are made of. They follow from the entries.
CREATE TABLE subtree (
    level INTEGER NOT NULL CHECK (level > 0),
    place INTEGER NOT NULL CHECK (place >= 0),
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, place)
) STRICT, WITHOUT ROWID;
