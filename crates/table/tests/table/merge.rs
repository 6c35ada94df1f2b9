//! Merges of many sorted files.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use suasion_table::{ColumnValues, Merged, NamedColumn, TableError, merge_parquet, read_parquet, write_parquet};

/// A row: its key, and its text.
type Row = (u64, String);

/// Rows with a column of almost every kind.
fn columns(rows: &[Row]) -> Vec<NamedColumn> {
    let lists = rows.iter().map(|(key, text)| (key % 3 > 0).then(|| vec![*key as f64; text.len() % 4]));
    let words = rows.iter().map(|(_, text)| text.split(' ').map(str::to_owned).collect());
    vec![
        NamedColumn::from(("text", ColumnValues::Texts(rows.iter().map(|row| row.1.clone()).collect())))
            .with("", "What"),
        ("seed", ColumnValues::Integers(rows.iter().map(|row| row.0).collect())).into(),
        ("x", ColumnValues::Maybe(rows.iter().map(|(key, _)| (key % 2 > 0).then_some(0.1 * *key as f64)).collect()))
            .into(),
        ("lists", ColumnValues::NumberLists(lists.collect())).into(),
        ("words", ColumnValues::TextLists(words.collect())).into(),
        ("flag", ColumnValues::Flags(rows.iter().map(|row| row.1.len() % 2 == 0).collect())).into(),
    ]
}

fn write(path: &Path, rows: &[Row]) -> PathBuf {
    write_parquet(path, &columns(rows), &[]).unwrap();
    path.into()
}

fn merge(inputs: &[PathBuf], output: &Path, keep: &dyn Fn(u64) -> bool) -> Result<Merged, TableError> {
    merge_parquet(inputs, Some(&columns(&[])), "seed", output, &[("k", "v".into())], keep)
}

/// Writes the file that a merge should produce.
fn expected(files: &[Vec<Row>], path: &Path, keep: &dyn Fn(u64) -> bool) -> (Vec<u8>, Merged) {
    let mut groups: BTreeMap<u64, Vec<Row>> = BTreeMap::new();
    for file in files {
        for group in file.chunk_by(|one, other| one.0 == other.0) {
            groups.insert(group[0].0, group.to_vec());
        }
    }
    groups.retain(|&key, _| keep(key));
    let keys = groups.len() as u64;
    let rows: Vec<Row> = groups.into_values().flatten().collect();
    write_parquet(path, &columns(&rows), &[("k", "v".into())]).unwrap();
    (std::fs::read(path).unwrap(), Merged { rows: rows.len() as u64, keys })
}

fn rows(keys: impl IntoIterator<Item = u64>, salt: usize) -> Vec<Row> {
    keys.into_iter()
        .map(|key| (key, format!("{{\"key\": {key}, \"by\": {salt}}} ").repeat(1 + key as usize % 5)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn as_a_sort_in_memory(
        keys in prop::collection::vec((0..400u64, 0..6usize, 1..4usize, 0..50usize), 0..300),
        least in 0..3u64,
    ) {
        let mut files: Vec<BTreeMap<u64, Vec<Row>>> = vec![BTreeMap::new(); 6];
        for (at, &(key, file, times, length)) in keys.iter().enumerate() {
            let group = (0..times).map(|k| (key, format!("{at} {k} ").repeat(length * length / 9)));
            files[file].insert(key, group.collect());
        }
        let files: Vec<Vec<Row>> = files.into_iter().map(|file| file.into_values().flatten().collect()).collect();
        let keep = |key: u64| key % 3 >= least;
        let folder = tempfile::tempdir().unwrap();
        let inputs: Vec<PathBuf> =
            files.iter().enumerate().map(|(k, rows)| write(&folder.path().join(k.to_string()), rows)).collect();
        let (bytes, counts) = expected(&files, &folder.path().join("expected"), &keep);
        let output = folder.path().join("merged");
        prop_assert_eq!(merge(&inputs, &output, &keep).unwrap(), counts);
        prop_assert!(std::fs::read(&output).unwrap() == bytes);
        // A merge in two steps gives the same file.
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        merge(&inputs[..2], &one, &|_| true).unwrap();
        merge(&inputs[2..], &two, &keep).unwrap();
        prop_assert_eq!(merge(&[one.clone(), two], &one, &keep).unwrap(), counts);
        prop_assert!(std::fs::read(&one).unwrap() == bytes);
    }
}

#[test]
fn three_hundred_files_and_long_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let all = rows((0..9000).map(|k| k / 2), 0);
    let whole = write(&folder.path().join("whole"), &all);
    let output = folder.path().join("merged");
    assert_eq!(merge(&[whole], &output, &|_| true).unwrap(), Merged { rows: 9000, keys: 4500 });
    let bytes = std::fs::read(&output).unwrap();
    // In ranges that overlap, and with keys spread over all files.
    for deal in [|key: u64| key / 20 + key % 2 * 30, |key: u64| key % 300] {
        let mut files: Vec<Vec<Row>> = vec![vec![]; 300];
        for row in &all {
            files[deal(row.0) as usize % 300].push(row.clone());
        }
        let place = |k: usize| folder.path().join(k.to_string());
        let inputs: Vec<PathBuf> = files.iter().enumerate().map(|(k, rows)| write(&place(k), rows)).collect();
        merge(&inputs, &output, &|_| true).unwrap();
        assert!(std::fs::read(&output).unwrap() == bytes);
    }
    // The same rows without long values, so that chunks differ.
    let short = |rows: &[Row]| vec![columns(rows).swap_remove(1), columns(rows).swap_remove(2)];
    write_parquet(folder.path().join("whole"), &short(&all), &[]).unwrap();
    let place = |k: usize| folder.path().join(k.to_string());
    let inputs: Vec<PathBuf> = (0..7).map(place).collect();
    for (k, path) in inputs.iter().enumerate() {
        let some: Vec<Row> = all.iter().filter(|row| row.0 / 3 % 7 == k as u64).cloned().collect();
        write_parquet(path, &short(&some), &[]).unwrap();
    }
    merge_parquet(&inputs, None, "seed", &output, &[], &|_| true).unwrap();
    assert!(std::fs::read(&output).unwrap() == std::fs::read(folder.path().join("whole")).unwrap());
}

#[test]
fn rows_that_were_read_together_are_written_apart() {
    // From one file, the first chunk is a slice of what was read; from many, it is assembled.
    let folder = tempfile::tempdir().unwrap();
    let place = |k: u64| folder.path().join(k.to_string());
    let columns = |keys: &[u64]| -> Vec<NamedColumn> {
        let words = keys.iter().map(|key| vec![if *key < 64 { "same".to_owned() } else { key.to_string() }; 2]);
        vec![
            ("k", ColumnValues::Integers(keys.to_vec())).into(),
            ("words", ColumnValues::TextLists(words.collect())).into(),
            ("numbers", ColumnValues::NumberLists(keys.iter().map(|key| Some(vec![*key as f64; 3])).collect())).into(),
        ]
    };
    let all: Vec<u64> = (0..900).collect();
    write_parquet(place(900), &columns(&all), &[]).unwrap();
    let bytes = std::fs::read(place(900)).unwrap();
    for files in [1, 2, 90] {
        for k in 0..files {
            let some: Vec<u64> = all.iter().copied().filter(|key| key % files == k).collect();
            write_parquet(place(k), &columns(&some), &[]).unwrap();
        }
        let inputs: Vec<PathBuf> = (0..files).map(place).collect();
        let output = folder.path().join("merged");
        merge_parquet(&inputs, None, "k", &output, &[], &|_| true).unwrap();
        assert!(std::fs::read(&output).unwrap() == bytes, "{files}");
    }
}

#[test]
fn the_last_file_wins() {
    let folder = tempfile::tempdir().unwrap();
    let one = write(&folder.path().join("one"), &rows([1, 2, 2, 2, 5], 1));
    let two = write(&folder.path().join("two"), &rows([2, 3, 3, u64::MAX], 2));
    let none = write(&folder.path().join("none"), &[]);
    let output = folder.path().join("merged");
    let merged = merge(&[one.clone(), none.clone(), two.clone(), none], &output, &|key| key != 5).unwrap();
    assert_eq!(merged, Merged { rows: 5, keys: 4 });
    let mut file = read_parquet(&output).unwrap();
    assert_eq!(file.take::<Vec<u64>>("seed").unwrap(), [1, 2, 3, 3, u64::MAX]);
    assert!(file.take::<Vec<String>>("text").unwrap()[1].contains("\"by\": 2"));
    assert_eq!(file.about("k"), Some("v"));
    assert_eq!(file.columns()[0].name, "x");
    let merged = merge(&[two, one], &output, &|_| true).unwrap();
    assert_eq!(merged, Merged { rows: 8, keys: 5 });
    assert_eq!(read_parquet(&output).unwrap().take::<Vec<u64>>("seed").unwrap(), [1, 2, 2, 2, 3, 3, 5, u64::MAX]);
}

#[test]
fn nothing_to_merge() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("merged");
    assert_eq!(merge(&[], &output, &|_| true).unwrap(), Merged::default());
    let file = read_parquet(&output).unwrap();
    assert_eq!((file.rows(), file.columns()), (0, &columns(&[])[..]));
    let empty = write(&folder.path().join("empty"), &[]);
    let full = write(&folder.path().join("full"), &rows(0..100, 0));
    for (inputs, keep) in [(vec![empty], true), (vec![full], false)] {
        assert_eq!(merge(&inputs, &folder.path().join("other"), &|_| keep).unwrap(), Merged::default());
        assert_eq!(std::fs::read(folder.path().join("other")).unwrap(), std::fs::read(&output).unwrap());
    }
    let cause = merge_parquet(&[], None, "seed", &output, &[], &|_| true).unwrap_err();
    assert!(cause.to_string().ends_with("merged: there are no files to merge, and no columns are given"));
}

#[test]
fn refusals() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let good = write(&place("good"), &rows(0..200, 0));
    let output = write(&place("merged"), &rows([7], 7));
    let before = std::fs::read(&output).unwrap();
    let refused = |input: &Path| {
        let inputs = [good.clone(), input.to_path_buf(), good.clone()];
        let cause = merge(&inputs, &output, &|_| true).unwrap_err();
        assert!(cause.is_usage());
        assert!(std::fs::read(&output).unwrap() == before);
        cause.to_string().rsplit('/').next().unwrap().to_owned()
    };
    let unsorted = write(&place("unsorted"), &rows((0..150).chain([99]).chain(300..400), 0));
    assert_eq!(refused(&unsorted), "unsorted: is not sorted: found key 99 in row 151, expected 149 or more");
    assert!(refused(&place("none")).starts_with("none: No such file"));
    let changed = |change: &dyn Fn(&mut Vec<NamedColumn>)| {
        let mut columns = columns(&rows(0..10, 0));
        change(&mut columns);
        write_parquet(place("other"), &columns, &[]).unwrap();
        refused(&place("other"))
    };
    assert_eq!(changed(&|columns| drop(columns.pop())), "other, column flag: found no such column, expected Boolean");
    assert_eq!(
        changed(&|columns| columns.push(("y", ColumnValues::Flags(vec![true; 10])).into())),
        "other, column y: found Boolean, expected no such column"
    );
    assert_eq!(
        changed(&|columns| columns[2].values = ColumnValues::Numbers(vec![0.0; 10])),
        "other, column x: found Float64, expected Float64 with nulls"
    );
    assert_eq!(
        changed(&|columns| columns.swap(0, 1)),
        "other, column text: found column seed in its place, expected Utf8"
    );
    let bytes = std::fs::read(&good).unwrap();
    for length in (0..bytes.len()).step_by(bytes.len() / 20) {
        std::fs::write(place("other"), &bytes[..length]).unwrap();
        assert!(refused(&place("other")).starts_with("other: is not a Parquet file, or is damaged"));
    }
    let message = |columns: Option<&[NamedColumn]>, key: &str| {
        let cause = merge_parquet(std::slice::from_ref(&good), columns, key, &output, &[], &|_| true).unwrap_err();
        cause.to_string().rsplit('/').next().unwrap().to_owned()
    };
    assert_eq!(
        message(None, "none"),
        "good, column none: found no such column, expected one of text, seed, x, lists, words, flag"
    );
    assert_eq!(message(None, "x"), "good, column x: found Float64 with nulls, expected counts");
    assert_eq!(message(Some(&columns(&[])), "text"), "merged, column text: found Utf8, expected counts");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn damage_is_never_a_panic() {
    std::panic::set_hook(Box::new(|about| {
        if !suasion_table::is_guarded() {
            eprintln!("{about}");
        }
    }));
    let folder = tempfile::tempdir().unwrap();
    let good = write(&folder.path().join("good"), &rows(0..100, 0));
    let (damaged, output) = (folder.path().join("damaged"), folder.path().join("merged"));
    let bytes = std::fs::read(&good).unwrap();
    let mut refused = 0;
    for k in 0..400 {
        let mut bytes = bytes.clone();
        let at = (k * 7919) % bytes.len();
        bytes[at] ^= 1 << (k % 8);
        std::fs::write(&damaged, &bytes).unwrap();
        let _ = std::fs::remove_file(&output);
        match merge(&[good.clone(), damaged.clone()], &output, &|_| true) {
            Ok(merged) => assert_eq!(read_parquet(&output).unwrap().rows() as u64, merged.rows),
            Err(cause) => {
                refused += 1;
                assert!(cause.to_string().contains("damaged") && cause.is_usage(), "{cause}");
                assert!(!output.exists());
            }
        }
    }
    assert!(refused > 40, "{refused}");
}
