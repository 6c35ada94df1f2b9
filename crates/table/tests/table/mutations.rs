//! A mutated table is read or refused, in every format; the reader never panics, and an error names
//! the file. `SUASION_FUZZ_SECONDS=60` makes each test run for a minute. `fuzz/` holds the same
//! entry points for a coverage-guided fuzzer.

use crate::common::{all, mixed, names, random, read, write_ipc, write_parquet};
use arrow_ipc::CompressionType;
use parquet::basic::Compression;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use suasion_table::{Table, TableError};

/// Pieces that are likely to confuse a reader of numbers, of CSV, or of an npy header.
const PIECES: [&[u8]; 16] = [
    b"1e999",
    b"-nan",
    b"\"",
    b",",
    b"\n\n",
    b"\r",
    b"\xff\xfe",
    b"\0",
    b"column_0",
    b"'shape': (99999999999999999999, 3)",
    b"'<f2'",
    b"(0,)",
    b"\x93NUMPY\x03\x00\xff\xff\xff\x7f",
    b"ARROW1",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\0\0\0\0",
];

/// Changes a file in one to three places: bytes, inserted pieces, cuts, and parts of another file.
fn mutate(rng: &mut ChaCha8Rng, content: &[u8], other: &[u8]) -> Vec<u8> {
    let mut changed = content.to_vec();
    for _ in 0..rng.random_range(1..4) {
        // Half of the changes are near the ends, where files describe their content.
        let ends = 600.min(changed.len());
        let at = match rng.random_range(0..4) {
            _ if changed.is_empty() => 0,
            0 => rng.random_range(0..ends),
            1 => changed.len() - 1 - rng.random_range(0..ends),
            _ => rng.random_range(0..changed.len()),
        };
        match rng.random_range(0..8) {
            0..=2 if at < changed.len() => changed[at] ^= 1 << rng.random_range(0..8),
            3 if at < changed.len() => changed[at] = rng.random(),
            4 => {
                let piece = PIECES[rng.random_range(0..PIECES.len())];
                let end = if rng.random() { at } else { (at + piece.len()).min(changed.len()) };
                changed.splice(at..end, piece.iter().copied());
            }
            5 => {
                let end = (at + rng.random_range(0..64)).min(changed.len());
                changed.drain(at..end);
            }
            6 => {
                let from = rng.random_range(0..other.len());
                let to = (from + rng.random_range(0..64)).min(other.len());
                changed.splice(at..at, other[from..to].iter().copied());
            }
            _ => changed.truncate(at),
        }
    }
    changed
}

/// Reads everything in a file that may be damaged.
fn read_all(path: &Path) -> Result<(), TableError> {
    let table = Table::open(&[path.to_owned()])?;
    let (numbers, labels): (Vec<String>, Vec<String>) = if table.columns().len() > 3 {
        let labels = ["text", "large", "view", "dictionary", "whole", "truth"];
        (vec!["decimal".into()], labels.map(str::to_owned).into())
    } else {
        (names(3), vec![])
    };
    read(&table.select(&numbers, &labels)?, 50, 1).map(|_| ())
}

/// Mutates files for a number of rounds, or for the time that the environment sets.
fn run(paths: &[PathBuf], seed: u64) {
    let limit = std::env::var("SUASION_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let limit = limit.map(Duration::from_secs);
    let contents: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let (start, mut rng) = (Instant::now(), ChaCha8Rng::seed_from_u64(seed));
    let (mut rounds, mut accepted) = (0_usize, 0_usize);
    while limit.map_or(rounds < 100 * paths.len(), |limit| start.elapsed() < limit) {
        let (path, content) = (&paths[rounds % paths.len()], &contents[rounds % paths.len()]);
        let other = &contents[rng.random_range(0..contents.len())];
        std::fs::write(path, mutate(&mut rng, content, other)).unwrap();
        match read_all(path) {
            Ok(()) => accepted += 1,
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with(&*path.to_string_lossy()), "{text}");
            }
        }
        rounds += 1;
    }
    // If all mutations were refused, or none, this would test little.
    assert!(accepted > rounds / 100 && accepted < rounds, "{accepted} of {rounds}");
}

/// The files of [`all`] whose extension is one of these.
fn seeds(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut paths = all(folder, &random(200, 3, 6));
    paths.retain(|path| path.extension().is_some_and(|end| extensions.iter().any(|one| end == *one)));
    paths
}

#[test]
fn numpy() {
    let folder = tempfile::tempdir().unwrap();
    run(&seeds(folder.path(), &["npy", "npz"]), 1);
}

#[test]
fn text() {
    let folder = tempfile::tempdir().unwrap();
    run(&seeds(folder.path(), &["csv", "tsv", "txt"]), 2);
}

#[test]
fn arrow() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = seeds(folder.path(), &["arrow", "feather"]);
    for (name, compression) in [("mixed.arrow", None), ("zstd.arrow", Some(CompressionType::ZSTD))] {
        let path = folder.path().join(name);
        write_ipc(&path, &mixed(), 4, compression);
        paths.push(path);
    }
    run(&paths, 3);
}

#[test]
fn parquet() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = seeds(folder.path(), &["parquet", "pq"]);
    let path = folder.path().join("mixed.parquet");
    write_parquet(&path, &mixed(), 3, 2, Compression::SNAPPY);
    paths.push(path);
    run(&paths, 4);
}
