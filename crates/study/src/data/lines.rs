//! CSV files, line by line.

use super::DataError;
use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The number of bytes that are read at once.
const BUFFER: usize = 1 << 20;
/// The most characters of a field that a message shows.
const SHOWN: usize = 40;

/// A CSV file, of which some columns are read.
pub struct DataLines {
    path: PathBuf,
    reader: Reader<BufReader<File>>,
    /// The positions of the columns.
    places: Vec<usize>,
    names: Vec<&'static str>,
    record: StringRecord,
}

/// Opens a file.
pub fn open(path: &Path) -> Result<BufReader<File>, DataError> {
    let refused = |cause: std::io::Error| DataError::file(path, cause.to_string());
    let file = File::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.is_dir() {
        return Err(DataError::file(path, "found a folder, expected a file"));
    }
    Ok(BufReader::with_capacity(BUFFER, file))
}

/// Opens a CSV file for reading, without changing its fields.
pub fn csv(path: &Path, has_header: bool) -> Result<Reader<BufReader<File>>, DataError> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(has_header).trim(if has_header { Trim::Headers } else { Trim::None }).buffer_capacity(BUFFER);
    Ok(builder.from_reader(open(path)?))
}

/// The positions of the columns with these names.
pub fn places(path: &Path, header: &StringRecord, names: &[&'static str]) -> Result<Vec<usize>, DataError> {
    let place = |name: &&'static str| {
        let mut found = (0..header.len()).filter(|&at| &header[at] == *name);
        match (found.next(), found.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(DataError::line(path, 1, format!("found two columns {name}, expected one"))),
            (None, _) => {
                let columns = header.iter().map(shown).collect::<Vec<_>>().join(", ");
                Err(DataError::line(path, 1, format!("found the columns {columns}, expected one with the name {name}")))
            }
        }
    };
    names.iter().map(place).collect()
}

impl DataLines {
    /// Opens a file with a header. It must have these columns and may have others.
    pub fn with_header(path: &Path, names: &[&'static str]) -> Result<Self, DataError> {
        let mut reader = csv(path, true)?;
        let header = reader.headers().map_err(|cause| refusal(path, &cause))?;
        if header.is_empty() {
            return Err(DataError::file(path, format!("is empty, expected a header with {}", names.join(", "))));
        }
        let places = places(path, header, names)?;
        Ok(Self { path: path.into(), reader, places, names: names.into(), record: StringRecord::new() })
    }

    /// Opens a file without a header. It must have exactly these columns.
    pub fn without_header(path: &Path, names: &[&'static str]) -> Result<Self, DataError> {
        let mut reader = csv(path, false)?;
        let first = reader.headers().map_err(|cause| refusal(path, &cause))?;
        if !first.is_empty() && first.len() != names.len() {
            let problem = format!("found {} columns, expected {}: {}", first.len(), names.len(), names.join(", "));
            return Err(DataError::line(path, 1, problem));
        }
        let places = (0..names.len()).collect();
        Ok(Self { path: path.into(), reader, places, names: names.into(), record: StringRecord::new() })
    }

    /// Calls `visit` with every row.
    pub fn each(mut self, mut visit: impl FnMut(&DataLine<'_>) -> Result<(), DataError>) -> Result<(), DataError> {
        while self.reader.read_record(&mut self.record).map_err(|cause| refusal(&self.path, &cause))? {
            let number = self.record.position().map_or(0, csv::Position::line);
            visit(&DataLine { of: &self, number })?;
        }
        Ok(())
    }
}

/// A row and its position.
pub struct DataLine<'a> {
    of: &'a DataLines,
    number: u64,
}

impl DataLine<'_> {
    /// The field of a column, without the space around it. `column` counts the columns that are
    /// read.
    pub fn field(&self, column: usize) -> &str {
        self.of.record.get(self.of.places[column]).unwrap_or_default().trim()
    }

    /// A field that must not be empty.
    pub fn text(&self, column: usize) -> Result<&str, DataError> {
        match self.field(column) {
            "" => Err(self.refuse(column, "a text")),
            text => Ok(text),
        }
    }

    /// A label, which must be 0 or 1.
    pub fn label(&self, column: usize) -> Result<bool, DataError> {
        match self.field(column) {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => Err(self.refuse(column, "0 or 1")),
        }
    }

    /// A number between `least` and `most`.
    pub fn number(&self, column: usize, least: f64, most: f64) -> Result<f64, DataError> {
        let number = self.field(column).parse::<f64>().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.refuse(column, &format!("a number from {least} to {most}")))
    }

    /// An error: the field of a column is not what is expected.
    pub fn refuse(&self, column: usize, expected: &str) -> DataError {
        let (name, found) = (self.of.names[column], shown(self.field(column)));
        DataError::line(&self.of.path, self.number, format!("column {name}: found {found}, expected {expected}"))
    }
}

/// A field as messages show it.
pub fn shown(field: &str) -> String {
    let cut: String = field.chars().take(SHOWN).collect();
    if cut.len() < field.len() { format!("{cut:?}...") } else { format!("{cut:?}") }
}

/// The error for a CSV file that cannot be read.
pub fn refusal(path: &Path, cause: &csv::Error) -> DataError {
    let line = cause.position().map(csv::Position::line);
    let problem = match cause.kind() {
        ErrorKind::Io(cause) => cause.to_string(),
        ErrorKind::Utf8 { .. } => "found bytes that are not UTF-8, expected text".into(),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("found {len} fields, expected {expected_len}")
        }
        _ => cause.to_string(),
    };
    DataError { path: path.into(), line, problem }
}

/// The whole file as text: UTF-8, or otherwise Latin-1, which old data sets use.
pub fn text(path: &Path) -> Result<String, DataError> {
    let mut bytes = vec![];
    open(path)?.read_to_end(&mut bytes).map_err(|cause| DataError::file(path, cause.to_string()))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        // In Latin-1, every byte is the number of its character.
        Err(cause) => cause.into_bytes().into_iter().map(char::from).collect(),
    })
}
