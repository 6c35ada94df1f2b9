//! Stores: files that keep labels as they arrive.
//!
//! A store is one SQLite file. A *set* in it holds the labels of one model, asked in one way with
//! one file of personas. If any of these differs, the labels form another set.

mod read;
mod schema;
mod write;

use crate::LabelError;
use crate::digest::digest;
use crate::items::Item;
use crate::personas::Personas;
use crate::prompt::Asking;
use crate::score::{Method, Score};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use suasion_table::{Lock, Unlocked};

pub use read::SetSummary;

/// A file of labels.
pub struct LabelStore {
    path: PathBuf,
    connection: Connection,
    /// `None` for a store that is only read.
    _lock: Option<Lock>,
}

/// What identifies a set: everything that determines scores, except the item.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// Its name: a hash of the other fields.
    pub id: String,
    /// The model's name.
    pub model: String,
    /// How it is asked.
    pub asking: Asking,
    /// The domain of the items. It does not distinguish sets.
    pub domain: String,
    /// The agents with their groups, in the order of the file.
    pub agents: Vec<(String, Option<String>)>,
    /// Everything that enters prompts, as JSON.
    pub prompts: String,
}

impl Set {
    /// The set of a model that is asked in this way.
    #[must_use]
    pub fn new(model: &str, asking: Asking, personas: &Personas) -> Self {
        let prompts = personas.prompts();
        let id = digest(&json!([model, asking.way.name(), asking.top, asking.tokens, prompts]).to_string());
        let agents = personas.all.iter().map(|persona| (persona.name.clone(), persona.group.clone())).collect();
        Self { id, model: model.into(), asking, domain: personas.domain.clone(), agents, prompts }
    }
}

/// What a set knows about its model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Known {
    /// What the endpoint reports about the model besides its name.
    pub build: Option<String>,
    /// The name under which the model answers.
    pub answered: Option<String>,
    /// Whether the set has labels.
    pub has_labels: bool,
}

/// The stored result of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub agent: String,
    pub item: String,
    pub hash: String,
    /// The score, or the reason why there is none.
    pub outcome: Result<Score, String>,
    pub tokens_in: u64,
    pub tokens_out: u64,
    pub tries: u64,
    pub seconds: f64,
    /// The model that answered.
    pub answered: Option<String>,
    /// How many checks of the endpoint's models had begun by then; see
    /// [`Watch`](crate::watch::Watch). Not stored.
    pub looks: u64,
}

/// Which labels a set already has, or has failed to get, for the current texts of the items.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub done: HashSet<(usize, usize)>,
    pub failed: HashSet<(usize, usize)>,
}

impl LabelStore {
    /// Opens a store for writing, or creates one.
    ///
    /// # Errors
    /// If the file cannot be written, is not a store, has another version, or another run is
    /// writing to it.
    pub fn open(path: &Path) -> Result<Self, LabelError> {
        if path.exists() {
            // A file that is not a store must not get a lock beside it.
            Self::read(path)?;
        }
        let lock = lock(path)?;
        let failed = LabelError::database(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(plain(path)?, flags).map_err(&failed)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(&failed)?;
        schema::prepare(path, &connection)?;
        Ok(Self { path: path.into(), connection, _lock: Some(lock) })
    }

    /// Opens a store for reading. Another run may write to it meanwhile.
    ///
    /// # Errors
    /// If the file cannot be read, is not a store, or has another version.
    pub fn read(path: &Path) -> Result<Self, LabelError> {
        std::fs::metadata(path).map_err(LabelError::read(path))?;
        let failed = LabelError::database(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(plain(path)?, flags).map_err(&failed)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(&failed)?;
        schema::check(path, &connection)?;
        Ok(Self { path: path.into(), connection, _lock: None })
    }

    pub(crate) fn failed(&self) -> impl Fn(rusqlite::Error) -> LabelError {
        LabelError::database(&self.path)
    }

    /// What a set knows about its model, if there is such a set.
    pub(crate) fn known(&self, set: &Set) -> Result<Option<Known>, LabelError> {
        let query = "SELECT prompts, build, answered, EXISTS (SELECT 1 FROM labels WHERE set_id = id)
                     FROM sets WHERE id = ?1";
        let row = |row: &rusqlite::Row<'_>| {
            let known = Known { build: row.get(1)?, answered: row.get(2)?, has_labels: row.get(3)? };
            Ok((row.get::<_, String>(0)?, known))
        };
        let found = self.connection.query_row(query, [&set.id], row).optional().map_err(self.failed())?;
        match found {
            None => Ok(None),
            Some((prompts, known)) if prompts == set.prompts => Ok(Some(known)),
            Some(_) => {
                let problem = format!("has a set {} with other prompts; name another store", set.id);
                Err(LabelError::bad(&self.path, problem))
            }
        }
    }

    /// The labels and failures of these agents and items in a set.
    pub(crate) fn stored(&self, set: &Set, items: &[Item]) -> Result<Stored, LabelError> {
        let agents: HashMap<&str, usize> =
            set.agents.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
        let places: HashMap<&str, usize> =
            items.iter().enumerate().map(|(at, item)| (item.name.as_str(), at)).collect();
        let look = |table: &str| {
            let query = format!("SELECT agent, item, hash FROM {table} WHERE set_id = ?1");
            let mut found = HashSet::new();
            let mut statement = self.connection.prepare(&query)?;
            let mut rows = statement.query([&set.id])?;
            while let Some(row) = rows.next()? {
                let (agent, item) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
                let hash = row.get_ref(2)?.as_str()?;
                if let (Some(&agent), Some(&item)) = (agents.get(agent), places.get(item))
                    && items[item].hash == hash
                {
                    found.insert((agent, item));
                }
            }
            Ok(found)
        };
        let look = |table| look(table).map_err(self.failed());
        Ok(Stored { done: look("labels")?, failed: look("failures")? })
    }
}

/// A path that `SQLite` cannot misread: to it, `:memory:` is not a file, and `file:` begins an
/// address with options.
fn plain(path: &Path) -> Result<PathBuf, LabelError> {
    std::path::absolute(path).map_err(LabelError::read(path))
}

/// Takes the lock of a store, which is a file beside it.
fn lock(store: &Path) -> Result<Lock, LabelError> {
    let mut path = store.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    Lock::take(&path).map_err(|why| match why {
        Unlocked::Held(holder) => LabelError::Busy { path: store.into(), holder },
        Unlocked::Fault(cause) => LabelError::Write { path, cause },
    })
}

impl Method {
    /// The method with this name in the store.
    pub(crate) fn of(name: &str) -> Self {
        if name == Self::Parsed.name() { Self::Parsed } else { Self::LogProbs }
    }
}
