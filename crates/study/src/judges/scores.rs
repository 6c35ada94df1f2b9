//! The utilities of agents and of the human for the same items.

use crate::StudyError;
use crate::data::{DataError, DataItem, Items};
use faer::{Col, Mat};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use suasion_regression::{Factor, RegressionError};
use suasion_table::{Kind, MISSING, Table, matching};

/// The column of a table of labels that names the item of each row.
const ITEM: &str = "item";
/// An optional column that is not an agent.
const HUMAN: &str = "human";
/// Two utilities that differ by at most this much differ only by rounding.
const ROUNDING: f64 = 1e-9;
/// An agent that judged a smaller share of the items is left out.
const LEAST_SHARE: f64 = 0.9;

/// A table of labels, with a row for each item and a column for each agent.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgeLabels {
    path: PathBuf,
    items: Vec<String>,
    agents: Vec<String>,
    /// By agent; NaN for a missing score.
    scores: Vec<Vec<f64>>,
    /// The human utility in the table; NaN if it is missing.
    human: Vec<f64>,
    /// Columns that do not hold numbers, and so are not agents.
    texts: Vec<String>,
}

impl JudgeLabels {
    /// Reads a file of labels, with the agents that match names and patterns, or all agents.
    ///
    /// # Errors
    /// If the file cannot be read, has no column `item`, has an item without a name or with the
    /// name of another item, has no matching agents, or has scores outside `[0, 1]`.
    pub fn read(path: &Path, agents: &[String]) -> Result<Self, StudyError> {
        let table = Table::open(std::slice::from_ref(&path.to_path_buf()))?;
        let others: Vec<_> = table.columns().iter().filter(|column| ![ITEM, HUMAN].contains(&&*column.name)).collect();
        let mut texts = vec![];
        let agents: Vec<String> = if agents.is_empty() {
            // A column of text may describe the item.
            let (numbers, others): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|column| column.kind == Kind::Number);
            texts = others.into_iter().map(|column| column.name.clone()).collect();
            numbers.into_iter().map(|column| column.name.clone()).collect()
        } else {
            let names: Vec<&str> = others.iter().map(|column| column.name.as_str()).collect();
            matching(&names, agents)?
        };
        if agents.is_empty() {
            return Err(DataError::file(path, "found no agents, expected a column of numbers for each").into());
        }
        if let Some(name) = agents.iter().find(|agent| [ITEM, HUMAN].contains(&agent.as_str())) {
            return Err(DataError::file(path, format!("found the column {name:?} among the agents")).into());
        }
        let has_human = table.columns().iter().any(|column| column.name == HUMAN && column.kind == Kind::Number);
        let mut numbers = agents.clone();
        numbers.extend(has_human.then(|| HUMAN.into()));
        let reader = table.select(&numbers, &[ITEM.into()])?;
        let mut labels =
            Self { path: path.into(), items: vec![], scores: vec![vec![]; agents.len()], agents, human: vec![], texts };
        let mut known = HashSet::new();
        for part in reader.parts(1 << 16) {
            reader.read(&part, |batch| -> Result<(), StudyError> {
                for row in 0..batch.rows() {
                    let refuse = |problem: String| {
                        let place = reader.place(batch.first() + row as u64);
                        let row = if place.line.is_none() { format!("row {}, ", place.row) } else { String::new() };
                        StudyError::from(DataError { path: place.path, line: place.line, problem: row + &problem })
                    };
                    let code = batch.labels(0).codes()[row];
                    let name = batch.labels(0).get(row).filter(|name| code != MISSING && !name.is_empty());
                    let Some(name) = name else {
                        return Err(refuse("column item: found nothing, expected the name of an item".into()));
                    };
                    if !known.insert(name.to_owned()) {
                        return Err(refuse(format!("column item: found {name:?} again, expected each item once")));
                    }
                    labels.items.push(name.into());
                    for (agent, scores) in labels.scores.iter_mut().enumerate() {
                        let score = batch.numbers(agent)[row];
                        if !(score.is_nan() || (0.0..=1.0).contains(&score)) {
                            let column = &labels.agents[agent];
                            return Err(refuse(format!(
                                "column {column}: found {score}, expected a score from 0 to 1"
                            )));
                        }
                        scores.push(score);
                    }
                    let human = if has_human { batch.numbers(labels.agents.len())[row] } else { f64::NAN };
                    labels.human.push(human);
                }
                Ok(())
            })?;
        }
        Ok(labels)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The agents that match names and patterns.
    ///
    /// # Errors
    /// If one of them matches no agent.
    pub fn named(&self, patterns: &[String]) -> Result<Vec<String>, StudyError> {
        let names: Vec<&str> = self.agents.iter().map(String::as_str).collect();
        Ok(matching(&names, patterns)?)
    }
}

/// What happened to items and agents when labels and data were joined.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Joined {
    /// The number of items that are in both and were judged by every remaining agent.
    pub items: usize,
    /// The number of items of the data without a row of labels.
    pub unlabelled: usize,
    /// The number of rows of labels for items that are not in the data.
    pub unknown: usize,
    /// The number of items that were left out because a remaining agent has no score for them.
    pub incomplete: usize,
    /// The agents that were left out because they have scores for fewer than nine items in ten.
    pub silent: Vec<String>,
    /// The columns of labels that were left out because they do not hold numbers.
    pub texts: Vec<String>,
    /// The number of items that are in both, but with a different human utility in the labels.
    /// Either the human differs, or other items have the same names.
    pub other_human: usize,
}

/// The scores of agents and the human for the same items. Items and agents are ordered by name, so
/// nothing depends on the order in files.
#[derive(Clone, Debug)]
pub struct Scores {
    /// The items.
    pub items: Vec<String>,
    /// The agents.
    pub agents: Vec<String>,
    /// Items x agents.
    pub scores: Mat<f64>,
    /// The human utility of each item.
    pub human: Vec<f64>,
    /// The items of each group, by index. Groups are dealt to folds and drawn as a whole.
    pub groups: Vec<Vec<usize>>,
    /// Whether every human utility is 0 or 1.
    pub binary: bool,
    /// What was left out.
    pub joined: Joined,
}

impl Scores {
    /// Joins labels and data by the names of items.
    ///
    /// # Errors
    /// If they have nothing in common, or the human utility is the same for all common items.
    pub fn join(labels: &JudgeLabels, data: &Items) -> Result<Self, StudyError> {
        let rows: HashMap<&str, usize> = labels.items.iter().enumerate().map(|(row, name)| (&**name, row)).collect();
        let mut common: Vec<(&DataItem, usize)> =
            data.items.iter().filter_map(|item| Some((item, *rows.get(item.name.as_str())?))).collect();
        if common.is_empty() {
            let known = data.items.first().map_or("", |item| &item.name);
            let found = labels.items.first().map_or_else(|| "none".into(), |name| format!("such as {name:?}"));
            let problem =
                format!("found items that are not in the data ({found}), expected some that are, such as {known:?}");
            return Err(DataError::file(&labels.path, problem).into());
        }
        common.sort_unstable_by(|a, b| a.0.name.cmp(&b.0.name));
        let mut joined = Joined {
            unlabelled: data.items.len() - common.len(),
            unknown: labels.items.len() - common.len(),
            texts: labels.texts.clone(),
            other_human: common.iter().filter(|(item, row)| (labels.human[*row] - item.human).abs() > ROUNDING).count(),
            ..Joined::default()
        };
        let mut agents: Vec<usize> = (0..labels.agents.len()).collect();
        agents.sort_unstable_by(|&a, &b| labels.agents[a].cmp(&labels.agents[b]));
        let has_enough = |agent: usize| {
            let scored = common.iter().filter(|item| !labels.scores[agent][item.1].is_nan()).count();
            scored as f64 >= LEAST_SHARE * common.len() as f64
        };
        let (kept, silent): (Vec<usize>, Vec<usize>) = agents.into_iter().partition(|&agent| has_enough(agent));
        joined.silent = silent.into_iter().map(|agent| labels.agents[agent].clone()).collect();
        if kept.is_empty() {
            let problem = "found no agent with scores for nine in ten of the items that the data have, expected one";
            return Err(DataError::file(&labels.path, problem).into());
        }
        let all = common.len();
        common.retain(|item| kept.iter().all(|&agent| !labels.scores[agent][item.1].is_nan()));
        joined.incomplete = all - common.len();
        joined.items = common.len();
        let human: Vec<f64> = common.iter().map(|item| item.0.human).collect();
        if let Some(first) = human.first().filter(|first| human.iter().all(|value| value == *first)) {
            let problem = format!(
                "the human utility of all {} items in common is {first}, expected one that varies",
                human.len()
            );
            return Err(DataError::file(&labels.path, problem).into());
        }
        if human.is_empty() {
            return Err(
                DataError::file(&labels.path, "found no item with a score of every agent, expected some").into()
            );
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        common.iter().enumerate().for_each(|(place, item)| groups.entry(item.0.group).or_default().push(place));
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
        groups.sort_unstable();
        Ok(Self {
            items: common.iter().map(|item| item.0.name.clone()).collect(),
            groups,
            agents: kept.iter().map(|&agent| labels.agents[agent].clone()).collect(),
            scores: Mat::from_fn(common.len(), kept.len(), |i, j| labels.scores[kept[j]][common[i].1]),
            binary: human.iter().all(|value| *value == 0.0 || *value == 1.0),
            human,
            joined,
        })
    }

    /// The items of some groups, by index. An item appears as often as its group.
    pub(super) fn items_of(&self, groups: &[usize]) -> Vec<usize> {
        groups.iter().flat_map(|&group| self.groups[group].iter().copied()).collect()
    }

    /// The factor of some items. An item counts as often as it appears.
    pub(super) fn factor(&self, items: &[usize]) -> Result<Factor, RegressionError> {
        let agents = Mat::from_fn(items.len(), self.agents.len(), |i, j| self.scores[(items[i], j)]);
        Factor::of(agents.as_ref(), Col::from_fn(items.len(), |i| self.human[items[i]]).as_ref(), None)
    }
}
