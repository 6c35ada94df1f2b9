//! Reads from a store.

use super::{LabelStore, schema};
use crate::LabelError;
use crate::score::Method;
use serde::Serialize;

/// Summary of a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetSummary {
    /// Its name.
    pub set: String,
    /// The model.
    pub model: String,
    /// The name under which the model answers, once it has answered.
    pub answered: Option<String>,
    /// What else the endpoint reports about the model.
    pub build: Option<String>,
    /// How the model is asked.
    pub way: String,
    /// The number of alternatives requested at each token.
    pub top: u32,
    /// The largest number of tokens that the model may write.
    pub tokens: u32,
    /// The domain of the items.
    pub domain: String,
    /// The number of agents.
    pub agents: u64,
    /// The number of items with a label.
    pub items: u64,
    /// The number of labels, over all texts that the items ever had.
    pub labels: u64,
    /// How many of them come from answers that were parsed.
    pub parsed: u64,
    /// The number of failures.
    pub failed: u64,
    /// The average probability of all valid answers together, over the labels that report it.
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

impl LabelStore {
    /// The store's sets, in the order in which they were created.
    ///
    /// # Errors
    /// If the store cannot be read.
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

    /// All items of all runs, in the order in which they were first seen.
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
