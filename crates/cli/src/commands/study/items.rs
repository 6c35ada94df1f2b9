//! `suasion study items`.

use super::data;
use crate::arguments::{Draw, StudyItems};
use crate::commands::hull::input::check_output;
use crate::failure::Failure;
use crate::output::{json, line, number};
use crate::session::Session;
use serde::Serialize;
use suasion_study::data::Items;

/// The summary of the written table.
#[derive(Serialize)]
struct Written<'a> {
    command: &'static str,
    set: &'static str,
    human: &'a str,
    /// The number of items in the data set, and the number of those that were written.
    found: usize,
    items: usize,
    mean: f64,
    file: String,
}

pub fn run(items: &StudyItems, session: &Session) -> Result<bool, Failure> {
    let (draw, found) = match items {
        StudyItems::Movielens(arguments) => (&arguments.draw, data::movielens(&arguments.data, session)?),
        StudyItems::Ethics(arguments) => (&arguments.draw, data::ethics(&arguments.data)?),
        StudyItems::MoralStrength(arguments) => (&arguments.draw, data::moral_strength(&arguments.data)?),
    };
    write(draw, found, session)
}

fn write(draw: &Draw, all: Items, session: &Session) -> Result<bool, Failure> {
    if draw.most == Some(0) {
        return Err(Failure::Usage("--most: found 0, expected at least 1".into()));
    }
    check_output(&draw.output, &all.files)?;
    let found = all.items.len();
    let items = match draw.most {
        Some(most) => all.draw(most, draw.seed),
        None => all,
    };
    items.write(&draw.output)?;
    let count = items.items.len();
    let mean = items.items.iter().map(|item| item.human).sum::<f64>() / count as f64;
    let file = draw.output.display().to_string();
    if session.json {
        let written =
            Written { command: "study items", set: items.set, human: &items.meaning, found, items: count, mean, file };
        json(&written)?;
    } else {
        line(&format!("{count} of {found} items; human: {}; mean {}", items.meaning, number(mean)))?;
        line(&format!("wrote {file}"))?;
    }
    Ok(true)
}
