//! Invalid files and requests, and their messages.

use crate::common::{all, batch, names, npy, npz, numbers, random};
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampSecondArray};
use arrow_ipc::writer::StreamWriter;
use parquet::basic::Compression;
use std::path::Path;
use std::sync::Arc;
use suasion_table::{ColumnValues, Table, TableError, write_parquet};

/// The error message for some files, read for some columns of numbers and labels, without the
/// folder.
fn message(folder: &Path, files: &[&str], numbers: &[&str], labels: &[&str]) -> String {
    let paths: Vec<_> = files.iter().map(|name| folder.join(name)).collect();
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let read = || crate::common::read(&Table::open(&paths)?.select(&owned(numbers), &owned(labels))?, 1000, 1);
    let refused = read().unwrap_err();
    assert!(refused.is_usage());
    refused.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content).unwrap();
    let open = |name: &str| message(folder, &[name], &[], &[]);
    assert_eq!(open("none.csv"), "none.csv: No such file or directory (os error 2)");
    std::fs::create_dir(folder.join("folder.npy")).unwrap();
    assert_eq!(open("folder.npy"), "folder.npy: is a folder, expected a file");
    for name in ["a.parquet", "a.arrow", "a.csv", "a.npy", "a.npz", "a"] {
        write(name, b"");
        assert_eq!(open(name), format!("{name}: is empty"));
    }
    assert!(Table::open(&[]).is_err());
    write("a", b"who knows");
    assert_eq!(open("a"), "a: has an unknown format, expected Parquet, Arrow IPC, CSV, npy, or npz");
    for (name, kind) in [("a.parquet", "Parquet"), ("a.arrow", "Arrow IPC"), ("a.npy", "npy"), ("a.npz", "npz")] {
        write(name, b"x,y\n1,2\n");
        let message = open(name);
        let article = if kind == "Parquet" { "a" } else { "an" };
        assert!(message.starts_with(&format!("{name}: is not {article} {kind} file, or is damaged: ")), "{message}");
    }
    write("a.csv", b"\n\r\n");
    assert_eq!(open("a.csv"), "a.csv: has no header");
    write("a.csv", b"x,y\n1,\"2\n3,4\n");
    assert_eq!(open("a.csv"), "a.csv: a quote in row 1 is never closed");
    write("a.csv", b"x\xff,y\n1,2\n");
    assert_eq!(open("a.csv"), "a.csv: found \"x\u{fffd}\" in the header, expected UTF-8");
    write("a.csv", b"x,y,x\n1,2,3\n");
    assert_eq!(open("a.csv"), "a.csv: has two columns named x");
    write("a.arrow", b"FEA1....FEA1");
    assert_eq!(open("a.arrow"), "a.arrow: has Feather version 1, expected version 2");
    let mut stream = vec![];
    let columns = batch(&random(5, 2, 1));
    let mut writer = StreamWriter::try_new(&mut stream, &columns.schema()).unwrap();
    writer.write(&columns).unwrap();
    writer.finish().unwrap();
    for name in ["a.arrow", "a"] {
        write(name, &stream);
        let message = open(name);
        assert_eq!(message, format!("{name}: is an Arrow IPC stream, expected the Arrow IPC file format (Feather 2)"));
    }
}

#[test]
fn numpy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |kind: &str, shape: &str, data: usize| {
        std::fs::write(folder.join("a.npy"), npy(kind, false, shape, &vec![0; data])).unwrap();
        message(folder, &["a.npy"], &["column_0"], &[])
    };
    assert_eq!(write("'<f8'", "(2, 2, 1)", 32), "a.npy: found shape [2, 2, 1], expected (rows) or (rows, columns)");
    assert_eq!(write("'<f8'", "()", 8), "a.npy: found shape [], expected (rows) or (rows, columns)");
    assert_eq!(write("'<f8'", "(2, 2)", 31), "a.npy: is damaged: found 31 bytes of data, expected 32");
    assert_eq!(write("'<f8'", "(2, 2)", 33), "a.npy: is damaged: found 33 bytes of data, expected 32");
    assert_eq!(write("'<f8'", "(0, 9000000)", 0), "a.npy: found 9000000 columns, expected at most 1048576");
    let huge = write("'<f8'", "(9223372036854775807, 2)", 0);
    assert!(huge.starts_with("a.npy: is "), "{huge}");
    assert_eq!(write("'<c16'", "(1,)", 16), "a.npy, column column_0: found <c16, expected numbers");
    assert_eq!(write("'<U3'", "(1,)", 12), "a.npy, column column_0: found <U3, expected numbers");
    assert_eq!(write("'|O'", "(1,)", 12), "a.npy, column column_0: found |O, expected numbers");
    assert_eq!(
        write("'<f8'", &"(".repeat(40), 8),
        "a.npy: is not an npy file, or is damaged: its header is nested too deeply"
    );
    let version = |version: u8| {
        std::fs::write(folder.join("a.npy"), [b"\x93NUMPY", &[version, 0, 0, 0][..]].concat()).unwrap();
        message(folder, &["a.npy"], &[], &[])
    };
    assert_eq!(version(9), "a.npy: is not an npy file, or is damaged: found npy version 9, expected 1, 2, or 3");

    let double = |shape: &str, count: usize| npy("'<f8'", false, shape, &vec![0; 8 * count]);
    let archive = |members: &[(&str, Vec<u8>)], packed: bool| {
        npz(&folder.join("a.npz"), members, packed);
        message(folder, &["a.npz"], &["x"], &[])
    };
    for packed in [false, true] {
        let unequal = [("x", double("(2,)", 2)), ("y", double("(3, 1)", 3))];
        assert_eq!(archive(&unequal, packed), "a.npz: array y: found 3 rows, expected 2 as in array x");
        let twice = [("x_0", double("(2,)", 2)), ("x", double("(2, 1)", 2))];
        assert_eq!(archive(&twice, packed), "a.npz: has two columns named x_0");
        let short = [("x", double("(2,)", 1))];
        assert_eq!(archive(&short, packed), "a.npz: array x: is damaged: found 8 bytes of data, expected 16");
        assert_eq!(archive(&[], packed), "a.npz: has no array of shape (rows) or (rows, columns)");
        let scalar = [("x", double("()", 1)), ("y", double("(1,)", 1))];
        let expected = "a.npz, column x: found an array that does not have one or two axes, expected numbers";
        assert_eq!(archive(&scalar, packed), expected);
        let other = archive(&[("x", b"hello there".to_vec())], packed);
        assert_eq!(other, "a.npz: is not an npz file, or is damaged: array x: its first bytes are wrong");
    }
    // A changed bit of an uncompressed number.
    npz(&folder.join("a.npz"), &[("x", double("(1000,)", 1000))], false);
    let mut bytes = std::fs::read(folder.join("a.npz")).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(folder.join("a.npz"), bytes).unwrap();
    assert_eq!(message(folder, &["a.npz"], &["x"], &[]), "a.npz: is damaged: Invalid checksum");
}

#[test]
fn columns() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let texts = |values: &[&str]| ColumnValues::Texts(values.iter().map(|text| (*text).to_owned()).collect());
    let one = [("x", ColumnValues::Numbers(vec![1.0])).into(), ("id", texts(&["a"])).into()];
    let two = [("id", ColumnValues::Integers(vec![1])).into(), ("y", ColumnValues::Numbers(vec![1.0])).into()];
    write_parquet(folder.join("one.parquet"), &one, &[]).unwrap();
    write_parquet(folder.join("two.parquet"), &two, &[]).unwrap();
    let both = ["one.parquet", "two.parquet"];
    assert_eq!(
        message(folder, &both, &["x"], &[]),
        "two.parquet, column x: found no such column, expected one of id, y"
    );
    assert_eq!(message(folder, &both, &["id"], &[]), "one.parquet, column id: found Utf8, expected numbers");
    assert_eq!(
        message(folder, &both, &[], &["x"]),
        "one.parquet, column x: found Float64, expected text, integers, or Booleans"
    );
    let two_as_one = message(folder, &both, &[], &["id"]);
    assert!(two_as_one.starts_with("two.parquet, column id: found UInt64, expected text, as in "), "{two_as_one}");
    let one_as_two = message(folder, &["two.parquet", "one.parquet"], &[], &["id"]);
    assert!(one_as_two.starts_with("one.parquet, column id: found Utf8, expected numbers, as in "), "{one_as_two}");
    // CSV agrees with both.
    std::fs::write(folder.join("three.csv"), "x,id\n2,b\n").unwrap();
    let paths = ["three.csv", "one.parquet"].map(|name| folder.join(name));
    let reader = Table::open(&paths).unwrap().select(&["x".into()], &["id".into()]).unwrap();
    let (numbers, labels) = crate::common::read(&reader, 10, 1).unwrap();
    assert_eq!((numbers[0].as_slice(), labels[0][1].as_deref()), (&[2.0, 1.0][..], Some("a")));

    let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![1]));
    let times = RecordBatch::try_from_iter([("t", times)]).unwrap();
    crate::common::write_ipc(&folder.join("times.arrow"), &times, 1, None);
    let time = message(folder, &["times.arrow"], &["t"], &[]);
    assert!(time.starts_with("times.arrow, column t: found Timestamp"), "{time}");
    let values: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let twice = RecordBatch::try_from_iter([("a", values.clone()), ("a", values)]).unwrap();
    crate::common::write_ipc(&folder.join("twice.arrow"), &twice, 1, None);
    assert_eq!(message(folder, &["twice.arrow"], &[], &[]), "twice.arrow: has two columns named a");
    crate::common::write_parquet(&folder.join("twice.parquet"), &twice, 1, 1, Compression::SNAPPY);
    assert_eq!(message(folder, &["twice.parquet"], &[], &[]), "twice.parquet: has two columns named a");
}

#[test]
fn fields() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let csv = |text: &[u8], numbers: &[&str], labels: &[&str]| {
        std::fs::write(folder.join("a.csv"), text).unwrap();
        message(folder, &["a.csv"], numbers, labels)
    };
    assert_eq!(
        csv(b"x,y\n1,2\n3,four\n", &["y"], &[]),
        "a.csv, row 2 (line 3), column y: found \"four\", expected a number"
    );
    assert_eq!(csv(b"x,y\n\n1,2\n3,four\n", &["y"], &[]), "a.csv, row 2, column y: found \"four\", expected a number");
    assert_eq!(csv(b"x,y\n1\n", &["x"], &[]), "a.csv, row 1 (line 2): found 1 fields, expected 2 as in the header");
    assert_eq!(csv(b"x,y\n1,2,3", &["x"], &[]), "a.csv, row 1 (line 2): found 3 fields, expected 2 as in the header");
    assert_eq!(
        csv(b"x,y\n1,\xff\n", &["x"], &["y"]),
        "a.csv, row 1 (line 2), column y: found \"\u{fffd}\", expected UTF-8"
    );
    let long = csv(format!("x\n{}\n", "a".repeat(100)).as_bytes(), &["x"], &[]);
    assert_eq!(long, format!("a.csv, row 1 (line 2), column x: found \"{}\"..., expected a number", "a".repeat(40)));
    // Far into the file, in another part.
    let mut text = String::from("x\n");
    (0..5000).for_each(|k| text += if k == 4321 { "?\n" } else { "1\n" });
    assert_eq!(
        csv(text.as_bytes(), &["x"], &[]),
        "a.csv, row 4322 (line 4323), column x: found \"?\", expected a number"
    );
}

/// Reads all of a damaged file that can be read.
fn read(path: &Path, columns: usize) -> Result<(), TableError> {
    numbers(&[path.to_owned()], &names(columns)).map(|_| ())
}

/// A truncated file is refused, wherever it ends.
#[test]
fn truncation() {
    let folder = tempfile::tempdir().unwrap();
    let paths = all(folder.path(), &random(600, 3, 5));
    for path in &paths {
        let extension = path.extension().unwrap_or_default();
        let content = std::fs::read(path).unwrap();
        let text = extension == "csv" || extension == "tsv" || extension == "txt";
        let step = (content.len() / 150).max(1);
        let cuts = (0..content.len()).step_by(step).chain(content.len().saturating_sub(40)..content.len());
        for cut in cuts {
            std::fs::write(path, &content[..cut]).unwrap();
            let read = read(path, 3);
            assert!(read.is_err() || text, "{} of {cut} bytes", path.display());
        }
        std::fs::write(path, &content).unwrap();
        read(path, 3).unwrap();
    }
}
