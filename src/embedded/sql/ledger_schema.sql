-- The ledger: one row an event, keyed like the table in the cloud. An ordinary rowid table,
-- because payloads are large for a clustered index.
CREATE TABLE events (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    -- WEEK#<report>#<week>
    pk TEXT NOT NULL CHECK (pk GLOB 'WEEK#?*#?*'),
    -- The event's number, padded so that text order is number order.
    sk TEXT NOT NULL CHECK (sk GLOB '[0-9][0-9][0-9][0-9][0-9][0-9]' AND sk > '000000'),
    prev_digest TEXT,
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    envelope BLOB NOT NULL,
    -- NULL if the payload lies in the archive.
    payload BLOB
) STRICT;

CREATE UNIQUE INDEX events_by_slot ON events (pk, sk);

-- Checked before the insert, because INSERT OR REPLACE removes a row without any DELETE trigger.
-- NEW.id is -1 where none was given, which the CHECK above keeps free.
CREATE TRIGGER events_append_only BEFORE INSERT ON events
BEGIN
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
            THEN RAISE(ABORT, 'the ledger is append-only: this id is taken')
        WHEN EXISTS (SELECT 1 FROM events WHERE pk = NEW.pk AND sk = NEW.sk)
            THEN RAISE(ABORT, 'conflict: this slot is taken')
        WHEN NEW.sk = '000001' AND NEW.prev_digest IS NOT NULL
            THEN RAISE(ABORT, 'conflict: the first event has no predecessor')
        WHEN NEW.sk <> '000001' AND NOT EXISTS (
            SELECT 1 FROM events
            WHERE pk = NEW.pk
                AND sk = printf('%06d', CAST(NEW.sk AS INTEGER) - 1)
                AND digest = NEW.prev_digest
        )
            THEN RAISE(ABORT, 'conflict: the slot before does not hold this predecessor')
    END;
END;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: an event never changes');
END;

CREATE TRIGGER events_never_vanish BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: an event is never deleted');
END;
