//! Families of random instances, generated from a seed.
//!
//! The generator is `ChaCha8`. An instance depends only on its family, its shape and its seed.
//! (Priors pass through the platform's logarithm, whose last digit may differ between platforms.)

use crate::{FollowerType, Information, Instance, Labels, Matrix, Party, StackelbergGame};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A family of instances. All utilities lie in `[0, 1]`, except those of [`Family::Integer`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    /// Utilities are independent and uniform in `[0, 1]`; the prior is uniform on the simplex.
    Uniform,
    /// Like uniform, but the user's utility is a convex combination of the agents' utilities, with
    /// weights uniform on the simplex. Each entry is then moved by at most `eps` and kept within
    /// `[0, 1]`.
    Hull {
        /// The largest distance from the convex combination.
        eps: f64,
    },
    /// Zero-sum agents: the first of each pair is uniform, and the second is one minus the first. A
    /// single agent is one minus the user.
    Opposed,
    /// Two actions and ordered states. The user prefers action 1 above a threshold, by how far the
    /// state is from the threshold. Agents gain from action 1 in every state, by different amounts.
    Threshold,
    /// States and actions lie on grids over `[0, 1]`. The user loses `(a - y)^2`, and an agent
    /// loses `(a - y - bias)^2` with a bias uniform in `[-1/2, 1/2]`. Losses are divided by the
    /// largest possible loss and subtracted from 1.
    Quadratic,
    /// Utilities are independent and uniform over 0, 1, 2, 3, so that ties are common. The prior's
    /// masses are small integers divided by their sum.
    Integer,
}

/// The size of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The number of states.
    pub states: usize,
    /// The number of actions.
    pub actions: usize,
    /// The number of agents.
    pub agents: usize,
    /// The number of priors.
    pub priors: usize,
}

/// How the priors of an instance relate to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PriorPath {
    /// Each prior is drawn independently.
    Independent,
    /// Each prior mixes the last one with a new one of weight `step`, so that neighbors are close.
    Walk {
        /// The weight of the new prior, between 0 and 1.
        step: f64,
    },
}

/// Why there is no such instance.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// A size is zero.
    #[error("found 0 {0}, expected at least 1")]
    Zero(&'static str),
    /// The family has a fixed number of actions.
    #[error("found {found} actions, expected {expected}, as the family `{family}` has")]
    Actions {
        /// The family's name.
        family: &'static str,
        /// The number that was asked for.
        found: usize,
        /// The number that the family has.
        expected: usize,
    },
    /// A number is out of its range.
    #[error("found {found} for {what}, expected a number between 0 and 1")]
    Range {
        /// What the number is for.
        what: &'static str,
        /// The number.
        found: f64,
    },
}

impl Family {
    /// All families. If a family has a parameter, it is 0.
    pub const ALL: [Self; 6] =
        [Self::Uniform, Self::Hull { eps: 0.0 }, Self::Opposed, Self::Threshold, Self::Quadratic, Self::Integer];

    /// The family's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Hull { .. } => "hull",
            Self::Opposed => "opposed",
            Self::Threshold => "threshold",
            Self::Quadratic => "quadratic",
            Self::Integer => "integer",
        }
    }

    /// The instance with this shape and seed.
    ///
    /// # Errors
    /// If a size is zero or does not suit the family, or a number is out of range.
    pub fn generate(self, shape: Shape, path: PriorPath, seed: u64) -> Result<Instance, GenerateError> {
        self.check(shape, path)?;
        let mut draw = Draw(ChaCha8Rng::seed_from_u64(seed));
        let (user, agents) = self.utilities(shape, &mut draw);
        let priors = self.priors(shape, path, &mut draw);
        let agents = agents.into_iter().enumerate();
        Ok(Instance {
            name: format!("{}-{}x{}-{seed}", self.name(), shape.states, shape.actions),
            source: None,
            states: Labels::Count(shape.states),
            actions: Labels::Count(shape.actions),
            information: Information::Priors(priors),
            user: Party { name: "user".into(), utility: user },
            agents: agents.map(|(i, utility)| Party { name: format!("agent {}", i + 1), utility }).collect(),
            protocol: None,
        })
    }

    fn check(self, shape: Shape, path: PriorPath) -> Result<(), GenerateError> {
        let Shape { states, actions, agents, priors } = shape;
        for (what, size) in [("states", states), ("actions", actions), ("agents", agents), ("priors", priors)] {
            if size == 0 {
                return Err(GenerateError::Zero(what));
            }
        }
        if self == Self::Threshold && actions != 2 {
            return Err(GenerateError::Actions { family: self.name(), found: actions, expected: 2 });
        }
        let unit = |what, found: f64| {
            if (0.0..=1.0).contains(&found) { Ok(()) } else { Err(GenerateError::Range { what, found }) }
        };
        if let Self::Hull { eps } = self {
            unit("eps", eps)?;
        }
        if let PriorPath::Walk { step } = path {
            unit("the step", step)?;
        }
        Ok(())
    }

    fn utilities(self, shape: Shape, draw: &mut Draw) -> (Matrix, Vec<Matrix>) {
        let Shape { states: n, actions: m, agents: k, .. } = shape;
        match self {
            Self::Uniform => (draw.uniform(m, n), (0..k).map(|_| draw.uniform(m, n)).collect()),
            Self::Hull { eps } => {
                let agents: Vec<Matrix> = (0..k).map(|_| draw.uniform(m, n)).collect();
                let weights = draw.simplex(k);
                let user = Matrix::from_fn(m, n, |a, y| {
                    let inside: f64 = agents.iter().zip(&weights).map(|(agent, w)| w * agent[(a, y)]).sum();
                    let moved = if eps > 0.0 { eps * (2.0 * draw.unit() - 1.0) } else { 0.0 };
                    (inside + moved).clamp(0.0, 1.0)
                });
                (user, agents)
            }
            Self::Opposed => {
                let against = |other: &Matrix| Matrix::from_fn(m, n, |a, y| 1.0 - other[(a, y)]);
                let user = draw.uniform(m, n);
                if k == 1 {
                    let agent = against(&user);
                    return (user, vec![agent]);
                }
                let mut agents: Vec<Matrix> = Vec::with_capacity(k);
                for i in 0..k {
                    let next = if i % 2 == 0 { draw.uniform(m, n) } else { against(&agents[i - 1]) };
                    agents.push(next);
                }
                (user, agents)
            }
            Self::Threshold => {
                let threshold = 0.25 + 0.5 * draw.unit();
                let user = Matrix::from_fn(2, n, |a, y| {
                    let beyond = grid(y, n) - threshold;
                    if a == 1 { 0.5 + 0.5 * beyond } else { 0.5 - 0.5 * beyond }
                });
                let agent =
                    |draw: &mut Draw| Matrix::from_fn(2, n, |a, _| if a == 1 { 0.1 + 0.9 * draw.unit() } else { 0.0 });
                (user, (0..k).map(|_| agent(draw)).collect())
            }
            Self::Quadratic => {
                let loss = |bias: f64| {
                    let largest = (1.0 + bias.abs()).powi(2);
                    Matrix::from_fn(m, n, |a, y| 1.0 - (grid(a, m) - grid(y, n) - bias).powi(2) / largest)
                };
                (loss(0.0), (0..k).map(|_| loss(draw.unit() - 0.5)).collect())
            }
            Self::Integer => (draw.integers(m, n), (0..k).map(|_| draw.integers(m, n)).collect()),
        }
    }

    fn priors(self, shape: Shape, path: PriorPath, draw: &mut Draw) -> Matrix {
        let n = shape.states;
        let mut numbers: Vec<f64> = Vec::with_capacity(n * shape.priors);
        for prior in 0..shape.priors {
            let mut fresh = if self == Self::Integer { draw.integer_prior(n) } else { draw.simplex(n) };
            if let (PriorPath::Walk { step }, true) = (path, prior > 0) {
                let last = &numbers[numbers.len() - n..];
                for (p, last) in fresh.iter_mut().zip(last) {
                    *p = (1.0 - step) * last + step * *p;
                }
                divide_by_sum(&mut fresh);
            }
            numbers.extend(fresh);
        }
        Matrix::new(shape.priors, n, numbers)
    }
}

impl StackelbergGame {
    /// A game with independent uniform utilities, and with type probabilities that are uniform on
    /// the simplex.
    ///
    /// # Errors
    /// If a size is zero.
    pub fn generate(leader: usize, follower: usize, types: usize, seed: u64) -> Result<Self, GenerateError> {
        for (what, size) in [("actions of the leader", leader), ("actions of the follower", follower), ("types", types)]
        {
            if size == 0 {
                return Err(GenerateError::Zero(what));
            }
        }
        let mut draw = Draw(ChaCha8Rng::seed_from_u64(seed));
        let probabilities = draw.simplex(types).into_iter().enumerate();
        let types = probabilities.map(|(i, probability)| FollowerType {
            name: format!("type {}", i + 1),
            probability,
            leader: draw.uniform(leader, follower),
            follower: draw.uniform(leader, follower),
        });
        Ok(Self {
            types: types.collect(),
            name: format!("stackelberg-{leader}x{follower}-{seed}"),
            source: None,
            leader_name: "leader".into(),
            follower_name: "follower".into(),
            leader_actions: Labels::Count(leader),
            follower_actions: Labels::Count(follower),
        })
    }
}

/// The position of an index on a grid over `[0, 1]`.
fn grid(index: usize, size: usize) -> f64 {
    if size == 1 { 0.5 } else { index as f64 / (size - 1) as f64 }
}

fn divide_by_sum(numbers: &mut [f64]) {
    let total: f64 = numbers.iter().sum();
    for number in numbers {
        *number /= total;
    }
}

struct Draw(ChaCha8Rng);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0.random()
    }

    fn uniform(&mut self, rows: usize, columns: usize) -> Matrix {
        Matrix::from_fn(rows, columns, |_, _| self.unit())
    }

    fn integers(&mut self, rows: usize, columns: usize) -> Matrix {
        Matrix::from_fn(rows, columns, |_, _| f64::from(self.0.random_range(0..=3_u8)))
    }

    /// A point drawn uniformly from the simplex: exponential variates divided by their sum (Devroye
    /// 1986, chapter 5).
    fn simplex(&mut self, size: usize) -> Vec<f64> {
        let mut point: Vec<f64> = (0..size).map(|_| -(1.0 - self.unit()).ln()).collect();
        // All variates may be zero. With more than a few variates this has never happened.
        if point.iter().all(|&x| x == 0.0) {
            point.fill(1.0);
        }
        divide_by_sum(&mut point);
        point
    }

    fn integer_prior(&mut self, size: usize) -> Vec<f64> {
        let mut prior: Vec<f64> = (0..size).map(|_| f64::from(self.0.random_range(1..=4_u8))).collect();
        divide_by_sum(&mut prior);
        prior
    }
}
