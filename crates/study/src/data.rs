//! Data sets in which humans judged items.
//!
//! - [`movielens`]: films and how they are rated;
//! - [`ethics`]: scenarios and whether they are right;
//! - [`moral_strength`]: words and how they are rated.
//!
//! Each is read from the files that its authors publish, and becomes [`Items`]: what a model is to read, and the human utility in `[0, 1]`.

pub mod ethics;
mod lines;
pub mod moral_strength;
pub mod movielens;

use crate::StudyError;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use suasion_table::{Column, Get};

/// Something that a human judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it is called; no other has that name.
    pub name: String,
    /// What a model reads of it; not empty.
    pub text: String,
    /// The human utility, in `[0, 1]`.
    pub human: f64,
}

/// The items of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    /// The name of the data set.
    pub set: &'static str,
    /// What the human utility is, in words.
    pub meaning: String,
    /// The items, in the order of the files; at least one.
    pub items: Vec<Item>,
}

/// What the table of items says.
const COLUMNS: &[Column<Item>] = &[
    Column { name: "item", unit: "", meaning: "the item", get: Get::Text(|item| &item.name) },
    Column { name: "text", unit: "", meaning: "what a model reads of it", get: Get::Text(|item| &item.text) },
    Column { name: "human", unit: "utility", meaning: "the human utility", get: Get::Number(|item| item.human) },
];

impl Items {
    /// Items of files, of which there has to be one at least, and no two of one name.
    fn new(set: &'static str, meaning: String, items: Vec<Item>, path: &Path) -> Result<Self, DataError> {
        if items.is_empty() {
            return Err(DataError::file(path, "found no items, expected at least one"));
        }
        let mut names = HashSet::new();
        match items.iter().find(|item| !names.insert(item.name.as_str())) {
            Some(item) => {
                Err(DataError::file(path, format!("found two items of the name {:?}, expected one", item.name)))
            }
            None => Ok(Self { set, meaning, items }),
        }
    }

    /// So many of them, drawn at random, in their order; all, if there are no more. What a seed draws first, it also draws of a larger number.
    #[must_use]
    pub fn draw(mut self, most: usize, seed: u64) -> Self {
        let mut places: Vec<usize> = (0..self.items.len()).collect();
        places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let kept: HashSet<usize> = places.into_iter().take(most).collect();
        let mut place = 0..;
        self.items.retain(|_| place.next().is_some_and(|place| kept.contains(&place)));
        self
    }

    /// Whether every human utility is 0 or 1.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.items.iter().all(|item| item.human == 0.0 || item.human == 1.0)
    }

    /// Writes them as a table (columns `item`, `text`, `human`): as Parquet if the name ends so, else as CSV. It is written whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), StudyError> {
        let is_parquet = path.extension().is_some_and(|extension| extension == "parquet" || extension == "pq");
        let content = if is_parquet {
            suasion_table::parquet(COLUMNS, &self.items, &[("suasion.study.items", self.set.into())])?
        } else {
            suasion_table::csv(COLUMNS, &self.items)?
        };
        Ok(suasion_table::write_file(path, &content)?)
    }
}

/// Why data are refused: where, what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// The file or folder.
    pub path: PathBuf,
    /// The line, from 1, if it is about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: String,
}

impl DataError {
    pub(crate) fn file(path: &Path, problem: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, problem: problem.into() }
    }

    fn line(path: &Path, line: u64, problem: impl Into<String>) -> Self {
        Self { path: path.into(), line: Some(line), problem: problem.into() }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        self.line.map_or(Ok(()), |line| write!(f, ", line {line}"))?;
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for DataError {}
