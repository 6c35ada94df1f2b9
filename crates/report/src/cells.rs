//! The values of a column of any kind.

use suasion_table::ColumnValues;

pub(crate) struct Cells(ColumnValues);

impl Cells {
    pub(crate) fn of(values: ColumnValues) -> Self {
        Self(values)
    }

    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        match &self.0 {
            ColumnValues::Numbers(values) => values.get(row).copied(),
            ColumnValues::Maybe(values) => values.get(row).copied().flatten(),
            ColumnValues::Integers(values) => values.get(row).map(|&count| count as f64),
            _ => None,
        }
    }

    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        match &self.0 {
            ColumnValues::Texts(values) => values.get(row).map(String::as_str),
            ColumnValues::MaybeTexts(values) => values.get(row).and_then(Option::as_deref),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, row: usize) -> Option<bool> {
        match &self.0 {
            ColumnValues::Flags(values) => values.get(row).copied(),
            _ => None,
        }
    }

    pub(crate) fn list(&self, row: usize) -> Option<&[f64]> {
        match &self.0 {
            ColumnValues::NumberLists(values) => values.get(row).and_then(|list| list.as_deref()),
            _ => None,
        }
    }

    /// Whether it has one number per row.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.0, ColumnValues::Numbers(_) | ColumnValues::Maybe(_) | ColumnValues::Integers(_))
    }

    /// Whether it has one value per row.
    pub(crate) fn is_single(&self) -> bool {
        !matches!(self.0, ColumnValues::NumberLists(_) | ColumnValues::TextLists(_))
    }

    /// Whether every row lacks a value.
    pub(crate) fn is_blank(&self) -> bool {
        match &self.0 {
            ColumnValues::Maybe(values) => values.iter().all(Option::is_none),
            ColumnValues::MaybeTexts(values) => values.iter().all(Option::is_none),
            _ => false,
        }
    }
}
