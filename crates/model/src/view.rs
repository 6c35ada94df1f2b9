//! One agent's view of the game against a user of a single type.

use crate::{Information, Instance, Matrix};
use std::borrow::Cow;

/// Whose view of the game it is, and at which prior.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The agent whose observations they are.
    pub agent: usize,
}

/// The game as one agent plays it against a user without private information. The agent's
/// observation takes the place of the state. If agents observe the state, observations *are* the
/// states, and only the prior is copied.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Whose view it is, and at which prior.
    pub seat: Seat,
    /// The probability of each observation, `[observations]`.
    pub prior: Cow<'a, [f64]>,
    /// The user's expected utility given each observation, `actions x observations`.
    pub user: Cow<'a, Matrix>,
    /// Every agent's expected utility given each observation, `actions x observations`, in the
    /// order of the agents.
    pub agents: Vec<Cow<'a, Matrix>>,
}

/// Why an agent has no such view.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// The user has private information.
    #[error("the user has {0} types, and this needs a user with one type")]
    PrivatelyInformedUser(usize),
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
}

impl View<'_> {
    /// The number of observations (of states, if agents observe the state).
    #[must_use]
    pub fn observations(&self) -> usize {
        self.prior.len()
    }

    /// The number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.user.rows()
    }
}

impl Instance {
    /// The game as agent `agent` sees it at prior number `prior`.
    ///
    /// # Errors
    /// If the user has more than one type, or there is no such prior or agent.
    pub fn view(&self, prior: usize, agent: usize) -> Result<View<'_>, ViewError> {
        for (what, index, size) in [("prior", prior, self.priors()), ("agent", agent, self.agents.len())] {
            if index >= size {
                return Err(ViewError::OutOfRange { what, index, size });
            }
        }
        match &self.information {
            Information::Priors(priors) => Ok(View {
                seat: Seat { prior, agent },
                prior: Cow::Borrowed(priors.row(prior)),
                user: Cow::Borrowed(&self.user.utility),
                agents: self.agents.iter().map(|party| Cow::Borrowed(&party.utility)).collect(),
            }),
            Information::Worlds { types, signals, worlds } => {
                if types.len() > 1 {
                    return Err(ViewError::PrivatelyInformedUser(types.len()));
                }
                let mut mass = vec![0.0; signals.len()];
                for world in worlds {
                    mass[world.agents.of(agent)] += world.probability;
                }
                let expected = |utility: &Matrix| {
                    let mut sums = vec![0.0; utility.rows() * signals.len()];
                    for world in worlds.iter().filter(|world| world.probability > 0.0) {
                        let signal = world.agents.of(agent);
                        for action in 0..utility.rows() {
                            sums[action * signals.len() + signal] +=
                                world.probability / mass[signal] * utility[(action, world.state)];
                        }
                    }
                    Matrix::new(utility.rows(), signals.len(), sums)
                };
                Ok(View {
                    seat: Seat { prior, agent },
                    user: Cow::Owned(expected(&self.user.utility)),
                    agents: self.agents.iter().map(|party| Cow::Owned(expected(&party.utility))).collect(),
                    prior: Cow::Owned(mass),
                })
            }
        }
    }
}
