//! `suasion study`.

mod competition;
mod data;
mod game;
mod items;
mod judges;

use crate::arguments::Study;
use crate::failure::Failure;
use crate::session::Session;

pub fn run(study: &Study, session: &Session) -> Result<bool, Failure> {
    match study {
        Study::Competition(arguments) => competition::run(arguments, session),
        Study::Items(items) => items::run(items, session),
        Study::Movielens(study) => judges::run(|| data::movielens(&study.data, session), &study.judges, session),
        Study::Ethics(study) => judges::run(|| data::ethics(&study.data), &study.judges, session),
        Study::MoralStrength(study) => judges::run(|| data::moral_strength(&study.data), &study.judges, session),
    }
}
