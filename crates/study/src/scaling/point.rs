//! Workloads and their sizes.

use serde::{Deserialize, Serialize};
use suasion_model::Family;

/// A workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// An agent's optimal scheme, or a sweep if there are several priors.
    Kernel,
    /// All equilibria of the best-agent game, with their proofs.
    Equilibria,
    /// The reduction of a table in memory to its factor, and all fits.
    Hull,
}

impl Work {
    /// All workloads.
    pub const ALL: [Self; 3] = [Self::Kernel, Self::Equilibria, Self::Hull];

    /// Its name in tables and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Equilibria => "equilibria",
            Self::Hull => "hull",
        }
    }
}

/// A direction of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// The number of states and of actions, which are equal.
    Size,
    /// The number of states.
    States,
    /// The number of actions.
    Actions,
    /// The number of agents.
    Agents,
    /// The number of priors.
    Priors,
    /// The number of rows of a table.
    Rows,
    /// The number of threads.
    Threads,
}

impl Along {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::States => "states",
            Self::Actions => "actions",
            Self::Agents => "agents",
            Self::Priors => "priors",
            Self::Rows => "rows",
            Self::Threads => "threads",
        }
    }

    /// The size of a point in this direction.
    #[must_use]
    pub fn of(self, point: &ScalingPoint) -> usize {
        match self {
            Self::Size | Self::States => point.states,
            Self::Actions => point.actions,
            Self::Agents => point.agents,
            Self::Priors => point.priors,
            Self::Rows => point.rows,
            Self::Threads => point.threads,
        }
    }

    pub(super) fn set(self, point: &mut ScalingPoint, value: usize) {
        match self {
            Self::Size => (point.states, point.actions) = (value, value),
            Self::States => point.states = value,
            Self::Actions => point.actions = value,
            Self::Agents => point.agents = value,
            Self::Priors => point.priors = value,
            Self::Rows => point.rows = value,
            Self::Threads => point.threads = value,
        }
    }
}

/// A workload at one size. Sizes that the workload does not have are 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingPoint {
    /// The workload.
    pub work: Work,
    /// The family of the games.
    #[serde(with = "by_name")]
    pub family: Family,
    /// The number of states.
    pub states: usize,
    /// The number of actions.
    pub actions: usize,
    /// The number of agents.
    pub agents: usize,
    /// The number of priors.
    pub priors: usize,
    /// The number of rows of a table.
    pub rows: usize,
    /// The number of threads.
    pub threads: usize,
    /// The seed of the first repeat. The others have the next integers.
    pub seed: u64,
}

impl ScalingPoint {
    /// The number of numbers in its instance, saturating on overflow.
    pub(super) fn numbers(&self) -> u128 {
        let [n, m, k, r, rows] =
            [self.states, self.actions, self.agents, self.priors, self.rows].map(|count| count as u128);
        match self.work {
            Work::Hull => rows * (k + 1),
            Work::Kernel | Work::Equilibria => n * m * (k + 1) + r * n,
        }
    }

    /// Whether this point takes at least as long as the other: no size is smaller, and it has no
    /// more threads.
    pub(super) fn exceeds(&self, other: &Self) -> bool {
        let sizes = [Along::States, Along::Actions, Along::Agents, Along::Priors, Along::Rows];
        self.work == other.work
            && self.threads <= other.threads
            && sizes.iter().all(|size| size.of(self) >= size.of(other))
    }
}

/// Serializes a family by its name.
pub(super) mod by_name {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use suasion_model::Family;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub fn serialize<S: Serializer>(family: &Family, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(family.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Family, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Family::ALL.into_iter().find(|family| family.name() == name);
        found.ok_or_else(|| D::Error::custom(format!("found the family {name:?}, which does not exist")))
    }
}
