//! Tables are read as they were written, in every format.

use crate::common::{all, bits, names, npy, npz, numbers, random, read};
use arrow_array::{ArrayRef, NullArray, RecordBatch};
use parquet::basic::Compression;
use std::sync::Arc;
use suasion_table::{ColumnValues, Kind, Table, TableError, write_parquet};

#[test]
fn every_format_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let columns = random(2500, 5, 1);
    let paths = all(folder.path(), &columns);
    assert_eq!(paths.len(), 18);
    let wanted = names(5);
    for path in &paths {
        let found = numbers(std::slice::from_ref(path), &wanted).unwrap();
        assert_eq!(bits(&found), bits(&columns), "{}", path.display());
        // In another order, a part of the columns, and one of them twice.
        let some: Vec<String> = [3, 0, 3].map(|k| wanted[k].clone()).into();
        let reader = Table::open(std::slice::from_ref(path)).unwrap().select(&some, &[]).unwrap();
        for rows in [1, 7, 150, 1024, 5000] {
            let (found, _) = read(&reader, rows, 2).unwrap();
            let expected = [3, 0, 3].map(|k| columns[k].clone());
            assert_eq!(bits(&found), bits(&expected), "{} by {rows}", path.display());
            if rows > 1 {
                assert_eq!(bits(&found), bits(&read(&reader, rows, 1).unwrap().0));
            }
        }
    }
    let reader = Table::open(&paths).unwrap().select(&wanted, &[]).unwrap();
    assert_eq!(reader.rows(), 18 * 2500);
    let (found, _) = read(&reader, 333, 2).unwrap();
    for (found, expected) in found.iter().zip(&columns) {
        assert!(found.chunks(2500).all(|part| bits(&[part.to_vec()]) == bits(std::slice::from_ref(expected))));
    }
    let place = reader.place(9 * 2500 + 4);
    assert_eq!((place.row, place.line), (5, Some(6)));
    assert!(place.to_string().ends_with("j.csv, row 5 (line 6)"));
    assert!(reader.place(4).to_string().ends_with("a.parquet, row 5"));
    assert_eq!(reader.place(18 * 2500 - 1).row, 2500);
}

#[test]
fn no_rows_and_no_columns() {
    let folder = tempfile::tempdir().unwrap();
    let paths = all(folder.path(), &[vec![], vec![]]);
    for path in &paths {
        assert_eq!(numbers(std::slice::from_ref(path), &names(2)).unwrap(), [[], []], "{}", path.display());
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = all(folder.path(), &random(300, 2, 3));
    let reader = Table::open(&paths).unwrap().select(&[], &[]).unwrap();
    read(&reader, 70, 1).unwrap();
}

#[test]
fn an_error_of_the_visitor_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let paths = all(folder.path(), &random(300, 2, 3));
    let reader = Table::open(&paths).unwrap().select(&names(1), &[]).unwrap();
    let mut calls = 0;
    let stopped = |_: &suasion_table::Batch| {
        calls += 1;
        Err(TableError::Output { what: "visitor".into(), problem: "has enough".into() })
    };
    let refused = reader.read(&reader.parts(100)[0], stopped).unwrap_err();
    assert_eq!((calls, refused.to_string().as_str()), (1, "visitor: has enough"));
    let other = Table::open(&paths[..1]).unwrap().select(&names(1), &[]).unwrap();
    let part = *reader.parts(100).last().unwrap();
    assert_eq!(other.read::<TableError>(&part, |_| Ok(())).unwrap_err().to_string(), "part: belongs to another table");
}

#[test]
fn nulls_and_labels() {
    let folder = tempfile::tempdir().unwrap();
    let batch = crate::common::mixed();
    let (one, two) = (folder.path().join("a.parquet"), folder.path().join("b.arrow"));
    crate::common::write_parquet(&one, &batch, 3, 1, Compression::SNAPPY);
    crate::common::write_ipc(&two, &batch, 3, None);
    let nan = f64::NAN;
    for path in [one, two] {
        let table = Table::open(std::slice::from_ref(&path)).unwrap();
        let kinds: Vec<&Kind> = table.columns().iter().map(|column| &column.kind).collect();
        assert!(
            kinds[..6].iter().all(|kind| **kind == Kind::Number) && kinds[6..].iter().all(|kind| **kind == Kind::Text)
        );
        let numbers = ["double", "single", "whole", "byte", "truth", "decimal"].map(str::to_owned);
        let labels = ["text", "large", "view", "dictionary", "whole", "truth", "byte"].map(str::to_owned);
        let (numbers, labels) = read(&table.select(&numbers, &labels).unwrap(), 2, 1).unwrap();
        let expected = [
            [0.1, nan, nan, -0.0],
            [f64::from(0.1f32), nan, 2.0, nan],
            [-3.0, nan, (1u64 << 60) as f64, 0.0],
            [255.0, 0.0, 1.0, 2.0],
            [1.0, 0.0, nan, 1.0],
            [1.25, -0.1, nan, 123_456_789_012_345_678_901.23],
        ];
        assert_eq!(bits(&numbers), bits(&expected.map(|column| column.to_vec())), "{}", path.display());
        let text: Vec<Vec<Option<&str>>> =
            labels.iter().map(|column| column.iter().map(Option::as_deref).collect()).collect();
        assert_eq!(text[0], [Some("a"), Some(""), None, Some("a")]);
        assert_eq!(text[1], [Some("p"), Some("q"), Some("p"), Some("p")]);
        assert_eq!(text[2], [Some("a longer text than fits in place"), None, None, Some("v")]);
        assert_eq!(text[3], [Some("x"), None, Some("y"), Some("x")]);
        assert_eq!(text[4], [Some("-3"), None, Some("1152921504606846976"), Some("0")]);
        assert_eq!(text[5], [Some("true"), Some("false"), None, Some("true")]);
        assert_eq!(text[6], [Some("255"), Some("0"), Some("1"), Some("2")]);
    }
    let path = folder.path().join("c.arrow");
    let nulls = RecordBatch::try_from_iter([("x", Arc::new(NullArray::new(2)) as ArrayRef)]).unwrap();
    crate::common::write_ipc(&path, &nulls, 2, None);
    let reader = Table::open(&[path]).unwrap().select(&["x".into()], &["x".into()]).unwrap();
    let (numbers, labels) = read(&reader, 2, 1).unwrap();
    assert!(numbers[0].iter().all(|x| x.is_nan()) && labels[0] == [None, None]);
}

#[test]
fn fields_of_csv() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let text = "x, y ,\"na\"\"me\"\n1,NA,\"a\nb\"\n\n-inf,nan,NA\n\" 2 \",Null,\n+3,1e3,5\" pipe";
    std::fs::write(&path, text).unwrap();
    let table = Table::open(&[path]).unwrap();
    let kinds: Vec<(&str, &Kind)> = table.columns().iter().map(|column| (column.name.as_str(), &column.kind)).collect();
    assert_eq!(kinds, [("x", &Kind::Number), ("y", &Kind::Number), ("na\"me", &Kind::Text)]);
    let reader = table.select(&["x".into(), "y".into()], &["na\"me".into()]).unwrap();
    let (numbers, labels) = read(&reader, 3, 1).unwrap();
    assert_eq!(numbers[0], [1.0, f64::NEG_INFINITY, 2.0, 3.0]);
    assert!(numbers[1][..3].iter().all(|x| x.is_nan()) && numbers[1][3] == 1000.0);
    let labels: Vec<Option<&str>> = labels[0].iter().map(Option::as_deref).collect();
    assert_eq!(labels, [Some("a\nb"), Some("NA"), None, Some("5\" pipe")]);
    // Rows are not lines here.
    assert_eq!(reader.place(2).line, None);
}

#[test]
fn numbers_of_numpy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let two = |kind: &str, data: &[u8]| {
        std::fs::write(&path, npy(kind, false, "(2,)", data)).unwrap();
        numbers(std::slice::from_ref(&path), &names(1)).unwrap()[0].clone()
    };
    assert_eq!(two("'<f4'", &[0.5f32.to_le_bytes(), (-2f32).to_le_bytes()].concat()), [0.5, -2.0]);
    assert_eq!(two("'>f4'", &[0.5f32.to_be_bytes(), (-2f32).to_be_bytes()].concat()), [0.5, -2.0]);
    assert_eq!(two("'<f2'", &[0x00, 0x3c, 0x00, 0xc0]), [1.0, -2.0]);
    assert_eq!(two("'<i8'", &[(-5i64).to_le_bytes(), 7i64.to_le_bytes()].concat()), [-5.0, 7.0]);
    assert_eq!(two("'>i4'", &[(-5i32).to_be_bytes(), 7i32.to_be_bytes()].concat()), [-5.0, 7.0]);
    assert_eq!(two("'<i2'", &[(-5i16).to_le_bytes(), 7i16.to_le_bytes()].concat()), [-5.0, 7.0]);
    assert_eq!(two("'|i1'", &[0xff, 3]), [-1.0, 3.0]);
    assert_eq!(two("'|u1'", &[0xff, 3]), [255.0, 3.0]);
    assert_eq!(two("'>u2'", &[1, 0, 0, 1]), [256.0, 1.0]);
    assert_eq!(two("'<u4'", &[u32::MAX.to_le_bytes(), 1u32.to_le_bytes()].concat()), [f64::from(u32::MAX), 1.0]);
    assert_eq!(two("'<u8'", &[u64::MAX.to_le_bytes(), 1u64.to_le_bytes()].concat()), [u64::MAX as f64, 1.0]);
    assert_eq!(two("'|b1'", &[1, 0]), [1.0, 0.0]);

    let record = "[('x', '<f8'), ('', '|V4'), ('id', '<i4'), ('name', '<U1'), ('ok', '|b1')]";
    let row = |x: f64, id: i32, ok: u8| [&x.to_le_bytes()[..], &[9; 4], &id.to_le_bytes(), b"a\0\0\0", &[ok]].concat();
    std::fs::write(&path, npy(record, false, "(2,)", &[row(0.5, -7, 1), row(1.5, 8, 0)].concat())).unwrap();
    let table = Table::open(std::slice::from_ref(&path)).unwrap();
    let columns: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["x", "id", "name", "ok"]);
    assert_eq!(table.columns()[2].kind, Kind::Other("<U1".into()));
    let reader = table.select(&["ok".into(), "x".into()], &["id".into(), "ok".into()]).unwrap();
    let (numbers, labels) = read(&reader, 1, 1).unwrap();
    assert_eq!(numbers, [[1.0, 0.0], [0.5, 1.5]]);
    assert_eq!(labels[0], [Some("-7".to_owned()), Some("8".to_owned())]);
    assert_eq!(labels[1], [Some("true".to_owned()), Some("false".to_owned())]);

    // Arrays without rows are ignored.
    let path = folder.path().join("b.npz");
    let members = [
        ("seed", npy("'<i8'", false, "()", &7i64.to_le_bytes())),
        ("x", npy("'<f8'", false, "(2,)", &[1f64.to_le_bytes(), 2f64.to_le_bytes()].concat())),
        ("y", npy("'|u1'", true, "(2, 2)", &[1, 2, 3, 4])),
    ];
    for packed in [false, true] {
        npz(&path, &members, packed);
        let columns = ["y_1", "x", "y_0"].map(str::to_owned);
        assert_eq!(
            crate::common::numbers(std::slice::from_ref(&path), &columns).unwrap(),
            [[3.0, 4.0], [1.0, 2.0], [1.0, 2.0]]
        );
    }
}

#[test]
fn the_writer_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("factors.parquet");
    let rows = 200_000;
    let text = |k: usize| format!("agent.{}", k % 3);
    let columns = vec![
        ("a.b", ColumnValues::Numbers((0..rows).map(|k| 0.1 * k as f64).collect())).into(),
        ("maybe", ColumnValues::Maybe((0..rows).map(|k| (k % 2 == 0).then_some(k as f64)).collect())).into(),
        ("count", ColumnValues::Integers((0..rows as u64).collect())).into(),
        ("text", ColumnValues::Texts((0..rows).map(text).collect())).into(),
        ("maybe text", ColumnValues::MaybeTexts((0..rows).map(|k| (k % 5 > 0).then(|| text(k))).collect())).into(),
    ];
    write_parquet(&path, &columns, &[("suasion.hull", "{\"k\": 2}".into())]).unwrap();
    write_parquet(&path, &columns, &[("suasion.hull", "{\"k\": 3}".into())]).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let table = Table::open(std::slice::from_ref(&path)).unwrap();
    assert_eq!((table.rows(), table.about("suasion.hull"), table.about("none")), (200_000, Some("{\"k\": 3}"), None));
    let numbers = ["a.b", "maybe", "count"].map(str::to_owned);
    let labels = ["text", "maybe text", "count"].map(str::to_owned);
    let reader = table.select(&numbers, &labels).unwrap();
    assert!(reader.parts(50_000).len() > 3);
    let (numbers, labels) = read(&reader, 50_000, 2).unwrap();
    for k in 0..rows {
        assert_eq!(numbers[0][k], 0.1 * k as f64);
        assert!(if k % 2 == 0 { numbers[1][k] == k as f64 } else { numbers[1][k].is_nan() });
        assert_eq!(labels[0][k], Some(text(k)));
        assert_eq!(labels[1][k], (k % 5 > 0).then(|| text(k)));
        assert_eq!(labels[2][k], Some(k.to_string()));
    }
    let unequal = [("a", ColumnValues::Numbers(vec![1.0])).into(), ("b", ColumnValues::Integers(vec![])).into()];
    let problem = write_parquet(folder.path().join("x"), &unequal, &[]).unwrap_err().to_string();
    assert!(problem.ends_with("x: column b: found 0 rows, expected 1 as in a"), "{problem}");
    let twice = [("a", ColumnValues::Numbers(vec![])).into(), ("a", ColumnValues::Integers(vec![])).into()];
    assert!(write_parquet(folder.path().join("x"), &twice, &[]).is_err());
    let nowhere = write_parquet(folder.path().join("no/x"), &columns[..1], &[]).unwrap_err();
    assert!(nowhere.is_usage() && nowhere.to_string().contains("No such file"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
