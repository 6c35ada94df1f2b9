//! Several files as one table.

use crate::TableError;
use crate::batch::Batch;
use crate::read::{self, Source, Wanted};
use std::fmt;
use std::path::{Path, PathBuf};

/// The most parts, so that a damaged file that claims to be huge costs no memory.
const MOST_PARTS: u64 = 1 << 20;

/// What a column contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers: floating-point, integer, decimal, or Boolean (0 and 1).
    Number,
    /// Text. A CSV column is text if a field in its first rows is not a number.
    Text,
    /// Another type, which is named here.
    Other(String),
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// What it contains.
    pub kind: Kind,
    /// The type as the format names it.
    pub stored: String,
    /// Whether it can be read as numbers.
    pub(crate) number: bool,
    /// Whether it can be read as labels.
    pub(crate) label: bool,
}

impl ColumnInfo {
    /// Whether its fields can be read as numbers or as text, as in CSV.
    fn is_loose(&self) -> bool {
        self.number && self.label && self.stored == read::TEXT
    }
}

/// Several files that are read as one table, one after another.
pub struct Table {
    files: Vec<File>,
}

struct File {
    path: PathBuf,
    source: Box<dyn Source>,
}

impl Table {
    /// Examines the columns and the number of rows of files. CSV is read once for this; of other
    /// formats, only the metadata is read.
    ///
    /// # Errors
    /// If there are no files, or if a file cannot be read, is damaged, has an unknown format, or
    /// has two columns with the same name.
    pub fn open(paths: &[PathBuf]) -> Result<Self, TableError> {
        if paths.is_empty() {
            return Err(TableError::Pattern { pattern: "table".into(), problem: "found no file, expected one".into() });
        }
        let open = |path: &PathBuf| {
            let source = read::open(path)?;
            let mut names: Vec<&str> = source.columns().iter().map(|column| column.name.as_str()).collect();
            names.sort_unstable();
            match names.windows(2).find(|pair| pair[0] == pair[1]) {
                Some(pair) => Err(TableError::file(path, format!("has two columns named {}", pair[0]))),
                None => Ok(File { path: path.clone(), source }),
            }
        };
        Ok(Self { files: paths.iter().map(open).collect::<Result<_, _>>()? })
    }

    /// The columns of the first file, in its order.
    #[must_use]
    pub fn columns(&self) -> &[ColumnInfo] {
        self.files[0].source.columns()
    }

    /// The columns of every file.
    pub fn files(&self) -> impl Iterator<Item = &[ColumnInfo]> {
        self.files.iter().map(|file| file.source.columns())
    }

    /// The number of rows of all files together.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.source.rows()).sum()
    }

    /// The value of a key in the metadata of the first file, if it is Parquet (key-value metadata)
    /// or Arrow IPC (metadata of the schema).
    #[must_use]
    pub fn about(&self, key: &str) -> Option<&str> {
        self.files[0].source.about(key)
    }

    /// Selects the columns to read as numbers and the columns to read as labels (texts, integers,
    /// Booleans). A column may be selected as both, or twice.
    ///
    /// # Errors
    /// If a file lacks a column, if the column has an unsuitable type, or if it contains text in
    /// one file and numbers in another.
    pub fn select(self, numbers: &[String], labels: &[String]) -> Result<Reader, TableError> {
        let mut files = Vec::with_capacity(self.files.len());
        let mut starts = vec![0];
        // For every label, the first file that determines its kind.
        let mut kinds: Vec<Option<(PathBuf, Kind)>> = vec![None; labels.len()];
        for File { path, mut source } in self.files {
            let mut wanted = Wanted { numbers: vec![], labels: vec![] };
            for name in numbers {
                let at = find(&path, source.columns(), name)?;
                let column = &source.columns()[at];
                if !column.number {
                    return Err(unfit(&path, column, "numbers".into()));
                }
                wanted.numbers.push(at);
            }
            for (name, kind) in labels.iter().zip(&mut kinds) {
                let at = find(&path, source.columns(), name)?;
                let column = &source.columns()[at];
                if !column.label {
                    return Err(unfit(&path, column, "text, integers, or Booleans".into()));
                }
                match kind {
                    _ if column.is_loose() => (),
                    Some((other, kind)) if *kind != column.kind => {
                        let what = if *kind == Kind::Text { "text" } else { "numbers" };
                        return Err(unfit(&path, column, format!("{what}, as in {}", other.display())));
                    }
                    Some(_) => (),
                    None => *kind = Some((path.clone(), column.kind.clone())),
                }
                wanted.labels.push(at);
            }
            source.prepare(&wanted)?;
            let start = starts[starts.len() - 1] + source.rows();
            starts.push(start);
            files.push(Selected { path, source, wanted });
        }
        Ok(Reader { files, starts, numbers: numbers.to_vec(), labels: labels.to_vec() })
    }
}

fn find(path: &Path, columns: &[ColumnInfo], name: &str) -> Result<usize, TableError> {
    let names = || columns.iter().map(|column| column.name.as_str());
    names().position(|column| column == name).ok_or_else(|| TableError::missing(path, name, names()))
}

fn unfit(path: &Path, column: &ColumnInfo, expected: String) -> TableError {
    TableError::Column { path: path.into(), column: column.name.clone(), found: column.stored.clone(), expected }
}

struct Selected {
    path: PathBuf,
    source: Box<dyn Source>,
    wanted: Wanted,
}

/// The selected columns of a table. Many threads may read parts of it at once.
pub struct Reader {
    files: Vec<Selected>,
    /// The first row of every file, then the number of all rows.
    starts: Vec<u64>,
    numbers: Vec<String>,
    labels: Vec<String>,
}

/// Consecutive rows of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    file: usize,
    /// The first row within the file.
    start: u64,
    first: u64,
    rows: u64,
}

impl Part {
    /// The place of the first row in the whole table, from 0.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The number of rows, at least 1.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl Reader {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.starts[self.starts.len() - 1]
    }

    /// The names of the columns of numbers, in the order of [`Batch::numbers`].
    #[must_use]
    pub fn numbers(&self) -> &[String] {
        &self.numbers
    }

    /// The names of the columns of labels, in the order of [`Batch::labels`].
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The table in consecutive parts of about this many rows, in order. No part crosses a file.
    /// Parts end where files are easy to split: at pages of Parquet, or record batches of Arrow.
    /// There are at most about a million parts.
    #[must_use]
    pub fn parts(&self, rows: usize) -> Vec<Part> {
        let rows = (rows as u64).max(1).max(self.rows() / MOST_PARTS);
        let mut parts = vec![];
        for (file, (selected, &first)) in self.files.iter().zip(&self.starts).enumerate() {
            let mut start = 0;
            for rows in selected.source.cuts(rows, &selected.wanted) {
                parts.push(Part { file, start, first: first + start, rows });
                start += rows;
            }
        }
        parts
    }

    /// Calls `visit` with the rows of a part, in order, in batches. An error of `visit` ends the
    /// reading.
    ///
    /// # Errors
    /// If `visit` returns an error, if the file cannot be read or is damaged, or if a field does
    /// not suit the kind of its column.
    pub fn read<E: From<TableError>>(
        &self,
        part: &Part,
        mut visit: impl FnMut(&Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(Selected { path, source, wanted }) = self.files.get(part.file) else {
            return Err(TableError::Output { what: "part".into(), problem: "belongs to another table".into() }.into());
        };
        if part.start.checked_add(part.rows).is_none_or(|end| end > source.rows()) {
            return Err(TableError::Output { what: "part".into(), problem: "belongs to another table".into() }.into());
        }
        let mut batch = Batch::new(wanted.numbers.len(), wanted.labels.len());
        let mut rows = read::guard(path, || source.read(wanted, part.start, part.rows))?;
        let mut done = 0;
        while done < part.rows {
            batch.clear();
            batch.first = part.first + done;
            let most = (batch.capacity as u64).min(part.rows - done) as usize;
            read::guard(path, || rows.next(&mut batch, most))?;
            if batch.rows == 0 || batch.rows > most {
                return Err(TableError::damaged(path, &"it has fewer rows than it declares").into());
            }
            done += batch.rows as u64;
            visit(&batch)?;
        }
        Ok(())
    }

    /// The file, the row, and the line of a row of the whole table, which counts from 0.
    #[must_use]
    pub fn place(&self, row: u64) -> TablePlace {
        let after = self.starts.partition_point(|&start| start <= row);
        let file = after.saturating_sub(1).min(self.files.len() - 1);
        let Selected { path, source, .. } = &self.files[file];
        let row = row - self.starts[file];
        TablePlace { path: path.clone(), row: row + 1, line: source.line(row) }
    }
}

/// The place of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePlace {
    /// The file.
    pub path: PathBuf,
    /// The row of data in the file, from 1.
    pub row: u64,
    /// The line, from 1, if the file has one line per row.
    pub line: Option<u64>,
}

impl fmt::Display for TablePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, row {}", self.path.display(), self.row)?;
        self.line.map_or(Ok(()), |line| write!(f, " (line {line})"))
    }
}
