//! Why a file is refused: where, what was found, and what was expected.

use super::keys::{RepeatedKey, line_and_column};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ReadError {
    /// The file.
    pub file: PathBuf,
    /// Line and column in the file, counted from 1, if they are known.
    pub position: Option<(usize, usize)>,
    /// The place within the document, such as `agents[0].utility[1]`. Empty for the whole document.
    pub place: String,
    /// What was found, and what was expected.
    pub problem: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        if !self.place.is_empty() {
            write!(f, ": {}", self.place)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// One step into a document.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A place in a document, from the outside in.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(Vec<Step>);

impl Place {
    pub(super) fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.into()));
        Self(steps)
    }

    pub(super) fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    pub(super) fn refuse(self, problem: impl Into<String>) -> Refusal {
        Refusal { place: self, problem: problem.into() }
    }

    /// The byte offset at which the place begins in the text.
    fn offset(&self, text: &str) -> Option<usize> {
        let mut at: &RawValue = serde_json::from_str(text).ok()?;
        for step in &self.0 {
            at = match step {
                Step::Key(key) => {
                    let map: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(at.get()).ok()?;
                    map.get(key.as_str()).copied()?
                }
                Step::Index(index) => {
                    let list: Vec<&RawValue> = serde_json::from_str(at.get()).ok()?;
                    list.get(*index).copied()?
                }
            };
        }
        (at.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if depth == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A refusal that does not yet know its file.
#[derive(Debug)]
pub(super) struct Refusal {
    pub place: Place,
    pub problem: String,
}

impl Refusal {
    /// The error, with the line and column of the place in `text`.
    pub(super) fn locate(self, file: &Path, text: &str) -> ReadError {
        let position = self.place.offset(text).map(|offset| line_and_column(text, offset));
        ReadError { file: file.into(), position, place: self.place.to_string(), problem: self.problem }
    }
}

/// The text of a file.
pub(super) fn read_text(file: &Path) -> Result<String, ReadError> {
    let error = |problem: String| ReadError { file: file.into(), position: None, place: String::new(), problem };
    if file.is_dir() {
        return Err(error("found a directory, expected a file".into()));
    }
    let bytes = match line_of(file) {
        Some((lines, number)) => line(lines, number).map_err(error)?,
        None => std::fs::read(file).map_err(|cause| error(format!("cannot be read: {cause}")))?,
    };
    String::from_utf8(bytes).map_err(|cause| error(format!("not UTF-8 text: {cause}")))
}

/// For the name of a file that does not exist: the file and the line, from 1, that the name may
/// mean, as in `games.jsonl:17`.
fn line_of(file: &Path) -> Option<(&Path, usize)> {
    let (lines, number) = file.to_str()?.rsplit_once(':')?;
    let number = number.parse().ok().filter(|&number| number > 0)?;
    (!file.exists()).then_some((Path::new(lines), number))
}

fn line(file: &Path, number: usize) -> Result<Vec<u8>, String> {
    let failed = |cause: std::io::Error| format!("cannot be read: {cause}");
    let mut lines = BufReader::new(File::open(file).map_err(failed)?).split(b'\n');
    match lines.nth(number - 1) {
        Some(line) => line.map_err(failed),
        None => Err(format!("there is no line {number}")),
    }
}

/// Parses the document in `text`. If it does not have the form of `T`, the error says what is wrong
/// and where.
pub(super) fn parse<'t, T: serde::Deserialize<'t>>(file: &Path, text: &'t str) -> Result<T, ReadError> {
    // Tracking the path costs time, so this is done only once something is known to be wrong.
    let plain = match serde_json::from_str(text) {
        Ok(document) => return Ok(document),
        Err(plain) => plain,
    };
    let message = plain.to_string();
    let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
    let (place, problem) = if plain.classify() == serde_json::error::Category::Data {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let traced = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err();
        let place = traced.map(|traced| traced.path().to_string()).filter(|place| place != ".");
        (place.unwrap_or_default(), problem.to_owned())
    } else {
        (String::new(), format!("not JSON: {problem}"))
    };
    Err(ReadError { file: file.into(), position: Some((plain.line(), plain.column())), place, problem })
}

/// Refuses a document in which an object holds a key twice.
pub(super) fn check_keys(file: &Path, text: &str) -> Result<(), ReadError> {
    let Some(twice) = RepeatedKey::find(text) else { return Ok(()) };
    let problem = twice.to_string();
    Err(ReadError { file: file.into(), position: Some(twice.position), place: twice.place, problem })
}
