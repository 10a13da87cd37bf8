-- A link is an index into the ledger: where it leads is what the entry says that minted it. No entry tells of the links
-- from before, so they open nothing any more: whoever was invited is invited anew.
DROP TABLE link;
CREATE TABLE link (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    revision     INTEGER NOT NULL CHECK (revision > 0)
) STRICT, WITHOUT ROWID;
