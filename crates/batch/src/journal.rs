//! A journal: every record at once on disk, so that what is done is not lost if the process is killed.
//!
//! Each record is preceded by a line with a hash and a length. What a killed process, or a full disk, left of the last record is cut off.

use crate::record::Record;
use crate::{BatchError, inputs::fingerprint};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A journal that is being written.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Its length in bytes.
    pub length: u64,
}

impl Journal {
    /// Opens a journal, new or old, and says what is in it.
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
        let bytes = encode(record).map_err(|cause| BatchError::bad(&self.path, cause.to_string()))?;
        self.file.write_all(&bytes).map_err(BatchError::write(&self.path))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Removes it: what was in it is elsewhere.
    pub(crate) fn remove(self) -> Result<(), BatchError> {
        std::fs::remove_file(&self.path).map_err(BatchError::write(&self.path))
    }
}

/// The records of a journal that another process may be writing.
pub(crate) fn peek(path: &Path) -> Result<Vec<Record>, BatchError> {
    let bytes = std::fs::read(path).map_err(BatchError::read(path))?;
    Ok(decode(&bytes).0)
}

fn encode(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    let text = record.lines()?;
    Ok(format!("{:016x} {}\n{text}", fingerprint(text.as_bytes()), text.len()).into_bytes())
}

/// The whole records that bytes begin with, and how long they are.
fn decode(bytes: &[u8]) -> (Vec<Record>, usize) {
    let mut records = vec![];
    let mut at = 0;
    while let Some((record, length)) = next(&bytes[at..]) {
        records.push(record);
        at += length;
    }
    (records, at)
}

fn next(bytes: &[u8]) -> Option<(Record, usize)> {
    /// The longest first line: a hash, a blank, a length.
    const LONGEST: usize = 16 + 1 + 20 + 1;
    let end = bytes.iter().take(LONGEST).position(|&byte| byte == b'\n')?;
    let (hash, length) = std::str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
    let hash = u64::from_str_radix(hash, 16).ok()?;
    let length: usize = length.parse().ok()?;
    let text = bytes.get(end + 1..)?.get(..length)?;
    if fingerprint(text) != hash {
        return None;
    }
    Some((Record::from_lines(std::str::from_utf8(text).ok()?)?, end + 1 + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{FailureKind, Head};
    use proptest::prelude::*;

    fn records() -> Vec<Record> {
        let head =
            |unit, results| Head { unit, instance: "a.json".into(), seconds: 0.5, memory: 7, results, failure: None };
        vec![
            Record { head: head(0, 2), results: vec![r#"{"a":1}"#.into(), r#"{"a":"b"}"#.into()] },
            Record::failure(1, "b.json:7".into(), 2.0, FailureKind::Time, "two\nlines".into()),
            Record { head: head(2, 1), results: vec!["{}".into()] },
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
            // What was cut off is not in the way of what comes after.
            journal.append(&all[1]).unwrap();
            drop(journal);
            let again = peek(&path).unwrap();
            assert_eq!(again.len(), found.len() + 1);
            assert_eq!(again.last(), Some(&all[1]));
        }
        assert_eq!(Journal::open(&path).unwrap().1.len(), all.len() + 1);
    }

    proptest! {
        /// Whatever is in the file, what is read are records that were written.
        #[test]
        fn flipped_bits_are_noticed(at in 0_usize..1000, bit in 0_u8..8) {
            let all = records();
            let mut bytes: Vec<u8> = all.iter().flat_map(|record| encode(record).unwrap()).collect();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let (found, _) = decode(&bytes);
            prop_assert!(found.len() <= all.len());
            prop_assert_eq!(&found[..], &all[..found.len()]);
        }
    }
}
