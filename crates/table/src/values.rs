//! Columns that are named at run time.

use arrow_array::builder::{Float64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use std::collections::HashMap;
use std::sync::Arc;

/// A column with its name, and what its field says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    /// Its name.
    pub name: String,
    /// The unit of its numbers; empty for names and counts, and where it is not said.
    pub unit: String,
    /// What it tells; empty where it is not said.
    pub meaning: String,
    /// A value for each row.
    pub values: Values,
}

impl NamedColumn {
    /// A column.
    #[must_use]
    pub fn new(name: &str, unit: &str, meaning: &str, values: Values) -> Self {
        Self { name: name.into(), unit: unit.into(), meaning: meaning.into(), values }
    }
}

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Numbers that there may not be.
    Maybe(Vec<Option<f64>>),
    /// Counts.
    Integers(Vec<u64>),
    /// Yes or no.
    Flags(Vec<bool>),
    /// Texts.
    Texts(Vec<String>),
    /// Texts that there may not be.
    MaybeTexts(Vec<Option<String>>),
    /// Lists of numbers.
    NumberLists(Vec<Vec<f64>>),
    /// Lists of texts.
    TextLists(Vec<Vec<String>>),
}

/// The metadata of a field: a unit and a meaning, where they are said.
pub(crate) fn about(unit: &str, meaning: &str) -> HashMap<String, String> {
    let about = [("unit", unit), ("meaning", meaning)];
    about.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.into(), text.into())).collect()
}

impl Values {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Maybe(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Flags(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::MaybeTexts(values) => values.len(),
            Self::NumberLists(values) => values.len(),
            Self::TextLists(values) => values.len(),
        }
    }

    fn kind(&self) -> DataType {
        let list = |kind| DataType::List(Arc::new(Field::new("item", kind, true)));
        match self {
            Self::Numbers(_) | Self::Maybe(_) => DataType::Float64,
            Self::Integers(_) => DataType::UInt64,
            Self::Flags(_) => DataType::Boolean,
            Self::Texts(_) | Self::MaybeTexts(_) => DataType::Utf8,
            Self::NumberLists(_) => list(DataType::Float64),
            Self::TextLists(_) => list(DataType::Utf8),
        }
    }

    /// The rows from `from` to `to`.
    fn array(&self, from: usize, to: usize) -> ArrayRef {
        match self {
            Self::Numbers(values) => Arc::new(Float64Array::from_iter_values(values[from..to].iter().copied())),
            Self::Maybe(values) => Arc::new(values[from..to].iter().copied().collect::<Float64Array>()),
            Self::Integers(values) => Arc::new(UInt64Array::from_iter_values(values[from..to].iter().copied())),
            Self::Flags(values) => Arc::new(values[from..to].iter().copied().map(Some).collect::<BooleanArray>()),
            Self::Texts(values) => Arc::new(StringArray::from_iter_values(&values[from..to])),
            Self::MaybeTexts(values) => {
                Arc::new(values[from..to].iter().map(Option::as_deref).collect::<StringArray>())
            }
            Self::NumberLists(values) => {
                let mut lists = ListBuilder::new(Float64Builder::new());
                values[from..to].iter().for_each(|list| lists.append_value(list.iter().copied().map(Some)));
                Arc::new(lists.finish())
            }
            Self::TextLists(values) => {
                let mut lists = ListBuilder::new(StringBuilder::new());
                values[from..to].iter().for_each(|list| lists.append_value(list.iter().map(Some)));
                Arc::new(lists.finish())
            }
        }
    }

    /// No rows, of the kind of a field; none if there is no such kind.
    pub(crate) fn none_of(field: &Field) -> Option<Self> {
        Some(match (field.data_type(), field.is_nullable()) {
            (DataType::Float64, false) => Self::Numbers(vec![]),
            (DataType::Float64, true) => Self::Maybe(vec![]),
            (DataType::UInt64, false) => Self::Integers(vec![]),
            (DataType::Boolean, false) => Self::Flags(vec![]),
            (DataType::Utf8, false) => Self::Texts(vec![]),
            (DataType::Utf8, true) => Self::MaybeTexts(vec![]),
            (DataType::List(item), false) if *item.data_type() == DataType::Float64 => Self::NumberLists(vec![]),
            (DataType::List(item), false) if *item.data_type() == DataType::Utf8 => Self::TextLists(vec![]),
            _ => return None,
        })
    }

    /// Adds rows of the same kind; false if they are of another.
    pub(crate) fn append(&mut self, array: &ArrayRef) -> bool {
        let texts = || array.as_string_opt::<i32>();
        let numbers = || array.as_primitive_opt::<Float64Type>();
        match self {
            Self::Numbers(values) => numbers().map(|array| values.extend(array.values())),
            Self::Maybe(values) => numbers().map(|array| values.extend(array.iter())),
            Self::Integers(values) => array.as_primitive_opt::<UInt64Type>().map(|array| values.extend(array.values())),
            Self::Flags(values) => {
                array.as_boolean_opt().map(|array| values.extend(array.iter().map(|x| x == Some(true))))
            }
            Self::Texts(values) => {
                texts().map(|array| values.extend(array.iter().map(|text| text.unwrap_or_default().to_owned())))
            }
            Self::MaybeTexts(values) => {
                texts().map(|array| values.extend(array.iter().map(|text| text.map(str::to_owned))))
            }
            Self::NumberLists(values) => array.as_list_opt::<i32>().and_then(|array| {
                let one = |list: Option<ArrayRef>| {
                    list.map_or(Some(vec![]), |list| Some(list.as_primitive_opt::<Float64Type>()?.values().to_vec()))
                };
                values.extend(array.iter().map(one).collect::<Option<Vec<_>>>()?);
                Some(())
            }),
            Self::TextLists(values) => array.as_list_opt::<i32>().and_then(|array| {
                let own = |text: Option<&str>| text.unwrap_or_default().to_owned();
                let one = |list: Option<ArrayRef>| {
                    list.map_or(Some(vec![]), |list| Some(list.as_string_opt::<i32>()?.iter().map(own).collect()))
                };
                values.extend(array.iter().map(one).collect::<Option<Vec<_>>>()?);
                Some(())
            }),
        }
        .is_some()
    }
}

/// The schema of columns.
pub(crate) fn schema(columns: &[NamedColumn]) -> Arc<Schema> {
    let field = |column: &NamedColumn| {
        let nullable = matches!(column.values, Values::Maybe(_) | Values::MaybeTexts(_));
        Field::new(&column.name, column.values.kind(), nullable).with_metadata(about(&column.unit, &column.meaning))
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// The rows from `from` to `to` of columns.
pub(crate) fn batch(
    schema: &Arc<Schema>,
    columns: &[NamedColumn],
    from: usize,
    to: usize,
) -> Result<RecordBatch, String> {
    let arrays = columns.iter().map(|column| column.values.array(from, to)).collect();
    RecordBatch::try_new(schema.clone(), arrays).map_err(|cause| cause.to_string())
}
