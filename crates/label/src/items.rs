//! Items: what a model judges.

use crate::LabelError;
use crate::digest::digest;
use std::collections::HashMap;
use std::path::Path;
use suasion_table::{Batch, Table, TableError};

/// The number of rows that are read at a time.
const ROWS: usize = 1 << 14;

/// An item to judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name, unique among items.
    pub name: String,
    /// The text that a model reads.
    pub text: String,
    /// The hash of the text.
    pub hash: String,
    /// The human's utility for the item, in `[0, 1]`, if known.
    pub human: Option<f64>,
}

/// Reads items from a table with the columns `item` and `text`, and perhaps `human`. Other columns
/// are ignored.
///
/// # Errors
/// If the file cannot be read or lacks a column, an item has no name, no text, or the name of
/// another item, or `human` is not in `[0, 1]`.
pub fn read_items(path: &Path) -> Result<Vec<Item>, LabelError> {
    let table = Table::open(&[path.to_path_buf()])?;
    let human = table.columns().iter().any(|column| column.name == "human");
    let numbers = if human { vec!["human".to_owned()] } else { vec![] };
    let reader = table.select(&numbers, &["item".into(), "text".into()])?;
    let mut items: Vec<Item> = vec![];
    let mut rows: HashMap<String, u64> = HashMap::new();
    for part in reader.parts(ROWS) {
        reader.read(&part, |batch: &Batch| {
            for at in 0..batch.rows() {
                let row = batch.first() + at as u64;
                let field = |column: &str, found: &str, expected: &'static str| {
                    Err(TableError::Field {
                        place: reader.place(row),
                        column: column.into(),
                        found: found.into(),
                        expected,
                    })
                };
                let text = |column: usize| batch.labels(column).get(at).unwrap_or_default().trim();
                let (name, text) = (text(0), text(1));
                if name.is_empty() {
                    return field("item", "nothing", "a name");
                }
                if text.is_empty() {
                    return field("text", "nothing", "the text that a model reads");
                }
                if let Some(first) = rows.insert(name.to_owned(), row) {
                    let found = format!("{name:?}, which is already the name of row {}", first + 1);
                    return field("item", &found, "a different name for every item");
                }
                let known = if human { Some(batch.numbers(0)[at]).filter(|x| !x.is_nan()) } else { None };
                if let Some(x) = known.filter(|x| !(0.0..=1.0).contains(x)) {
                    return field("human", &x.to_string(), "a number from 0 to 1");
                }
                items.push(Item { name: name.into(), text: text.into(), hash: digest(text), human: known });
            }
            Ok::<(), TableError>(())
        })?;
    }
    if items.is_empty() {
        return Err(LabelError::bad(path, "found no items, expected at least one row"));
    }
    Ok(items)
}
