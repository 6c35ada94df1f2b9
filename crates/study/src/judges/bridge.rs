//! From scores to a game: the human is the user, agents are agents, and items are states.

use super::clusters::{k_means, quantiles};
use super::{JudgeMethod, JudgesFindings, Scores};
use crate::StudyError;
use crate::data::DataError;
use serde::Serialize;
use std::path::Path;
use suasion_model::{Information, Instance, Labels, Matrix, Party};
use suasion_table::matching;

/// The largest number of states, and of scores in a grid.
const MOST: usize = 10_000;

/// The user's actions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actions {
    /// Recommend the item or not. A recommendation pays the item's score, and no recommendation
    /// pays the threshold, to every party.
    Recommend {
        /// The threshold. `None` for the mean of the human utility.
        threshold: Option<f64>,
    },
    /// Give the item a score from a grid over `[0, 1]`. The payoff is 1 less the squared difference
    /// to the true score.
    Score {
        /// The number of scores in the grid.
        scores: usize,
    },
}

impl Actions {
    fn names(self) -> Vec<String> {
        match self {
            Self::Recommend { .. } => vec!["not recommend".into(), "recommend".into()],
            Self::Score { scores } => (0..scores).map(|action| grid(action, scores).to_string()).collect(),
        }
    }

    /// The payoff of an action on an item with score `score`. `mean` is the threshold if none is
    /// given.
    fn payoff(self, action: usize, score: f64, mean: f64) -> f64 {
        match self {
            Self::Recommend { threshold } if action == 0 => threshold.unwrap_or(mean),
            Self::Recommend { .. } => score,
            Self::Score { scores } => 1.0 - (grid(action, scores) - score).powi(2),
        }
    }
}

/// The score that an action gives.
fn grid(action: usize, scores: usize) -> f64 {
    action as f64 / (scores - 1) as f64
}

/// The states of the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum States {
    /// Each item is a state.
    Items,
    /// Each state is a group of items that agents judge alike. The number is the number of groups
    /// for k-means.
    KMeans(usize),
    /// Each state is a group of items with similar mean scores. The number is the number of groups,
    /// which have equal sizes.
    Quantiles(usize),
}

/// The agents that play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Players {
    /// Every agent.
    All,
    /// The agents with a positive weight in the non-negative combination.
    Weighted,
    /// The agents that match these names and patterns.
    Named(Vec<String>),
}

/// The settings of the game.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bridge {
    /// The user's actions.
    pub actions: Actions,
    /// The states.
    pub states: States,
    /// The agents that play.
    pub players: Players,
    /// The seed for the groups.
    pub seed: u64,
}

impl Bridge {
    /// Checks the settings.
    ///
    /// # Errors
    /// If a number is out of its range.
    pub fn check(&self) -> Result<(), StudyError> {
        let number =
            |what, found: &dyn ToString, expected| Err(StudyError::Number { what, found: found.to_string(), expected });
        match self.actions {
            Actions::Recommend { threshold: Some(found) } if !(0.0..=1.0).contains(&found) => {
                return number("the threshold", &found, "a number from 0 to 1");
            }
            Actions::Score { scores } if !(2..=MOST).contains(&scores) => {
                return number("the number of scores", &scores, "from 2 to 10000");
            }
            _ => {}
        }
        match self.states {
            States::KMeans(found) | States::Quantiles(found) if !(1..=MOST).contains(&found) => {
                number("the number of states", &found, "from 1 to 10000")
            }
            _ => Ok(()),
        }
    }

    /// Builds the game. The prior of a state is its share of the items, and utilities are means
    /// over its items. States are ordered by the mean of the human utility, lowest first.
    ///
    /// # Errors
    /// If a number is out of its range, or no agent plays.
    pub fn instance(
        &self,
        name: &str,
        scores: &Scores,
        found: &JudgesFindings,
        labels: &Path,
    ) -> Result<Instance, StudyError> {
        self.check()?;
        let players = self.players(scores, found, labels)?;
        let mut groups = match self.states {
            States::Items => (0..scores.items.len()).map(|item| vec![item]).collect(),
            States::KMeans(groups) => k_means(scores, groups, self.seed),
            States::Quantiles(groups) => quantiles(scores, groups),
        };
        let mean = |group: &[usize], score: &dyn Fn(usize) -> f64| {
            group.iter().map(|&item| score(item)).sum::<f64>() / group.len() as f64
        };
        let human = |item: usize| scores.human[item];
        groups.sort_by(|a, b| mean(a, &human).total_cmp(&mean(b, &human)).then(a.cmp(b)));
        let states = match self.states {
            States::Items => groups.iter().map(|group| scores.items[group[0]].clone()).collect(),
            _ => (1..=groups.len()).map(|group| format!("group {group}")).collect(),
        };
        let threshold = found.human_mean;
        let actions = self.actions.names();
        let party = |name: &str, score: &dyn Fn(usize) -> f64| Party {
            name: name.into(),
            utility: Matrix::from_fn(actions.len(), groups.len(), |action, state| {
                mean(&groups[state], &|item| self.actions.payoff(action, score(item), threshold))
            }),
        };
        let items = scores.items.len() as f64;
        let prior: Vec<f64> = groups.iter().map(|group| group.len() as f64 / items).collect();
        Ok(Instance {
            name: name.into(),
            source: None,
            states: Labels::Names(states),
            information: Information::Priors(Matrix::new(1, prior.len(), prior)),
            user: party("human", &human),
            agents: players
                .into_iter()
                .map(|agent| party(&scores.agents[agent], &|item| scores.scores[(item, agent)]))
                .collect(),
            actions: Labels::Names(actions),
            protocol: None,
        })
    }

    /// The indices of the agents that play.
    fn players(&self, scores: &Scores, found: &JudgesFindings, labels: &Path) -> Result<Vec<usize>, StudyError> {
        let all = 0..scores.agents.len();
        match &self.players {
            Players::All => Ok(all.collect()),
            Players::Weighted => {
                let weighted = |agent: &usize| {
                    let mut own = found.weights.iter().filter(|weight| weight.agent == scores.agents[*agent]);
                    own.any(|weight| weight.method == JudgeMethod::Nnls && weight.weight > 0.0)
                };
                let weighted: Vec<usize> = all.filter(weighted).collect();
                if weighted.is_empty() {
                    let problem = "found no agent with a weight in the non-negative combination, expected at least one";
                    return Err(DataError::file(labels, problem).into());
                }
                Ok(weighted)
            }
            Players::Named(patterns) => {
                let names: Vec<&str> = scores.agents.iter().map(String::as_str).collect();
                let place = |name: String| {
                    let problem =
                        || DataError::file(labels, format!("found no agent {name:?}, expected one that plays"));
                    scores.agents.iter().position(|agent| *agent == name).ok_or_else(problem)
                };
                let mut players =
                    matching(&names, patterns)?.into_iter().map(place).collect::<Result<Vec<usize>, _>>()?;
                players.sort_unstable();
                Ok(players)
            }
        }
    }
}
