//! The weights of the objective and the user, in scaled utilities.

/// `objective * v + user * u`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Weights {
    pub objective: f64,
    pub user: f64,
}

impl Weights {
    /// The objective alone.
    pub(crate) const OBJECTIVE: Self = Self { objective: 1.0, user: 0.0 };
    /// The user's utility alone.
    pub(crate) const USER: Self = Self { objective: 0.0, user: 1.0 };

    /// `objective + slope * user`, scaled so that costs stay within `[0, 1]` however steep the
    /// slope.
    pub(crate) fn sloped(slope: f64) -> Self {
        Self { objective: 1.0 / (1.0 + slope), user: slope / (1.0 + slope) }
    }

    /// With `more` added to the weight of the user's utility.
    pub(crate) fn with_user(self, more: f64) -> Self {
        Self { user: self.user + more, ..self }
    }
}
