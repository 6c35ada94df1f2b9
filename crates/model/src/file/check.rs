//! Turns forms into parts of a game. Checks shapes, finiteness, distributions and names.

use super::error::{Place, Refusal};
use super::form::{LabelsForm, Table};
use super::npy;
use crate::{Labels, Matrix};
use std::collections::HashMap;
use std::path::{Component, Path};

/// Utilities beyond this bound are refused: weighted sums of their differences must stay finite.
const LARGEST: f64 = 1e100;
/// A sum of probabilities may miss 1 by this much.
pub(super) const LOOSE: f64 = 1e-6;
/// A sum of probabilities that misses 1 by at most this much is taken as it is.
const TIGHT: f64 = 1e-12;

/// A set of at least one element, with distinct names.
pub(super) fn labels(form: LabelsForm, place: &Place, what: &str) -> Result<Labels, Refusal> {
    match form {
        LabelsForm::Count(0) => Err(place.clone().refuse(format!("found 0 {what}, expected at least 1"))),
        LabelsForm::Names(names) if names.is_empty() => {
            Err(place.clone().refuse(format!("found no {what}, expected at least 1")))
        }
        LabelsForm::Count(count) => Ok(Labels::Count(count)),
        LabelsForm::Names(names) => {
            distinct(names.iter().enumerate().map(|(i, name)| (place.index(i), name.as_str())))?;
            Ok(Labels::Names(names))
        }
    }
}

/// Refuses a name that is empty or appears twice.
pub(super) fn distinct<'n>(names: impl Iterator<Item = (Place, &'n str)>) -> Result<(), Refusal> {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    for (place, name) in names {
        if name.is_empty() {
            return Err(place.refuse("found an empty name"));
        }
        if let Some(first) = seen.get(name) {
            let problem = format!("found the name {name:?} again, which {first} has; names must be distinct");
            return Err(place.refuse(problem));
        }
        seen.insert(name, place);
    }
    Ok(())
}

/// What the rows and columns of a table stand for, and how many there should be. `None` allows any
/// number of rows.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub rows: Option<usize>,
    pub row: &'a str,
    pub columns: usize,
    pub column: &'a str,
}

/// A matrix of finite numbers. If `list` is true, a plain list counts as one row.
pub(super) fn matrix(
    table: Table,
    place: &Place,
    directory: &Path,
    expected: Expected<'_>,
    list: bool,
) -> Result<Matrix, Refusal> {
    let Expected { rows, row, columns, column } = expected;
    let (numbers, found_rows) = match table {
        Table::List(numbers) if list => {
            check_length(numbers.len(), columns, column, place)?;
            (numbers, 1)
        }
        Table::List(numbers) if numbers.is_empty() => {
            return Err(place.clone().refuse(format!("found an empty list, expected one row per {row}")));
        }
        Table::List(_) => {
            let problem = format!("found a list of numbers, expected a list of rows, one per {row}");
            return Err(place.clone().refuse(problem));
        }
        Table::Rows { numbers, lengths } => {
            check_rows(lengths.len(), rows, row, place)?;
            for (i, &length) in lengths.iter().enumerate() {
                check_length(length, columns, column, &place.index(i))?;
            }
            (numbers, lengths.len())
        }
        Table::Npy(file) => {
            let refuse = |problem: String| place.clone().refuse(format!("{file}: {problem}"));
            let inside = Path::new(&file).components().all(|part| matches!(part, Component::Normal(_)));
            if !inside || file.is_empty() {
                return Err(refuse("expected a file beside the instance, named relative to it and without ..".into()));
            }
            let array = npy::read(&directory.join(&file)).map_err(refuse)?;
            let (found_rows, found_columns) = match array.shape[..] {
                [columns] if list => (1, columns),
                [rows, columns] => (rows, columns),
                _ => return Err(refuse(format!("found 1 dimension, expected 2 ({row} x {column})"))),
            };
            if found_columns != columns || rows.is_some_and(|rows| rows != found_rows) {
                let rows = rows.map_or_else(|| "any number".to_owned(), |rows| rows.to_string());
                let expected = format!("expected {rows} x {columns}, one row per {row}, one column per {column}");
                return Err(refuse(format!("found {found_rows} x {found_columns} numbers, {expected}")));
            }
            (array.numbers, found_rows)
        }
    };
    if let Some(bad) = numbers.iter().position(|number| !number.is_finite() || number.abs() > LARGEST) {
        let place =
            if list && found_rows == 1 { place.index(bad) } else { place.index(bad / columns).index(bad % columns) };
        return Err(
            place.refuse(format!("found {}, expected a number between -{LARGEST:e} and {LARGEST:e}", numbers[bad]))
        );
    }
    Ok(Matrix::new(found_rows, columns, numbers))
}

fn check_rows(found: usize, expected: Option<usize>, row: &str, place: &Place) -> Result<(), Refusal> {
    match expected {
        Some(expected) if found != expected => {
            let rows = if found == 1 { "row" } else { "rows" };
            Err(place.clone().refuse(format!("found {found} {rows}, expected {expected}, one per {row}")))
        }
        _ => Ok(()),
    }
}

fn check_length(found: usize, expected: usize, column: &str, place: &Place) -> Result<(), Refusal> {
    if found == expected {
        return Ok(());
    }
    let numbers = if found == 1 { "number" } else { "numbers" };
    Err(place.clone().refuse(format!("found {found} {numbers}, expected {expected}, one per {column}")))
}

/// Makes a distribution of numbers that sum to one within single precision; see [`super`].
pub(super) fn normalize(
    probabilities: &mut [f64],
    place: &Place,
    item: impl Fn(usize) -> Place,
) -> Result<(), Refusal> {
    for (i, &p) in probabilities.iter().enumerate() {
        if !p.is_finite() || p < 0.0 {
            return Err(item(i).refuse(format!("found the probability {p}, expected one of at least 0")));
        }
    }
    let total = compensated(probabilities);
    if (total - 1.0).abs() > LOOSE {
        return Err(place.clone().refuse(format!("the probabilities sum to {total}, expected 1")));
    }
    if (total - 1.0).abs() > TIGHT {
        for p in probabilities.iter_mut() {
            *p /= total;
        }
    }
    Ok(())
}

/// A sum whose error does not grow with the number of terms (Neumaier 1974).
fn compensated(numbers: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for &x in numbers {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    sum + lost
}
