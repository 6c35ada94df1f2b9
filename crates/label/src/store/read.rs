//! What is read out of a store.

use super::{Store, schema};
use crate::LabelError;
use crate::score::Method;
use serde::Serialize;

/// What there is of a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetSummary {
    /// Its name.
    pub set: String,
    /// The model.
    pub model: String,
    /// By which name it answers, once it did.
    pub answered: Option<String>,
    /// What the endpoint tells of the model besides.
    pub build: Option<String>,
    /// In which way it is asked.
    pub way: String,
    /// How many alternatives are asked for at each token.
    pub top: u32,
    /// How many tokens may be written.
    pub tokens: u32,
    /// What is judged.
    pub domain: String,
    /// How many agents there are.
    pub agents: u64,
    /// How many items have a label.
    pub items: u64,
    /// How many labels there are, of all texts that their items ever had.
    pub labels: u64,
    /// How many of them are answers that were parsed.
    pub parsed: u64,
    /// How many failed.
    pub failed: u64,
    /// How much of the probability was on answers that count, on average over the labels that have it.
    pub mean_mass: Option<f64>,
    /// Tokens read for all labels.
    pub tokens_in: u64,
    /// Tokens written for all labels.
    pub tokens_out: u64,
}

/// A label.
pub(crate) struct StoredLabel {
    pub agent: String,
    pub item: String,
    pub hash: String,
    pub score: f64,
    pub method: Method,
}

impl Store {
    /// Its sets, in the order in which they were begun.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn sets(&self) -> Result<Vec<SetSummary>, LabelError> {
        if schema::is_new(&self.path, &self.connection)? {
            return Ok(vec![]);
        }
        let read = || {
            let mut statement = self.connection.prepare(
                "SELECT id, model, answered, build, way, top, tokens, domain,
                    (SELECT count(*) FROM agents WHERE set_id = id),
                    (SELECT count(DISTINCT item) FROM labels WHERE set_id = id),
                    (SELECT count(*) FROM labels WHERE set_id = id),
                    (SELECT count(*) FROM labels WHERE set_id = id AND method = 'parsed'),
                    (SELECT count(*) FROM failures WHERE set_id = id),
                    (SELECT avg(mass) FROM labels WHERE set_id = id),
                    (SELECT coalesce(sum(tokens_in), 0) FROM labels WHERE set_id = id),
                    (SELECT coalesce(sum(tokens_out), 0) FROM labels WHERE set_id = id)
                 FROM sets ORDER BY rowid",
            )?;
            let rows = statement.query_map([], |row| {
                let count = |at: usize| row.get::<_, i64>(at).map(|count| count as u64);
                Ok(SetSummary {
                    set: row.get(0)?,
                    model: row.get(1)?,
                    answered: row.get(2)?,
                    build: row.get(3)?,
                    way: row.get(4)?,
                    top: row.get(5)?,
                    tokens: row.get(6)?,
                    domain: row.get(7)?,
                    agents: count(8)?,
                    items: count(9)?,
                    labels: count(10)?,
                    parsed: count(11)?,
                    failed: count(12)?,
                    mean_mass: row.get(13)?,
                    tokens_in: count(14)?,
                    tokens_out: count(15)?,
                })
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(self.failed())
    }

    /// The agents of a set, in the order of the file of personas.
    pub(crate) fn agents(&self, set: &str) -> Result<Vec<String>, LabelError> {
        let read = || {
            let query = "SELECT agent FROM agents WHERE set_id = ?1 ORDER BY number, agent";
            let mut statement = self.connection.prepare(query)?;
            let rows = statement.query_map([set], |row| row.get(0))?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(self.failed())
    }

    /// All items that were ever to be judged, in the order in which they were first seen.
    pub(crate) fn items(&self) -> Result<Vec<String>, LabelError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT item FROM items ORDER BY number")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(self.failed())
    }

    /// Calls `visit` with every label of a set.
    pub(crate) fn labels(&self, set: &str, mut visit: impl FnMut(StoredLabel)) -> Result<(), LabelError> {
        let mut read = || {
            let query = "SELECT agent, item, hash, score, method FROM labels WHERE set_id = ?1";
            let mut statement = self.connection.prepare(query)?;
            let mut rows = statement.query([set])?;
            while let Some(row) = rows.next()? {
                visit(StoredLabel {
                    agent: row.get(0)?,
                    item: row.get(1)?,
                    hash: row.get(2)?,
                    score: row.get(3)?,
                    method: Method::of(row.get_ref(4)?.as_str()?),
                });
            }
            Ok(())
        };
        read().map_err(self.failed())
    }
}
