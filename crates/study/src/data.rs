//! Data sets in which humans judged items.
//!
//! - [`movielens`]: films and their ratings;
//! - [`ethics`]: scenarios and whether they are right;
//! - [`moral_strength`]: words and their ratings.
//!
//! Each is read from the files that its authors publish and becomes [`Items`]: the text that a
//! model reads, and the human utility in `[0, 1]`.

pub mod ethics;
mod lines;
pub mod moral_strength;
pub mod movielens;

use crate::StudyError;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use suasion_table::{Column, Get};

/// An item that a human judged.
#[derive(Clone, Debug, PartialEq)]
pub struct DataItem {
    /// Its name, which no other item has.
    pub name: String,
    /// The text that a model reads; not empty.
    pub text: String,
    /// The human utility, in `[0, 1]`.
    pub human: f64,
    /// Items of the same group share a scene or a word, so a judgment of one carries information
    /// about the others. Any other item has a group number of its own.
    pub group: usize,
}

/// The items of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    /// The name of the data set.
    pub set: &'static str,
    /// What the human utility means, in words.
    pub meaning: String,
    /// The items, in the order of the files; at least one.
    pub items: Vec<DataItem>,
    /// The files that they were read from.
    pub files: Vec<PathBuf>,
}

/// The columns of the table of items.
const COLUMNS: &[Column<DataItem>] = &[
    Column { name: "item", unit: "", meaning: "the item", get: Get::Text(|item| &item.name) },
    Column { name: "text", unit: "", meaning: "the text that a model reads", get: Get::Text(|item| &item.text) },
    Column { name: "human", unit: "utility", meaning: "the human utility", get: Get::Number(|item| item.human) },
];

impl Items {
    /// Makes a data set from items of files. There must be at least one item, and names must be
    /// distinct.
    fn new(
        set: &'static str,
        meaning: String,
        items: Vec<DataItem>,
        path: &Path,
        files: Vec<PathBuf>,
    ) -> Result<Self, DataError> {
        if items.is_empty() {
            return Err(DataError::file(path, "found no items, expected at least one"));
        }
        let mut names = HashSet::new();
        match items.iter().find(|item| !names.insert(item.name.as_str())) {
            Some(item) => {
                Err(DataError::file(path, format!("found two items with the name {:?}, expected one", item.name)))
            }
            None => Ok(Self { set, meaning, items, files }),
        }
    }

    /// A random sample of this many items, in their order, or all items if there are no more.
    /// Groups are drawn whole, so the sample may have fewer items, but it has at least one group.
    /// With the same seed, a larger sample contains a smaller one.
    #[must_use]
    pub fn draw(mut self, most: usize, seed: u64) -> Self {
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        self.items.iter().for_each(|item| *sizes.entry(item.group).or_default() += 1);
        let mut groups: Vec<(usize, usize)> = sizes.into_iter().collect();
        groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut drawn = 0;
        let fits = |&(_, size): &(usize, usize)| {
            let first = drawn == 0;
            drawn += size;
            first || drawn <= most
        };
        let kept: HashSet<usize> = groups.into_iter().take_while(fits).map(|(group, _)| group).collect();
        self.items.retain(|item| kept.contains(&item.group));
        self
    }

    /// Writes the items as a table (columns `item`, `text`, `human`): as Parquet if the name ends
    /// so, and otherwise as CSV. The file is written completely or not at all.
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
    /// The line, counted from 1, if the problem concerns one line.
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
