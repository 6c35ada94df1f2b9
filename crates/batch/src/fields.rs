//! What the table of results has in it: places in the JSON that the command prints.
//!
//! A batch's results are the objects that the command prints with `--json`. The table of results takes numbers and names out of them, by
//! pointers into the object (RFC 6901); `*` stands for every element of a list.

use crate::Command;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use suasion_table::{NamedColumn, Values};

/// A column of the table of results.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// The unit of its numbers; empty for names, counts and flags.
    pub unit: &'static str,
    /// What it tells.
    pub meaning: &'static str,
    /// Where it is in the object.
    pub pointer: &'static str,
    /// What it is.
    pub kind: FieldKind,
}

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A name that there may not be.
    Text,
    /// A count.
    Count,
    /// A number that there may not be.
    Number,
    /// Yes or no; no, where it is not said.
    Flag,
    /// Numbers.
    Numbers,
    /// Names.
    Texts,
    /// How many elements a list has.
    Length,
}

const fn field(
    name: &'static str,
    unit: &'static str,
    kind: FieldKind,
    pointer: &'static str,
    meaning: &'static str,
) -> Field {
    Field { name, unit, meaning, pointer, kind }
}

use FieldKind::{Count, Flag, Length, Number, Numbers, Text, Texts};

const INSTANCE: Field = field("instance", "", Text, "/instance", "the instance's file, or line of a file");
const NAME: Field = field("name", "", Text, "/name", "the instance's name");
const DIGEST: Field = field("digest", "", Text, "/digest", "the instance's fingerprint");
const PRIOR: Field = field("prior", "", Count, "/prior", "the number of the prior, from 0");
const SILENT: Field = field(
    "no_information",
    "utility",
    Number,
    "/user_value/no_information",
    "what the user gets if she is told nothing",
);
const FULL: Field = field(
    "full_information",
    "utility",
    Number,
    "/user_value/full_information",
    "what the user gets if she knows all that any agent observes",
);
const FULL_OF_ONE: Field = field(
    "best_agent_full_information",
    "utility",
    Number,
    "/user_value/best_agent_full_information",
    "the most that one agent alone can leave her, where agents observe different signals",
);
const ERROR: Field =
    field("alignment_error", "utility", Number, "/alignment/error", "how far she is from the agents' hull (eps)");
const WEIGHTS: Field = field("alignment_weights", "", Numbers, "/alignment/weights", "the agents' weights in the hull");
const CERTIFIED: Field =
    field("certified", "", Flag, "/certified", "whether everything in the row is proved in exact arithmetic");
pub(crate) const STOPPED: Field = field("stopped", "", Text, "/stopped", "why the work ended early, if it did");

const WORST: &str = "what the user gets in the worst equilibrium; if not exact, the lowest that was found";
const BEST: &str = "what the user gets in the best equilibrium; if not exact, the highest that was found";

const SOLVE: &[Field] = &[
    INSTANCE,
    NAME,
    DIGEST,
    PRIOR,
    SILENT,
    FULL,
    FULL_OF_ONE,
    field("agents", "", Texts, "/agents/*/name", "the agents' names"),
    field(
        "monopoly_agent_values",
        "utility",
        Numbers,
        "/agents/*/monopoly/agent_value",
        "what each agent gets if it is alone",
    ),
    field(
        "monopoly_user_values",
        "utility",
        Numbers,
        "/agents/*/monopoly/user_value",
        "what each leaves the user if it is alone",
    ),
    field(
        "monopoly_upper_bounds",
        "utility",
        Numbers,
        "/agents/*/monopoly/upper_bound",
        "more than this no agent gets if it is alone (proved)",
    ),
    ERROR,
    WEIGHTS,
    field("game", "", Text, "/equilibrium/game", "the game among the agents"),
    field("exact", "", Flag, "/equilibrium/exact", "whether these are all equilibria; else those that were found"),
    field("slack", "utility", Number, "/equilibrium/slack", "what an agent may gain by another offer"),
    field("regret", "utility", Number, "/equilibrium/regret", "what an agent gains at most in them (proved)"),
    field("worst_user_value", "utility", Number, "/equilibrium/worst_user_value", WORST),
    field("best_user_value", "utility", Number, "/equilibrium/best_user_value", BEST),
    field("bound", "utility", Number, "/equilibrium/bound", "what the hull promises her in every equilibrium"),
    field("lower_bound", "utility", Number, "/equilibrium/lower_bound", "no equilibrium leaves her less (proved)"),
    CERTIFIED,
    STOPPED,
];

const EQUILIBRIA: &[Field] = &[
    INSTANCE,
    NAME,
    DIGEST,
    PRIOR,
    SILENT,
    FULL,
    FULL_OF_ONE,
    ERROR,
    WEIGHTS,
    field("game", "", Text, "/game", "the game among the agents"),
    field("eta", "1/utility", Number, "/eta", "the user's sensitivity, if she is quantal"),
    field("slack", "utility", Number, "/slack", "what an agent may gain by another offer"),
    field("exact", "", Flag, "/exact", "whether these are all equilibria; else those that were found"),
    field("regret", "utility", Number, "/regret", "what an agent gains at most in them (proved)"),
    field("worst_user_value", "utility", Number, "/worst_user_value", WORST),
    field("best_user_value", "utility", Number, "/best_user_value", BEST),
    field("bound", "utility", Number, "/bound", "what the hull promises her in every equilibrium"),
    field("lower_bound", "utility", Number, "/lower_bound", "no equilibrium leaves her less (proved)"),
    field("profiles", "", Length, "/profiles", "how many profiles were found (all-agents)"),
    CERTIFIED,
    STOPPED,
];

const FRONTIER: &[Field] = &[
    INSTANCE,
    NAME,
    DIGEST,
    PRIOR,
    field("agent", "", Text, "/agent", "the agent's name"),
    field("vertices", "", Length, "/vertices", "how many vertices its frontier has"),
    field(
        "user_values",
        "utility",
        Numbers,
        "/vertices/*/user_value",
        "what the vertices leave the user, in increasing order",
    ),
    field("agent_values", "utility", Numbers, "/vertices/*/agent_value", "what the agent gets there"),
    CERTIFIED,
    STOPPED,
];

const ALIGN: &[Field] = &[
    INSTANCE,
    NAME,
    DIGEST,
    field("alignment_error", "utility", Number, "/error", "how far the user is from the agents' hull (eps)"),
    field("lower_bound", "utility", Number, "/lower_bound", "no weights bring it below (proved)"),
    field("alignment_weights", "", Numbers, "/weights", "the agents' weights in the hull"),
    CERTIFIED,
    STOPPED,
];

const HULL_REDUCE: &[Field] = &[
    field("table", "", Text, "/table", "the table's file"),
    field("target", "", Text, "/target", "the column that is fitted"),
    field("agents", "", Length, "/agents", "how many agents there are"),
    field("rows", "", Count, "/rows", "how many rows were read"),
    field("dropped", "", Count, "/dropped", "how many more were left out, as they lacked a value"),
    field("factors", "", Count, "/factors", "how many factors it has"),
    field("output", "", Text, "/output", "the file of its factors, in the output's folder"),
];

impl Command {
    /// What the table of results has in it, after the number of the unit.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Solve => SOLVE,
            Self::Equilibria => EQUILIBRIA,
            Self::Frontier => FRONTIER,
            Self::Align => ALIGN,
            Self::HullReduce => HULL_REDUCE,
        }
    }
}

/// A column with what its field says of it.
pub(crate) fn named(name: &str, unit: &str, meaning: &str, values: Values) -> NamedColumn {
    NamedColumn::from((name, values)).with(unit, meaning)
}

/// Which parts of an object are wanted: of the keys that it has, or of every element of a list.
#[derive(Default)]
pub(crate) struct Wanted {
    keys: BTreeMap<&'static str, Self>,
    elements: Option<Box<Self>>,
    whole: bool,
}

impl Wanted {
    /// What some fields take.
    pub(crate) fn new(fields: &'static [Field]) -> Self {
        let mut all = Self::default();
        for field in fields {
            let mut at = &mut all;
            for step in field.pointer.split('/').skip(1) {
                at = match step {
                    "*" => at.elements.get_or_insert_default(),
                    key => at.keys.entry(key).or_default(),
                };
            }
            match field.kind {
                // Of the elements it is enough that they are there.
                Length => drop(at.elements.get_or_insert_default()),
                Numbers | Texts if !field.pointer.contains('*') => at.elements.get_or_insert_default().whole = true,
                _ => at.whole = true,
            }
        }
        all
    }

    /// The wanted parts of an object; most of it (certificates, schemes) is none of them, and is passed over.
    pub(crate) fn of(&self, text: &str) -> Result<Value, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let value = self.deserialize(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for &Wanted {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.whole {
            Value::deserialize(deserializer)
        } else if self.keys.is_empty() && self.elements.is_none() {
            IgnoredAny::deserialize(deserializer).map(|_| Value::Null)
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for &Wanted {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = serde_json::Map::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match self.keys.get(key.as_ref()) {
                Some(wanted) => drop(object.insert(key.into_owned(), map.next_value_seed(wanted)?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(object))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let nothing = Wanted::default();
        let wanted = self.elements.as_deref().unwrap_or(&nothing);
        let mut elements = vec![];
        while let Some(element) = list.next_element_seed(wanted)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    // Where something else is than expected, there is nothing that is wanted.
    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// The column of a field, from one object per row.
pub(crate) fn column(field: &Field, rows: &[Value]) -> NamedColumn {
    let number = |value: &Value| value.as_f64();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |row| at(row, field.pointer);
    let values = match field.kind {
        Text => Values::MaybeTexts(rows.iter().map(|row| one(row).and_then(text)).collect()),
        Count => Values::Integers(rows.iter().map(|row| one(row).and_then(Value::as_u64).unwrap_or(0)).collect()),
        Number => Values::Maybe(rows.iter().map(|row| one(row).and_then(number)).collect()),
        Flag => Values::Flags(rows.iter().map(|row| one(row).and_then(Value::as_bool).unwrap_or(false)).collect()),
        Numbers => Values::NumberLists(rows.iter().map(|row| Some(all(row, field.pointer, number))).collect()),
        Texts => Values::TextLists(rows.iter().map(|row| all(row, field.pointer, text)).collect()),
        Length => {
            let length = |row| one(row).and_then(Value::as_array).map_or(0, Vec::len) as u64;
            Values::Integers(rows.iter().map(length).collect())
        }
    };
    named(field.name, field.unit, field.meaning, values)
}

fn at<'v>(row: &'v Value, pointer: &str) -> Option<&'v Value> {
    row.pointer(pointer)
}

/// What is at a pointer with at most one `*`; a pointer without one is that of a list.
fn all<T>(row: &Value, pointer: &str, get: impl Fn(&Value) -> Option<T>) -> Vec<T> {
    let (list, rest) = pointer.split_once("/*").unwrap_or((pointer, ""));
    let elements = row.pointer(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    elements.iter().filter_map(|element| element.pointer(rest).and_then(&get)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::slice::from_ref;

    #[test]
    fn out_of_objects() {
        let rows = [
            json!({"instance": "a.json", "prior": 3, "agents": [{"name": "x", "monopoly": {"agent_value": 0.5}}, {"name": "y", "monopoly": {"agent_value": 1}}],
                "equilibrium": {"bound": 0.25}, "certified": true}),
            json!({"instance": "b.json"}),
        ];
        let of = |name: &str| {
            let field = SOLVE.iter().find(|field| field.name == name).unwrap();
            column(field, &rows).values
        };
        assert_eq!(of("instance"), Values::MaybeTexts(vec![Some("a.json".into()), Some("b.json".into())]));
        assert_eq!(of("prior"), Values::Integers(vec![3, 0]));
        assert_eq!(of("agents"), Values::TextLists(vec![vec!["x".into(), "y".into()], vec![]]));
        assert_eq!(of("monopoly_agent_values"), Values::NumberLists(vec![Some(vec![0.5, 1.0]), Some(vec![])]));
        assert_eq!(of("bound"), Values::Maybe(vec![Some(0.25), None]));
        assert_eq!(of("certified"), Values::Flags(vec![true, false]));
    }

    /// What is passed over is in no column.
    #[test]
    fn wanted_parts_are_enough() {
        let whole = json!({"instance": "a.json", "prior": 3, "digest": null, "certificate": {"long": [1, 2, [3]]},
            "agents": [{"name": "x", "monopoly": {"agent_value": 0.5, "certificate": {"a": "b"}}}, {"name": "y"}, 7],
            "alignment": {"error": 0.5, "weights": [0.25, 1], "certificate": [[]]}, "equilibrium": "odd", "certified": true,
            "vertices": [{"user_value": 1.5, "scheme": []}, {}], "stopped": "time", "profiles": [1, {"a": 2}], "error": 2.5, "rows": 9});
        let text = whole.to_string();
        for command in [Command::Solve, Command::Equilibria, Command::Frontier, Command::Align, Command::HullReduce] {
            let part = Wanted::new(command.fields()).of(&text).unwrap();
            assert!(!part.to_string().contains("certificate"), "{part}");
            for field in command.fields() {
                let (from_part, from_whole) = (column(field, from_ref(&part)), column(field, from_ref(&whole)));
                assert_eq!(from_part, from_whole, "{command:?} {}", field.name);
            }
        }
        assert!(Wanted::new(SOLVE).of("{").is_err());
    }

    #[test]
    fn names_are_names_of_one_column() {
        for command in [Command::Solve, Command::Equilibria, Command::Frontier, Command::Align, Command::HullReduce] {
            let mut names: Vec<&str> = command.fields().iter().map(|field| field.name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{command:?}");
            assert!(!names.contains(&"unit"));
        }
    }
}
