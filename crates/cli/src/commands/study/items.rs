//! `suasion study items`.

use super::data;
use crate::arguments::{Draw, StudyItems};
use crate::failure::Failure;
use crate::output::{json, line, number};
use crate::session::Session;
use serde::Serialize;
use std::path::Path;
use suasion_study::data::Items;

/// What was written.
#[derive(Serialize)]
struct Written<'a> {
    command: &'static str,
    set: &'static str,
    human: &'a str,
    /// How many the data set has, and how many of them were written.
    found: usize,
    items: usize,
    mean: f64,
    file: String,
}

pub fn run(items: &StudyItems, session: &Session) -> Result<bool, Failure> {
    let (data, draw, found) = match items {
        StudyItems::Movielens(arguments) => {
            (&arguments.data.data, &arguments.draw, data::movielens(&arguments.data, session)?)
        }
        StudyItems::Ethics(arguments) => (&arguments.data.data, &arguments.draw, data::ethics(&arguments.data)?),
        StudyItems::MoralStrength(arguments) => {
            (&arguments.data.data, &arguments.draw, data::moral_strength(&arguments.data)?)
        }
    };
    write(data, draw, found, session)
}

fn write(data: &Path, draw: &Draw, all: Items, session: &Session) -> Result<bool, Failure> {
    if draw.most == Some(0) {
        return Err(Failure::Usage("--most: found 0, expected at least 1".into()));
    }
    let output = draw.output.canonicalize().ok();
    let files = ["", "ratings.csv", "movies.csv", "ratings.dat", "movies.dat"];
    let place = |file: &str| if file.is_empty() { data.into() } else { data.join(file) };
    let is_read = |file: &str| place(file).canonicalize().ok() == output;
    if output.is_some() && files.into_iter().any(is_read) {
        let problem = "found the output among the files that are read, expected another file".into();
        return Err(Failure::Bad { file: draw.output.display().to_string(), problem });
    }
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
