//! Results as rows of a table: named columns with units.

use crate::{Provable, Reference};
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A column of a table of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The unit of its numbers; empty for names, counts and flags.
    pub unit: &'static str,
    /// Its meaning.
    pub meaning: &'static str,
    /// The kind of its values.
    pub kind: FieldKind,
}

/// The kinds of values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A name, or none.
    Text,
    /// A count.
    Count,
    /// A number, or none.
    Number,
    /// Yes or no.
    Flag,
    /// Numbers.
    Numbers,
    /// Names.
    Texts,
}

/// A value of a column. It is written as plain JSON; the kind of its column says how to read it
/// back.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// No value.
    Missing,
    /// A name.
    Text(String),
    /// A count.
    Count(u64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Names.
    Texts(Vec<String>),
}

impl FieldValue {
    /// A name.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The length of a list.
    #[must_use]
    pub fn length<T>(list: &[T]) -> Self {
        Self::Count(list.len() as u64)
    }
}

macro_rules! into_value {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for FieldValue {
            fn from(value: $from) -> Self {
                Self::$variant(value)
            }
        }

        impl From<Option<$from>> for FieldValue {
            fn from(value: Option<$from>) -> Self {
                value.map_or(Self::Missing, Self::$variant)
            }
        }
    )*};
}

into_value!(String => Text, u64 => Count, f64 => Number, bool => Flag, Vec<f64> => Numbers, Vec<String> => Texts);

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing => serializer.serialize_unit(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Numbers(numbers) => numbers.serialize(serializer),
            Self::Texts(texts) => texts.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a column")
    }

    fn visit_unit<E>(self) -> Result<FieldValue, E> {
        Ok(FieldValue::Missing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<FieldValue, E> {
        Ok(FieldValue::Flag(flag))
    }

    fn visit_u64<E>(self, count: u64) -> Result<FieldValue, E> {
        Ok(FieldValue::Count(count))
    }

    fn visit_f64<E>(self, number: f64) -> Result<FieldValue, E> {
        Ok(FieldValue::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<FieldValue, E> {
        Ok(FieldValue::text(text))
    }

    fn visit_string<E>(self, text: String) -> Result<FieldValue, E> {
        Ok(FieldValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<FieldValue, A::Error> {
        let (mut numbers, mut texts) = (vec![], vec![]);
        while let Some(element) = list.next_element::<FieldValue>()? {
            match element {
                FieldValue::Number(number) => numbers.push(number),
                FieldValue::Text(text) => texts.push(text),
                // A number that JSON cannot represent.
                FieldValue::Missing => numbers.push(f64::NAN),
                _ => {
                    return Err(serde::de::Error::custom(
                        "found a list with values that are neither numbers nor names",
                    ));
                }
            }
        }
        Ok(if texts.is_empty() { FieldValue::Numbers(numbers) } else { FieldValue::Texts(texts) })
    }
}

/// A column of results of one type.
pub struct ResultColumn<R: 'static> {
    /// The name, unit and meaning.
    pub field: Field,
    /// Its value for a result.
    pub of: fn(&R) -> FieldValue,
}

/// A result that is a row of a table.
pub trait Tabular: Sized + 'static {
    /// The columns of the table, in groups.
    const COLUMNS: &'static [&'static [ResultColumn<Self>]];

    /// The columns' names, units and meanings.
    #[must_use]
    fn fields() -> impl Iterator<Item = Field> {
        Self::COLUMNS.iter().copied().flatten().map(|column| column.field)
    }

    /// The result as a row: a value for each column.
    fn row(&self) -> Vec<FieldValue> {
        Self::COLUMNS.iter().copied().flatten().map(|column| (column.of)(self)).collect()
    }
}

/// Columns as `"name" "unit" Kind: "meaning" => |result| value;`.
macro_rules! group {
    ($($name:literal $unit:literal $kind:ident: $meaning:expr => $of:expr;)*) => {
        &[$($crate::columns::ResultColumn {
            field: $crate::columns::Field {
                name: $name,
                unit: $unit,
                meaning: $meaning,
                kind: $crate::columns::FieldKind::$kind,
            },
            of: $of,
        }),*]
    };
}

/// The columns of a result: the groups that it [shares](Shared) with others, then its own.
macro_rules! columns {
    ($(#[$meta:meta])* $result:ty { [$($shared:ident),*] $($own:tt)* }) => {
        $(#[$meta])*
        impl $crate::columns::Tabular for $result {
            const COLUMNS: &'static [&'static [$crate::columns::ResultColumn<Self>]] =
                &[$($crate::columns::Shared::<Self>::$shared,)* $crate::columns::group!($($own)*)];
        }
    };
}

/// Groups of columns that several results have.
pub(crate) struct Shared<R>(std::marker::PhantomData<R>);

impl<R: Provable + 'static> Shared<R> {
    /// The instance.
    pub(crate) const INSTANCE: &'static [ResultColumn<R>] = group! {
        "instance" "" Text: "the instance's file, or line of a file" => |r| FieldValue::text(&r.about().instance);
        "name" "" Text: "the instance's name" => |r| FieldValue::text(&r.about().name);
        "digest" "" Text: "the instance's fingerprint" => |r| FieldValue::text(&r.about().digest);
    };
    /// The prior.
    pub(crate) const PRIOR: &'static [ResultColumn<R>] = group! {
        "prior" "" Count: "the number of the prior, from 0" => |r| (r.about().prior as u64).into();
    };
}

/// A result with the user's reference values.
pub(crate) trait Referenced {
    /// Her values with no information and with full information.
    fn reference(&self) -> &Reference;
}

impl<R: Referenced + 'static> Shared<R> {
    /// The user's reference values.
    pub(crate) const REFERENCE: &'static [ResultColumn<R>] = group! {
        "no_information" "utility" Number: "the user's value with no information"
            => |r| r.reference().no_information.into();
        "full_information" "utility" Number: "the user's value if she knows everything that any agent observes"
            => |r| r.reference().full_information.into();
        "best_agent_full_information" "utility" Number:
            "the most that one agent alone can leave her, where agents observe different signals"
            => |r| r.reference().best_agent_full_information.into();
    };
}

pub(crate) use {columns, group};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_json_and_back() {
        let values = [
            FieldValue::Missing,
            FieldValue::text("a \"b\" \\ \u{1f600}"),
            FieldValue::Count(u64::MAX),
            FieldValue::Number(0.1),
            FieldValue::Number(-0.0),
            FieldValue::Number(1e300),
            FieldValue::Flag(true),
            FieldValue::Numbers(vec![1.0, 0.5, 3.0]),
            FieldValue::Numbers(vec![]),
            FieldValue::Texts(vec!["x".into(), "y".into()]),
        ];
        let text = serde_json::to_string(&values).unwrap();
        assert_eq!(serde_json::from_str::<Vec<FieldValue>>(&text).unwrap(), values, "{text}");
        assert!(serde_json::from_str::<FieldValue>("[true]").is_err());
        assert!(serde_json::from_str::<FieldValue>("{}").is_err());
    }
}
