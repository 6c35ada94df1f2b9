//! The tables of a store, and how a store is recognized.

use crate::LabelError;
use rusqlite::Connection;
use std::path::Path;

/// `SUAL`: the mark of a store of labels.
const APPLICATION: i32 = 0x5355_414C;
/// The version of the tables. In version 1, the label of a text replaced the label of another text
/// of the same item.
const VERSION: i32 = 2;

const TABLES: &str = "
CREATE TABLE sets (
    id TEXT PRIMARY KEY, model TEXT NOT NULL, build TEXT, answered TEXT, way TEXT NOT NULL, top INTEGER NOT NULL,
    tokens INTEGER NOT NULL, domain TEXT NOT NULL, prompts TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE TABLE agents (
    set_id TEXT NOT NULL REFERENCES sets (id), agent TEXT NOT NULL, number INTEGER NOT NULL, family TEXT,
    PRIMARY KEY (set_id, agent)
) STRICT, WITHOUT ROWID;
CREATE TABLE items (number INTEGER PRIMARY KEY, item TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE labels (
    set_id TEXT NOT NULL REFERENCES sets (id), agent TEXT NOT NULL, item TEXT NOT NULL, hash TEXT NOT NULL,
    score REAL NOT NULL, method TEXT NOT NULL, mass REAL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
    seconds REAL NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (set_id, agent, item, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE failures (
    set_id TEXT NOT NULL REFERENCES sets (id), agent TEXT NOT NULL, item TEXT NOT NULL, hash TEXT NOT NULL,
    reason TEXT NOT NULL, tries INTEGER NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
    seconds REAL NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (set_id, agent, item, hash)
) STRICT, WITHOUT ROWID;
";

/// The marks of a file: what it claims to be.
fn marks(path: &Path, connection: &Connection) -> Result<(i32, i32), LabelError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let both = pragma("application_id").and_then(|application| Ok((application, pragma("user_version")?)));
    both.map_err(|cause| match cause.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            LabelError::bad(path, "is not a store of labels, expected one or a new name")
        }
        _ => LabelError::database(path)(cause),
    })
}

/// Whether a file is still empty: it was just created, or its first run was killed at the very
/// start.
pub(super) fn is_new(path: &Path, connection: &Connection) -> Result<bool, LabelError> {
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    tables.map(|tables| tables == 0).map_err(LabelError::database(path))
}

/// Refuses files that are not stores, and other versions.
pub(super) fn check(path: &Path, connection: &Connection) -> Result<(), LabelError> {
    match marks(path, connection)? {
        (APPLICATION, VERSION) => Ok(()),
        (APPLICATION, version) => {
            let problem = format!("is a store of version {version}, expected version {VERSION}; name a new store");
            Err(LabelError::bad(path, problem))
        }
        (0, 0) if is_new(path, connection)? => Ok(()),
        _ => Err(LabelError::bad(path, "is another kind of database, expected a store of labels or a new name")),
    }
}

/// Creates the tables if the file is new.
pub(super) fn prepare(path: &Path, connection: &Connection) -> Result<(), LabelError> {
    check(path, connection)?;
    let failed = LabelError::database(path);
    // Readers can read while a run writes, and committed data survives a loss of power.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(&failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(&failed)?;
    if is_new(path, connection)? {
        let marks = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};");
        connection.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} {marks} COMMIT;")).map_err(&failed)?;
    }
    Ok(())
}
