//! The shapes of documents before anything is checked.

use crate::{ConversationPlan, ConversationRule, Opening};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// The format that a document claims to have.
#[derive(Deserialize)]
pub(super) struct Kind {
    pub format: Option<String>,
}

/// An instance, as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceForm {
    #[serde(rename = "format")]
    pub _format: String,
    pub name: Option<String>,
    pub source: Option<String>,
    pub states: LabelsForm,
    pub actions: LabelsForm,
    pub prior: Option<Table>,
    pub priors: Option<Table>,
    pub worlds: Option<Vec<WorldForm>>,
    pub user: PartyForm,
    pub agents: Vec<PartyForm>,
    pub protocol: Option<ProtocolForm>,
}

/// A protocol, as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProtocolForm {
    pub rounds: usize,
    pub user_messages: LabelsForm,
    pub agent_messages: LabelsForm,
    pub opens: Option<Opening>,
}

/// A profile of conversation rules, as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileForm {
    #[serde(rename = "format")]
    pub _format: String,
    pub protocol: ProtocolForm,
    pub rules: BTreeMap<String, ConversationRule>,
    pub plan: Option<ConversationPlan>,
}

/// A Stackelberg game, as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StackelbergForm {
    #[serde(rename = "format")]
    pub _format: String,
    pub name: Option<String>,
    pub source: Option<String>,
    pub leader: PlayerForm,
    pub follower: PlayerForm,
    pub types: Option<Vec<TypeForm>>,
}

/// A set, by its size or by the names of its elements.
pub(super) enum LabelsForm {
    Count(usize),
    Names(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartyForm {
    pub name: Option<String>,
    pub utility: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorldForm {
    pub probability: f64,
    pub state: StateForm,
    pub user: Option<String>,
    pub agents: SignalsForm,
}

/// A state, by name or, if states are given as a count, by index.
pub(super) enum StateForm {
    Index(usize),
    Name(String),
}

/// One label that all agents see, or one label for each agent.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected one label, or a map from agent to label")]
pub(super) enum SignalsForm {
    Shared(String),
    PerAgent(BTreeMap<String, String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlayerForm {
    pub name: Option<String>,
    pub actions: LabelsForm,
    pub utility: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeForm {
    pub name: Option<String>,
    pub probability: f64,
    pub leader: Table,
    pub follower: Table,
}

/// Numbers in the document or in a file beside it.
pub(super) enum Table {
    /// One row: a list of numbers.
    List(Vec<f64>),
    /// Several rows: their numbers end to end, and the length of each row.
    Rows { numbers: Vec<f64>, lengths: Vec<usize> },
    /// A `NumPy` file beside the document.
    Npy(String),
}

/// One entry of a list of numbers or of a list of rows; its numbers are appended to the others.
struct Entry<'a> {
    numbers: &'a mut Vec<f64>,
    nested: bool,
}

enum Entered {
    Number,
    Row,
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Entered;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entered, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Entered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.nested { "a number" } else { "a number, or a list of numbers" })
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Entered, E> {
        self.numbers.push(number);
        Ok(Entered::Number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Entered, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Entered, E> {
        self.visit_f64(number as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Entered, A::Error> {
        if self.nested {
            return Err(A::Error::custom("found a list in a row, expected a number"));
        }
        while row.next_element_seed(Entry { numbers: self.numbers, nested: true })?.is_some() {}
        Ok(Entered::Row)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Table;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers, a list of rows, or {\"npy\": \"file.npy\"}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Table, A::Error> {
                let (mut numbers, mut lengths) = (Vec::new(), Vec::new());
                let mut singles = 0;
                let mut from = 0;
                while let Some(entered) = list.next_element_seed(Entry { numbers: &mut numbers, nested: false })? {
                    match entered {
                        Entered::Number => singles += 1,
                        Entered::Row => lengths.push(numbers.len() - from),
                    }
                    if singles > 0 && !lengths.is_empty() {
                        return Err(A::Error::custom(
                            "found numbers beside rows of numbers, expected one or the other",
                        ));
                    }
                    from = numbers.len();
                }
                Ok(if lengths.is_empty() { Table::List(numbers) } else { Table::Rows { numbers, lengths } })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table, A::Error> {
                let mut file = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "npy" {
                        return Err(A::Error::unknown_field(&key, &["npy"]));
                    }
                    if file.replace(map.next_value()?).is_some() {
                        return Err(A::Error::duplicate_field("npy"));
                    }
                }
                file.map(Table::Npy).ok_or_else(|| A::Error::missing_field("npy"))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for LabelsForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = LabelsForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count, or a list of names")
            }

            fn visit_u64<E: Error>(self, count: u64) -> Result<LabelsForm, E> {
                usize::try_from(count).map(LabelsForm::Count).map_err(|_| E::custom(format!("{count} is too many")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<LabelsForm, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element()? {
                    names.push(name);
                }
                Ok(LabelsForm::Names(names))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for StateForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = StateForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a state, or its index")
            }

            fn visit_u64<E: Error>(self, index: u64) -> Result<StateForm, E> {
                Ok(StateForm::Index(usize::try_from(index).unwrap_or(usize::MAX)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<StateForm, E> {
                Ok(StateForm::Name(name.into()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
