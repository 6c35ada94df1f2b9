//! A journal: every record goes to disk immediately, so that finished work survives if the process
//! is killed.
//!
//! If a killed process or a full disk left an incomplete last record, its hash and length show
//! that, and it is cut off.

use crate::BatchError;
use crate::record::Record;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A journal open for writing.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Its length in bytes.
    pub length: u64,
}

impl Journal {
    /// Opens a new or existing journal, and returns its records.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<Record>), BatchError> {
        let write = BatchError::write(path);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(&write)?;
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(BatchError::read(path))?;
        let (records, length) = decode(&bytes);
        if length < bytes.len() {
            file.set_len(length as u64).map_err(&write)?;
        }
        Ok((Self { path: path.into(), file, length: length as u64 }, records))
    }

    /// Adds a record.
    pub(crate) fn append(&mut self, record: &Record) -> Result<(), BatchError> {
        self.file.write_all(record.text().as_bytes()).map_err(BatchError::write(&self.path))?;
        self.length += record.text().len() as u64;
        Ok(())
    }

    /// Removes it, after its records were written elsewhere.
    pub(crate) fn remove(self) -> Result<(), BatchError> {
        std::fs::remove_file(&self.path).map_err(BatchError::write(&self.path))
    }
}

/// The records of a journal that another process may be writing.
pub(crate) fn peek(path: &Path) -> Result<Vec<Record>, BatchError> {
    let bytes = std::fs::read(path).map_err(BatchError::read(path))?;
    Ok(decode(&bytes).0)
}

/// The complete records at the start of some bytes, and their total length.
fn decode(bytes: &[u8]) -> (Vec<Record>, usize) {
    let mut records = vec![];
    let mut rest = bytes;
    let mut length = 0;
    while let Some(record) = Record::read(&mut rest) {
        length += record.text().len();
        records.push(record);
    }
    (records, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::UnitResult;
    use crate::record::{FailureKind, Head};
    use proptest::prelude::*;
    use suasion_results::FieldValue;

    fn records() -> Vec<Record> {
        let head =
            |unit| Head { unit, instance: "a.json".into(), seconds: 0.5, memory: 7, rows: vec![], failure: None };
        let result = |text: &str| UnitResult { row: vec![FieldValue::text(text), 0.5.into()], text: text.into() };
        vec![
            Record::new(head(0), vec![result(r#"{"a":1}"#), result(r#"{"a":"b"}"#)]).unwrap(),
            Record::failure(1, "b.json:7".into(), 2.0, FailureKind::Time, "two\nlines".into()).unwrap(),
            Record::new(head(2), vec![result("{}")]).unwrap(),
        ]
    }

    #[test]
    fn goes_on_after_the_last_whole_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let all = records();
        let (mut journal, found) = Journal::open(&path).unwrap();
        assert!(found.is_empty());
        for record in &all {
            journal.append(record).unwrap();
        }
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, found) = Journal::open(&path).unwrap();
            assert_eq!(found, all[..found.len()]);
            // After a cut, new records can be appended.
            journal.append(&all[1]).unwrap();
            drop(journal);
            let again = peek(&path).unwrap();
            assert_eq!(again.len(), found.len() + 1);
            assert_eq!(again.last(), Some(&all[1]));
        }
        assert_eq!(Journal::open(&path).unwrap().1.len(), all.len() + 1);
    }

    proptest! {
        /// Whatever is in the file, only records that were written are read.
        #[test]
        fn flipped_bits_are_noticed(at in 0_usize..1000, bit in 0_u8..8) {
            let all = records();
            let mut bytes: Vec<u8> = all.iter().flat_map(|record| record.text().bytes()).collect();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let (found, _) = decode(&bytes);
            prop_assert!(found.len() <= all.len());
            prop_assert_eq!(&found[..], &all[..found.len()]);
        }
    }
}
