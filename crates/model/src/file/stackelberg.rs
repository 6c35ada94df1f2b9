//! Reads Stackelberg games.

use super::check::{Expected, distinct, labels, matrix, normalize};
use super::error::{Place, ReadError, Refusal, parse, read_text};
use super::form::{StackelbergForm, TypeForm};
use super::format::{STACKELBERG, check_format};
use super::instance::stem;
use crate::{FollowerType, StackelbergGame};
use std::path::Path;

impl StackelbergGame {
    /// Reads a game from a JSON file and the `NumPy` files beside it, and validates everything.
    /// Utilities have one row per action of the leader and one column per action of the follower.
    /// If there is only one type, the utilities may stand with the players.
    ///
    /// # Errors
    /// If the file cannot be read, is not JSON, or is not a valid game.
    pub fn read(file: &Path) -> Result<Self, ReadError> {
        let text = read_text(file)?;
        Self::from_json(&text, file)
    }

    /// Reads a game from text, like [`StackelbergGame::read`]. `file` is the name in error
    /// messages, and arrays are looked up in its directory.
    ///
    /// # Errors
    /// As [`StackelbergGame::read`].
    pub fn from_json(text: &str, file: &Path) -> Result<Self, ReadError> {
        check_format(file, text, STACKELBERG)?;
        let form: StackelbergForm = parse(file, text)?;
        build(form, file).map_err(|refusal| refusal.locate(file, text))
    }
}

fn build(form: StackelbergForm, file: &Path) -> Result<StackelbergGame, Refusal> {
    let root = Place::default();
    let directory = file.parent().unwrap_or(Path::new(""));
    let leader_actions = labels(form.leader.actions, &root.key("leader").key("actions"), "actions")?;
    let follower_actions = labels(form.follower.actions, &root.key("follower").key("actions"), "actions")?;
    let forms = match (form.types, form.leader.utility, form.follower.utility) {
        (Some(types), None, None) if types.is_empty() => {
            return Err(root.key("types").refuse("found no types, expected at least 1"));
        }
        (Some(types), None, None) => types,
        (None, Some(leader), Some(follower)) => vec![TypeForm { name: None, probability: 1.0, leader, follower }],
        (Some(_), ..) => {
            return Err(root.key("types").refuse("found types beside a player's `utility`, expected one or the other"));
        }
        (None, leader, _) => {
            let missing = if leader.is_none() { "leader" } else { "follower" };
            return Err(root.key(missing).refuse("found neither `utility` here nor `types`, expected one of them"));
        }
    };
    let short = forms.len() == 1 && forms[0].name.is_none();
    let shape = Expected {
        rows: Some(leader_actions.len()),
        row: "action of the leader",
        columns: follower_actions.len(),
        column: "action of the follower",
    };
    let mut types = Vec::with_capacity(forms.len());
    for (i, form) in forms.into_iter().enumerate() {
        let place = |player: &str| {
            if short { root.key(player).key("utility") } else { root.key("types").index(i).key(player) }
        };
        types.push(FollowerType {
            leader: matrix(form.leader, &place("leader"), directory, shape, false)?,
            follower: matrix(form.follower, &place("follower"), directory, shape, false)?,
            name: form.name.unwrap_or_else(|| format!("type {}", i + 1)),
            probability: form.probability,
        });
    }
    let item = |i: usize| root.key("types").index(i);
    distinct(types.iter().enumerate().map(|(i, kind)| (item(i), kind.name.as_str())))?;
    let mut probabilities: Vec<f64> = types.iter().map(|kind| kind.probability).collect();
    normalize(&mut probabilities, &root.key("types"), |i| item(i).key("probability"))?;
    for (kind, probability) in types.iter_mut().zip(probabilities) {
        kind.probability = probability;
    }
    Ok(StackelbergGame {
        name: form.name.unwrap_or_else(|| stem(file)),
        source: form.source,
        leader_name: form.leader.name.unwrap_or_else(|| "leader".into()),
        follower_name: form.follower.name.unwrap_or_else(|| "follower".into()),
        leader_actions,
        follower_actions,
        types,
    })
}
