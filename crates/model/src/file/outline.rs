//! The size of an instance, found without reading its numbers.

use super::error::parse;
use super::form::Kind;
use super::format::INSTANCE;
use super::{ReadError, npy};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::path::Path;

/// The sizes of an instance, as far as its document shows them at a glance. Nothing is validated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The number of states.
    pub states: usize,
    /// The number of actions.
    pub actions: usize,
    /// The number of agents.
    pub agents: usize,
    /// The number of priors. An instance with worlds has one distribution.
    pub priors: usize,
    /// The number of the user's types, at least 1.
    pub types: usize,
}

impl Outline {
    /// Finds the sizes in the text of an instance. If the priors are in a `NumPy` file beside
    /// `file`, it reads the header of that file. This is about ten times as fast as reading the
    /// instance.
    ///
    /// # Errors
    /// If the text is not JSON, or lacks a size.
    pub fn from_json(text: &str, file: &Path) -> Result<Self, ReadError> {
        let Sketch { states, actions, priors, worlds, agents } = parse(file, text)?;
        let priors = match priors {
            None => 1,
            Some(Rows::Count(rows)) => rows,
            Some(Rows::Npy(name)) => {
                let directory = file.parent().unwrap_or(Path::new(""));
                npy::rows(&directory.join(&name)).map_err(|problem| ReadError {
                    file: file.into(),
                    position: None,
                    place: "priors".into(),
                    problem: format!("{name}: {problem}"),
                })?
            }
        };
        let types: HashSet<&str> = worlds.iter().flatten().filter_map(|world| world.user.as_deref()).collect();
        Ok(Self { states: states.0, actions: actions.0, agents: agents.0, priors, types: types.len().max(1) })
    }
}

impl Outline {
    /// The format that a document claims, if it claims to be something other than an instance.
    #[must_use]
    pub fn other_format(text: &str) -> Option<String> {
        let kind: Kind = serde_json::from_str(text).ok()?;
        kind.format.filter(|format| format != INSTANCE)
    }
}

#[derive(Deserialize)]
struct Sketch<'t> {
    states: Size,
    actions: Size,
    #[serde(default)]
    priors: Option<Rows>,
    #[serde(borrow, default)]
    worlds: Option<Vec<Observer<'t>>>,
    agents: Size,
}

#[derive(Deserialize)]
struct Observer<'t> {
    #[serde(borrow, default)]
    user: Option<Cow<'t, str>>,
}

/// A size: a count, or the length of a list.
struct Size(usize);

/// The number of rows of a table.
enum Rows {
    Count(usize),
    Npy(String),
}

fn length<'de, A: SeqAccess<'de>>(mut list: A) -> Result<usize, A::Error> {
    let mut length = 0;
    while list.next_element::<IgnoredAny>()?.is_some() {
        length += 1;
    }
    Ok(length)
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count, or a list")
            }

            fn visit_u64<E: Error>(self, count: u64) -> Result<Size, E> {
                usize::try_from(count).map(Size).map_err(|_| E::custom(format!("{count} is too many")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Size, A::Error> {
                length(list).map(Size)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows, or {\"npy\": \"file.npy\"}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Rows, A::Error> {
                length(list).map(Rows::Count)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
                let mut file = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key == "npy" {
                        file = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                file.map(Rows::Npy).ok_or_else(|| A::Error::missing_field("npy"))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Family, Numbers, PriorPath, Shape};

    #[test]
    fn as_the_instance_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let shape = Shape { states: 4, actions: 3, agents: 2, priors: 5 };
        let instance = Family::Uniform.generate(shape, PriorPath::Independent, 1).unwrap();
        for numbers in [Numbers::Inline, Numbers::Npy] {
            let file = folder.path().join("game.json");
            instance.write(&file, numbers).unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            let outline = Outline::from_json(&text, &file).unwrap();
            assert_eq!(outline, Outline { states: 4, actions: 3, agents: 2, priors: 5, types: 1 });
        }
        let text = r#"{"states": ["a", "b"], "actions": 2, "agents": [{}, {}], "worlds": [
            {"state": "a", "user": "x"}, {"state": "b", "user": "y"}, {"state": "b", "user": "x"}]}"#;
        let outline = Outline::from_json(text, Path::new("worlds.json")).unwrap();
        assert_eq!(outline, Outline { states: 2, actions: 2, agents: 2, priors: 1, types: 2 });
        for bad in ["", "{", "[]", r#"{"states": 2}"#, r#"{"states": -1, "actions": 2, "agents": []}"#] {
            assert!(Outline::from_json(bad, Path::new("bad.json")).is_err(), "{bad}");
        }
    }
}
