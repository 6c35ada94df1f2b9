//! Factor files, and the blocks of their rows.

use std::path::{Path, PathBuf};
use suasion_regression::{ColumnRoles, Missing, Monitor, Reduction, RegressionError, reduce};
use suasion_table::{ColumnValues, NamedColumn, Table, write_parquet};

/// A table of one agent, reduced in blocks by the column `key`.
fn reduced(folder: &Path, keys: impl Iterator<Item = String>, blocks: u32) -> Reduction {
    let path = folder.join("scores.csv");
    let rows = keys.enumerate().map(|(i, key)| format!("{key},{},{}\n", i % 7, i % 5));
    std::fs::write(&path, std::iter::once("key,human,agent\n".into()).chain(rows).collect::<String>()).unwrap();
    let columns = ColumnRoles {
        target: "human".into(),
        agents: vec!["agent".into()],
        block_by: Some("key".into()),
        ..ColumnRoles::default()
    };
    let table = Table::open(&[path]).unwrap();
    let reader = table.select(&columns.numbers(), &columns.labels()).unwrap();
    reduce(&reader, &columns, blocks, Missing::Refuse, &Monitor::default()).unwrap()
}

/// The hash deals even similar keys to blocks as a uniform draw would: chi-squared with 49 degrees
/// of freedom is below 86 with probability 0.999.
#[test]
fn blocks_are_balanced() {
    let folder = tempfile::tempdir().unwrap();
    for (name, width) in [("item-", 0), ("", 8), ("https://example.org/a/", 4)] {
        let keys = (0..10_000).map(|i| format!("{name}{i:0width$}"));
        let reduction = reduced(folder.path(), keys, 50);
        assert_eq!(reduction.rows(), 10_000);
        let chi: f64 = reduction.cells.values().map(|factor| (factor.rows() as f64 - 200.0).powi(2) / 200.0).sum();
        assert!(reduction.cells.len() == 50 && chi < 86.0, "{name}: {chi}");
    }
}

/// The blocks of some keys, which are part of the format: another hash is another version.
#[test]
fn blocks_of_known_keys() {
    let folder = tempfile::tempdir().unwrap();
    let block = |key: &str| {
        let reduction = reduced(folder.path(), std::iter::repeat_n(key.to_owned(), 3), 1000);
        reduction.cells.into_keys().next().unwrap().block
    };
    assert_eq!(["a", "item-17", "Zürich"].map(block), [719, 14, 630]);
}

#[test]
fn other_versions_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("all.factor");
    let reduction = reduced(folder.path(), (0..100).map(|i| i.to_string()), 3);
    reduction.write(&path).unwrap();
    let again = Reduction::read(&path).unwrap();
    assert_eq!((&again.columns, again.rows()), (&reduction.columns, 100));
    for (cell, factor) in &reduction.cells {
        assert_eq!(factor.triangle(), again.cells[cell].triangle());
    }
    // Only the format of another version is read.
    let other = folder.path().join("old.factor");
    let about = r#"{"format": "suasion-factor/1", "anything": "else"}"#;
    let column = NamedColumn::from(("suasion.intercept", ColumnValues::Numbers(vec![1.0])));
    write_parquet(&other, &[column], &[("suasion.factor", about.into())]).unwrap();
    let refused = Reduction::read(&other).unwrap_err();
    assert!(matches!(refused, RegressionError::FactorFile { .. }) && refused.is_usage());
    let message = "old.factor: found the format \"suasion-factor/1\", expected \"suasion-factor/2\"; \
                   reduce the tables again with this version";
    assert!(refused.to_string().ends_with(message), "{refused}");
}
