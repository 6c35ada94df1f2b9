//! One agent's side of an instance, in exact and in estimated numbers.

use crate::error::{Place, ProofError, check_all_finite, check_finite, check_index, check_mass, check_probability};
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_exact::{SMALLEST_MAGNITUDE, rounding_error};
use suasion_model::{Information, Instance, Matrix, Objective, SignalScheme};

/// A part of an observation: the probability that the agent observes it and the state is this one.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) mass: f64,
    pub(crate) state: usize,
}

/// The game as one agent plays it, with all numbers exactly as in the instance. Party `j`'s utility
/// of action `a` at observation `x` is the sum over the cells of `x` of `mass * utilities[j][(a,
/// state)]`.
pub(crate) struct Game<'a> {
    pub(crate) actions: usize,
    pub(crate) observations: usize,
    /// `actions x states`: the user's utility, then the agents' utilities.
    pub(crate) utilities: Vec<&'a Matrix>,
    /// The objective, as (party, weight), without zeros.
    pub(crate) objective: Vec<(usize, f64)>,
    /// The cells of observation `x` are `cells[starts[x]..starts[x + 1]]`; cells without mass are
    /// left out.
    cells: Vec<Cell>,
    starts: Vec<usize>,
}

/// The user's index among the parties.
pub(crate) const USER: usize = 0;

impl<'a> Game<'a> {
    /// Agent `agent`'s side of the game at a prior, with the objective to be maximized.
    pub(crate) fn new(
        instance: &'a Instance,
        prior: usize,
        agent: usize,
        objective: &Objective,
    ) -> Result<Self, ProofError> {
        if let Information::Worlds { types, .. } = &instance.information
            && types.len() > 1
        {
            return Err(ProofError::PrivatelyInformedUser(types.len()));
        }
        Self::of_types(instance, prior, agent, objective)
    }

    /// As [`Game::new`], against a user of `T` types. Let `X` be the number of the agent's
    /// observations. Observation number `t X + x` here is the pair of type `t` and the agent's
    /// observation `x`.
    fn of_types(instance: &'a Instance, prior: usize, agent: usize, objective: &Objective) -> Result<Self, ProofError> {
        let (actions, states) = (instance.actions.len(), instance.states.len());
        if actions == 0 {
            return Err(ProofError::Empty("actions"));
        }
        if states == 0 {
            return Err(ProofError::Empty("states"));
        }
        check_index(Place::alone("the certificate"), "agent", agent, instance.agents.len())?;
        check_index(Place::alone("the certificate"), "prior", prior, instance.priors())?;
        check_utility(Place::alone("the user's utility"), &instance.user.utility, actions, states)?;
        for (k, party) in instance.agents.iter().enumerate() {
            check_utility(Place::item("the utility of agent", k), &party.utility, actions, states)?;
        }
        let utilities = std::iter::once(&instance.user).chain(&instance.agents).map(|party| &party.utility).collect();
        let (cells, starts) = cells(&instance.information, prior, agent, instance.agents.len(), states)?;
        let objective = weights(objective, instance.agents.len())?;
        Ok(Self { actions, observations: starts.len() - 1, utilities, objective, cells, starts })
    }

    /// The cells of an observation; empty if it has no mass.
    pub(crate) fn cells(&self, observation: usize) -> &[Cell] {
        &self.cells[self.starts[observation]..self.starts[observation + 1]]
    }

    /// A party's utility.
    pub(crate) fn utility(&self, party: usize, action: usize, state: usize) -> f64 {
        self.utilities[party][(action, state)]
    }
}

/// The game as one agent plays it against a user of several types.
pub struct TypedGame<'a> {
    pub(crate) game: Game<'a>,
    pub(crate) types: usize,
    pub(crate) observations: usize,
}

impl<'a> TypedGame<'a> {
    pub(crate) fn new(
        instance: &'a Instance,
        prior: usize,
        agent: usize,
        objective: &Objective,
    ) -> Result<Self, ProofError> {
        let types = match &instance.information {
            Information::Priors(_) => 1,
            Information::Worlds { types, .. } => types.len(),
        };
        if types == 0 {
            return Err(ProofError::Empty("types"));
        }
        let game = Game::of_types(instance, prior, agent, objective)?;
        Ok(Self { observations: game.observations / types, types, game })
    }

    pub(crate) fn actions(&self) -> usize {
        self.game.actions
    }

    /// The number of a pair of a type and an observation in the game.
    pub(crate) fn pair(&self, kind: usize, observation: usize) -> usize {
        kind * self.observations + observation
    }

    /// Adds `factors` times a party's folded utility of an action, for a type and an observation.
    pub(crate) fn add(
        &self,
        sum: &mut Sum,
        factors: [f64; 2],
        party: usize,
        action: usize,
        (kind, observation): (usize, usize),
    ) {
        for cell in self.game.cells(self.pair(kind, observation)) {
            sum.add([factors[0], factors[1], cell.mass, self.game.utility(party, action, cell.state)]);
        }
    }

    /// Adds the objective's folded utility, times `factor`.
    pub(crate) fn add_objective(&self, sum: &mut Sum, factor: f64, action: usize, place: (usize, usize)) {
        for &(party, weight) in &self.game.objective {
            self.add(sum, [factor, weight], party, action, place);
        }
    }
}

/// Refuses a scheme of signals that is not valid for this number of observations: an index is out
/// of range or occurs twice in a signal, or probabilities do not sum to one exactly.
pub(crate) fn check_signals(scheme: &SignalScheme, observations: usize) -> Result<(), ProofError> {
    let mut excess = vec![Sum::new(); observations];
    for sum in &mut excess {
        sum.subtract([1.0]);
    }
    for (k, signal) in scheme.signals.iter().enumerate() {
        let place = Place::item("signal", k);
        for (i, &(x, probability)) in signal.iter().enumerate() {
            check_index(place, "observation", x, observations)?;
            check_probability(place, probability)?;
            if i > 0 && signal[i - 1].0 >= x {
                return Err(ProofError::OutOfOrder { place });
            }
            excess[x].add([probability]);
        }
    }
    for (x, excess) in excess.iter_mut().enumerate() {
        if excess.sign() != Ordering::Equal {
            return Err(ProofError::NotOne { place: Place::item("observation", x), excess: excess.round() });
        }
    }
    Ok(())
}

/// The game of one agent against a user of several types who also observes the other agents'
/// signals. An extended type is her type with the signals of the other agents.
pub(crate) struct Among<'a> {
    /// The agent's side of the game against these extended types.
    pub(crate) game: TypedGame<'a>,
    /// `(type, signals of the other agents in their order)` of each extended type that has mass, in
    /// increasing order.
    pub(crate) kinds: Vec<(usize, Vec<usize>)>,
}

/// The largest number of worlds times combinations of signals.
const MOST: usize = 20_000_000;

impl<'a> Among<'a> {
    /// Agent `agent`'s side of the game at a prior if the other agents send signals by `schemes`,
    /// which must be plausible. The agent's own scheme is ignored.
    ///
    /// The mass of a world and the other agents' signals is a product of several numbers. It is
    /// written as an exact sum of numbers, and each of them becomes a cell of its own.
    pub(crate) fn new(
        instance: &'a Instance,
        prior: usize,
        agent: usize,
        schemes: &[SignalScheme],
    ) -> Result<Self, ProofError> {
        // This also checks all numbers of the instance.
        let base = TypedGame::new(instance, prior, agent, &Objective::agent(agent))?;
        let sent: Vec<Vec<Vec<(usize, f64)>>> =
            schemes.iter().map(|scheme| scheme.by_observation(base.observations)).collect();
        let others: Vec<usize> = (0..schemes.len()).filter(|&other| other != agent).collect();
        let mut parts: Vec<(usize, Vec<usize>, usize, Cell)> = Vec::new();
        let mut count = 0;
        for world in instance.situations(prior) {
            for &x in &world.observations {
                check_index(Place::alone("a world"), "signal", x, base.observations)?;
            }
            let combinations = others.iter().map(|&other| sent[other][world.observations[other]].len());
            count = combinations.fold(1, usize::saturating_mul).saturating_add(count);
            if count > MOST {
                return Err(ProofError::TooLarge { what: "worlds times signals", most: MOST });
            }
            let mut combinations = vec![(Vec::new(), vec![world.probability])];
            for &other in &others {
                let mut longer = Vec::new();
                for (signals, mass) in combinations {
                    for &(signal, probability) in &sent[other][world.observations[other]] {
                        let mut signals: Vec<usize> = signals.clone();
                        signals.push(signal);
                        longer.push((signals, times(&mass, probability)?));
                    }
                }
                combinations = longer;
            }
            for (signals, mass) in combinations {
                let cells = mass.into_iter().map(|mass| Cell { mass, state: world.state });
                parts.extend(cells.map(|cell| (world.user, signals.clone(), world.observations[agent], cell)));
            }
        }
        parts.sort_by(|l, r| (l.0, &l.1, l.2).cmp(&(r.0, &r.1, r.2)));
        let mut kinds: Vec<(usize, Vec<usize>)> = Vec::new();
        let (mut cells, mut pairs) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
        for (kind, signals, observation, cell) in parts {
            if kinds.last().is_none_or(|last| (last.0, &last.1) != (kind, &signals)) {
                kinds.push((kind, signals));
            }
            pairs.push((kinds.len() - 1) * base.observations + observation);
            cells.push(cell);
        }
        if kinds.is_empty() {
            return Err(ProofError::Empty("worlds with mass"));
        }
        let observations = kinds.len() * base.observations;
        let starts = (0..=observations).map(|x| pairs.partition_point(|&pair| pair < x)).collect();
        let game = Game { observations, cells, starts, ..base.game };
        Ok(Self { game: TypedGame { game, types: kinds.len(), observations: base.observations }, kinds })
    }
}

/// The product of a number, given as a sum, and a factor: an exact sum of few numbers.
pub(crate) fn times(parts: &[f64], factor: f64) -> Result<Vec<f64>, ProofError> {
    let mut product = Sum::new();
    for &part in parts {
        product.add([part, factor]);
    }
    let mut rounded = Vec::with_capacity(parts.len() + 1);
    loop {
        let part = product.round();
        if part == 0.0 {
            break;
        }
        product.subtract([part]);
        rounded.push(part);
    }
    if product.sign() == Ordering::Equal { Ok(rounded) } else { Err(ProofError::TooSmall) }
}

fn check_utility(place: Place, utility: &Matrix, actions: usize, states: usize) -> Result<(), ProofError> {
    let (rows, columns) = (utility.rows(), utility.columns());
    if (rows, columns) != (actions, states) {
        return Err(ProofError::Shape { place, rows, columns, expected_rows: actions, expected_columns: states });
    }
    check_all_finite(place, utility.as_slice())
}

fn weights(objective: &Objective, agents: usize) -> Result<Vec<(usize, f64)>, ProofError> {
    check_finite(Place::alone("the objective's weight of the user"), objective.user)?;
    let mut weights = vec![(USER, objective.user)];
    for (k, &(agent, weight)) in objective.agents.iter().enumerate() {
        check_index(Place::item("objective weight", k), "agent", agent, agents)?;
        check_finite(Place::item("objective weight", k), weight)?;
        weights.push((agent + 1, weight));
    }
    weights.retain(|&(_, weight)| weight != 0.0);
    Ok(weights)
}

/// The cells of each observation, one after another, and where each observation starts.
fn cells(
    information: &Information,
    prior: usize,
    agent: usize,
    agents: usize,
    states: usize,
) -> Result<(Vec<Cell>, Vec<usize>), ProofError> {
    match information {
        Information::Priors(priors) => {
            if priors.columns() != states {
                return Err(ProofError::Shape {
                    place: Place::alone("the table of priors"),
                    rows: priors.rows(),
                    columns: priors.columns(),
                    expected_rows: priors.rows(),
                    expected_columns: states,
                });
            }
            let mut cells = Vec::with_capacity(states);
            let mut starts = Vec::with_capacity(states + 1);
            starts.push(0);
            for (state, &mass) in priors.row(prior).iter().enumerate() {
                check_mass(Place::item("the prior of state", state), mass)?;
                if mass > 0.0 {
                    cells.push(Cell { mass, state });
                }
                starts.push(cells.len());
            }
            Ok((cells, starts))
        }
        Information::Worlds { types, signals, worlds } => {
            let mut parts = Vec::with_capacity(worlds.len());
            for (k, world) in worlds.iter().enumerate() {
                let place = Place::item("world", k);
                check_mass(Place::item("the probability of world", k), world.probability)?;
                check_index(place, "state", world.state, states)?;
                if let suasion_model::AgentSignals::PerAgent(signals) = &world.agents {
                    check_index(place, "agent", agents.saturating_sub(1), signals.len())?;
                }
                let signal = world.agents.of(agent);
                check_index(place, "signal", signal, signals.len())?;
                check_index(place, "type", world.user, types.len())?;
                if world.probability > 0.0 {
                    parts.push((
                        world.user * signals.len() + signal,
                        Cell { mass: world.probability, state: world.state },
                    ));
                }
            }
            parts.sort_by_key(|&(pair, _)| pair);
            let pairs = types.len() * signals.len();
            let starts = (0..=pairs).map(|x| parts.partition_point(|&(pair, _)| pair < x)).collect();
            Ok((parts.into_iter().map(|(_, cell)| cell).collect(), starts))
        }
    }
}

/// A utility in floating point, `actions x observations`, less a function of the state alone, with
/// what is needed to bound its errors.
///
/// The function of the state is the utility of the user's best action there. It changes no
/// comparison. If it were not subtracted, a large utility that is common to all actions in a state
/// would drown all differences in rounding.
pub(crate) struct Estimate {
    pub(crate) values: Matrix,
    /// For each observation, an upper bound on the magnitudes of its values and of the partial
    /// sums.
    columns: Vec<f64>,
    /// The same for each action.
    rows: Vec<f64>,
    /// The number of roundings in a value.
    pub(crate) operations: usize,
}

impl Estimate {
    /// An upper bound on the magnitude of a value and of its partial sums.
    pub(crate) fn magnitude(&self, action: usize, observation: usize) -> f64 {
        self.columns[observation].min(self.rows[action])
    }

    /// The same for all values of an action.
    pub(crate) fn row_magnitude(&self, action: usize) -> f64 {
        self.rows[action]
    }

    /// The same for all values at an observation.
    pub(crate) fn column_magnitude(&self, observation: usize) -> f64 {
        self.columns[observation]
    }

    /// A bound on the error of a value.
    pub(crate) fn error(&self, action: usize, observation: usize) -> f64 {
        rounding_error(self.operations, self.magnitude(action, observation))
    }

    /// An estimate of values with these magnitudes, `actions x observations` each.
    fn new(values: Matrix, magnitudes: &Matrix, operations: usize) -> Self {
        let mut columns = vec![SMALLEST_MAGNITUDE; values.columns()];
        let mut rows = vec![SMALLEST_MAGNITUDE; values.rows()];
        for (action, row) in rows.iter_mut().enumerate() {
            for (column, &magnitude) in columns.iter_mut().zip(magnitudes.row(action)) {
                *column = column.max(magnitude);
                *row = row.max(magnitude);
            }
        }
        Self { values, columns, rows, operations }
    }

    /// An estimate of values that are their own magnitudes.
    fn plain(values: Matrix, operations: usize) -> Self {
        let mut columns = vec![SMALLEST_MAGNITUDE; values.columns()];
        let mut rows = vec![SMALLEST_MAGNITUDE; values.rows()];
        for (action, row) in rows.iter_mut().enumerate() {
            for (column, value) in columns.iter_mut().zip(values.row(action)) {
                *column = column.max(value.abs());
            }
            *row = values.row(action).iter().fold(*row, |most, value| most.max(value.abs()));
        }
        Self { values, columns, rows, operations }
    }
}

/// The game in floating point, for the filters.
pub struct Estimates {
    /// The user's utility.
    pub(crate) user: Estimate,
    /// The objective.
    pub(crate) objective: Estimate,
    /// A party's utility at observation `x` is `weights[x]` times its estimate, up to a function of
    /// `x`. The weight is the prior if agents observe the state, otherwise 1.
    pub(crate) weights: Vec<f64>,
}

impl Estimates {
    pub(crate) fn new(game: &Game<'_>, information: &Information) -> Self {
        if let Information::Priors(_) = information {
            let best = best_actions(game);
            let weights = (0..game.observations).map(|x| game.cells(x).iter().map(|cell| cell.mass).sum()).collect();
            let reduced = |party: usize| {
                let values = game.utilities[party];
                reduced(values, &best)
            };
            let objective = match game.objective[..] {
                [(party, 1.0)] => Estimate::plain(reduced(party), 1),
                _ => combine(game, &best),
            };
            Self { user: Estimate::plain(reduced(USER), 1), objective, weights }
        } else {
            Self::gathered(game)
        }
    }

    /// The same for a game whose observations have any number of cells.
    pub(crate) fn gathered(game: &Game<'_>) -> Self {
        let best = best_actions(game);
        let user = gather(game, &[(USER, 1.0)], &best);
        Self { user, objective: gather(game, &game.objective, &best), weights: vec![1.0; game.observations] }
    }
}

/// The user's best action in every state; ties go to the first action.
fn best_actions(game: &Game<'_>) -> Vec<usize> {
    let utility = game.utilities[USER];
    let mut best = vec![0; utility.columns()];
    let mut most = utility.row(0).to_vec();
    for action in 1..utility.rows() {
        for (state, &value) in utility.row(action).iter().enumerate() {
            if value > most[state] {
                (most[state], best[state]) = (value, action);
            }
        }
    }
    best
}

/// A utility less its value at these actions, state by state.
fn reduced(utility: &Matrix, best: &[usize]) -> Matrix {
    let level: Vec<f64> = best.iter().enumerate().map(|(state, &action)| utility[(action, state)]).collect();
    let mut data = Vec::with_capacity(utility.rows() * utility.columns());
    for action in 0..utility.rows() {
        data.extend(utility.row(action).iter().zip(&level).map(|(value, level)| value - level));
    }
    Matrix::new(utility.rows(), utility.columns(), data)
}

/// The objective if observations are states: a weighted sum of matrices.
fn combine(game: &Game<'_>, best: &[usize]) -> Estimate {
    let size = game.actions * game.observations;
    let (mut data, mut magnitudes) = (vec![0.0; size], vec![0.0; size]);
    for &(party, weight) in &game.objective {
        let values = reduced(game.utilities[party], best);
        for ((sum, magnitude), value) in data.iter_mut().zip(&mut magnitudes).zip(values.as_slice()) {
            *sum += weight * value;
            *magnitude += (weight * value).abs();
        }
    }
    let matrix = |data| Matrix::new(game.actions, game.observations, data);
    Estimate::new(matrix(data), &matrix(magnitudes), 3 * game.objective.len() + 1)
}

/// A weighted sum of the parties' utilities if an observation has any number of cells.
fn gather(game: &Game<'_>, objective: &[(usize, f64)], best: &[usize]) -> Estimate {
    let mut magnitudes = Vec::with_capacity(game.actions * game.observations);
    let values = Matrix::from_fn(game.actions, game.observations, |action, x| {
        let (mut sum, mut magnitude) = (0.0, SMALLEST_MAGNITUDE);
        for cell in game.cells(x) {
            for &(party, weight) in objective {
                let difference =
                    game.utility(party, action, cell.state) - game.utility(party, best[cell.state], cell.state);
                // Multiply by the mass last: it is at most 1, so what underflows before stays
                // small.
                let part = weight * difference * cell.mass;
                sum += part;
                magnitude += part.abs() + SMALLEST_MAGNITUDE;
            }
        }
        magnitudes.push(magnitude);
        sum
    });
    let longest = (0..game.observations).map(|x| game.cells(x).len()).max().unwrap_or(0);
    let magnitudes = Matrix::new(game.actions, game.observations, magnitudes);
    Estimate::new(values, &magnitudes, (longest + 1) * (objective.len() + 3))
}
