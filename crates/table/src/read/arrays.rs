//! Converts Arrow arrays to numbers and labels.

use super::Wanted;
use crate::batch::LabelValues;
use crate::{Batch, ColumnInfo, Kind};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field};
use std::fmt::{Display, Write};

/// The description of a column of an Arrow schema.
pub fn column(field: &Field) -> ColumnInfo {
    let stored = field.data_type().to_string();
    let (kind, number, label) = match field.data_type() {
        DataType::Float64 | DataType::Float32 | DataType::Float16 | DataType::Decimal128(_, _) => {
            (Kind::Number, true, false)
        }
        DataType::Boolean | DataType::Null => (Kind::Number, true, true),
        kind if kind.is_integer() => (Kind::Number, true, true),
        kind if is_text(kind) => (Kind::Text, false, true),
        DataType::Dictionary(_, values) if is_text(values) => (Kind::Text, false, true),
        _ => (Kind::Other(stored.clone()), false, false),
    };
    ColumnInfo { name: field.name().clone(), kind, stored, number, label }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The columns of the file to read, sorted, and each once.
pub fn projection(wanted: &Wanted) -> Vec<usize> {
    let mut columns: Vec<usize> = wanted.numbers.iter().chain(&wanted.labels).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// Puts rows `from..from + rows` of the projected columns into an empty batch. Returns false if the
/// columns have another type.
pub fn fill(
    wanted: &Wanted,
    projection: &[usize],
    read: &RecordBatch,
    from: usize,
    rows: usize,
    batch: &mut Batch,
) -> bool {
    if read.num_columns() != projection.len() || read.num_rows() < from + rows {
        return false;
    }
    let array = |column: &usize| projection.binary_search(column).ok().map(|at| read.column(at).slice(from, rows));
    for (k, column) in wanted.numbers.iter().enumerate() {
        let fits = array(column).is_some_and(|array| numbers(&array, batch.numbers_mut(k, rows)));
        if !fits {
            return false;
        }
    }
    for (k, column) in wanted.labels.iter().enumerate() {
        if !array(column).is_some_and(|array| labels(&array, batch.labels_mut(k))) {
            return false;
        }
    }
    batch.rows = rows;
    true
}

/// The numbers of an array; false if it has none.
fn numbers(array: &dyn Array, out: &mut [f64]) -> bool {
    fn each<T: ArrowPrimitiveType>(array: &dyn Array, out: &mut [f64], number: impl Fn(T::Native) -> f64) {
        for (out, &value) in out.iter_mut().zip(array.as_primitive::<T>().values()) {
            *out = number(value);
        }
    }
    match array.data_type() {
        DataType::Float64 => out.copy_from_slice(array.as_primitive::<Float64Type>().values()),
        DataType::Float32 => each::<Float32Type>(array, out, f64::from),
        DataType::Float16 => each::<Float16Type>(array, out, f64::from),
        DataType::Int8 => each::<Int8Type>(array, out, f64::from),
        DataType::Int16 => each::<Int16Type>(array, out, f64::from),
        DataType::Int32 => each::<Int32Type>(array, out, f64::from),
        DataType::Int64 => each::<Int64Type>(array, out, |value| value as f64),
        DataType::UInt8 => each::<UInt8Type>(array, out, f64::from),
        DataType::UInt16 => each::<UInt16Type>(array, out, f64::from),
        DataType::UInt32 => each::<UInt32Type>(array, out, f64::from),
        DataType::UInt64 => each::<UInt64Type>(array, out, |value| value as f64),
        DataType::Decimal128(_, scale) => {
            let mut text = String::new();
            each_decimal(array.as_primitive::<Decimal128Type>().values(), *scale, &mut text, out);
        }
        DataType::Boolean => {
            let values = array.as_boolean().values();
            out.iter_mut().zip(values).for_each(|(out, value)| *out = f64::from(u8::from(value)));
        }
        DataType::Null => out.fill(f64::NAN),
        _ => return false,
    }
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (out, valid) in out.iter_mut().zip(nulls) {
            if !valid {
                *out = f64::NAN;
            }
        }
    }
    true
}

/// The nearest number to each decimal.
fn each_decimal(values: &[i128], scale: i8, text: &mut String, out: &mut [f64]) {
    for (out, &value) in out.iter_mut().zip(values) {
        // Both are exact, so one division rounds correctly.
        *out = if value.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
            value as f64 / 10f64.powi(scale.into())
        } else {
            text.clear();
            let written = write!(text, "{value}e{}", -i32::from(scale));
            written.ok().and_then(|()| text.parse().ok()).unwrap_or(f64::NAN)
        };
    }
}

/// The labels of an array; false if it has none.
fn labels(array: &dyn Array, out: &mut LabelValues) -> bool {
    fn each<T: Display>(values: impl Iterator<Item = Option<T>>, out: &mut LabelValues) {
        let mut text = String::new();
        for value in values {
            text.clear();
            out.push(value.and_then(|value| write!(text, "{value}").ok().map(|()| text.as_str())));
        }
    }
    macro_rules! whole {
        ($($kind:ident: $type:ty),*) => {
            match array.data_type() {
                $(DataType::$kind => each(array.as_primitive::<$type>().iter(), out),)*
                DataType::Utf8 => array.as_string::<i32>().iter().for_each(|text| out.push(text)),
                DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(|text| out.push(text)),
                DataType::Utf8View => array.as_string_view().iter().for_each(|text| out.push(text)),
                DataType::Boolean => each(array.as_boolean().iter(), out),
                DataType::Null => (0..array.len()).for_each(|_| out.push(None)),
                DataType::Dictionary(_, _) => return dictionary(array, out),
                _ => return false,
            }
        };
    }
    whole!(Int8: Int8Type, Int16: Int16Type, Int32: Int32Type, Int64: Int64Type, UInt8: UInt8Type, UInt16: UInt16Type,
        UInt32: UInt32Type, UInt64: UInt64Type);
    true
}

fn dictionary<'a>(array: &'a dyn Array, out: &mut LabelValues) -> bool {
    let Some(dictionary) = array.as_any_dictionary_opt() else { return false };
    let values = dictionary.values();
    if values.is_empty() {
        (0..array.len()).for_each(|_| out.push(None));
        return true;
    }
    let text: Box<dyn Fn(usize) -> &'a str + 'a> = match values.data_type() {
        DataType::Utf8 => Box::new(|at| values.as_string::<i32>().value(at)),
        DataType::LargeUtf8 => Box::new(|at| values.as_string::<i64>().value(at)),
        DataType::Utf8View => Box::new(|at| values.as_string_view().value(at)),
        _ => return false,
    };
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        out.push((!dictionary.keys().is_null(row) && !values.is_null(key)).then(|| text(key)));
    }
    true
}
