//! Which method suits a game.

use crate::kernel::Kernel;
use crate::small::Small;

/// The methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Regime {
    Small,
    ManyStates,
    FewStates,
    General,
}

impl Regime {
    pub(crate) fn of(kernel: &Kernel) -> Self {
        let (n, m) = (kernel.states(), kernel.actions());
        if Small::<f64>::suits(kernel) {
            Self::Small
        } else if m <= 2 || m <= 20 && n >= 8 * m {
            Self::ManyStates
        } else if m >= 5 * n {
            Self::FewStates
        } else {
            Self::General
        }
    }
}
