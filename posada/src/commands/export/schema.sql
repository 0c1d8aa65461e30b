-- What a log holds, as tables. docs/operations.md says what the columns mean.
PRAGMA user_version = 1;
-- An entry comes before what it brings about.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    wall_time TEXT NOT NULL,
    kind TEXT NOT NULL,
    session TEXT,
    principal INTEGER REFERENCES principals (id),
    text TEXT,
    resource TEXT,
    outcome TEXT NOT NULL
) STRICT;

CREATE TABLE principals (
    id INTEGER PRIMARY KEY,
    name TEXT,
    key TEXT,
    from_time TEXT,
    until_time TEXT
) STRICT;

CREATE TABLE resources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    declared_time TEXT NOT NULL
) STRICT;

CREATE TABLE reservations (
    token INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL REFERENCES resources (id),
    holder INTEGER NOT NULL REFERENCES principals (id),
    from_time TEXT NOT NULL,
    until_time TEXT,
    until_seq INTEGER REFERENCES entries (seq)
) STRICT;

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY REFERENCES entries (seq),
    wall_time TEXT NOT NULL,
    sender INTEGER NOT NULL REFERENCES principals (id),
    sender_name TEXT NOT NULL,
    room TEXT,
    recipient INTEGER REFERENCES principals (id),
    text TEXT NOT NULL
) STRICT;

-- Every client without a name, together.
INSERT INTO principals (id) VALUES (0);
