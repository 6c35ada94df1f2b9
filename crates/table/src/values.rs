//! Columns that are named at run time, in memory.

use arrow_array::builder::{Float64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, StringArray, UInt64Array};
use arrow_schema::{DataType, Field};
use std::collections::HashMap;
use std::sync::Arc;

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Numbers that there may not be.
    Maybe(Vec<Option<f64>>),
    /// Counts.
    Integers(Vec<u64>),
    /// Counts that there may not be.
    MaybeIntegers(Vec<Option<u64>>),
    /// Whether something is so.
    Flags(Vec<bool>),
    /// Texts.
    Texts(Vec<String>),
    /// Texts that there may not be.
    MaybeTexts(Vec<Option<String>>),
    /// Lists of numbers that there may not be.
    NumberLists(Vec<Option<Vec<f64>>>),
    /// Lists of texts.
    TextLists(Vec<Vec<String>>),
}

/// The field of what a list has in it.
fn item(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new(Field::LIST_FIELD_DEFAULT_NAME, kind, false))
}

impl Values {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Maybe(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::MaybeIntegers(values) => values.len(),
            Self::Flags(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::MaybeTexts(values) => values.len(),
            Self::NumberLists(values) => values.len(),
            Self::TextLists(values) => values.len(),
        }
    }

    /// The type in Arrow, and whether there may be nulls.
    fn stored(&self) -> (DataType, bool) {
        match self {
            Self::Numbers(_) => (DataType::Float64, false),
            Self::Maybe(_) => (DataType::Float64, true),
            Self::Integers(_) => (DataType::UInt64, false),
            Self::MaybeIntegers(_) => (DataType::UInt64, true),
            Self::Flags(_) => (DataType::Boolean, false),
            Self::Texts(_) => (DataType::Utf8, false),
            Self::MaybeTexts(_) => (DataType::Utf8, true),
            Self::NumberLists(_) => (DataType::List(item(DataType::Float64)), true),
            Self::TextLists(_) => (DataType::List(item(DataType::Utf8)), false),
        }
    }

    /// Rows as an array of Arrow; none if it cannot hold so much.
    pub(crate) fn array(&self, from: usize, to: usize) -> Option<ArrayRef> {
        if self.longest(from, to) > i32::MAX as usize {
            return None;
        }
        Some(match self {
            Self::Numbers(values) => Arc::new(Float64Array::from_iter_values(values[from..to].iter().copied())),
            Self::Maybe(values) => Arc::new(values[from..to].iter().copied().collect::<Float64Array>()),
            Self::Integers(values) => Arc::new(UInt64Array::from_iter_values(values[from..to].iter().copied())),
            Self::MaybeIntegers(values) => Arc::new(values[from..to].iter().copied().collect::<UInt64Array>()),
            Self::Flags(values) => Arc::new(BooleanArray::from(values[from..to].to_vec())),
            Self::Texts(values) => Arc::new(StringArray::from_iter_values(&values[from..to])),
            Self::MaybeTexts(values) => {
                Arc::new(values[from..to].iter().map(Option::as_deref).collect::<StringArray>())
            }
            Self::NumberLists(values) => {
                let mut lists = ListBuilder::new(Float64Builder::new()).with_field(item(DataType::Float64));
                for list in &values[from..to] {
                    lists.values().append_slice(list.as_deref().unwrap_or_default());
                    lists.append(list.is_some());
                }
                Arc::new(lists.finish())
            }
            Self::TextLists(values) => {
                let mut lists = ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8));
                for list in &values[from..to] {
                    list.iter().for_each(|text| lists.values().append_value(text));
                    lists.append(true);
                }
                Arc::new(lists.finish())
            }
        })
    }

    /// The bytes of the texts of rows, or the numbers of their lists: Arrow counts them with 31 bits.
    fn longest(&self, from: usize, to: usize) -> usize {
        match self {
            Self::Texts(values) => values[from..to].iter().map(String::len).sum(),
            Self::MaybeTexts(values) => values[from..to].iter().flatten().map(String::len).sum(),
            Self::NumberLists(values) => values[from..to].iter().flatten().map(Vec::len).sum(),
            // Also more than there are lists, as empty texts count.
            Self::TextLists(values) => values[from..to].iter().flatten().map(|text| text.len() + 1).sum(),
            _ => 0,
        }
    }
}

/// A column of a table whose columns are named at run time.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    /// Its name.
    pub name: String,
    /// The unit of its numbers; empty for names and counts.
    pub unit: String,
    /// What it tells; may be empty.
    pub meaning: String,
    /// What is in it.
    pub values: Values,
}

impl<N: Into<String>> From<(N, Values)> for NamedColumn {
    /// A column that says no more of itself.
    fn from((name, values): (N, Values)) -> Self {
        Self { name: name.into(), unit: String::new(), meaning: String::new(), values }
    }
}

impl NamedColumn {
    /// The column, with the unit of its numbers and what it tells.
    #[must_use]
    pub fn with(self, unit: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { unit: unit.into(), meaning: meaning.into(), ..self }
    }

    pub(crate) fn field(&self) -> Field {
        let (kind, may_be_null) = self.values.stored();
        field(&self.name, kind, may_be_null, &self.unit, &self.meaning)
    }
}

/// A field of a schema, whose metadata have the unit and the meaning that there are.
pub(crate) fn field(name: &str, kind: DataType, may_be_null: bool, unit: &str, meaning: &str) -> Field {
    let about = [("unit", unit), ("meaning", meaning)];
    let about: HashMap<String, String> =
        about.into_iter().filter(|(_, text)| !text.is_empty()).map(|(k, text)| (k.into(), text.into())).collect();
    Field::new(name, kind, may_be_null).with_metadata(about)
}
