-- Tables of the recipes in Node, Python, Go and PHP: sqlite3 events.sqlite <docs/consume/tables.sql
-- In this mode, readers do not block the writer.
PRAGMA journal_mode = WAL;
-- The ce_id of each processed event. Rows may be deleted after two days. According to the provider, repeats arrive within a day.
CREATE TABLE done (id TEXT PRIMARY KEY, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- Example of work that is done once for each event: counts the events of each type.
CREATE TABLE counts (type TEXT PRIMARY KEY, count INTEGER NOT NULL);
-- Example of work on the latest state of an entity. A revision is an unsigned 64-bit number, which exceeds SQLite's integers.
-- Padded to 20 digits, it compares as text. A tombstone deletes the row.
CREATE TABLE states (entity TEXT PRIMARY KEY, revision TEXT NOT NULL, event TEXT NOT NULL);
