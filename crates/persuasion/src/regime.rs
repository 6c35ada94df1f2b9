//! Chooses the method that suits the shape of a game. No other module decides this.
//!
//! Every method has a cost model: approximate seconds on one core and bytes of memory, for `n`
//! states and `m` actions after presolve. The fastest method that fits in memory is chosen. If none
//! fits, the game is refused before anything is allocated. The constants of the models were fitted
//! to uniform random games. They need to be correct to a factor of two only near the borders
//! between methods.
//!
//! The methods, with their work and memory:
//!
//! - [`small`](crate::small): `0.7 n + 0.45 n^0.5 m^1.5` pivots of `n m + 1.6 m^2`; memory
//!   `O(n m + m^2)`;
//! - [`many_states`](crate::many_states): `n log n` for two actions; otherwise 25 iterations of
//!   `n K^2` with `K = m (m - 1)`, or 75 with `K = 5 m` for many actions; memory `O(n m + K^2)`;
//! - [`few_states`](crate::few_states): `n^2.4 m^0.3` for rounds and their pivots, and `n m` to
//!   rule actions out; memory `O(n m + n^2)`;
//! - general ([`interior`](crate::interior)): about 100 iterations of `n^3 / 3`, and blocks of
//!   actions: `n m`, more where `m > n`; memory `O(n^2 + n m + m^2)`.
//!
//! The method for small games solves those of up to 2,500 columns whatever the cost of the others,
//! because it handles rounding best there. It also solves larger games that would otherwise go to
//! the general method, if an initial vertex is close to the optimum ([`easy`]). The general method
//! uses the simplex method alone for games whose structure leaves few vertices ([`structure`]).

use crate::PersuadeError;
use crate::kernel::Kernel;
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

/// The cost of a method.
#[derive(Clone, Copy, Debug)]
struct Cost {
    seconds: f64,
    bytes: f64,
}

/// Bytes of a number.
const NUMBER: f64 = 8.0;
/// The number of copies of each utility in memory at once: those of the kernel, of its input, and
/// of the proof.
const COPIES: f64 = 8.0;

impl Regime {
    /// The cost of the method for `n` states and `m` actions.
    fn cost(self, n: usize, m: usize) -> Cost {
        let (n, m) = (n as f64, m as f64);
        let rows = m * (m - 1.0);
        let game = NUMBER * COPIES * n * m;
        match self {
            Self::Small => Cost {
                seconds: pivots(n, m) * (1.5e-6 + 1e-9 * n * m + 1.6e-9 * m * m),
                bytes: game + NUMBER * (4.0 * n * m + 16.0 * m * m),
            },
            Self::ManyStates if m <= 2.0 => Cost { seconds: 5e-7 * n, bytes: game + 10.0 * NUMBER * n },
            Self::ManyStates => {
                // Beyond a dozen actions, rows are generated.
                let (rows, iterations) = if m <= 12.0 { (rows, 25.0) } else { (5.0 * m, 75.0) };
                Cost {
                    seconds: iterations * (1e-10 * n * rows * rows + 3.5e-8 * n * m + 1e-10 * rows * rows * rows),
                    bytes: game + NUMBER * (8.0 * n * m + 20.0 * rows * rows),
                }
            }
            Self::FewStates => Cost {
                seconds: 4e-7 * n.powf(2.4) * m.powf(0.3) + 5e-7 * n * m,
                bytes: game + NUMBER * (50.0 * n * n + 20.0 * m),
            },
            Self::General => Cost {
                seconds: 7e-10 * n * n * n + 7e-6 * n * m * (m / n).max(1.0).powf(1.3),
                bytes: game + NUMBER * (3.0 * n * n + 200.0 * n) + n * m + m * m,
            },
        }
    }

    /// The fastest method that fits in this many bytes. If none fits, the error has the memory of
    /// the smallest one.
    fn choose(n: usize, m: usize, available: f64) -> Result<Self, PersuadeError> {
        let all = [Self::Small, Self::ManyStates, Self::FewStates, Self::General];
        let asked = if Self::is_small(n, m) { &all[..1] } else { &all };
        Self::fastest(asked, (n, m), available)
    }

    /// The fastest method of a list.
    fn fastest(methods: &[Self], (n, m): (usize, usize), available: f64) -> Result<Self, PersuadeError> {
        let costs = || methods.iter().map(|regime| (*regime, regime.cost(n, m)));
        let fitting = costs().filter(|(_, cost)| cost.bytes <= available);
        fitting.min_by(|l, r| l.1.seconds.total_cmp(&r.1.seconds)).map(|(regime, _)| regime).ok_or_else(|| {
            let needed = costs().fold(f64::INFINITY, |least, (_, cost)| least.min(cost.bytes));
            PersuadeError::TooLarge { states: n, actions: m, shortage: Shortage { needed, available } }
        })
    }

    /// The method for a game.
    ///
    /// # Errors
    /// If none fits in memory.
    pub(crate) fn of(kernel: &Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        let (n, m) = (kernel.states(), kernel.actions());
        if Self::is_small(n, m) {
            // The method needs so little memory that checking the available memory would take
            // longer.
            return Ok(Self::Small);
        }
        let available = settings.available_memory();
        let chosen = Self::choose(n, m, available)?;
        let easy = chosen == Self::General
            && n.max(m) <= MOST_EASY
            && Self::Small.cost(n, m).bytes <= available
            && easy(kernel, weights).is_some();
        Ok(if easy { Self::Small } else { chosen })
    }

    /// Whether a game has so few columns, states and actions that no other method is considered.
    pub(crate) fn is_small(n: usize, m: usize) -> bool {
        n * m <= 2_500 && n <= 300 && m <= 60
    }

    /// Whether the method for small games suits a game of this shape.
    pub(crate) fn is_for_small(n: usize, m: usize) -> bool {
        matches!(Self::choose(n, m, f64::INFINITY), Ok(Self::Small))
    }

    /// Whether a simplex master would be far slower than this method on every solve, although it
    /// keeps its basis from one prior to the next and supports floors.
    pub(crate) fn is_shaped(self, kernel: &Kernel) -> bool {
        const FAR: f64 = 10.0;
        let (n, m) = (kernel.states(), kernel.actions());
        match self {
            Self::ManyStates | Self::FewStates => true,
            Self::Small => {
                !Self::is_small(n, m) && Self::General.cost(n, m).seconds > FAR * Self::Small.cost(n, m).seconds
            }
            Self::General => false,
        }
    }

    /// Whether the method for small games moves from one optimum to a neighbor faster than the
    /// method for many states finds one optimum.
    pub(crate) fn goes_on_faster(kernel: &Kernel, settings: &Settings) -> bool {
        const NEIGHBOR: f64 = 0.1;
        let (n, m) = (kernel.states(), kernel.actions());
        let (small, many) = (Self::Small.cost(n, m), Self::ManyStates.cost(n, m));
        NEIGHBOR * small.seconds < many.seconds && small.bytes <= settings.available_memory()
    }

    /// The method to use if the one for small games fails: the general one, which depends least on
    /// the structure of a game, unless it is far slower.
    ///
    /// # Errors
    /// If none fits in memory.
    pub(crate) fn otherwise(kernel: &Kernel, settings: &Settings) -> Result<Self, PersuadeError> {
        const FAR: f64 = 5.0;
        let (n, m) = (kernel.states(), kernel.actions());
        let others = [Self::ManyStates, Self::FewStates, Self::General];
        let fastest = Self::fastest(&others, (n, m), settings.available_memory())?;
        let general = Self::General.cost(n, m);
        let near = general.seconds <= FAR * fastest.cost(n, m).seconds;
        Ok(if near && general.bytes <= settings.available_memory() { Self::General } else { fastest })
    }

    /// Whether the method would finish within minutes and fits in memory.
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

/// The typical number of pivots of the method for small games.
pub(crate) fn pivots(n: f64, m: f64) -> f64 {
    0.7 * n + 0.45 * n.sqrt() * m.powf(1.5)
}

/// Up to this many states and actions, a pivot of the method for small games takes milliseconds.
const MOST_EASY: usize = 2_000;

/// An estimate of the pivots per state and action of the method for small games, if full or no
/// information is close to an optimum. That is the case if interests are opposed, or if the user's
/// utility has few values (so that many actions are best for her, and some of them best for the
/// agent as well). In games of moderate size, it is also the case if her utility has single peaks.
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

/// Whether full information is close to the worst outcome for the objective: in the lowest quarter
/// of its possible values if the user obeyed.
pub(crate) fn is_opposed(kernel: &Kernel, weights: Weights) -> bool {
    let (mut low, mut high) = (0.0, 0.0);
    for (y, mass) in kernel.mass.iter().enumerate() {
        let worth = (0..kernel.actions()).map(|a| kernel.cost(weights, a, y));
        let (least, most) = worth.fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        low += mass * least;
        high += mass * most;
    }
    // Full information has value zero.
    -low < 0.25 * (high - low) && kernel.uninformed_value(weights) > 0.0
}

/// An estimate of the pivots per state and action of the simplex method, if the structure of the
/// user's utility leaves few vertices. Interior-point methods cannot use this structure and take
/// many times as long. Two structures are known: few values, as with answers on a scale; and single
/// peaks, as with losses that grow with the distance from the right action.
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

/// Whether the user's utility has far fewer distinct values than there are states and actions.
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
    use crate::PersuadeError;
    use crate::kernel::Kernel;
    use crate::weights::Weights;
    use suasion_lp::Settings;
    use suasion_model::{Family, PriorPath, Shape};

    const GIBI: f64 = 1024.0 * 1024.0 * 1024.0;

    /// Both sides of each border.
    #[test]
    fn borders() {
        let chosen = |n, m| Regime::choose(n, m, 16.0 * GIBI).unwrap();
        for (n, m) in [(1000, 10), (500, 20), (70, 70), (100, 50), (400, 5), (50, 50)] {
            assert_eq!(chosen(n, m), Regime::Small, "{n} x {m}");
        }
        for (n, m) in [(5000, 10), (10_000, 3), (100_000, 2), (1_000_000, 5), (301, 2), (2000, 5)] {
            assert_eq!(chosen(n, m), Regime::ManyStates, "{n} x {m}");
        }
        for (n, m) in [(5, 1000), (10, 300), (20, 100), (50, 1000), (200, 1000), (2, 100_000), (10, 10_000)] {
            assert_eq!(chosen(n, m), Regime::FewStates, "{n} x {m}");
        }
        for (n, m) in [(1000, 1000), (500, 500), (1000, 100), (700, 1000), (100, 100)] {
            assert_eq!(chosen(n, m), Regime::General, "{n} x {m}");
        }
    }

    /// Few values and single peaks are detected, and nothing is detected in a game without
    /// structure.
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
        for (n, m) in [(50, 50), (301, 8), (41, 60), (51, 51)] {
            assert_eq!(regime(Family::Uniform, n, m), Regime::Small, "{n} x {m}");
        }
        assert_eq!(regime(Family::Uniform, 100, 100), Regime::General);
        assert_eq!(regime(Family::Uniform, 301, 2), Regime::ManyStates);
        for family in [Family::Opposed, Family::Quadratic, Family::Integer] {
            assert_eq!(regime(family, 200, 200), Regime::Small, "{}", family.name());
        }
        // The shape takes precedence.
        assert_eq!(regime(Family::Opposed, 2000, 5), Regime::ManyStates);
        // If the agent's utility does not make a game easy, the user's utility does not either.
        assert_eq!(regime(Family::Hull { eps: 0.1 }, 200, 200), Regime::General);
    }

    /// A method that does not fit in memory gives way to one that does. If none fits, the error has
    /// the least memory that is needed.
    #[test]
    fn memory() {
        let chosen = |n, m, available| Regime::choose(n, m, available);
        assert_eq!(chosen(200, 1000, GIBI), Ok(Regime::FewStates));
        assert_eq!(chosen(200, 1000, 0.02 * GIBI), Ok(Regime::General));
        let Err(PersuadeError::TooLarge { shortage, .. }) = chosen(10_000_000, 100, 16.0 * GIBI) else { panic!() };
        assert!((60.0..500.0).contains(&(shortage.needed / GIBI)), "{shortage}");
        assert!(chosen(1_000_000, 2, GIBI).is_ok());
        assert!(chosen(1_000_000, 2, 0.01 * GIBI).is_err());
    }

    /// Floors and sweeps use the master unless it is far slower.
    #[test]
    fn shaped() {
        let is_shaped = |n, m| {
            let shape = Shape { states: n, actions: m, agents: 1, priors: 1 };
            let game = Family::Uniform.generate(shape, PriorPath::Independent, 1).unwrap();
            let view = game.view(0, 0).unwrap();
            let kernel = Kernel::new(&view.prior, &view.user, &view.agents[0]);
            Regime::of(&kernel, Weights::OBJECTIVE, &Settings::default()).unwrap().is_shaped(&kernel)
        };
        assert!(is_shaped(1000, 10) && is_shaped(5000, 3) && is_shaped(5, 1000));
        assert!(!is_shaped(20, 20) && !is_shaped(60, 60) && !is_shaped(100, 100));
    }
}
