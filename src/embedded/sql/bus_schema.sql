-- Messages until they are acknowledged. Ids are never reused, so that a late acknowledgement
-- cannot hit another message.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL,
    -- Nanoseconds since 1970. 0: at once.
    visible_at INTEGER NOT NULL DEFAULT 0,
    -- How often it was given back.
    failures INTEGER NOT NULL DEFAULT 0,
    -- NULL while it is to be delivered.
    parked_because TEXT
) STRICT;

-- Notices to the owner, until somebody dismisses them.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL
) STRICT;
