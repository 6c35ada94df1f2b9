//! Writes to a store.

use super::{Known, LabelStore, Record, Set};
use crate::LabelError;
use crate::items::Item;
use crate::score::Score;
use rusqlite::{Transaction, params};
use std::time::{SystemTime, UNIX_EPOCH};

impl LabelStore {
    /// Adds a set and items unless they are there.
    pub(crate) fn begin(&mut self, set: &Set, known: &Known, items: &[Item]) -> Result<(), LabelError> {
        let failed = LabelError::database(&self.path);
        let mut write = || {
            let transaction = self.connection.transaction()?;
            transaction.execute(
                "INSERT INTO sets (id, model, build, answered, way, top, tokens, domain, prompts, created)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (id) DO UPDATE SET build = coalesce(build, excluded.build), domain = excluded.domain",
                params![
                    set.id,
                    set.model,
                    known.build,
                    known.answered,
                    set.asking.way.name(),
                    set.asking.top,
                    set.asking.tokens,
                    set.domain,
                    set.prompts,
                    now(),
                ],
            )?;
            {
                let mut agent = transaction.prepare(
                    "INSERT INTO agents (set_id, agent, number, family) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET number = excluded.number, family = excluded.family",
                )?;
                for (number, (name, group)) in set.agents.iter().enumerate() {
                    agent.execute(params![set.id, name, number as i64, group])?;
                }
                let mut item = transaction.prepare("INSERT INTO items (item) VALUES (?1) ON CONFLICT DO NOTHING")?;
                for known in items {
                    item.execute([&known.name])?;
                }
            }
            transaction.commit()
        };
        write().map_err(failed)
    }

    /// Records what an endpoint reports about a set's model besides its name, if nothing is known
    /// yet.
    pub(crate) fn learn(&mut self, set: &Set, build: &str) -> Result<(), LabelError> {
        let query = "UPDATE sets SET build = ?2 WHERE id = ?1 AND build IS NULL";
        self.connection.execute(query, [set.id.as_str(), build]).map(|_| ()).map_err(self.failed())
    }

    /// Stores all records, or none.
    pub(crate) fn write(&mut self, set: &Set, records: &[Record]) -> Result<(), LabelError> {
        let failed = LabelError::database(&self.path);
        let mut write = || {
            let transaction = self.connection.transaction()?;
            for record in records {
                store(&transaction, &set.id, record)?;
            }
            transaction.commit()
        };
        write().map_err(failed)
    }

    /// Takes back all of these records, or none. They are then neither labels nor failures.
    pub(crate) fn take_back(&mut self, set: &Set, records: &[Record]) -> Result<(), LabelError> {
        let failed = LabelError::database(&self.path);
        let mut write = || {
            let transaction = self.connection.transaction()?;
            for Record { agent, item, hash, .. } in records {
                for table in ["labels", "failures"] {
                    let same = "set_id = ?1 AND agent = ?2 AND item = ?3 AND hash = ?4";
                    let query = format!("DELETE FROM {table} WHERE {same}");
                    transaction.prepare_cached(&query)?.execute(params![set.id, agent, item, hash])?;
                }
            }
            // The model that answered the first label of a set is the set's model. Without labels
            // this is open again.
            let query = "UPDATE sets SET answered = NULL
                         WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM labels WHERE set_id = id)";
            transaction.execute(query, [&set.id])?;
            transaction.commit()
        };
        write().map_err(failed)
    }
}

/// Stores a record and replaces any record of the same label.
fn store(transaction: &Transaction<'_>, set: &str, record: &Record) -> Result<(), rusqlite::Error> {
    let Record { agent, item, hash, tokens_in, tokens_out, seconds, .. } = record;
    let (tokens_in, tokens_out) = (*tokens_in as i64, *tokens_out as i64);
    match &record.outcome {
        Ok(Score { value, method, mass }) => {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO labels
                     (set_id, agent, item, hash, score, method, mass, tokens_in, tokens_out, seconds, time)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                )?
                .execute(params![
                    set,
                    agent,
                    item,
                    hash,
                    value,
                    method.name(),
                    mass,
                    tokens_in,
                    tokens_out,
                    seconds,
                    now()
                ])?;
            transaction
                .prepare_cached("DELETE FROM failures WHERE set_id = ?1 AND agent = ?2 AND item = ?3 AND hash = ?4")?
                .execute(params![set, agent, item, hash])?;
            if let Some(answered) = &record.answered {
                transaction
                    .prepare_cached("UPDATE sets SET answered = ?2 WHERE id = ?1 AND answered IS NULL")?
                    .execute(params![set, answered])?;
            }
        }
        Err(reason) => {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO failures
                     (set_id, agent, item, hash, reason, tries, tokens_in, tokens_out, seconds, time)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    set,
                    agent,
                    item,
                    hash,
                    reason,
                    record.tries as i64,
                    tokens_in,
                    tokens_out,
                    seconds,
                    now()
                ])?;
        }
    }
    Ok(())
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
