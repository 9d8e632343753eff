-- What the recipes in Node, Python, Go and PHP write to: sqlite3 events.sqlite <docs/consume/tables.sql
-- Readers do not stop the writer.
PRAGMA journal_mode = WAL;
-- The ce_id of each event whose work is done. Rows may go after two days: repeats come within one, the provider says.
CREATE TABLE done (id TEXT PRIMARY KEY, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
-- Work that every event needs once: how many there were of each type.
CREATE TABLE counts (type TEXT PRIMARY KEY, count INTEGER NOT NULL);
-- Work that only the latest state of an entity needs. A revision is an unsigned 64-bit number, more than SQLite's own: as a text of
-- 20 digits it compares in the same way.
CREATE TABLE states (entity TEXT PRIMARY KEY, revision TEXT NOT NULL, event TEXT NOT NULL);
