//! Columns of every kind are read back as they were written.

use proptest::prelude::*;
use std::path::Path;
use std::process::Command;
use suasion_table::{
    Cells, ColumnValues, NamedColumn, Table, TableError, merge_parquet, read_parquet, read_parquet_columns,
    write_parquet,
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "\\PC{0,12}",
        2 => prop::sample::select(vec!["yes", "no", ""]).prop_map(str::to_owned),
        1 => ("[a-z]{1,9}", 1..20_000usize).prop_map(|(word, times)| word.repeat(times)),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(f64::NAN), Just(-0.0), Just(f64::INFINITY)]
}

/// A column of every kind.
fn columns(rows: usize) -> impl Strategy<Value = Vec<NamedColumn>> {
    use prop::collection::vec;
    use prop::option::of;
    let scalars = (vec(number(), rows), vec(of(number()), rows), vec(any::<u64>(), rows), vec(of(0..3u64), rows));
    let others = (
        vec(any::<bool>(), rows),
        vec(text(), rows),
        vec(of(text()), rows),
        vec(of(vec(number(), 0..4)), rows),
        vec(vec(text(), 0..3), rows),
    );
    (scalars, others).prop_map(|((numbers, maybe, counts, maybe_counts), (flags, texts, maybe_texts, lists, words))| {
        vec![
            NamedColumn::from(("number", ColumnValues::Numbers(numbers))).with("nats", "What it costs"),
            ("maybe.a", ColumnValues::Maybe(maybe)).into(),
            NamedColumn::from(("count", ColumnValues::Integers(counts))).with("", "How often"),
            ("maybe count", ColumnValues::MaybeIntegers(maybe_counts)).into(),
            ("flag", ColumnValues::Flags(flags)).into(),
            ("text", ColumnValues::Texts(texts)).into(),
            ("maybe text", ColumnValues::MaybeTexts(maybe_texts)).into(),
            NamedColumn::from(("numbers.of", ColumnValues::NumberLists(lists))).with("bits", ""),
            ("texts", ColumnValues::TextLists(words)).into(),
        ]
    })
}

/// Numbers as bits, so that NaN equals itself.
fn shown(columns: &[NamedColumn]) -> Vec<String> {
    let bits = |value: &f64| value.to_bits();
    let each = |NamedColumn { name, unit, meaning, values }: &NamedColumn| {
        let values = match values {
            ColumnValues::Numbers(values) => format!("{:?}", values.iter().map(bits).collect::<Vec<_>>()),
            ColumnValues::Maybe(values) => {
                format!("{:?}", values.iter().map(|value| value.as_ref().map(bits)).collect::<Vec<_>>())
            }
            ColumnValues::NumberLists(lists) => {
                let list = |list: &Vec<f64>| list.iter().map(bits).collect::<Vec<_>>();
                format!("{:?}", lists.iter().map(|values| values.as_ref().map(list)).collect::<Vec<_>>())
            }
            values => format!("{values:?}"),
        };
        format!("{name} {unit} {meaning} {values}")
    };
    columns.iter().map(each).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_written_is_read(columns in prop_oneof![Just(0), 1..9usize, 60..140usize].prop_flat_map(columns)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let about = "v\n".repeat(9);
        write_parquet(&path, &columns, &[("k", about.clone())]).unwrap();
        let file = read_parquet(&path).unwrap();
        prop_assert_eq!(file.rows(), columns[0].values.rows());
        prop_assert_eq!(shown(file.columns()), shown(&columns));
        prop_assert_eq!((file.about("k"), file.about("l")), (Some(about.as_str()), None));
        let some = read_parquet_columns(&path, &["texts", "count"]).unwrap();
        prop_assert_eq!(some.columns(), [columns[8].clone(), columns[2].clone()]);
        // The same columns produce the same bytes.
        let again = folder.path().join("b.parquet");
        write_parquet(&again, &columns, &[("k", about)]).unwrap();
        prop_assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
        let table = Table::open(&[path]).unwrap();
        prop_assert_eq!(table.rows(), file.rows() as u64);
    }
}

fn some() -> Vec<NamedColumn> {
    let texts = (0..300).map(|k| format!("{{\"value\": {k}}}").repeat(1 + k % 40));
    vec![
        ("id", ColumnValues::Integers((0..300).collect())).into(),
        ("text", ColumnValues::Texts(texts.collect())).into(),
        ("list", ColumnValues::NumberLists((0..300).map(|k| (k % 3 > 0).then(|| vec![0.5; k % 5])).collect())).into(),
        ("words", ColumnValues::TextLists((0..300).map(|k| vec!["word".to_owned(); k % 4]).collect())).into(),
        ("flag", ColumnValues::Flags((0..300).map(|k| k % 7 == 0).collect())).into(),
    ]
}

#[test]
fn columns_that_are_not_there() {
    fn message<T>(result: Result<T, TableError>) -> String {
        let Err(cause) = result else { panic!("not refused") };
        assert!(cause.is_usage());
        cause.to_string().rsplit('/').next().unwrap().to_owned()
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write_parquet(&path, &some(), &[]).unwrap();
    let expected = "a.parquet, column x: found no such column, expected one of id, text, list, words, flag";
    assert_eq!(message(read_parquet_columns(&path, &["id", "x"])), expected);
    let mut file = read_parquet(&path).unwrap();
    assert_eq!(message(file.take::<Vec<u64>>("x")), expected);
    let expected = "a.parquet, column id: found counts, expected texts";
    assert_eq!(message(file.take::<Vec<String>>("id")), expected);
    assert_eq!(file.take::<Vec<u64>>("id").unwrap(), (0..300).collect::<Vec<_>>());
    assert_eq!(file.columns().len(), 4);
    assert!(message(file.take::<Vec<u64>>("id")).ends_with("expected one of text, list, words, flag"));
    assert_eq!(<Vec<bool> as Cells>::KIND, "flags");
    let other = folder.path().join("b.parquet");
    parquet_of_32(&other);
    assert_eq!(
        message(read_parquet(&other)),
        "b.parquet, column x: found Float32 with nulls, expected a type that this program writes"
    );
    assert!(message(read_parquet(folder.path().join("none"))).starts_with("none: No such file"));
    std::fs::write(folder.path().join("no.parquet"), "PAR1 but not really").unwrap();
    assert!(message(read_parquet(folder.path().join("no.parquet"))).contains("is not a Parquet file, or is damaged"));
    std::fs::write(folder.path().join("0.parquet"), "").unwrap();
    assert!(message(read_parquet(folder.path().join("0.parquet"))).contains("is not a Parquet file, or is damaged"));
    assert!(message(read_parquet(folder.path())).contains("is a folder"));
}

fn parquet_of_32(path: &Path) {
    use arrow_array::{ArrayRef, Float32Array, RecordBatch};
    let array: ArrayRef = std::sync::Arc::new(Float32Array::from(vec![Some(1.0), None]));
    let batch = RecordBatch::try_from_iter([("x", array)]).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn damage_is_refused_or_without_effect_and_never_a_panic() {
    std::panic::set_hook(Box::new(|about| {
        if !suasion_table::is_guarded() {
            eprintln!("{about}");
        }
    }));
    let folder = tempfile::tempdir().unwrap();
    let (path, damaged) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    write_parquet(&path, &some(), &[]).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(bytes.len() / 150) {
        std::fs::write(&damaged, &bytes[..length]).unwrap();
        let cause = read_parquet(&damaged).unwrap_err();
        assert!(cause.to_string().contains("b.parquet") && cause.is_usage());
    }
    let mut refused = 0;
    for k in 0..600 {
        let mut bytes = bytes.clone();
        let at = (k * 7919) % bytes.len();
        bytes[at] ^= 1 << (k % 8);
        std::fs::write(&damaged, &bytes).unwrap();
        match read_parquet(&damaged) {
            Ok(file) => assert_eq!(file.rows(), 300),
            Err(cause) => {
                refused += 1;
                assert!(cause.to_string().contains("b.parquet") && cause.is_usage());
            }
        }
    }
    assert!(refused > 60, "{refused}");
}

/// A small file system of its own.
struct Small(tempfile::TempDir);

impl Small {
    /// None if mounting is not permitted.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then(|| Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_is_an_error_that_leaves_nothing() {
    let Some(small) = Small::new() else {
        eprintln!("skipped: a file system cannot be mounted here");
        return;
    };
    let path = small.0.path().join("a.parquet");
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    let numbers = ColumnValues::Numbers((0..200_000).map(|_| random() as f64).collect());
    let cause = write_parquet(&path, &[("x", numbers).into()], &[]).unwrap_err();
    assert!(matches!(cause, TableError::Write { .. }), "{cause}");
    assert!(cause.to_string().contains("a.parquet: No space left"), "{cause}");
    assert_eq!(std::fs::read_dir(small.0.path()).unwrap().count(), 0);
    // The existing file stays.
    write_parquet(&path, &some(), &[]).unwrap();
    let texts = ColumnValues::Texts((0..20_000).map(|_| format!("{:x}{:x}", random(), random())).collect());
    let cause = write_parquet(&path, &[("x", texts).into()], &[]).unwrap_err();
    assert!(matches!(cause, TableError::Write { .. }), "{cause}");
    let large = tempfile::tempdir().unwrap();
    let large = large.path().join("b.parquet");
    let texts = ColumnValues::Texts((0..20_000).map(|_| format!("{:x}{:x}", random(), random())).collect());
    write_parquet(&large, &[("k", ColumnValues::Integers((0..20_000).collect())).into(), ("x", texts).into()], &[])
        .unwrap();
    let cause = merge_parquet(&[large], None, "k", &path, &[], &|_| true).unwrap_err();
    assert!(matches!(cause, TableError::Write { .. }), "{cause}");
    assert_eq!(read_parquet(&path).unwrap().columns(), some());
    assert_eq!(std::fs::read_dir(small.0.path()).unwrap().count(), 1);
}
