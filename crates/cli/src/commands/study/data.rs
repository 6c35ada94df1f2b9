//! The data sets of the studies, from arguments.

use crate::arguments::{EthicsData, MoralStrengthData, MovielensData, PartName};
use crate::failure::Failure;
use crate::progress::counter;
use crate::session::Session;
use suasion_study::StudyError;
use suasion_study::data::movielens::MovieLens;
use suasion_study::data::{Items, ethics, moral_strength};

pub fn movielens(arguments: &MovielensData, session: &Session) -> Result<Items, Failure> {
    let set = MovieLens { least_ratings: arguments.least_ratings, user: arguments.user };
    let bar = counter("ratings");
    let items = set.read(&arguments.data, &session.settings, &|rows| bar.inc(rows));
    bar.finish_and_clear();
    Ok(items?)
}

pub fn ethics(arguments: &EthicsData) -> Result<Items, Failure> {
    let part = arguments.part.map(|part| match part {
        PartName::Commonsense => ethics::EthicsPart::Commonsense,
        PartName::Justice => ethics::EthicsPart::Justice,
        PartName::Deontology => ethics::EthicsPart::Deontology,
        PartName::Virtue => ethics::EthicsPart::Virtue,
        PartName::Utilitarianism => ethics::EthicsPart::Utilitarianism,
    });
    Ok(ethics::read(&arguments.data, part).map_err(StudyError::from)?)
}

pub fn moral_strength(arguments: &MoralStrengthData) -> Result<Items, Failure> {
    Ok(moral_strength::read(&arguments.data).map_err(StudyError::from)?)
}
