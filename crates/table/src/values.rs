//! Columns in memory, named at run time.

use arrow_array::builder::{Float64Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, StringArray, UInt64Array};
use arrow_schema::{DataType, Field};
use std::collections::HashMap;
use std::sync::Arc;

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValues {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Optional numbers.
    Maybe(Vec<Option<f64>>),
    /// Counts.
    Integers(Vec<u64>),
    /// Optional counts.
    MaybeIntegers(Vec<Option<u64>>),
    /// Booleans.
    Flags(Vec<bool>),
    /// Texts.
    Texts(Vec<String>),
    /// Optional texts.
    MaybeTexts(Vec<Option<String>>),
    /// Optional lists of numbers.
    NumberLists(Vec<Option<Vec<f64>>>),
    /// Lists of texts.
    TextLists(Vec<Vec<String>>),
}

/// The field of a list's items.
fn item(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new(Field::LIST_FIELD_DEFAULT_NAME, kind, false))
}

/// The lists of an array, if their items have this type and none of them is null.
fn lists<A: Array, T>(
    array: &dyn Array,
    cast: impl Fn(&dyn Array) -> Option<&A>,
    list: impl Fn(&A, usize, usize) -> T,
) -> Option<Vec<Option<T>>> {
    let array = array.as_list_opt::<i32>()?;
    let items = cast(array.values()).filter(|items| items.null_count() == 0)?;
    let ends = array.value_offsets();
    let each = |at: usize| array.is_valid(at).then(|| list(items, ends[at] as usize, ends[at + 1] as usize));
    Some((0..array.len()).map(each).collect())
}

impl ColumnValues {
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

    /// An empty column of the type of a field, if it is supported.
    pub(crate) fn of(field: &Field) -> Option<Self> {
        let list = |kind: &DataType| matches!(field.data_type(), DataType::List(item) if item.data_type() == kind);
        Some(match (field.data_type(), field.is_nullable()) {
            (DataType::Float64, false) => Self::Numbers(vec![]),
            (DataType::Float64, true) => Self::Maybe(vec![]),
            (DataType::UInt64, false) => Self::Integers(vec![]),
            (DataType::UInt64, true) => Self::MaybeIntegers(vec![]),
            (DataType::Boolean, false) => Self::Flags(vec![]),
            (DataType::Utf8, false) => Self::Texts(vec![]),
            (DataType::Utf8, true) => Self::MaybeTexts(vec![]),
            (DataType::List(_), true) if list(&DataType::Float64) => Self::NumberLists(vec![]),
            (DataType::List(_), false) if list(&DataType::Utf8) => Self::TextLists(vec![]),
            _ => return None,
        })
    }

    /// Adds the rows of an array. Returns false if the array has another type; some rows may then
    /// have been added.
    pub(crate) fn extend(&mut self, array: &dyn Array) -> bool {
        fn numbers(array: &dyn Array) -> Option<&Float64Array> {
            array.as_primitive_opt()
        }
        fn integers(array: &dyn Array) -> Option<&UInt64Array> {
            array.as_primitive_opt()
        }
        fn texts(array: &dyn Array) -> Option<&StringArray> {
            array.as_string_opt()
        }
        let may_be_null = self.stored().1;
        if !may_be_null && array.null_count() > 0 {
            return false;
        }
        match self {
            Self::Numbers(values) => numbers(array).map(|array| values.extend_from_slice(array.values())),
            Self::Maybe(values) => numbers(array).map(|array| values.extend(array)),
            Self::Integers(values) => integers(array).map(|array| values.extend_from_slice(array.values())),
            Self::MaybeIntegers(values) => integers(array).map(|array| values.extend(array)),
            Self::Flags(values) => array.as_boolean_opt().map(|array| values.extend(array.values())),
            Self::Texts(values) => texts(array).map(|array| values.extend(array.iter().flatten().map(str::to_owned))),
            Self::MaybeTexts(values) => {
                texts(array).map(|array| values.extend(array.iter().map(|text| text.map(str::to_owned))))
            }
            Self::NumberLists(values) => lists(array, numbers, |items, from, to| items.values()[from..to].to_vec())
                .map(|lists| values.extend(lists)),
            Self::TextLists(values) => {
                lists(array, texts, |items, from, to| (from..to).map(|at| items.value(at).to_owned()).collect())
                    .map(|lists: Vec<Option<Vec<String>>>| values.extend(lists.into_iter().flatten()))
            }
        }
        .is_some()
    }

    /// The Arrow type, and whether nulls are allowed.
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

    /// Rows as an Arrow array; none if they exceed its capacity.
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
                    for text in list {
                        lists.values().append_value(text);
                    }
                    lists.append(true);
                }
                Arc::new(lists.finish())
            }
        })
    }

    /// The bytes of the texts, or the number of items of the lists, in these rows. Arrow counts
    /// them with 31 bits.
    fn longest(&self, from: usize, to: usize) -> usize {
        match self {
            Self::Texts(values) => values[from..to].iter().map(String::len).sum(),
            Self::MaybeTexts(values) => values[from..to].iter().flatten().map(String::len).sum(),
            Self::NumberLists(values) => values[from..to].iter().flatten().map(Vec::len).sum(),
            // Each text counts one more, so that this also bounds the number of texts.
            Self::TextLists(values) => values[from..to].iter().flatten().map(|text| text.len() + 1).sum(),
            _ => 0,
        }
    }
}

/// A vector of values of one type.
pub trait Cells: Sized {
    /// The name of the type in messages.
    const KIND: &'static str;

    /// The vector, if the values have this type.
    fn from_values(values: ColumnValues) -> Option<Self>;
}

macro_rules! cells {
    ($($kind:ident: $type:ty, $what:literal;)*) => {
        $(impl Cells for $type {
            const KIND: &'static str = $what;

            fn from_values(values: ColumnValues) -> Option<Self> {
                if let ColumnValues::$kind(values) = values { Some(values) } else { None }
            }
        })*

        impl ColumnValues {
            /// The name of the type in messages.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => <$type as Cells>::KIND,)* }
            }
        }
    };
}

cells! {
    Numbers: Vec<f64>, "numbers";
    Maybe: Vec<Option<f64>>, "optional numbers";
    Integers: Vec<u64>, "counts";
    MaybeIntegers: Vec<Option<u64>>, "optional counts";
    Flags: Vec<bool>, "flags";
    Texts: Vec<String>, "texts";
    MaybeTexts: Vec<Option<String>>, "optional texts";
    NumberLists: Vec<Option<Vec<f64>>>, "optional lists of numbers";
    TextLists: Vec<Vec<String>>, "lists of texts";
}

/// A column of a table, named at run time.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    /// Its name.
    pub name: String,
    /// The unit of its numbers; empty for names and counts.
    pub unit: String,
    /// What its values mean; may be empty.
    pub meaning: String,
    /// Its values.
    pub values: ColumnValues,
}

impl<N: Into<String>> From<(N, ColumnValues)> for NamedColumn {
    /// A column without a unit and a meaning.
    fn from((name, values): (N, ColumnValues)) -> Self {
        Self { name: name.into(), unit: String::new(), meaning: String::new(), values }
    }
}

impl NamedColumn {
    /// Sets the unit and the meaning of the column.
    #[must_use]
    pub fn with(self, unit: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { unit: unit.into(), meaning: meaning.into(), ..self }
    }

    pub(crate) fn field(&self) -> Field {
        let (kind, may_be_null) = self.values.stored();
        field(&self.name, kind, may_be_null, &self.unit, &self.meaning)
    }
}

/// A field of a schema, with unit and meaning in its metadata if they are not empty.
pub(crate) fn field(name: &str, kind: DataType, may_be_null: bool, unit: &str, meaning: &str) -> Field {
    let about = [("unit", unit), ("meaning", meaning)];
    let about: HashMap<String, String> =
        about.into_iter().filter(|(_, text)| !text.is_empty()).map(|(k, text)| (k.into(), text.into())).collect();
    Field::new(name, kind, may_be_null).with_metadata(about)
}
