//! Writes games. Small games are written to be easy to read; the arrays of large games go into
//! files beside the document.

use super::npy;
use crate::{AgentSignals, Information, Instance, Labels, Matrix, Party, StackelbergGame};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where the numbers of a file go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Into the document.
    Inline,
    /// Into `NumPy` files beside the document, named after it: `game.json` with `game.user.npy`,
    /// `game.agent-1.npy`, `game.priors.npy`.
    Npy,
    /// Into `NumPy` files if there are more than 100,000 numbers in total.
    Auto,
}

/// The most numbers that a document may hold before [`Numbers::Auto`] moves them out.
const MANY: usize = 100_000;

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {cause}", file.display())]
pub struct WriteError {
    /// The file.
    pub file: PathBuf,
    /// The error of the operating system.
    #[source]
    pub cause: io::Error,
}

/// Files that appear together once all of them are written, or not at all.
struct Staged<'a> {
    document: &'a Path,
    npy: bool,
    files: Vec<(NamedTempFile, PathBuf)>,
}

impl<'a> Staged<'a> {
    fn new(document: &'a Path, numbers: Numbers, count: usize) -> Self {
        let npy = match numbers {
            Numbers::Inline => false,
            Numbers::Npy => true,
            Numbers::Auto => count > MANY,
        };
        Self { document, npy, files: Vec::new() }
    }

    fn stage(
        &mut self,
        file: PathBuf,
        write: impl FnOnce(&mut NamedTempFile) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let directory = match file.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let staged = NamedTempFile::new_in(directory).and_then(|mut temporary| {
            write(&mut temporary)?;
            temporary.as_file().sync_all()?;
            Ok(temporary)
        });
        match staged {
            Ok(temporary) => {
                self.files.push((temporary, file));
                Ok(())
            }
            Err(cause) => Err(WriteError { file, cause }),
        }
    }

    /// The form that a table takes in the document.
    fn table(&mut self, part: &str, table: &Matrix, list: bool) -> Result<Value, WriteError> {
        if !self.npy {
            let rows: Vec<&[f64]> = (0..table.rows()).map(|row| table.row(row)).collect();
            return Ok(if list { json!(rows[0]) } else { json!(rows) });
        }
        let stem = self.document.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("{stem}.{part}.npy");
        let shape = [table.rows() as u64, table.columns() as u64];
        let shape = if list { &shape[1..] } else { &shape[..] };
        self.stage(self.document.with_file_name(&name), |file| npy::write(file, shape, table.as_slice()))?;
        Ok(json!({ "npy": name }))
    }

    fn finish(mut self, document: &[(&str, Value)]) -> Result<(), WriteError> {
        let text = pretty(document);
        self.stage(self.document.to_path_buf(), |file| file.write_all(text.as_bytes()))?;
        self.place()
    }

    fn place(self) -> Result<(), WriteError> {
        // The document comes last: if it is there, so are its arrays.
        for (temporary, file) in self.files {
            if file.is_dir() {
                return Err(WriteError { file, cause: io::Error::from(io::ErrorKind::IsADirectory) });
            }
            temporary.persist(&file).map_err(|error| WriteError { file, cause: error.error })?;
        }
        Ok(())
    }
}

impl Instance {
    /// Writes the instance as a JSON file, with `NumPy` files beside it if `numbers` says so.
    /// Reading the file gives the same instance, bit for bit.
    ///
    /// # Errors
    /// If a file cannot be written. In that case, no file is left half written.
    pub fn write(&self, file: &Path, numbers: Numbers) -> Result<(), WriteError> {
        let count = self.states.len() * (self.actions.len() * (self.agents.len() + 1) + self.priors());
        let mut staged = Staged::new(file, numbers, count);
        let document = self.document(&mut staged)?;
        staged.finish(&document)
    }

    /// The content of the instance's JSON file, with all numbers in it.
    ///
    /// # Errors
    /// None in practice, because no file is written.
    pub fn to_json(&self) -> Result<String, WriteError> {
        let document = self.document(&mut Staged::new(Path::new(""), Numbers::Inline, 0))?;
        Ok(pretty(&document))
    }

    /// Writes instances as JSON lines: one instance per line, each with its numbers. A line is read
    /// by its number, as in `games.jsonl:17`.
    ///
    /// # Errors
    /// Any error that `instances` returns, or if the file cannot be written. In that case, no file
    /// is left half written.
    pub fn write_lines<E: From<WriteError>>(
        file: &Path,
        mut instances: impl Iterator<Item = Result<Self, E>>,
    ) -> Result<(), E> {
        let mut staged = Staged::new(file, Numbers::Inline, 0);
        let mut bad = None;
        staged.stage(file.to_path_buf(), |out| {
            let mut out = io::BufWriter::new(out);
            for instance in &mut instances {
                let instance = match instance {
                    Ok(instance) => instance,
                    Err(cause) => {
                        bad = Some(cause);
                        break;
                    }
                };
                let document =
                    instance.document(&mut Staged::new(file, Numbers::Inline, 0)).map_err(|error| error.cause)?;
                let entries = document.iter().map(|(key, value)| format!("{}:{value}", json!(key)));
                writeln!(out, "{{{}}}", entries.collect::<Vec<_>>().join(","))?;
            }
            out.flush()
        })?;
        bad.map_or_else(|| staged.place().map_err(E::from), Err)
    }

    /// The content of the document. Tables that go into files of their own are staged.
    fn document(&self, staged: &mut Staged<'_>) -> Result<Vec<(&'static str, Value)>, WriteError> {
        let mut document = head(super::format::INSTANCE, &self.name, self.source.as_deref());
        document.push(("states", labels(&self.states)));
        document.push(("actions", labels(&self.actions)));
        match &self.information {
            Information::Priors(priors) if priors.rows() == 1 => {
                document.push(("prior", staged.table("prior", priors, true)?));
            }
            Information::Priors(priors) => document.push(("priors", staged.table("priors", priors, false)?)),
            Information::Worlds { .. } => document.push(("worlds", self.worlds())),
        }
        document.push(("user", party(&self.user, &staged.table("user", &self.user.utility, false)?)));
        let mut agents = Vec::with_capacity(self.agents.len());
        for (i, agent) in self.agents.iter().enumerate() {
            agents.push(party(agent, &staged.table(&format!("agent-{}", i + 1), &agent.utility, false)?));
        }
        document.push(("agents", Value::Array(agents)));
        document.extend(self.protocol.as_ref().map(|protocol| ("protocol", json!(protocol))));
        Ok(document)
    }

    fn worlds(&self) -> Value {
        let Information::Worlds { types, signals, worlds } = &self.information else {
            return Value::Null;
        };
        let world = |world: &crate::World| {
            let agents = match &world.agents {
                AgentSignals::Shared(signal) => json!(signals[*signal]),
                AgentSignals::PerAgent(list) => {
                    let labels =
                        self.agents.iter().zip(list).map(|(agent, &x)| (agent.name.clone(), json!(signals[x])));
                    Value::Object(labels.collect())
                }
            };
            let state = match &self.states {
                Labels::Count(_) => json!(world.state),
                Labels::Names(names) => json!(names[world.state]),
            };
            json!({ "probability": world.probability, "state": state, "user": types[world.user], "agents": agents })
        };
        Value::Array(worlds.iter().map(world).collect())
    }
}

impl StackelbergGame {
    /// Writes the game as a JSON file, with `NumPy` files beside it if `numbers` says so.
    ///
    /// # Errors
    /// If a file cannot be written. In that case, no file is left half written.
    pub fn write(&self, file: &Path, numbers: Numbers) -> Result<(), WriteError> {
        let count = 2 * self.types.len() * self.leader_actions.len() * self.follower_actions.len();
        let mut staged = Staged::new(file, numbers, count);
        let mut document = head(super::format::STACKELBERG, &self.name, self.source.as_deref());
        let player = |name: &str, actions: &Labels| json!({ "name": name, "actions": labels(actions) });
        document.push(("leader", player(&self.leader_name, &self.leader_actions)));
        document.push(("follower", player(&self.follower_name, &self.follower_actions)));
        let mut types = Vec::with_capacity(self.types.len());
        for (i, kind) in self.types.iter().enumerate() {
            types.push(json!({
                "name": kind.name,
                "probability": kind.probability,
                "leader": staged.table(&format!("leader-{}", i + 1), &kind.leader, false)?,
                "follower": staged.table(&format!("follower-{}", i + 1), &kind.follower, false)?,
            }));
        }
        document.push(("types", Value::Array(types)));
        staged.finish(&document)
    }
}

fn head(format: &str, name: &str, source: Option<&str>) -> Vec<(&'static str, Value)> {
    let mut document = vec![("format", json!(format)), ("name", json!(name))];
    document.extend(source.map(|source| ("source", json!(source))));
    document
}

fn labels(labels: &Labels) -> Value {
    match labels {
        Labels::Count(count) => json!(count),
        Labels::Names(names) => json!(names),
    }
}

fn party(party: &Party, utility: &Value) -> Value {
    json!({ "name": party.name, "utility": utility })
}

/// The document, with one line per row of numbers.
fn pretty(document: &[(&str, Value)]) -> String {
    let mut text = String::from("{\n");
    for (i, (key, value)) in document.iter().enumerate() {
        let _ = write!(text, "  \"{key}\": ");
        value_into(&mut text, value, 2);
        text.push_str(if i + 1 < document.len() { ",\n" } else { "\n" });
    }
    text.push_str("}\n");
    text
}

fn value_into(text: &mut String, value: &Value, indent: usize) {
    let is_nested = |value: &Value| matches!(value, Value::Array(_) | Value::Object(_));
    match value {
        Value::Array(list) if list.iter().any(is_nested) => {
            text.push_str("[\n");
            for (i, item) in list.iter().enumerate() {
                let _ = write!(text, "{:indent$}", "", indent = indent + 2);
                value_into(text, item, indent + 2);
                text.push_str(if i + 1 < list.len() { ",\n" } else { "\n" });
            }
            let _ = write!(text, "{:indent$}]", "");
        }
        Value::Array(list) => {
            text.push('[');
            for (i, item) in list.iter().enumerate() {
                let _ = write!(text, "{}{item}", if i > 0 { ", " } else { "" });
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push_str("{ ");
            for (i, (key, item)) in map.iter().enumerate() {
                let _ = write!(text, "{}{}: ", if i > 0 { ", " } else { "" }, Value::from(key.as_str()));
                value_into(text, item, indent);
            }
            text.push_str(" }");
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}
