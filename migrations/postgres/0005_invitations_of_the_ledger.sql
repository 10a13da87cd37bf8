-- What follows from an invitation's id, and what nothing reads.
ALTER TABLE invitation DROP COLUMN check_code;
ALTER TABLE invitation DROP COLUMN chain;
