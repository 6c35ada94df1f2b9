//! Optimal experiments: one agent sends one message to a user with private types.
//!
//! *Problem.* A message induces a menu `f`: one action for each type. The posteriors at which a
//! menu is obeyed form a polytope. Choose messages and, for every observation `x`, the probability
//! `q_x` of each message, so that every type obeys and the objective is maximal. (An experiment, in
//! the terms of Kolotilin, Mylovanov, Zapechelnyuk & Li, Econometrica 2017. The price of the best
//! message is the value of a leader against several types, which is NP-hard to find: Conitzer &
//! Sandholm, EC 2006.)
//!
//! *Method.* If there are few menus, solve the direct program over all of them (`blocks`; with many
//! observations, an interior-point method and a vertex near its solution, `many`). Otherwise use
//! column generation. A master with one row per observation chooses among the messages found so
//! far. The next message maximizes `sum_x q_x (value of the menu at x - lambda_x)`. A climb from
//! menu to neighboring menu looks for it (`walk`, if there are few observations: it also gives a
//! good start at once, `quick`). If the climb finds nothing, branch and bound over the types'
//! actions (`responses`) searches all menus, and its tree proves the bound.
//!
//! If the result of a small game is not convincing, it is solved again in exact arithmetic
//! (`sure`).
//!
//! *Guarantee.* A bound by weak duality, from the multipliers of the tree alone (`bound`). The
//! scheme is exactly plausible, and obedient to the solver's tolerance; the result states any
//! remaining violation. Among several optima, the scheme is the best one for the user among those
//! that use the menus found. If all menus are in one program, that means all optima.

mod blocks;
pub(crate) mod bound;
mod climb;
mod many;
mod master;
mod proof;
mod quick;
pub(crate) mod repair;
mod sure;
mod walk;

use crate::PersuadeError;
use crate::optimum::{Effort, Optimum};
use crate::responses::{CLOSE, Candidate, Regions, Relaxation, Responses, search_among};
use crate::typed::TypedKernel;
use climb::Climb;
use master::Master;
use proof::true_tree;
use repair::{RepairedMessage, repaired};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use suasion_certificate::{Experiment, Floor, Node, ResponseMultiplier};
use suasion_lp::{Settings, Stopped};
use suasion_model::{ExperimentScheme, Matrix, Message, Objective, TypedView};

/// The maximum number of columns of the direct program over all menus.
const DIRECT: usize = 600;

/// A message in scaled units: the mass of each observation on which it is sent, `[n]`.
pub(crate) struct ScaledMessage {
    pub menu: Vec<usize>,
    pub masses: Vec<f64>,
}

/// The state of knowledge when a computation ends.
struct Known {
    messages: Vec<ScaledMessage>,
    /// In true units.
    tree: Vec<Node>,
    floor: Option<Floor>,
    rounds: usize,
    nodes: usize,
    stopped: Option<Stopped>,
}

/// Finds the experiment that maximizes `objective` among the obedient ones that leave the user at
/// least `floor`. Among several optima, it returns one that is best for the user: among all optima
/// if there are few menus (`m^T n` up to 600 or so; `m^T` with 40 observations and more), otherwise
/// among those that only use the menus found.
///
/// # Errors
/// If no scheme reaches the floor, the objective names an agent that does not exist, or the solver
/// fails. Stopping at a limit of `settings` is not an error: see [`Optimum::stopped`].
pub fn experiment(
    view: &TypedView,
    objective: &Objective,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Optimum<Experiment>, PersuadeError> {
    let kernel = TypedKernel::new(view, objective)?;
    let level = floor.map(|floor| kernel.floor(floor)).transpose()?;
    let stated = sure::surely(&kernel, objective, floor, fast(&kernel, floor.zip(level), settings), settings)?;
    let Stated { scheme, tree, floor, rounds, nodes, stopped } = stated;
    Ok(Optimum {
        communication: Experiment,
        seat: view.seat(),
        objective: objective.clone(),
        scheme,
        bound: tree,
        floor,
        effort: Effort { rounds, iterations: 0, nodes },
        stopped,
        unique: false,
    })
}

/// An optimum in terms of the view, and how it was found.
struct Stated {
    scheme: ExperimentScheme,
    tree: Vec<Node>,
    floor: Option<Floor>,
    rounds: usize,
    nodes: usize,
    stopped: Option<Stopped>,
}

/// The optimum in floating point. The floor is given with its value in scaled units.
fn fast(kernel: &TypedKernel<'_>, floor: Option<(f64, f64)>, settings: &Settings) -> Result<Stated, PersuadeError> {
    let asked = floor.map(|(floor, level)| (floor, kernel.asked(level)));
    let direct = match all_menus(kernel, DIRECT / kernel.states().max(1)) {
        Some(menus) => directly(kernel, asked, &menus, settings)?,
        None => with_many_observations(kernel, asked, settings)?,
    };
    let known = match (direct, settings.stopped()) {
        (Some(known), _) => known,
        (None, Some(stopped)) => full_information(kernel, asked, stopped),
        (None, None) => {
            // The tolerance covers the posteriors of all messages that reveal an observation, here
            // and in the solver.
            let n = kernel.states() as f64;
            PersuadeError::unless_it_fits((kernel.states(), kernel.actions()), 2.0 * 8.0 * n * n, settings)?;
            Generation::new(kernel, asked, settings)?.run()?
        }
    };
    let repaired_messages = repaired(kernel, &every(kernel), known.messages, floor.map(|(_, level)| level), settings)?;
    Ok(Stated {
        scheme: assembled(kernel, &repaired_messages),
        tree: known.tree,
        floor: known.floor,
        rounds: known.rounds,
        nodes: known.nodes,
        stopped: known.stopped,
    })
}

/// The menu of best actions at an observation.
fn full_menu(kernel: &TypedKernel<'_>, i: usize) -> Vec<usize> {
    (0..kernel.types()).map(|t| kernel.best_action(t, i)).collect()
}

/// The result if a limit ends the search before it begins: full information.
fn full_information(kernel: &TypedKernel<'_>, floor: Option<(f64, f64)>, stopped: Stopped) -> Known {
    let n = kernel.states();
    let mut by_menu: BTreeMap<Vec<usize>, Vec<f64>> = BTreeMap::new();
    for i in 0..n {
        by_menu.entry(full_menu(kernel, i)).or_insert_with(|| vec![0.0; n])[i] = kernel.mass[i];
    }
    Known {
        messages: by_menu.into_iter().map(|(menu, masses)| ScaledMessage { menu, masses }).collect(),
        tree: true_tree(kernel, vec![Node::Leaf(vec![])], 0.0),
        floor: floor.map(|(value, _)| Floor { value, multiplier: 0.0 }),
        rounds: 0,
        nodes: 0,
        stopped: Some(stopped),
    }
}

/// Finds a good and usually optimal experiment for `objective` quickly, by local search and without
/// a proof. With more than a dozen observations it calls [`experiment()`].
///
/// # Errors
/// As for [`experiment()`].
pub fn experiment_by_search(
    view: &TypedView,
    objective: &Objective,
    settings: &Settings,
) -> Result<ExperimentScheme, PersuadeError> {
    let kernel = TypedKernel::new(view, objective)?;
    let mut game = responses(&kernel);
    if !quick::suits(&game) {
        return Ok(experiment(view, objective, None, settings)?.scheme);
    }
    let found = quick::search(&mut game, &kernel.mass, settings);
    let message = |(candidate, weight): (Candidate, f64)| ScaledMessage {
        menu: candidate.responses,
        masses: candidate.strategy.iter().map(|q| q * weight).collect(),
    };
    let repaired_messages =
        repaired(&kernel, &every(&kernel), found.into_iter().map(message).collect(), None, settings)?;
    Ok(assembled(&kernel, &repaired_messages))
}

/// All types.
fn every(kernel: &TypedKernel<'_>) -> Vec<usize> {
    (0..kernel.types()).collect()
}

/// Merges messages that have the same menu.
fn merged(messages: impl Iterator<Item = ScaledMessage>) -> Vec<ScaledMessage> {
    let mut by_menu: BTreeMap<Vec<usize>, Vec<f64>> = BTreeMap::new();
    for ScaledMessage { menu, masses } in messages {
        match by_menu.entry(menu) {
            Entry::Vacant(entry) => {
                entry.insert(masses);
            }
            Entry::Occupied(mut entry) => entry.get_mut().iter_mut().zip(masses).for_each(|(sum, mass)| *sum += mass),
        }
    }
    by_menu.into_iter().map(|(menu, masses)| ScaledMessage { menu, masses }).collect()
}

/// All menus of actions that the types may take, in lexicographic order. Returns `None` if there
/// are more than `most`.
fn all_menus(kernel: &TypedKernel<'_>, most: usize) -> Option<Vec<Vec<usize>>> {
    let choices: Vec<Vec<usize>> = (0..kernel.types()).map(|t| choices(kernel, t)).collect();
    let count = choices.iter().try_fold(1_usize, |count, choice| count.checked_mul(choice.len()));
    // The tree that proves the bound has a leaf for each menu with copies, too.
    let copies = |t: usize| {
        let strictly = kernel.dominated.iter().filter(|d| d.kind == t && d.strictly);
        kernel.actions() - strictly.filter(|d| kernel.actions.binary_search(&d.action).is_ok()).count()
    };
    let leaves = (0..kernel.types()).try_fold(1_usize, |count, t| count.checked_mul(copies(t)));
    if count.is_none_or(|count| count > most) || leaves.is_none_or(|leaves| leaves > DIRECT) {
        return None;
    }
    let mut menus = vec![vec![]];
    for choice in &choices {
        let longer = |menu: &Vec<usize>| {
            let menu = menu.clone();
            choice.iter().map(move |&a| menu.iter().copied().chain([a]).collect::<Vec<usize>>()).collect::<Vec<_>>()
        };
        menus = menus.iter().flat_map(longer).collect();
    }
    Some(menus)
}

/// The actions that a type may take.
fn choices(kernel: &TypedKernel<'_>, t: usize) -> Vec<usize> {
    (0..kernel.actions()).filter(|&a| kernel.takes(t, a)).collect()
}

/// The user's scaled value, as a utility to maximize: one matrix per type, `n x m`.
fn users_value(kernel: &TypedKernel<'_>) -> Vec<Matrix> {
    let shared = |(utility, share): (&Matrix, &f64)| {
        Matrix::from_fn(utility.rows(), utility.columns(), |i, a| share * utility[(i, a)])
    };
    kernel.user.iter().zip(&kernel.shares).map(shared).collect()
}

fn responses(kernel: &TypedKernel<'_>) -> Responses {
    let prices = vec![0.0; kernel.states()];
    Responses { leader: kernel.objective.clone(), follower: kernel.user.clone(), prices }
}

/// Solves the direct program over all menus, which are in lexicographic order.
fn directly(
    kernel: &TypedKernel<'_>,
    floor: Option<(f64, f64)>,
    menus: &[Vec<usize>],
    settings: &Settings,
) -> Result<Option<Known>, PersuadeError> {
    let level = floor.map(|(_, level)| level);
    let solved = blocks::solve(kernel, &users_value(kernel), level, menus, settings)?;
    Ok(solved.map(|solved| known(kernel, floor, menus, solved)))
}

/// Solves the program for many observations, if there are not too many menus.
fn with_many_observations(
    kernel: &TypedKernel<'_>,
    floor: Option<(f64, f64)>,
    settings: &Settings,
) -> Result<Option<Known>, PersuadeError> {
    let Some(menus) = all_menus(kernel, DIRECT).filter(|menus| many::suits(kernel, menus.len())) else {
        return Ok(None);
    };
    let level = floor.map(|(_, level)| level);
    let solved = many::solve(kernel, &users_value(kernel), level, &menus, settings)?;
    Ok(solved.map(|(solved, stopped)| Known { stopped, ..known(kernel, floor, &menus, solved) }))
}

/// The result of an optimum over all menus, with the tree of all menus.
fn known(kernel: &TypedKernel<'_>, floor: Option<(f64, f64)>, menus: &[Vec<usize>], solved: blocks::Solved) -> Known {
    let mut tree = Vec::new();
    enumerate(&Leaves::new(kernel, menus, &solved.multipliers), (0, 0), &mut vec![], &mut tree);
    let multiplier = solved.slope * kernel.per_user();
    Known {
        messages: solved.messages,
        tree: true_tree(kernel, tree, multiplier),
        floor: floor.map(|(value, _)| Floor { value, multiplier }),
        rounds: 1,
        nodes: menus.len(),
        stopped: None,
    }
}

/// The menus of a direct program with their multipliers.
struct Leaves<'a> {
    kernel: &'a TypedKernel<'a>,
    menus: &'a [Vec<usize>],
    multipliers: &'a [Vec<ResponseMultiplier>],
    /// The actions that each type may take, and copies of them that are not strictly dominated.
    choices: Vec<Vec<usize>>,
}

impl<'a> Leaves<'a> {
    fn new(kernel: &'a TypedKernel<'a>, menus: &'a [Vec<usize>], multipliers: &'a [Vec<ResponseMultiplier>]) -> Self {
        let strictly = |t: usize, a: usize| {
            kernel.dominated.iter().any(|d| d.kind == t && d.action == kernel.actions[a] && d.strictly)
        };
        let choices = (0..kernel.types()).map(|t| (0..kernel.actions()).filter(|&a| !strictly(t, a)).collect());
        Self { kernel, menus, multipliers, choices: choices.collect() }
    }

    /// The multipliers of a menu. A copy has the multipliers of the original menu.
    fn of(&self, menu: &[usize]) -> Vec<ResponseMultiplier> {
        let twins: Vec<usize> = menu.iter().zip(&self.kernel.twins).map(|(&a, twins)| twins[a]).collect();
        let Ok(known) = self.menus.binary_search(&twins) else { return vec![] };
        self.multipliers[known].iter().map(|&(t, _, k, rho)| (t, menu[t], k, rho)).collect()
    }
}

/// Builds the tree whose leaves are all menus of the types' choices in lexicographic order,
/// starting with the one that begins with `menu` and in which type `t` takes her choice number `k`.
fn enumerate(leaves: &Leaves<'_>, (t, k): (usize, usize), menu: &mut Vec<usize>, tree: &mut Vec<Node>) {
    let Some(choices) = leaves.choices.get(t) else {
        tree.push(Node::Leaf(leaves.of(menu)));
        return;
    };
    let last = k + 1 == choices.len();
    if !last {
        tree.push(Node::Split(t, choices[k]));
    }
    menu.push(choices[k]);
    enumerate(leaves, (t + 1, 0), menu, tree);
    menu.pop();
    if !last {
        enumerate(leaves, (t, k + 1), menu, tree);
    }
}

/// A message enters if its reduced value exceeds this: twice the tolerance of the solver.
const WORTH: f64 = 2e-9;

/// Column generation.
struct Generation<'a> {
    kernel: &'a TypedKernel<'a>,
    floor: Option<(f64, f64)>,
    settings: &'a Settings,
    /// The game at the master's prices. The leader's utility includes the user's value times the
    /// multiplier of the floor.
    game: Responses,
    user: Vec<Matrix>,
    master: Master,
    relaxation: Relaxation,
    regions: Regions,
}

impl<'a> Generation<'a> {
    fn new(
        kernel: &'a TypedKernel<'a>,
        floor: Option<(f64, f64)>,
        settings: &'a Settings,
    ) -> Result<Self, PersuadeError> {
        let game = responses(kernel);
        let master = Master::new(&kernel.mass, floor.map(|(_, level)| level), settings)?;
        let (relaxation, regions) = (Relaxation::new(&game, settings)?, Regions::new(settings)?);
        Ok(Self { kernel, floor, settings, game, user: users_value(kernel), master, relaxation, regions })
    }

    fn run(mut self) -> Result<Known, PersuadeError> {
        let n = self.kernel.states();
        // Full information is feasible for any floor.
        for i in 0..n {
            let mut posterior = vec![0.0; n];
            posterior[i] = 1.0;
            let menu = full_menu(self.kernel, i);
            let worth = |utility: &[Matrix]| menu.iter().enumerate().map(|(t, &a)| utility[t][(i, a)]).sum::<f64>();
            let (cost, user) = (worth(&self.kernel.objective), worth(&self.user));
            self.master.add_new(menu, posterior, cost, user)?;
        }
        // Start from good messages if they are quick to find.
        if quick::suits(&self.game) {
            let found = quick::search(&mut self.game, &self.kernel.mass, self.settings);
            self.add_candidates(found.into_iter().map(|(candidate, _)| candidate).collect())?;
        }
        let mut known = Known {
            messages: vec![],
            tree: true_tree(self.kernel, vec![Node::Leaf(vec![])], 0.0),
            floor: self.floor.map(|(value, _)| Floor { value, multiplier: 0.0 }),
            rounds: 0,
            nodes: 0,
            stopped: None,
        };
        let ended = self.generate(&mut known);
        known.messages = self.messages();
        match ended {
            Ok(()) => {
                // Because of rounding, the menus with a zero reduced cost may not suffice.
                let least = self.worth(&known.messages) - CLOSE * self.kernel.states() as f64;
                if let Some(messages) = self.best_for_user()?.filter(|messages| self.worth(messages) >= least) {
                    known.messages = messages;
                }
            }
            Err(PersuadeError::Stopped(stopped)) => known.stopped = Some(stopped),
            Err(other) => return Err(other),
        }
        Ok(known)
    }

    /// Adds messages until none has a positive reduced value.
    fn generate(&mut self, known: &mut Known) -> Result<(), PersuadeError> {
        // If the master already has a message that still seems worth adding, the difference is
        // within tolerances, and only the proof is left to find.
        let mut target = WORTH;
        loop {
            known.rounds += 1;
            let objective = self.master.solve(self.settings)?;
            let slope = self.master.slope();
            self.game.prices.copy_from_slice(self.master.prices());
            if self.floor.is_some() {
                for (t, leader) in self.game.leader.iter_mut().enumerate() {
                    let (v, u) = (&self.kernel.objective[t], &self.user[t]);
                    *leader = Matrix::from_fn(v.rows(), v.columns(), |i, a| v[(i, a)] + slope * u[(i, a)]);
                }
            }
            if target < f64::INFINITY {
                let found = self.climb()?;
                if self.add_candidates(found)? > 0 {
                    continue;
                }
            }
            let nothing = Candidate { strategy: vec![], responses: vec![], value: 0.0 };
            let (game, relaxation, regions) = (&self.game, &mut self.relaxation, &mut self.regions);
            let left = self.kernel.may_take();
            let found = search_among(game, left, relaxation, regions, nothing, target, self.settings)?;
            known.nodes += found.nodes;
            if self.settings.verbose {
                let (rounds, nodes, price) = (known.rounds, found.nodes, found.best.value);
                eprintln!("round {rounds}: objective {objective:.9}, {nodes} nodes, best price {price:.3e}");
            }
            let improved = found.best.value > WORTH && target < f64::INFINITY;
            if improved {
                if self.add_candidates(vec![found.best])? == 0 {
                    target = f64::INFINITY;
                }
                continue;
            }
            let multiplier = slope * self.kernel.per_user();
            known.tree = true_tree(self.kernel, found.tree, multiplier);
            known.floor = self.floor.map(|(value, _)| Floor { value, multiplier });
            return found.stopped.map_or(Ok(()), |stopped| Err(PersuadeError::Stopped(stopped)));
        }
    }

    /// Messages with a positive reduced value, if climbing finds any.
    fn climb(&mut self) -> Result<Vec<Candidate>, PersuadeError> {
        let (starts, sent) = (self.starts(), self.master.sent().map(|(column, _)| column.menu.clone()));
        let sent: Vec<Vec<usize>> = sent.collect();
        let mut climb = Climb::new(&self.game, WORTH, &mut self.regions, self.settings);
        for start in starts {
            climb.climb_from(&start)?;
        }
        if climb.is_empty() {
            for menu in sent {
                climb.climb_around(&menu)?;
            }
        }
        Ok(climb.found())
    }

    /// The starting points of climbs: the messages that are sent, no information, and full
    /// information.
    fn starts(&self) -> Vec<Vec<f64>> {
        let n = self.kernel.states();
        let total: f64 = self.kernel.mass.iter().sum();
        let sent = self.master.sent().map(|(column, _)| column.posterior.clone());
        let vertex = |i: usize| (0..n).map(|k| f64::from(u8::from(k == i))).collect::<Vec<f64>>();
        let prior = self.kernel.mass.iter().map(|mass| mass / total).collect();
        sent.chain([prior]).chain((0..n).map(vertex)).collect()
    }

    fn add_candidates(&mut self, found: Vec<Candidate>) -> Result<usize, PersuadeError> {
        self.add(found.into_iter().map(|candidate| (candidate.responses, candidate.strategy)).collect())
    }

    /// Adds messages, given as menu and posterior, that the master does not have. Returns their
    /// number.
    fn add(&mut self, messages: Vec<(Vec<usize>, Vec<f64>)>) -> Result<usize, PersuadeError> {
        let worth = |utility: &[Matrix], menu: &[usize], posterior: &[f64]| {
            let of_type = |(t, &a): (usize, &usize)| {
                posterior.iter().enumerate().map(|(i, q)| q * utility[t][(i, a)]).sum::<f64>()
            };
            menu.iter().enumerate().map(of_type).sum::<f64>()
        };
        let mut count = 0;
        for (menu, posterior) in messages {
            let cost = worth(&self.kernel.objective, &menu, &posterior);
            let user = worth(&self.user, &menu, &posterior);
            count += usize::from(self.master.add(menu, posterior, cost, user)?);
        }
        Ok(count)
    }

    /// The messages that are sent, one for each menu.
    fn messages(&self) -> Vec<ScaledMessage> {
        merged(self.master.sent().map(|(column, weight)| ScaledMessage {
            menu: column.menu.clone(),
            masses: column.posterior.iter().map(|q| weight * q).collect(),
        }))
    }

    /// The objective's value of messages, in scaled units.
    fn worth(&self, messages: &[ScaledMessage]) -> f64 {
        let of_message = |message: &ScaledMessage| {
            let value =
                |i: usize| message.menu.iter().enumerate().map(|(t, &a)| self.kernel.objective[t][(i, a)]).sum::<f64>();
            message.masses.iter().enumerate().map(|(i, q)| q * value(i)).sum::<f64>()
        };
        messages.iter().map(of_message).sum()
    }

    /// The optimum that is best for the user among those whose menus have a zero reduced cost at
    /// some message of the master.
    fn best_for_user(&self) -> Result<Option<Vec<ScaledMessage>>, PersuadeError> {
        let menus = self.master.worth_their_price(CLOSE);
        let level = self.floor.map(|(_, level)| level);
        let solved = blocks::solve(self.kernel, &self.user, level, &menus, self.settings)?;
        Ok(solved.map(|solved| solved.messages))
    }
}

/// Converts messages to a scheme in terms of the view.
fn assembled(kernel: &TypedKernel<'_>, repaired_messages: &[RepairedMessage]) -> ExperimentScheme {
    let mut messages: Vec<Message> = repaired_messages
        .iter()
        .map(|repaired_message| Message { menu: kernel.true_menu(&repaired_message.menu), probabilities: vec![] })
        .collect();
    let mut place = vec![None; kernel.view.observations()];
    kernel.observations.iter().enumerate().for_each(|(i, &x)| place[x] = Some(i));
    for (x, place) in place.into_iter().enumerate() {
        for (k, (message, repaired_message)) in messages.iter_mut().zip(repaired_messages).enumerate() {
            // Where nothing is at stake, send the first message.
            let share = place.map_or(f64::from(u8::from(k == 0)), |i| repaired_message.shares[i]);
            message.probabilities.extend((share > 0.0).then_some((x, share)));
        }
    }
    messages.retain(|message| !message.probabilities.is_empty());
    ExperimentScheme { messages }
}
