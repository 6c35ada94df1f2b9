//! The inputs of a batch: files, patterns, folders and JSON Lines.

use crate::BatchError;
use rayon::prelude::*;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use suasion_model::Outline;
use suasion_results::Request;
use suasion_table::expand;
use twox_hash::XxHash3_64;

/// The number of bytes of lines to read at a time.
const CHUNK: usize = 8 << 20;

/// One instance or one table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    /// The index of the file in the list of files.
    pub file: usize,
    /// The line in a JSON Lines file, from 1; 0 for a whole file.
    pub line: u64,
    /// Its offset in the file, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// A hash of its bytes; for a table, of its length only.
    pub fingerprint: u64,
    pub look: Look,
}

/// The kind of an input, as far as a first look tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Look {
    /// An instance.
    Instance(Outline),
    /// A table.
    Table,
    /// Neither, with the reason.
    Unreadable(String),
    /// Another format of this program: a profile or a Stackelberg game.
    OtherFormat(String),
}

/// The hash that shows whether a file changed after it was planned.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// Whether a file is a JSON Lines file.
pub(crate) fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl" || extension == "ndjson")
}

/// The selected files, in the order of the arguments. Files in a folder and its subfolders are
/// sorted by name.
pub(crate) fn files(patterns: &[String], request: &Request) -> Result<Vec<PathBuf>, BatchError> {
    let wanted: &[&str] = if request.reads_instances() {
        &["json", "jsonl", "ndjson"]
    } else {
        &["parquet", "arrow", "feather", "csv", "npy", "npz"]
    };
    let mut files = vec![];
    for path in expand(patterns)? {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let before = files.len();
        walk(&path, wanted, &mut files)?;
        if files.len() == before {
            let endings = wanted.join(", .");
            return Err(BatchError::bad(&path, format!("has no file that ends in .{endings}")));
        }
    }
    // A file may be both in a folder and an argument.
    let mut known = std::collections::HashSet::new();
    files.retain(|file| known.insert(file.clone()));
    Ok(files)
}

fn walk(folder: &Path, wanted: &[&str], files: &mut Vec<PathBuf>) -> Result<(), BatchError> {
    let read = BatchError::read(folder);
    let mut entries = std::fs::read_dir(folder).map_err(&read)?.collect::<Result<Vec<_>, _>>().map_err(&read)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // Links to folders are not followed, since they may form a cycle.
        if entry.file_type().map_err(BatchError::read(&path))?.is_dir() {
            walk(&path, wanted, files)?;
        } else if path.extension().and_then(|extension| extension.to_str()).is_some_and(|own| wanted.contains(&own)) {
            files.push(path);
        }
    }
    Ok(())
}

/// Reads files in parallel and calls `each` with their inputs in order. `done` is called for every
/// input.
pub(crate) fn look(
    files: &[PathBuf],
    request: &Request,
    done: &(dyn Fn(u64) + Sync),
    mut each: impl FnMut(Input),
) -> Result<(), BatchError> {
    let mut singles: Vec<usize> = vec![];
    let flush = |singles: &mut Vec<usize>, each: &mut dyn FnMut(Input)| {
        let looked: Vec<Input> = singles.par_iter().map(|&file| whole(file, &files[file], request, done)).collect();
        singles.clear();
        looked.into_iter().for_each(each);
    };
    for (number, path) in files.iter().enumerate() {
        if request.reads_instances() && is_lines(path) {
            flush(&mut singles, &mut each);
            lines(number, path, done, &mut each)?;
        } else {
            singles.push(number);
        }
    }
    flush(&mut singles, &mut each);
    Ok(())
}

fn whole(file: usize, path: &Path, request: &Request, done: &(dyn Fn(u64) + Sync)) -> Input {
    let input = |length, fingerprint, look| Input { file, line: 0, offset: 0, length, fingerprint, look };
    let unreadable = |cause: std::io::Error| input(0, 0, Look::Unreadable(format!("cannot be read: {cause}")));
    let found = if request.reads_instances() {
        match std::fs::read(path) {
            Ok(bytes) => input(bytes.len() as u64, fingerprint(&bytes), outline(&bytes, path)),
            Err(cause) => unreadable(cause),
        }
    } else {
        match std::fs::metadata(path) {
            Ok(about) => input(about.len(), fingerprint(&about.len().to_le_bytes()), Look::Table),
            Err(cause) => unreadable(cause),
        }
    };
    done(1);
    found
}

fn outline(bytes: &[u8], path: &Path) -> Look {
    let Ok(text) = std::str::from_utf8(bytes) else { return Look::Unreadable("is not UTF-8 text".into()) };
    match Outline::from_json(text, path) {
        Ok(outline) => Look::Instance(outline),
        Err(cause) => match Outline::other_format(text) {
            Some(format) => Look::OtherFormat(format),
            None => Look::Unreadable(cause.problem),
        },
    }
}

/// The lines of a file that is never in memory as a whole; blank lines are skipped.
fn lines(file: usize, path: &Path, done: &(dyn Fn(u64) + Sync), each: &mut dyn FnMut(Input)) -> Result<(), BatchError> {
    let read = BatchError::read(path);
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(&read)?);
    let (mut line, mut offset, mut ended) = (0, 0, false);
    while !ended {
        let mut chunk: Vec<(u64, u64, Vec<u8>)> = vec![];
        let mut bytes = 0;
        while bytes < CHUNK {
            let mut text = vec![];
            let length = reader.read_until(b'\n', &mut text).map_err(&read)?;
            if length == 0 {
                ended = true;
                break;
            }
            line += 1;
            let from = offset;
            offset += length as u64;
            bytes += length;
            text.truncate(text.trim_ascii_end().len());
            if !text.is_empty() {
                chunk.push((line, from, text));
            }
        }
        let looked: Vec<Input> = chunk
            .par_iter()
            .map(|(line, offset, text)| {
                let (length, fingerprint) = (text.len() as u64, fingerprint(text));
                let input =
                    Input { file, line: *line, offset: *offset, length, fingerprint, look: outline(text, path) };
                done(1);
                input
            })
            .collect();
        looked.into_iter().for_each(&mut *each);
    }
    Ok(())
}
