//! Experiments and mechanisms for a user with private types.

use super::{Sender, Values};
use crate::PersuadeError;
use crate::experiment::repair::LEAST;
use crate::experiment::{bound as experiment_bound, experiment};
use crate::frontier::GeneralSearch;
use crate::mechanism::{bound as mechanism_bound, mechanism};
use crate::optimum::Optimum;
use crate::typed::{difference, dominated, make_exact};
use std::collections::BTreeMap;
use suasion_certificate::{Experiment, Floor, Mechanism, MechanismMultipliers, Node};
use suasion_lp::Settings;
use suasion_model::{ExperimentScheme, Matrix, MechanismEntry, MechanismScheme, Message, Objective, Seat, TypedView};

/// The agent runs an experiment: each message recommends an action to every type.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentSender {
    /// The agent's view of the game.
    pub view: TypedView,
}

/// The agent runs a mechanism: the user reports her type, and the agent recommends an action. A
/// conversation of any length reduces to this.
#[derive(Clone, Debug, PartialEq)]
pub struct MechanismSender {
    /// The agent's view of the game.
    pub view: TypedView,
}

impl Sender for ExperimentSender {
    type Communication = Experiment;
    type Search = GeneralSearch<Self>;

    fn communication(&self) -> Experiment {
        Experiment
    }

    fn seat(&self) -> Seat {
        self.view.seat()
    }

    fn values(&self, scheme: &ExperimentScheme) -> Values {
        values(&self.view, |utility| scheme.value(utility))
    }

    fn differences(&self, scheme: &ExperimentScheme) -> Values {
        differences(&self.view, |utility| scheme.value(utility))
    }

    fn ranges(&self, objective: &Objective) -> (f64, f64) {
        stakes(&self.view, objective)
    }

    fn no_information(&self) -> ExperimentScheme {
        let probabilities = (0..self.view.observations()).map(|x| (x, 1.0)).collect();
        ExperimentScheme { messages: vec![Message { menu: self.view.no_information().0, probabilities }] }
    }

    fn full_information(&self, objective: &Objective) -> ExperimentScheme {
        let best = best_actions(&self.view, objective);
        let menu = |x: usize| best.iter().map(|actions| actions[x]).collect::<Vec<usize>>();
        let mut by_menu: BTreeMap<Vec<usize>, Vec<(usize, f64)>> = BTreeMap::new();
        for x in 0..self.view.observations() {
            by_menu.entry(menu(x)).or_default().push((x, 1.0));
        }
        let message = |(menu, probabilities)| Message { menu, probabilities };
        ExperimentScheme { messages: by_menu.into_iter().map(message).collect() }
    }

    fn persuade(
        &self,
        objective: &Objective,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Optimum<Experiment>, PersuadeError> {
        experiment(&self.view, objective, floor, settings)
    }

    fn search(&self, objective: &Objective, settings: &Settings) -> Result<GeneralSearch<Self>, PersuadeError> {
        GeneralSearch::new(self, objective, settings)
    }

    fn unpriced(&self) -> Vec<Node> {
        vec![Node::Leaf(vec![])]
    }

    fn mix(&self, parts: &[(f64, &ExperimentScheme)]) -> ExperimentScheme {
        let mut by_menu: BTreeMap<&[usize], Vec<f64>> = BTreeMap::new();
        for &(share, scheme) in parts {
            for message in &scheme.messages {
                let sent = by_menu.entry(&message.menu).or_insert_with(|| vec![0.0; self.view.observations()]);
                message.probabilities.iter().for_each(|&(x, probability)| sent[x] += share * probability);
            }
        }
        let mut messages: Vec<Message> =
            by_menu.keys().map(|menu| Message { menu: menu.to_vec(), probabilities: vec![] }).collect();
        for x in 0..self.view.observations() {
            let mut shares: Vec<f64> = by_menu.values().map(|sent| sent[x]).collect();
            make_exact(&mut shares, LEAST);
            for (message, share) in messages.iter_mut().zip(shares) {
                if share > 0.0 {
                    message.probabilities.push((x, share));
                }
            }
        }
        messages.retain(|message| !message.probabilities.is_empty());
        ExperimentScheme { messages }
    }

    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &Vec<Node>) -> f64 {
        let Ok((utility, level)) = objective.reduced_utility(&self.view) else { return f64::INFINITY };
        let above = experiment_bound::bound(&self.view, &utility, bound, Some((0.0, multiplier)));
        experiment_bound::raised(level.plus_times(multiplier, self.view.user_level()), above)
    }

    fn most(&self) -> f64 {
        self.view.full_information()
    }
}

impl Sender for MechanismSender {
    type Communication = Mechanism;
    type Search = GeneralSearch<Self>;

    fn communication(&self) -> Mechanism {
        Mechanism
    }

    fn seat(&self) -> Seat {
        self.view.seat()
    }

    fn values(&self, scheme: &MechanismScheme) -> Values {
        values(&self.view, |utility| scheme.value(utility))
    }

    fn differences(&self, scheme: &MechanismScheme) -> Values {
        differences(&self.view, |utility| scheme.value(utility))
    }

    fn ranges(&self, objective: &Objective) -> (f64, f64) {
        stakes(&self.view, objective)
    }

    fn no_information(&self) -> MechanismScheme {
        let menu = self.view.no_information().0;
        deterministic(&self.view, |report, _| menu[report])
    }

    fn full_information(&self, objective: &Objective) -> MechanismScheme {
        let best = best_actions(&self.view, objective);
        deterministic(&self.view, |report, observation| best[report][observation])
    }

    fn persuade(
        &self,
        objective: &Objective,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Optimum<Mechanism>, PersuadeError> {
        mechanism(&self.view, objective, floor, settings)
    }

    fn search(&self, objective: &Objective, settings: &Settings) -> Result<GeneralSearch<Self>, PersuadeError> {
        GeneralSearch::new(self, objective, settings)
    }

    /// A type who does not gain by a misreport in any of the mechanisms does not gain in their
    /// mixture, where she learns less.
    fn mix(&self, parts: &[(f64, &MechanismScheme)]) -> MechanismScheme {
        let mut by_pair: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
        for &(share, scheme) in parts {
            for entry in &scheme.entries {
                let shares = by_pair.entry((entry.report, entry.observation));
                shares.or_insert_with(|| vec![0.0; self.view.actions()])[entry.action] += share * entry.probability;
            }
        }
        let mut entries = Vec::new();
        for ((report, observation), mut shares) in by_pair {
            make_exact(&mut shares, LEAST);
            let likely = shares.into_iter().enumerate().filter(|(_, probability)| *probability > 0.0);
            entries.extend(likely.map(|(action, probability)| MechanismEntry {
                report,
                observation,
                action,
                probability,
            }));
        }
        MechanismScheme::new(entries)
    }

    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &MechanismMultipliers) -> f64 {
        let Ok((utility, level)) = objective.reduced_utility(&self.view) else { return f64::INFINITY };
        let floor = Some(Floor { value: 0.0, multiplier });
        let above = mechanism_bound::bound(&self.view, &utility, bound, floor);
        experiment_bound::raised(level.plus_times(multiplier, self.view.user_level()), above)
    }

    fn most(&self) -> f64 {
        self.view.full_information()
    }
}

fn differences(view: &TypedView, value: impl Fn(&[Matrix]) -> f64) -> Values {
    let agents = (0..view.agents().len()).map(|agent| value(view.reduced_agent(agent)));
    Values { user: value(view.reduced_user()), agents: agents.collect() }
}

fn values(view: &TypedView, value: impl Fn(&[Matrix]) -> f64) -> Values {
    let Values { user, agents } = differences(view, value);
    let agents = agents.into_iter().enumerate().map(|(agent, value)| view.agent_level(agent).plus(value));
    Values { user: view.user_level().plus(user), agents: agents.collect() }
}

/// The ranges of the values, to the user and to the objective, of the actions that types may take.
fn stakes(view: &TypedView, objective: &Objective) -> (f64, f64) {
    let spread = |utility: &Matrix, x: usize, actions: &[usize]| {
        let column = || actions.iter().map(|&a| utility[(a, x)]);
        column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
    };
    let Ok((worth, _)) = objective.reduced_utility(view) else { return (0.0, 0.0) };
    let taken = |t: usize| {
        let dominated = dominated(view, &worth, t);
        (0..view.actions()).filter(|&a| dominated.iter().all(|d| d.action != a)).collect::<Vec<usize>>()
    };
    let taken: Vec<Vec<usize>> = (0..view.types()).map(taken).collect();
    let range = |utilities: &[Matrix]| -> f64 {
        let of_type = |(utility, actions): (&Matrix, &Vec<usize>)| {
            (0..utility.columns()).map(|x| spread(utility, x, actions)).sum::<f64>()
        };
        utilities.iter().zip(&taken).map(of_type).sum()
    };
    (range(view.reduced_user()), range(&worth))
}

pub(super) fn ranges(view: &TypedView, objective: &Objective) -> (f64, f64) {
    let spread = |utility: &Matrix, x: usize| {
        let column = || (0..utility.rows()).map(|a| utility[(a, x)]);
        column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
    };
    let range = |utilities: &[Matrix]| {
        let of_type = |utility: &Matrix| (0..utility.columns()).map(|x| spread(utility, x)).sum::<f64>();
        utilities.iter().map(of_type).sum()
    };
    (range(view.user()), objective.typed_utility(view).map_or(0.0, |utility| range(&utility)))
}

/// The best action of each type for each observation, `[types][observations]`. Ties are broken for
/// the objective.
fn best_actions(view: &TypedView, objective: &Objective) -> Vec<Vec<usize>> {
    let worth = objective.reduced_utility(view).map_or_else(|_| view.reduced_user().to_vec(), |(worth, _)| worth);
    let best = |user: &Matrix, worth: &Matrix, x: usize| {
        let high = (0..user.rows()).map(|a| user[(a, x)]).fold(f64::NEG_INFINITY, f64::max);
        let good = (0..user.rows()).filter(|&a| difference(high, user[(a, x)]) <= 0.0);
        good.reduce(|best, next| if worth[(next, x)] > worth[(best, x)] { next } else { best }).unwrap_or(0)
    };
    let of_type = |(user, worth): (&Matrix, &Matrix)| (0..user.columns()).map(|x| best(user, worth, x)).collect();
    view.reduced_user().iter().zip(&worth).map(of_type).collect()
}

fn deterministic(view: &TypedView, action: impl Fn(usize, usize) -> usize) -> MechanismScheme {
    let pairs = (0..view.types()).flat_map(|report| (0..view.observations()).map(move |x| (report, x)));
    let entry = |(report, observation)| MechanismEntry {
        report,
        observation,
        action: action(report, observation),
        probability: 1.0,
    };
    MechanismScheme::new(pairs.map(entry).collect())
}
