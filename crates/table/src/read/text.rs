//! CSV: fields separated by commas, tabs, or semicolons, with a header.

use super::{Disk, Rows, Source, TEXT, Wanted};
use crate::{Batch, ColumnInfo, Kind, TableError, TablePlace};
use csv::{ByteRecord, ReaderBuilder};
use memchr::{memchr, memchr3};
use std::path::{Path, PathBuf};

/// The position of every row whose number is a multiple of this is kept.
const STEP: u64 = 1024;
/// The number of rows that decide whether a column is numbers or text.
const SAMPLE: usize = 1000;
/// The number of bytes that are read at once.
const BLOCK: usize = 1 << 18;
/// A byte order mark, which is skipped.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// The most characters of a field in a message.
const MOST_SHOWN: usize = 40;

/// An open CSV file. It was read once to find its rows.
pub struct TextFile {
    path: PathBuf,
    disk: Disk,
    delimiter: u8,
    columns: Vec<ColumnInfo>,
    /// The position of every `STEP`-th row; the header is row 0.
    steps: Vec<u64>,
    /// The number of rows, including the header.
    records: u64,
    /// Whether every row is one line, so that line numbers are known.
    lines: bool,
}

/// Finds rows as the `csv` crate does. Rows are separated by line ends (`\n`, `\r`) outside of
/// quotes, and empty rows are skipped. A quote opens only at the start of a field.
struct Scanner {
    delimiter: u8,
    state: State,
    /// The bytes before the current block.
    passed: u64,
    /// The byte before the current block.
    last: u8,
    /// The position of the current row.
    start: u64,
    /// The number of rows before it.
    records: u64,
    steps: Vec<u64>,
    lines: bool,
}

enum State {
    /// Outside of quotes.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes. The quote closes unless another one follows.
    Closing,
}

impl Scanner {
    fn new(delimiter: u8, start: u64) -> Self {
        let (state, steps) = (State::Plain, vec![]);
        Self { delimiter, state, passed: start, last: b'\n', start, records: 0, steps, lines: true }
    }

    fn scan(&mut self, block: &[u8]) {
        let mut at = 0;
        while at < block.len() {
            match self.state {
                State::Quoted => {
                    let quote = memchr(b'"', &block[at..]).map(|quote| at + quote);
                    self.lines &= memchr(b'\n', &block[at..quote.unwrap_or(block.len())]).is_none();
                    let Some(quote) = quote else { break };
                    (self.state, at) = (State::Closing, quote + 1);
                }
                State::Closing if block[at] == b'"' => (self.state, at) = (State::Quoted, at + 1),
                State::Closing => self.state = State::Plain,
                State::Plain => {
                    let Some(next) = memchr3(b'"', b'\n', b'\r', &block[at..]) else { break };
                    at += next;
                    let before = if at > 0 { block[at - 1] } else { self.last };
                    let place = self.passed + at as u64;
                    match block[at] {
                        b'"' if before == self.delimiter || place == self.start => self.state = State::Quoted,
                        b'"' => (),
                        byte => {
                            // An empty line is not a row, and the second half of a line end is not
                            // a line.
                            self.lines &= place > self.start || (byte == b'\n' && before == b'\r');
                            self.end(place);
                        }
                    }
                    at += 1;
                }
            }
        }
        self.passed += block.len() as u64;
        self.last = block.last().copied().unwrap_or(self.last);
    }

    /// Ends a row before a position, unless the row is empty.
    fn end(&mut self, place: u64) {
        if place > self.start {
            if self.records.is_multiple_of(STEP) {
                self.steps.push(self.start);
            }
            self.records += 1;
        }
        self.start = place + 1;
    }
}

/// The most frequent delimiter in the header.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    let mut quoted = false;
    for &byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => counts.iter_mut().filter(|(known, _)| *known == byte).for_each(|(_, count)| *count += 1),
            _ => (),
        }
    }
    // If several are equally frequent, the first.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(byte, _)| *byte)
}

/// Whether a field represents a missing number.
fn is_missing(field: &[u8]) -> bool {
    field.is_empty() || [&b"na"[..], b"nan", b"null"].iter().any(|name| field.eq_ignore_ascii_case(name))
}

/// The number in a field, NaN if it represents a missing number; none if it is something else.
fn number(field: &[u8]) -> Option<f64> {
    let field = field.trim_ascii();
    if is_missing(field) {
        return Some(f64::NAN);
    }
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// A field as messages show it.
fn shown(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    let start: String = text.chars().take(MOST_SHOWN).collect();
    format!("{start:?}{}", if start.len() < text.len() { "..." } else { "" })
}

impl TextFile {
    /// Reads the file once.
    pub fn open(path: &Path, disk: &Disk, tabs: bool) -> Result<Self, TableError> {
        let failed = TableError::read(path);
        let mut block = vec![0; BLOCK.min(disk.length() as usize)];
        disk.read_at(&mut block, 0).map_err(&failed)?;
        let mark = if block.starts_with(MARK) { MARK.len() } else { 0 };
        let delimiter = if tabs { b'\t' } else { delimiter(&block[mark..]) };
        let mut scanner = Scanner::new(delimiter, mark as u64);
        scanner.scan(&block[mark..]);
        while scanner.passed < disk.length() {
            block.truncate((disk.length() - scanner.passed).min(BLOCK as u64) as usize);
            disk.read_at(&mut block, scanner.passed).map_err(&failed)?;
            scanner.scan(&block);
        }
        scanner.end(disk.length());
        let Scanner { state, records, steps, lines, .. } = scanner;
        if matches!(state, State::Quoted) {
            let row = records.saturating_sub(1);
            return Err(TableError::file(path, format!("a quote in row {row} is never closed")));
        }
        let Some(&start) = steps.first() else { return Err(TableError::file(path, "has no header")) };
        let (path, disk) = (path.to_owned(), disk.clone());
        let mut file = Self { path, disk, delimiter, columns: vec![], steps, records, lines };
        file.columns = file.header(start)?;
        Ok(file)
    }

    fn reader(&self, place: u64) -> csv::Reader<super::disk::From> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .buffer_capacity(BLOCK)
            .from_reader(self.disk.from(place))
    }

    /// Reads a record that exists.
    fn record(&self, reader: &mut csv::Reader<super::disk::From>, record: &mut ByteRecord) -> Result<(), TableError> {
        match reader.read_byte_record(record) {
            Ok(true) => Ok(()),
            Ok(false) => Err(TableError::file(&self.path, "was changed while it was read")),
            Err(cause) => Err(TableError::Read { path: self.path.clone(), cause: cause.into() }),
        }
    }

    /// The columns: their names, and whether their first rows contain numbers.
    fn header(&self, start: u64) -> Result<Vec<ColumnInfo>, TableError> {
        let mut reader = self.reader(start);
        let mut record = ByteRecord::new();
        self.record(&mut reader, &mut record)?;
        let name = |name: &[u8]| match std::str::from_utf8(name.trim_ascii()) {
            Ok(name) => Ok(name.to_owned()),
            Err(_) => Err(TableError::file(&self.path, format!("found {} in the header, expected UTF-8", shown(name)))),
        };
        let mut names = record.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        // A column without a name is named by its place, as for arrays, so that several unnamed
        // columns differ.
        for (place, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
            *name = format!("column_{place}");
        }
        let mut numbers = vec![true; names.len()];
        for _ in 0..self.rows().min(SAMPLE as u64) {
            self.record(&mut reader, &mut record)?;
            for (known, field) in numbers.iter_mut().zip(&record) {
                *known = *known && number(field).is_some();
            }
        }
        let column = |(name, number)| ColumnInfo {
            name,
            kind: if number { Kind::Number } else { Kind::Text },
            stored: TEXT.into(),
            number: true,
            label: true,
        };
        Ok(names.into_iter().zip(numbers).map(column).collect())
    }
}

impl Source for TextFile {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    fn rows(&self) -> u64 {
        self.records - 1
    }

    fn line(&self, row: u64) -> Option<u64> {
        self.lines.then_some(row + 2)
    }

    /// Parts begin at rows whose positions are kept.
    fn cuts(&self, rows: u64, _wanted: &Wanted) -> Vec<u64> {
        if rows < STEP {
            return super::even(self.rows(), rows);
        }
        // The header is also a record.
        let rows = rows - rows % STEP;
        let ends = (1..).map(|part| (part * rows).min(self.records));
        let mut start = 1;
        let mut cuts = vec![];
        for end in ends {
            if end > start {
                cuts.push(end - start);
                start = end;
            }
            if end == self.records {
                break;
            }
        }
        cuts
    }

    fn read<'a>(&'a self, wanted: &'a Wanted, start: u64, _rows: u64) -> Result<Box<dyn Rows + 'a>, TableError> {
        let first = start + 1;
        let mut reader = self.reader(self.steps[(first / STEP) as usize]);
        let mut record = ByteRecord::new();
        for _ in 0..first % STEP {
            self.record(&mut reader, &mut record)?;
        }
        Ok(Box::new(Reading { file: self, wanted, reader, record, row: start }))
    }
}

struct Reading<'a> {
    file: &'a TextFile,
    wanted: &'a Wanted,
    reader: csv::Reader<super::disk::From>,
    record: ByteRecord,
    /// The next row, from 0.
    row: u64,
}

impl Reading<'_> {
    fn place(&self) -> TablePlace {
        TablePlace { path: self.file.path.clone(), row: self.row + 1, line: self.file.line(self.row) }
    }

    fn refused(&self, column: usize, expected: &'static str) -> TableError {
        let column_name = self.file.columns[column].name.clone();
        let found = shown(self.record.get(column).unwrap_or_default());
        TableError::Field { place: self.place(), column: column_name, found, expected }
    }
}

impl Rows for Reading<'_> {
    fn next(&mut self, batch: &mut Batch, most: usize) -> Result<(), TableError> {
        let expected = self.file.columns.len();
        for row in 0..most {
            self.file.record(&mut self.reader, &mut self.record)?;
            if self.record.len() != expected {
                let found = format!("{} fields", self.record.len());
                let expected = format!("{expected} as in the header");
                return Err(TableError::Row { place: self.place(), found, expected });
            }
            for (k, &column) in self.wanted.numbers.iter().enumerate() {
                let Some(number) = self.record.get(column).and_then(number) else {
                    return Err(self.refused(column, "a number"));
                };
                batch.numbers_mut(k, most)[row] = number;
            }
            for (k, &column) in self.wanted.labels.iter().enumerate() {
                let Some(text) = self.record.get(column).and_then(|field| std::str::from_utf8(field).ok()) else {
                    return Err(self.refused(column, "UTF-8"));
                };
                batch.labels_mut(k).push((!text.is_empty()).then_some(text));
            }
            self.row += 1;
        }
        batch.rows = most;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The scanner finds rows where the parser finds them, for all quotes and line ends, and
        /// for all ways to divide the file into blocks.
        #[test]
        fn rows_are_those_of_the_parser(text in "[ab,\"\n\r]{0,60}", cut in 1usize..9) {
            let mut scanner = Scanner::new(b',', 0);
            text.as_bytes().chunks(cut).for_each(|block| scanner.scan(block));
            scanner.end(text.len() as u64);
            let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let records: Vec<ByteRecord> = reader.byte_records().map(Result::unwrap).collect();
            prop_assert_eq!(scanner.records, records.len() as u64);
            if let Some(first) = records.first() {
                let place = first.position().unwrap().byte();
                let skipped = text[place as usize..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                prop_assert_eq!(scanner.steps[0], place + skipped as u64);
            }
        }
    }

    #[test]
    fn delimiters_and_numbers() {
        assert_eq!(delimiter(b"a,b;c,d\n;;;;"), b',');
        assert_eq!(delimiter(b"a\tb\n"), b'\t');
        assert_eq!(delimiter(b"\"a,b,c\";d\n"), b';');
        assert_eq!(delimiter(b"a"), b',');
        assert!(
            ["", "NA", "nan", "NaN", "Null", " na "].iter().all(|field| number(field.as_bytes()).unwrap().is_nan())
        );
        assert_eq!(number(b" -1.5e3 "), Some(-1500.0));
        assert_eq!(number(b"inf"), Some(f64::INFINITY));
        assert_eq!(number(b"one"), None);
        assert_eq!(shown(b"x\xff"), "\"x\u{fffd}\"");
    }
}
