//! One agent's view of the game against a user with private information.

use crate::{Information, Instance, Level, Matrix, Objective, Seat};

/// The game as one agent plays it against a user of several types. All that matters is, for each
/// party `j`, `P_j[t][x][a] = sum over the worlds with type t and observation x of probability *
/// U_j(a, state)`. Priors are folded in, so each party's value is a plain sum. If the user has one
/// type, this is a [`View`](crate::View) times its prior.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedView {
    mass: Matrix,
    user: Vec<Matrix>,
    agents: Vec<Vec<Matrix>>,
    /// The user's reduced utility, then each agent's: one matrix per type.
    reduced: Vec<Vec<Matrix>>,
    /// What the reduction took from each party, the user first.
    levels: Vec<Level>,
    /// The unfolded game, if it is known and small.
    given: Option<Given>,
    seat: Seat,
}

/// A game as it is given, before anything is folded or rounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// `(type, observation, state, probability)` of every case with positive probability.
    pub cells: Vec<(usize, usize, usize, f64)>,
    /// The user's utility, then each agent's: `actions x states`.
    pub utilities: Vec<Matrix>,
}

/// A game with more numbers than this is not kept as given: exact arithmetic would take too long.
const SMALL: usize = 4_096;

/// Why there is no such view.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TypedViewError {
    /// An index is too large.
    #[error("there is no {what} {index}: there are {size}")]
    OutOfRange {
        /// `prior` or `agent`.
        what: &'static str,
        /// The index.
        index: usize,
        /// How many there are.
        size: usize,
    },
    /// A set is empty that may not be.
    #[error("there are no {0}")]
    Empty(&'static str),
    /// An array does not fit the other arrays.
    #[error("{array} is {rows} x {columns}, and {expected_rows} x {expected_columns} is expected")]
    Shape {
        /// The party and type of the array.
        array: String,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// The number of rows expected.
        expected_rows: usize,
        /// The number of columns expected.
        expected_columns: usize,
    },
    /// A party has too few or too many arrays.
    #[error("{party} has arrays for {found} types, and the user has {expected}")]
    TypeCount {
        /// The party.
        party: String,
        /// The number of arrays found.
        found: usize,
        /// How many types there are.
        expected: usize,
    },
    /// An array holds a number that is not allowed there.
    #[error("{array} has {value} at row {row}, column {column}, and {expected} is expected")]
    Number {
        /// The party and type of the array.
        array: String,
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The number.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
}

impl TypedView {
    /// A view from its arrays. `mass` is `types x observations`. `user` and each element of
    /// `agents` hold one matrix per type, `actions x observations`, with priors folded in. If a
    /// type and an observation have no joint mass, utilities are zero there.
    ///
    /// # Errors
    /// If shapes do not fit together, a set is empty, a number is not finite, a mass is negative,
    /// or there is utility without mass.
    pub fn new(mass: Matrix, user: Vec<Matrix>, agents: Vec<Vec<Matrix>>) -> Result<Self, TypedViewError> {
        if mass.rows() == 0 {
            return Err(TypedViewError::Empty("types"));
        }
        if mass.columns() == 0 {
            return Err(TypedViewError::Empty("observations"));
        }
        let actions = user.first().map_or(0, Matrix::rows);
        if actions == 0 {
            return Err(TypedViewError::Empty("actions"));
        }
        check_numbers("the mass", &mass, "a finite number of at least 0", |_, _, p| p.is_finite() && p >= 0.0)?;
        check_party("the user", &user, &mass, actions)?;
        for (agent, arrays) in agents.iter().enumerate() {
            check_party(&format!("agent {agent}"), arrays, &mass, actions)?;
        }
        // The level of a type and an observation is the value of her best action there.
        let best = |t: usize, x: usize| first_best((0..actions).map(|a| user[t][(a, x)])).0;
        let mut levels = Vec::with_capacity(1 + agents.len());
        let mut reduced: Vec<Vec<Matrix>> = Vec::with_capacity(1 + agents.len());
        for arrays in std::iter::once(&user).chain(&agents) {
            let mut level = Level::default();
            let lowered = |(t, utility): (usize, &Matrix)| {
                let zeros: Vec<f64> = (0..mass.columns()).map(|x| utility[(best(t, x), x)]).collect();
                zeros.iter().for_each(|&zero| level.add(1.0, zero));
                Matrix::from_fn(actions, mass.columns(), |a, x| bounded(utility[(a, x)] - zeros[x]))
            };
            reduced.push(arrays.iter().enumerate().map(lowered).collect());
            levels.push(level);
        }
        Ok(Self { mass, user, agents, reduced, levels, given: None, seat: Seat::default() })
    }

    /// The user's folded utility, less a function of the state (or of type and observation) alone.
    /// So the digits of what is at stake are not lost in numbers that are not at stake. One matrix
    /// per type, `actions x observations`.
    #[must_use]
    pub fn reduced_user(&self) -> &[Matrix] {
        &self.reduced[0]
    }

    /// An agent's folded utility, reduced in the same way.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn reduced_agent(&self, agent: usize) -> &[Matrix] {
        &self.reduced[1 + agent]
    }

    /// What the user gets under every scheme in addition to her reduced utility.
    #[must_use]
    pub fn user_level(&self) -> Level {
        self.levels[0]
    }

    /// What an agent gets under every scheme in addition to its reduced utility.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn agent_level(&self, agent: usize) -> Level {
        self.levels[1 + agent]
    }

    /// Whose view it is, and at which prior; for a view of arrays, those numbered 0.
    #[must_use]
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// The game as it is given, for exact arithmetic, if it is small. Views made from arrays have
    /// none.
    #[must_use]
    pub fn given(&self) -> Option<&Given> {
        self.given.as_ref()
    }

    /// The probability of each pair of a type and an observation, `types x observations`.
    #[must_use]
    pub fn mass(&self) -> &Matrix {
        &self.mass
    }

    /// The user's folded utility, one matrix per type, `actions x observations`.
    #[must_use]
    pub fn user(&self) -> &[Matrix] {
        &self.user
    }

    /// Each agent's folded utility, in the order of the agents: one matrix per type, `actions x
    /// observations`.
    #[must_use]
    pub fn agents(&self) -> &[Vec<Matrix>] {
        &self.agents
    }

    /// The number of the user's types.
    #[must_use]
    pub fn types(&self) -> usize {
        self.mass.rows()
    }

    /// The number of the agent's observations.
    #[must_use]
    pub fn observations(&self) -> usize {
        self.mass.columns()
    }

    /// The number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.user[0].rows()
    }

    /// What each type does when she knows only her type (among several best actions, the first),
    /// and the user's value then.
    #[must_use]
    pub fn no_information(&self) -> (Vec<usize>, f64) {
        let sums = |utility: &Matrix| first_best((0..utility.rows()).map(|a| utility.row(a).iter().sum()));
        let (menu, values): (Vec<usize>, Vec<f64>) = self.reduced_user().iter().map(sums).unzip();
        (menu, self.user_level().plus(values.iter().sum()))
    }

    /// The user's value when she also sees what the agent observes: OPT, the value that a perfectly
    /// aligned agent would give her.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        let best = |utility: &Matrix, x: usize| first_best((0..utility.rows()).map(|a| utility[(a, x)])).1;
        let most = |utility: &Matrix| (0..self.observations()).map(|x| best(utility, x)).sum::<f64>();
        self.user_level().plus(self.reduced_user().iter().map(most).sum())
    }
}

/// The first of the largest values, and its index.
fn first_best(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values.enumerate().fold((0, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best })
}

/// The nearest finite number.
fn bounded(number: f64) -> f64 {
    number.clamp(-f64::MAX, f64::MAX)
}

fn check_party(party: &str, arrays: &[Matrix], mass: &Matrix, actions: usize) -> Result<(), TypedViewError> {
    if arrays.len() != mass.rows() {
        return Err(TypedViewError::TypeCount { party: party.into(), found: arrays.len(), expected: mass.rows() });
    }
    for (t, array) in arrays.iter().enumerate() {
        let name = format!("the utility of {party} with type {t}");
        let (rows, columns) = (array.rows(), array.columns());
        if (rows, columns) != (actions, mass.columns()) {
            let (expected_rows, expected_columns) = (actions, mass.columns());
            return Err(TypedViewError::Shape { array: name, rows, columns, expected_rows, expected_columns });
        }
        check_numbers(&name, array, "a finite number", |_, _, u| u.is_finite())?;
        check_numbers(&name, array, "0, since there is no mass,", |_, x, u| u == 0.0 || mass[(t, x)] > 0.0)?;
    }
    Ok(())
}

fn check_numbers(
    name: &str,
    array: &Matrix,
    expected: &'static str,
    good: impl Fn(usize, usize, f64) -> bool,
) -> Result<(), TypedViewError> {
    for row in 0..array.rows() {
        for (column, &value) in array.row(row).iter().enumerate() {
            if !good(row, column, value) {
                return Err(TypedViewError::Number { array: name.into(), row, column, value, expected });
            }
        }
    }
    Ok(())
}

impl Instance {
    /// The game as agent `agent` sees it at prior number `prior`, against all types of the user. If
    /// agents observe the state and the user observes nothing, there is one type.
    ///
    /// # Errors
    /// If there is no such prior or agent, or folding overflows.
    pub fn typed_view(&self, prior: usize, agent: usize) -> Result<TypedView, TypedViewError> {
        for (what, index, size) in [("prior", prior, self.priors()), ("agent", agent, self.agents.len())] {
            if index >= size {
                return Err(TypedViewError::OutOfRange { what, index, size });
            }
        }
        let (types, observations) = match &self.information {
            Information::Priors(priors) => (1, priors.columns()),
            Information::Worlds { types, signals, .. } => (types.len(), signals.len()),
        };
        // (type, observation, state, probability) of every case with positive probability.
        let cells: Vec<(usize, usize, usize, f64)> = match &self.information {
            Information::Priors(priors) => {
                priors.row(prior).iter().enumerate().map(|(state, &p)| (0, state, state, p)).collect()
            }
            Information::Worlds { worlds, .. } => worlds
                .iter()
                .map(|world| (world.user, world.agents.of(agent), world.state, world.probability))
                .collect(),
        };
        let cells: Vec<_> = cells.into_iter().filter(|cell| cell.3 > 0.0).collect();
        let mut mass = vec![0.0; types * observations];
        for &(t, x, _, p) in &cells {
            mass[t * observations + x] += p;
        }
        let folded = |utility: &Matrix| {
            let actions = utility.rows();
            let mut sums = vec![vec![0.0; actions * observations]; types];
            for &(t, x, state, p) in &cells {
                for a in 0..actions {
                    sums[t][a * observations + x] += p * utility[(a, state)];
                }
            }
            sums.into_iter().map(|data| Matrix::new(actions, observations, data)).collect::<Vec<Matrix>>()
        };
        let agents = self.agents.iter().map(|party| folded(&party.utility)).collect();
        let view = TypedView::new(Matrix::new(types, observations, mass), folded(&self.user.utility), agents)?;
        // Levels are subtracted state by state, before several states are folded into one
        // observation.
        let (user, actions) = (&self.user.utility, self.actions.len());
        let best: Vec<usize> =
            (0..user.columns()).map(|state| first_best((0..actions).map(|a| user[(a, state)])).0).collect();
        let parties = std::iter::once(&self.user).chain(&self.agents).map(|party| &party.utility);
        let lowered = parties.map(|utility| {
            let lowered = Matrix::from_fn(actions, utility.columns(), |a, state| {
                bounded(utility[(a, state)] - utility[(best[state], state)])
            });
            let mut level = Level::default();
            cells.iter().for_each(|&(_, _, state, p)| level.add(p, utility[(best[state], state)]));
            (folded(&lowered), level)
        });
        let (reduced, levels): (Vec<Vec<Matrix>>, Vec<Level>) = lowered.unzip();
        let numbers = actions * user.columns().max(cells.len()) * (1 + self.agents.len());
        let utilities = || std::iter::once(user).chain(self.agents.iter().map(|party| &party.utility)).cloned();
        let given = (numbers <= SMALL).then(|| Given { cells: cells.clone(), utilities: utilities().collect() });
        Ok(TypedView { reduced, levels, given, seat: Seat { prior, agent }, ..view })
    }
}

impl Objective {
    /// The weighted sum against a user of several types: one matrix per type, `actions x
    /// observations`.
    ///
    /// # Errors
    /// If there is no such agent, or the sum is not finite.
    pub fn typed_utility(&self, view: &TypedView) -> Result<Vec<Matrix>, TypedViewError> {
        self.sum(view, &view.user, &view.agents)
    }

    /// The weighted sum of the parties' reduced utilities, and the same sum of what the reductions
    /// took from them.
    ///
    /// # Errors
    /// As [`Objective::typed_utility`].
    pub fn reduced_utility(&self, view: &TypedView) -> Result<(Vec<Matrix>, Level), TypedViewError> {
        let utility = self.sum(view, view.reduced_user(), &view.reduced[1..])?;
        let user = Level::default().plus_times(self.user, view.user_level());
        let add = |level: Level, &(agent, weight): &(usize, f64)| level.plus_times(weight, view.agent_level(agent));
        Ok((utility, self.agents.iter().fold(user, add)))
    }

    fn sum(&self, view: &TypedView, user: &[Matrix], agents: &[Vec<Matrix>]) -> Result<Vec<Matrix>, TypedViewError> {
        if let Some(&(index, _)) = self.agents.iter().find(|&&(agent, _)| agent >= agents.len()) {
            return Err(TypedViewError::OutOfRange { what: "agent", index, size: agents.len() });
        }
        let sums = (0..view.types()).map(|t| {
            let sum = Matrix::from_fn(view.actions(), view.observations(), |a, x| {
                let own = if self.user == 0.0 { 0.0 } else { self.user * user[t][(a, x)] };
                own + self.agents.iter().map(|&(i, weight)| weight * agents[i][t][(a, x)]).sum::<f64>()
            });
            let name = format!("the objective with type {t}");
            check_numbers(&name, &sum, "a finite number", |_, _, v| v.is_finite()).map(|()| sum)
        });
        sums.collect()
    }
}
