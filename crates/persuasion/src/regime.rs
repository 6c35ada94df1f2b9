//! Which method suits the shape of a game: the one place that decides.
//!
//! Every method has a cost model: about how many seconds it takes on one core, and how many bytes
//! it holds, for `n` states and `m` actions that are left after presolve. The fastest one that fits
//! in memory is chosen; where none fits, the game is refused before anything is allocated. The
//! constants of the models were fitted to uniform random games; they need to be right to a factor
//! of two only near the borders between methods.
//!
//! | method | work | memory |
//! |---|---|---|
//! | [`small`](crate::small) | 2,500 columns, or few pivots: not compared | `O(n^2 + n m + m^2)` |
//! | [`many_states`](crate::many_states) | `n log n` for two actions; else 25 iterations of `n K^2`, `K = m (m - 1)`; 75, `K = 5 m` for many actions | `O(n m + K^2)` |
//! | [`few_states`](crate::few_states) | `n^2.4 m^0.3` for rounds and their pivots, and `n m` to rule actions out | `O(n m + n^2)` |
//! | general ([`interior`](crate::interior)) | about 100 iterations of `n^3 / 3`, and blocks of actions: `n m`, more where `m > n` | `O(n^2 + n m + m^2)` |
//!
//! The method for small games also takes larger ones that the general method would have to solve,
//! where a vertex to begin at is next to the optimum: [`easy`] says where. The general method
//! leaves to the simplex method what has a structure that leaves few vertices to go through:
//! [`structure`].

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::small::Small;
use crate::solver::none_value;
use crate::weights::Weights;
use std::collections::HashSet;
use suasion_lp::{Settings, Shortage};

/// The methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Regime {
    Small,
    ManyStates,
    FewStates,
    General,
}

/// What a method takes.
#[derive(Clone, Copy, Debug)]
struct Cost {
    seconds: f64,
    bytes: f64,
}

/// Bytes of a number.
const NUMBER: f64 = 8.0;
/// Of each utility about so many numbers are held at once: the kernel's, those that it is made of,
/// and those of the proof.
const COPIES: f64 = 8.0;

impl Regime {
    /// What the method takes for `n` states and `m` actions.
    fn cost(self, n: usize, m: usize) -> Cost {
        let (n, m) = (n as f64, m as f64);
        let rows = m * (m - 1.0);
        let game = NUMBER * COPIES * n * m;
        match self {
            // It is chosen by its size or by what the game is like.
            Self::Small => Cost { seconds: 0.0, bytes: game + NUMBER * (16.0 * n * n + 2.0 * m * m) },
            Self::ManyStates if m <= 2.0 => Cost { seconds: 5e-7 * n, bytes: game + 10.0 * NUMBER * n },
            Self::ManyStates => {
                // Beyond a dozen actions, rows are generated.
                let (rows, iterations) = if m <= 12.0 { (rows, 25.0) } else { (5.0 * m, 75.0) };
                Cost {
                    seconds: iterations * (1e-10 * n * rows * rows + 2e-8 * n * m + 1e-10 * rows * rows * rows),
                    bytes: game + NUMBER * (8.0 * n * m + 20.0 * rows * rows),
                }
            }
            Self::FewStates => Cost {
                seconds: 4e-7 * n.powf(2.4) * m.powf(0.3) + 5e-7 * n * m,
                bytes: game + NUMBER * (50.0 * n * n + 20.0 * m),
            },
            Self::General => Cost {
                seconds: 7e-10 * n * n * n + 5e-6 * n * m * (m / n).max(1.0).powf(1.3),
                bytes: game + NUMBER * (3.0 * n * n + 200.0 * n) + n * m + m * m,
            },
        }
    }

    /// The fastest method of those that fit in so many bytes; what the leanest one takes if none
    /// does.
    fn choose(n: usize, m: usize, available: f64) -> Result<Self, f64> {
        let all = [Self::ManyStates, Self::FewStates, Self::General].map(|regime| (regime, regime.cost(n, m)));
        let fitting = all.iter().filter(|(_, cost)| cost.bytes <= available);
        match fitting.min_by(|l, r| l.1.seconds.total_cmp(&r.1.seconds)) {
            Some(&(regime, _)) => Ok(regime),
            None => Err(all.iter().fold(f64::INFINITY, |least, (_, cost)| least.min(cost.bytes))),
        }
    }

    /// The method for a game.
    ///
    /// # Errors
    /// If none fits in memory.
    pub(crate) fn of(kernel: &Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        if Small::<f64>::suits(kernel) {
            return Ok(Self::Small);
        }
        let (n, m) = (kernel.states(), kernel.actions());
        let available = settings.available_memory();
        let chosen = Self::choose(n, m, available).map_err(|needed| PersuadeError::TooLarge {
            states: n,
            actions: m,
            shortage: Shortage { needed, available },
        })?;
        let easy = chosen == Self::General
            && n.max(m) <= MOST_EASY
            && Self::Small.cost(n, m).bytes <= available
            && easy(kernel, weights).is_some();
        Ok(if easy { Self::Small } else { chosen })
    }

    /// Whether it is one that has no master of the simplex method.
    pub(crate) fn is_shaped(self) -> bool {
        matches!(self, Self::ManyStates | Self::FewStates)
    }

    /// Whether the method would end in minutes, and fits in memory.
    pub(crate) fn is_within_reach(self, kernel: &Kernel, settings: &Settings) -> bool {
        const MOST_SECONDS: f64 = 300.0;
        let cost = self.cost(kernel.states(), kernel.actions());
        cost.seconds <= MOST_SECONDS && cost.bytes <= settings.available_memory()
    }

    /// Refuses a game for which the method does not fit in memory.
    pub(crate) fn check(self, kernel: &Kernel, settings: &Settings) -> Result<(), PersuadeError> {
        let shape = (kernel.states(), kernel.actions());
        PersuadeError::unless_it_fits(shape, self.cost(shape.0, shape.1).bytes, settings)
    }
}

/// Up to so many states and actions a pivot of the method for small games takes milliseconds.
const MOST_EASY: usize = 2_000;

/// How many pivots for each state and action the method for small games mostly takes at most, where
/// full or no information is not far from an optimum: where interests are opposed, where the user's
/// utility has few values, so that many actions are best for her and some of them best for the agent
/// as well, and, in games that are not too large, where it has single peaks.
pub(crate) fn easy(kernel: &Kernel, weights: Weights) -> Option<usize> {
    const PEAKED: usize = 1_200;
    if kernel.states() + kernel.actions() <= PEAKED && has_single_peaks(kernel) {
        Some(12)
    } else if is_opposed(kernel, weights) || has_few_values(kernel) {
        Some(4)
    } else {
        None
    }
}

/// Whether full information is next to the worst for the objective: in the lowest quarter of what
/// it could be worth to it if the user obeyed.
pub(crate) fn is_opposed(kernel: &Kernel, weights: Weights) -> bool {
    let (mut low, mut high) = (0.0, 0.0);
    for (y, mass) in kernel.mass.iter().enumerate() {
        let worth = (0..kernel.actions()).map(|a| weights.cost(kernel, a, y));
        let (least, most) = worth.fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        low += mass * least;
        high += mass * most;
    }
    // Full information is worth nothing.
    -low < 0.25 * (high - low) && none_value(kernel, weights) > 0.0
}

/// How many pivots for each state and action the simplex method mostly takes at most, where the
/// user's utility has a structure that leaves few vertices to go through; interior points, which
/// have no use for it, take many times as long there. Two structures are known: few values, as of
/// answers on a scale; and single peaks, as of losses that grow with the distance from what would
/// have been right.
pub(crate) fn structure(kernel: &Kernel) -> Option<u64> {
    const OF_FEW_VALUES: u64 = 25;
    const OF_SINGLE_PEAKS: u64 = 100;
    if has_few_values(kernel) {
        Some(OF_FEW_VALUES)
    } else if has_single_peaks(kernel) {
        Some(OF_SINGLE_PEAKS)
    } else {
        None
    }
}

/// Whether the user's utility has far fewer values than there are states and actions.
fn has_few_values(kernel: &Kernel) -> bool {
    let most = (kernel.states() + kernel.actions()) / 8;
    let mut values = HashSet::new();
    kernel.user.as_slice().iter().all(|value| {
        values.insert(value.to_bits());
        values.len() <= most
    })
}

/// Whether the user's utility rises and then falls, in the order of the actions, in every state.
fn has_single_peaks(kernel: &Kernel) -> bool {
    (0..kernel.states()).all(|y| {
        let row = kernel.user_by_state.row(y);
        let best = kernel.best_action[y];
        row[..=best].is_sorted() && row[best..].is_sorted_by(|before, after| before >= after)
    })
}

#[cfg(test)]
mod tests {
    use super::{Regime, structure};
    use crate::kernel::Kernel;
    use crate::weights::Weights;
    use suasion_lp::Settings;
    use suasion_model::{Family, PriorPath, Shape};

    const GIBI: f64 = 1024.0 * 1024.0 * 1024.0;

    /// Both sides of each border.
    #[test]
    fn borders() {
        let chosen = |n, m| Regime::choose(n, m, 16.0 * GIBI);
        for (n, m) in [(1000, 10), (3000, 10), (10_000, 3), (100_000, 2), (1_000_000, 5), (301, 2), (400, 5)] {
            assert_eq!(chosen(n, m), Ok(Regime::ManyStates), "{n} x {m}");
        }
        for (n, m) in [(5, 1000), (10, 300), (50, 1000), (200, 1000), (2, 100_000), (3, 100_000), (10, 10_000)] {
            assert_eq!(chosen(n, m), Ok(Regime::FewStates), "{n} x {m}");
        }
        for (n, m) in [(1000, 1000), (500, 500), (1000, 100), (700, 1000)] {
            assert_eq!(chosen(n, m), Ok(Regime::General), "{n} x {m}");
        }
    }

    /// Few values and single peaks are found, and nothing is found where there is nothing.
    #[test]
    fn structures() {
        let found = |family: Family, states, actions| {
            let shape = Shape { states, actions, agents: 1, priors: 1 };
            let game = family.generate(shape, PriorPath::Independent, 1).unwrap();
            let view = game.view(0, 0).unwrap();
            structure(&Kernel::new(&view.prior, &view.user, &view.agents[0])).is_some()
        };
        for (states, actions) in [(100, 100), (60, 150), (150, 60)] {
            assert!(found(Family::Quadratic, states, actions), "{states} x {actions}");
            assert!(!found(Family::Uniform, states, actions), "{states} x {actions}");
            assert!(!found(Family::Opposed, states, actions), "{states} x {actions}");
        }
        assert!(found(Family::Integer, 200, 200));
    }

    /// The regime of a generated game.
    fn regime(family: Family, states: usize, actions: usize) -> Regime {
        let shape = Shape { states, actions, agents: 1, priors: 1 };
        let game = family.generate(shape, PriorPath::Independent, 1).unwrap();
        let view = game.view(0, 0).unwrap();
        let kernel = Kernel::new(&view.prior, &view.user, &view.agents[0]);
        Regime::of(&kernel, Weights::OBJECTIVE, &Settings::default()).unwrap()
    }

    /// Small games, and games that are easy for the method for small ones, on both sides of the
    /// border.
    #[test]
    fn small_and_easy() {
        for (n, m) in [(50, 50), (300, 8), (41, 60)] {
            assert_eq!(regime(Family::Uniform, n, m), Regime::Small, "{n} x {m}");
        }
        assert_eq!(regime(Family::Uniform, 51, 51), Regime::General);
        assert_eq!(regime(Family::Uniform, 301, 8), Regime::ManyStates);
        for family in [Family::Opposed, Family::Quadratic, Family::Integer] {
            assert_eq!(regime(family, 200, 200), Regime::Small, "{}", family.name());
        }
        // Their shape goes first.
        assert_eq!(regime(Family::Opposed, 2000, 5), Regime::ManyStates);
        // The user's utility says nothing of whether a game is easy where the agent's does not.
        assert_eq!(regime(Family::Hull { eps: 0.1 }, 200, 200), Regime::General);
    }

    /// What does not fit gives way to what does; where nothing fits, the least that is needed is
    /// told.
    #[test]
    fn memory() {
        assert_eq!(Regime::choose(200, 1000, GIBI), Ok(Regime::FewStates));
        assert_eq!(Regime::choose(200, 1000, 0.02 * GIBI), Ok(Regime::General));
        let refused = Regime::choose(10_000_000, 100, 16.0 * GIBI).unwrap_err();
        assert!((60.0..500.0).contains(&(refused / GIBI)), "{refused}");
        assert!(Regime::choose(1_000_000, 2, GIBI).is_ok());
        assert!(Regime::choose(1_000_000, 2, 0.01 * GIBI).is_err());
    }
}
