//! Forged results: parts of true results are deleted, swapped, rescaled or transplanted, so that
//! the claims are false.
use serde_json::{Map, Value, json};

/// Pseudorandom numbers, the same every time (Steele, Lea & Flood 2014).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// A forgery: the record and a description of the change.
pub struct Forgery {
    pub record: String,
    pub how: String,
}

/// A kind of results to forge.
pub struct Truth<'a> {
    /// True results.
    pub results: &'a [Value],
    /// True results of all kinds, which are sources of parts.
    pub others: &'a [Value],
    /// Fields that `verify` names as not proved, or that describe the request: changing only these
    /// makes no false claim.
    pub free: &'a [&'a str],
}

/// A path from the root of a document to a value.
type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

fn paths(value: &Value, here: &Path, all: &mut Vec<Path>) {
    let mut below = |step: Step, value: &Value| {
        let path: Path = here.iter().cloned().chain([step]).collect();
        all.push(path.clone());
        paths(value, &path, all);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| below(Step::Key(key.clone()), value)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, value)| below(Step::Index(i), value)),
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

fn get<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

fn named(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!("/{key}"),
        Step::Index(index) => format!("/{index}"),
    };
    path.iter().map(step).collect()
}

/// The claims of a result: everything except the proofs and the fields in `free`.
fn claims(value: &Value, free: &[&str]) -> Value {
    match value {
        Value::Object(map) => {
            let claimed = map.iter().filter(|(key, _)| *key != "proof" && !free.contains(&key.as_str()));
            // Only the ends of the intervals are proved.
            let kept = claimed.map(|(key, value)| match (key.as_str(), value) {
                ("intervals", Value::Array(list)) => {
                    let ends =
                        list.first().and_then(|first| first.get(0)).zip(list.last().and_then(|last| last.get(1)));
                    (key.clone(), json!(ends))
                }
                _ => (key.clone(), claims(value, free)),
            });
            Value::Object(kept.collect::<Map<String, Value>>())
        }
        Value::Array(list) => list.iter().map(|value| claims(value, free)).collect(),
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), |number| json!(number + 0.0)),
        _ => value.clone(),
    }
}

/// The proofs in a result.
fn proofs(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(map) => {
            let deeper = map.iter().filter(|(key, _)| *key != "proof").flat_map(|(_, value)| proofs(value));
            map.get("proof").into_iter().chain(deeper).collect()
        }
        Value::Array(list) => list.iter().flat_map(proofs).collect(),
        _ => vec![],
    }
}

impl Truth<'_> {
    /// A forgery of one of the results, unless the attempted change makes no false claim.
    pub fn forge(&self, chance: &mut Chance) -> Option<Forgery> {
        let truth = chance.of(self.results)?;
        let mut all = vec![];
        paths(truth, &vec![], &mut all);
        if chance.below(20) == 0 {
            return Self::twice(truth, &all, chance);
        }
        let mut forged = truth.clone();
        let mut how = vec![];
        // Usually one change, sometimes several.
        let changes = if chance.below(4) == 0 { 2 + chance.below(3) } else { 1 };
        for _ in 0..changes {
            how.extend(self.change(truth, &mut forged, &all, chance));
        }
        // A different scheme with its own proof and the same values is also true.
        let free: Vec<&str> = if proofs(&forged) == proofs(truth) {
            self.free.to_vec()
        } else {
            self.free.iter().copied().chain(["scheme", "messages", "strategy", "schemes", "plan"]).collect()
        };
        if how.is_empty() || claims(&forged, &free) == claims(truth, &free) {
            return None;
        }
        Some(Forgery { record: forged.to_string(), how: how.join("; ") })
    }

    /// Makes one change and describes it.
    fn change(&self, truth: &Value, forged: &mut Value, all: &[Path], chance: &mut Chance) -> Option<String> {
        let path = self.place(truth, all, chance)?;
        let place = named(&path);
        let (last, parent) = path.split_last()?;
        let old = get(forged, &path)?.clone();
        match chance.below(9) {
            0 => {
                // Without equilibria, it is the output of `--game none`.
                if *last == Step::Key("equilibrium".into()) {
                    return None;
                }
                match (at(forged, parent)?, last) {
                    (Value::Object(map), Step::Key(key)) => drop(map.remove(key)),
                    (Value::Array(list), Step::Index(index)) if *index < list.len() => drop(list.remove(*index)),
                    _ => return None,
                }
                Some(format!("deleted {place}"))
            }
            1 => {
                let Value::Array(list) = at(forged, parent)? else { return None };
                let (i, j) = (chance.below(list.len()), chance.below(list.len()));
                list.swap(i, j);
                Some(format!("swapped {i} and {j} in {}", named(parent)))
            }
            2 => {
                // Two parts of this result of the same kind.
                let alike: Vec<&Path> =
                    all.iter().filter(|other| other.last() == Some(last) && **other != path).collect();
                let other = (*chance.of(&alike)?).clone();
                let value = get(truth, &other)?.clone();
                *at(forged, &path)? = value;
                Some(format!("{place} := {}", named(&other)))
            }
            3 => {
                // A part of another result.
                let donor = chance.of(self.others)?;
                let value = get(donor, &path)?.clone();
                *at(forged, &path)? = value;
                Some(format!("{place} from another result"))
            }
            4 if old.is_number() => {
                // The same number everywhere.
                let new = Self::number(&old, chance);
                replace(forged, &old, &new);
                Some(format!("{old} := {new} everywhere"))
            }
            5 => {
                let Value::Object(map) = at(forged, &path)? else { return None };
                let name = ["exact", "certified", "stopped", "note", "lower_bound", "bonus"][chance.below(6)];
                if map.contains_key(name) || self.free.contains(&name) {
                    return None;
                }
                map.insert(name.into(), [json!(true), json!(0.0), json!("x")][chance.below(3)].clone());
                Some(format!("{name} inserted in {place}"))
            }
            _ => {
                let new = match &old {
                    Value::Number(_) => Self::number(&old, chance),
                    Value::Bool(yes) => json!(!yes),
                    Value::String(text) => {
                        let strings: Vec<&Value> =
                            all.iter().filter_map(|path| get(truth, path)).filter(|value| value.is_string()).collect();
                        let other = (*chance.of(&strings)?).clone();
                        if chance.below(4) == 0 { json!(format!("{text}x")) } else { other }
                    }
                    Value::Null => json!(0.0),
                    Value::Array(_) => json!([]),
                    Value::Object(_) => json!({}),
                };
                *at(forged, &path)? = new.clone();
                let brief: String = new.to_string().chars().take(40).collect();
                Some(format!("{place} := {brief}"))
            }
        }
    }

    /// A random place. Places near the root, which are few, are more likely, and places in proofs,
    /// which are many, are less likely.
    fn place(&self, truth: &Value, all: &[Path], chance: &mut Chance) -> Option<Path> {
        let in_proof = |path: &Path| path.iter().any(|step| *step == Step::Key("proof".into()));
        let free =
            |path: &Path| path.iter().any(|step| matches!(step, Step::Key(key) if self.free.contains(&key.as_str())));
        let good: Vec<&Path> = all.iter().filter(|path| !free(path)).collect();
        let some: Vec<&Path> = match chance.below(6) {
            0 => good.iter().copied().filter(|path| path.len() == 1).collect(),
            1 => good.iter().copied().filter(|path| path.len() <= 3 && !in_proof(path)).collect(),
            2 => good.iter().copied().filter(|path| get(truth, path).is_some_and(Value::is_boolean)).collect(),
            3 => good.iter().copied().filter(|path| in_proof(path)).collect(),
            _ => good.iter().copied().filter(|path| !in_proof(path)).collect(),
        };
        chance.of(&some).map(|path| (*path).clone())
    }

    /// Another number, which differs by more than rounding.
    fn number(old: &Value, chance: &mut Chance) -> Value {
        if let Some(old) = old.as_u64() {
            return json!([old + 1, old.saturating_sub(1), 0, 2 * old + 7][chance.below(4)]);
        }
        let old = old.as_f64().unwrap_or(0.0);
        let new = [old * 1.001, old * 0.999, old * 2.0, old / 3.0, -old, old + 0.01, old - 0.01, 0.0, 1.0, old * 1e6];
        json!(new[chance.below(new.len())])
    }

    /// Writes a key of some object twice, with another value first or last.
    fn twice(truth: &Value, all: &[Path], chance: &mut Chance) -> Option<Forgery> {
        let path = chance.of(all)?;
        let (Step::Key(key), parent) = path.split_last()? else { return None };
        let mut forged = truth.clone();
        let mark = "\u{1}twice\u{1}";
        let value = get(truth, path)?;
        let other = match value {
            Value::Number(_) => Self::number(value, chance),
            _ => json!(0),
        };
        at(&mut forged, parent)?.as_object_mut()?.insert(mark.into(), other);
        let record = forged.to_string().replace(&Value::from(mark).to_string(), &Value::from(key.as_str()).to_string());
        Some(Forgery { record, how: format!("{} twice", named(path)) })
    }
}

fn replace(value: &mut Value, old: &Value, new: &Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| replace(value, old, new)),
        Value::Array(list) => list.iter_mut().for_each(|value| replace(value, old, new)),
        _ if value == old => *value = new.clone(),
        _ => {}
    }
}
