//! The random draws of a seed.

use super::Competition;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_model::{Information, Instance, Labels, Matrix, Party};

/// Where the user's utility lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Between the first two agents: a convex combination of them with a uniform weight.
    Satisfied,
    /// The same user, with each entry moved by up to `eps` (uniform) and kept within `[0, 1]`.
    Approximate,
    /// Independent of all agents, and uniform.
    Violated,
    /// The user of [`Condition::Violated`] with a less diverse pool: one utility, the same for all
    /// agents, is mixed into each agent's utility.
    Alike,
}

impl Condition {
    /// All conditions.
    pub const ALL: [Self; 4] = [Self::Satisfied, Self::Approximate, Self::Violated, Self::Alike];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Approximate => "approximate",
            Self::Violated => "violated",
            Self::Alike => "alike",
        }
    }
}

/// The draw of a seed. The generator is `ChaCha8`. Every entry of every utility is uniform in `[0,
/// 1]`, except where users are derived from agents.
pub struct Draw {
    /// The seed.
    seed: u64,
    /// The prior, uniform on the simplex.
    prior: Vec<f64>,
    /// The users of the first three of [`Condition::ALL`].
    users: [Matrix; 3],
    /// The pool. A larger pool begins with the smaller ones.
    agents: Vec<Matrix>,
    /// The same pool with the common utility mixed in.
    alike: Vec<Matrix>,
}

impl Draw {
    /// The draw of a seed.
    #[must_use]
    pub fn new(study: &Competition, seed: u64) -> Self {
        let (n, m) = (study.states, study.actions);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut prior: Vec<f64> = (0..n).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
        let total: f64 = prior.iter().sum();
        for p in &mut prior {
            *p = if total > 0.0 { *p / total } else { 1.0 / n as f64 };
        }
        let share: f64 = rng.random();
        let mut uniform = || Matrix::from_fn(m, n, |_, _| rng.random::<f64>());
        let (moves, violated, shared) = (uniform(), uniform(), uniform());
        // The users need the first two agents, even if only one of them plays.
        let mut agents: Vec<Matrix> = (0..study.agents.max(2)).map(|_| uniform()).collect();
        let satisfied = Matrix::from_fn(m, n, |a, y| share * agents[0][(a, y)] + (1.0 - share) * agents[1][(a, y)]);
        let approximate =
            Matrix::from_fn(m, n, |a, y| (satisfied[(a, y)] + study.eps * (2.0 * moves[(a, y)] - 1.0)).clamp(0.0, 1.0));
        agents.truncate(study.agents);
        let own = study.diversity;
        let mixed = |agent: &Matrix| Matrix::from_fn(m, n, |a, y| (1.0 - own) * shared[(a, y)] + own * agent[(a, y)]);
        let alike = agents.iter().map(mixed).collect();
        Self { seed, prior, users: [satisfied, approximate, violated], agents, alike }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The game between the user of a condition and the first `agents` agents.
    #[must_use]
    pub fn game(&self, condition: Condition, agents: usize) -> Instance {
        let (user, pool) = match condition {
            Condition::Satisfied => (&self.users[0], &self.agents),
            Condition::Approximate => (&self.users[1], &self.agents),
            Condition::Violated => (&self.users[2], &self.agents),
            Condition::Alike => (&self.users[2], &self.alike),
        };
        let user = user.clone();
        let pool = pool.iter().take(agents).enumerate();
        Instance {
            name: format!("competition-{}-{agents}-{}", condition.name(), self.seed),
            source: None,
            states: Labels::Count(user.columns()),
            actions: Labels::Count(user.rows()),
            information: Information::Priors(Matrix::new(1, self.prior.len(), self.prior.clone())),
            user: Party { name: "user".into(), utility: user },
            agents: pool.map(|(i, u)| Party { name: format!("agent {}", i + 1), utility: u.clone() }).collect(),
            protocol: None,
        }
    }
}
