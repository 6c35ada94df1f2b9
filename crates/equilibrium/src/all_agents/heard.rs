//! What the user may observe, and the value of every action then.

use super::AllAgentsGame;
use crate::EquilibriumError;
use std::collections::BTreeMap;
use suasion_model::{Matrix, SignalScheme, Situation, TypedView, quantal_response};

/// Expected utilities closer than this, relative to the stake, count as equal.
const TIED: f64 = 1e-9;

/// A group of worlds that the user cannot distinguish: its mass, and the value of each action to
/// her there, times the mass.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub mass: f64,
    /// The user's stake, times the mass.
    stake: f64,
    pub user: Vec<f64>,
    /// The value of each action to every agent, times the mass, `[agents][actions]`.
    pub agents: Vec<Vec<f64>>,
}

impl Group {
    fn empty(agents: usize, actions: usize) -> Self {
        Self { mass: 0.0, stake: 0.0, user: vec![0.0; actions], agents: vec![vec![0.0; actions]; agents] }
    }

    fn add(&mut self, game: &AllAgentsGame<'_>, world: &Situation, mass: f64) {
        self.mass += mass;
        self.stake += mass * game.level.user_stake(world.state);
        for a in 0..self.user.len() {
            self.user[a] += mass * game.level.instance.user.utility[(a, world.state)];
            for (sums, agent) in self.agents.iter_mut().zip(&game.level.instance.agents) {
                sums[a] += mass * agent.utility[(a, world.state)];
            }
        }
    }

    /// The actions that are best for the user, up to the tolerance for ties.
    pub(super) fn best(&self) -> impl Iterator<Item = usize> + '_ {
        let most = self.user.iter().fold(f64::NEG_INFINITY, |most, &u| most.max(u));
        let least = most - TIED * self.stake;
        (0..self.user.len()).filter(move |&a| self.user[a] >= least)
    }
}

/// The user's information: her type and every agent's signal, for all combinations that happen.
pub(super) type Heard = BTreeMap<(usize, Vec<usize>), Group>;

/// What one agent faces: the user's extended types, in increasing order, and its view of them.
pub(super) struct Kinds {
    /// `(type, signals of the other agents)`.
    pub kinds: Vec<(usize, Vec<usize>)>,
    /// The agent's view, in which it is agent 0.
    pub view: TypedView,
}

/// The largest number of worlds times combinations of signals.
const MOST: usize = 100_000;

impl Kinds {
    /// The number of extended types times observations times actions.
    pub(super) fn size(&self) -> usize {
        self.view.types() * self.view.observations() * self.view.actions()
    }
}

/// Calls `visit(signals, probability)` for all combinations of signals that can occur together.
fn combinations(sent: &[&[(usize, f64)]], visit: &mut impl FnMut(&[usize], f64)) {
    fn go(sent: &[&[(usize, f64)]], chosen: &mut Vec<usize>, mass: f64, visit: &mut impl FnMut(&[usize], f64)) {
        let Some(next) = sent.get(chosen.len()) else {
            visit(chosen, mass);
            return;
        };
        for &(signal, probability) in *next {
            chosen.push(signal);
            go(sent, chosen, mass * probability, visit);
            chosen.pop();
        }
    }
    go(sent, &mut Vec::with_capacity(sent.len()), 1.0, visit);
}

impl AllAgentsGame<'_> {
    /// Refuses schemes with too many combinations of signals.
    pub(super) fn check_size(&self, schemes: &[SignalScheme]) -> Result<(), EquilibriumError> {
        let sent: Vec<Vec<usize>> = schemes
            .iter()
            .map(|scheme| scheme.by_observation(self.observations).iter().map(Vec::len).collect())
            .collect();
        let here = |world: &Situation| {
            sent.iter().zip(&world.observations).map(|(sent, &x)| sent[x]).fold(1, usize::saturating_mul)
        };
        let found = self.worlds.iter().map(here).fold(0, usize::saturating_add);
        let what = "combinations of signals";
        if found <= MOST { Ok(()) } else { Err(EquilibriumError::TooLarge { what, found, most: MOST }) }
    }

    /// All information that the user may have.
    pub(super) fn heard(&self, schemes: &[SignalScheme]) -> Heard {
        let sent: Vec<_> = schemes.iter().map(|scheme| scheme.by_observation(self.observations)).collect();
        let mut heard = Heard::new();
        for world in &self.worlds {
            let here: Vec<&[(usize, f64)]> =
                sent.iter().zip(&world.observations).map(|(sent, &x)| sent[x].as_slice()).collect();
            combinations(&here, &mut |signals, probability| {
                let group = heard
                    .entry((world.user, signals.to_vec()))
                    .or_insert_with(|| Group::empty(self.agents(), self.actions()));
                group.add(self, world, world.probability * probability);
            });
        }
        heard
    }

    /// The user's extended types that one agent faces. `against` is the weight by which the user's
    /// utility is shifted against the agent (in the unit of the user's utility per unit of the
    /// agent's).
    pub(super) fn kinds(
        &self,
        agent: usize,
        schemes: &[SignalScheme],
        against: f64,
    ) -> Result<Kinds, EquilibriumError> {
        let (actions, n) = (self.actions(), self.observations);
        let sent: Vec<_> = schemes.iter().map(|scheme| scheme.by_observation(n)).collect();
        let others: Vec<usize> = (0..self.agents()).filter(|&other| other != agent).collect();
        let mut arrays: BTreeMap<(usize, Vec<usize>), [Vec<f64>; 3]> = BTreeMap::new();
        let own = &self.level.instance.agents[agent].utility;
        let user = &self.level.instance.user.utility;
        for world in &self.worlds {
            let here: Vec<&[(usize, f64)]> =
                others.iter().map(|&other| sent[other][world.observations[other]].as_slice()).collect();
            let x = world.observations[agent];
            combinations(&here, &mut |signals, probability| {
                let [mass, users, agents] = arrays
                    .entry((world.user, signals.to_vec()))
                    .or_insert_with(|| [vec![0.0; n], vec![0.0; actions * n], vec![0.0; actions * n]]);
                let p = world.probability * probability;
                mass[x] += p;
                for a in 0..actions {
                    let worth = own[(a, world.state)];
                    users[a * n + x] += p * (user[(a, world.state)] - against * worth);
                    agents[a * n + x] += p * worth;
                }
            });
        }
        let types = arrays.len();
        let (mut kinds, mut mass, mut users, mut agents) = (vec![], vec![], vec![], vec![]);
        for (kind, [m, u, v]) in arrays {
            kinds.push(kind);
            mass.extend(m);
            users.push(Matrix::new(actions, n, u));
            agents.push(Matrix::new(actions, n, v));
        }
        let view = TypedView::new(Matrix::new(types, n, mass), users, vec![agents])?;
        Ok(Kinds { kinds, view })
    }

    /// The groups of worlds that a user cannot distinguish who knows only `known` of a world.
    pub(super) fn informed<'w>(
        &'w self,
        known: impl Fn(&'w Situation) -> (usize, &'w [usize]),
    ) -> BTreeMap<(usize, &'w [usize]), Group> {
        let mut groups: BTreeMap<(usize, &[usize]), Group> = BTreeMap::new();
        for world in &self.worlds {
            let group = groups.entry(known(world)).or_insert_with(|| Group::empty(0, self.actions()));
            group.add(self, world, world.probability);
        }
        groups
    }

    /// The probability of each action in a group. A quantal user responds by her sensitivity; a
    /// rational user takes the first best action.
    pub(super) fn response(&self, group: &Group) -> Vec<f64> {
        let mut response = vec![0.0; group.user.len()];
        match self.eta {
            None => response[group.best().next().unwrap_or(0)] = 1.0,
            Some(eta) => {
                for (p, u) in response.iter_mut().zip(&group.user) {
                    *p = if group.mass > 0.0 { u / group.mass } else { 0.0 };
                }
                quantal_response(&mut response, eta);
            }
        }
        response
    }
}
