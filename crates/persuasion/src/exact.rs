//! Small games against a user with several types, in exact arithmetic: slow and reliable.
//!
//! In floating point, rounding decides ties, and so do rows that are tightened a little to allow
//! for rounding. When the result of a fast method is not convincing (`doubt`) and cannot be
//! repaired (`follow`), the original game is solved again in whole numbers (`game`): experiments by
//! column generation (`experiment`), mechanisms as one program (`mechanism`).
//!
//! *Rounding.* Results are saved as binary64 numbers, so the rows are perturbed by more than the
//! rounding error. The **relaxed** program gives multipliers that still prove its bound after they
//! are rounded. The **tightened** program gives a scheme that is still obeyed after its
//! probabilities are rounded. Where a tie makes the two programs differ, the scheme is that of the
//! **unperturbed** program; it is obeyed except for the last digits of its probabilities.

pub(crate) mod doubt;
pub(crate) mod experiment;
pub(crate) mod follow;
pub(crate) mod game;
pub(crate) mod mechanism;
mod recommendations;
mod round;

use dashu::base::{Abs, BitTest};
use dashu::integer::IBig;
use dashu::rational::RBig;
use game::WholeGame;
use suasion_lp::Settings;
use suasion_lp::exact::{Tableau, TableauStep};

/// The maximum number of pivots in one program.
const MOST: usize = 2_000;
/// Rows are perturbed by this power of two, relative to their entries.
const BITS: usize = 49;
/// A loss of the tightened program below this, relative to what is at stake, does not matter.
const NEAR: f64 = 1e-10;

/// How the rows are perturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bend {
    /// More schemes are obeyed.
    Relaxed,
    /// No perturbation.
    No,
    /// Fewer schemes are obeyed.
    Tightened,
}

impl Bend {
    /// The perturbed entry of a row that requires a sum of at most 0. All such rows are multiplied
    /// by [`Bend::one`].
    fn entry(self, entry: &IBig) -> IBig {
        match self {
            Self::Relaxed => (entry << BITS) - entry.clone().abs(),
            Self::No => entry.clone(),
            Self::Tightened => (entry << BITS) + entry.clone().abs(),
        }
    }

    /// The power of two by which rows are multiplied.
    fn power(self) -> usize {
        if self == Self::No { 0 } else { BITS }
    }

    /// What an unperturbed entry of one becomes.
    fn one(self) -> IBig {
        IBig::ONE << self.power()
    }
}

/// Pivots until the point is optimal. Returns `None` if that takes too long.
fn finish(tableau: &mut Tableau, settings: &Settings) -> Option<()> {
    for _ in 0..MOST {
        if settings.stopped().is_some() {
            return None;
        }
        match tableau.step() {
            TableauStep::Moved => {}
            TableauStep::Optimal => return Some(()),
            TableauStep::Unbounded(_) => return None,
        }
    }
    None
}

/// The value of a program.
fn value(tableau: &Tableau) -> RBig {
    RBig::from_parts_signed(tableau.objective().clone(), tableau.denominator().clone())
}

/// What is at stake: the spread of the optimum, full information and no information.
fn spread(game: &WholeGame, optimum: &RBig) -> f64 {
    let (full, none) = (RBig::ZERO, RBig::from(game.uninformed()));
    let (high, low) = (optimum.max(&full).max(&none), optimum.min(&full).min(&none));
    (high - low).to_f64().value()
}

/// Solves the program that determines the scheme, given the value of the relaxed one. This is the
/// tightened program unless that loses too much; then it is the unperturbed program. Returns `None`
/// if time is up.
fn chosen<P>(game: &WholeGame, relaxed: &RBig, solved: impl Fn(Bend) -> Option<(RBig, P)>) -> Option<P> {
    let (tightened, program) = solved(Bend::Tightened)?;
    let lost = (relaxed - tightened).to_f64().value();
    if lost <= NEAR * spread(game, relaxed) {
        return Some(program);
    }
    match solved(Bend::No) {
        Some((plain, other)) if lost > 4.0 * (relaxed - &plain).to_f64().value() => Some(other),
        _ => Some(program),
    }
}

/// The power of two that gives one objective precedence over another: a loss in the first counts at
/// least `2^60` times as much.
fn precedence(first: &IBig, second: &IBig) -> usize {
    (second.bit_len() + 64).saturating_sub(first.bit_len())
}

#[cfg(test)]
mod tests {
    use super::game::WholeGame;
    use super::{experiment, mechanism};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use suasion_certificate::{Communication, Experiment, Floor, Mechanism, OptimumProof, Proof};
    use suasion_lp::Settings;
    use suasion_model::{AgentSignals, Information, Instance, Labels, Matrix, Objective, Party, World};

    /// A random game of two types in which each party has its own unit of utility. Some games have
    /// a rare state and a penalty.
    fn random(seed: u64) -> Instance {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (n, m) = (random.random_range(2..=4), random.random_range(2..=4));
        let penalized = random.random_bool(0.5);
        let mut party = |name: &str, penalty: f64| {
            let unit = 10.0_f64.powi(random.random_range(-12..=12));
            let mut draw =
                |a: usize| if a == m - 1 && penalized { penalty } else { f64::from(random.random_range(0..5)) };
            Party { name: name.into(), utility: Matrix::from_fn(m, n, |a, _| unit * draw(a)) }
        };
        let (user, agent) = (party("user", -1e9), party("agent", 1e9));
        let rare = if random.random_bool(0.5) { 1e-6 } else { 1.0 };
        let masses: Vec<f64> =
            (0..2 * n).map(|k| if k < 2 { rare } else { f64::from(random.random_range(1..9)) }).collect();
        let total: f64 = masses.iter().sum();
        let world = |(k, mass): (usize, &f64)| World {
            probability: mass / total,
            state: k / 2,
            user: k % 2,
            agents: AgentSignals::Shared(k / 2),
        };
        Instance {
            name: "random".into(),
            source: None,
            states: Labels::Count(n),
            actions: Labels::Count(m),
            information: Information::Worlds {
                types: vec!["one".into(), "other".into()],
                signals: (0..n).map(|x| x.to_string()).collect(),
                worlds: masses.iter().enumerate().map(world).collect(),
            },
            user,
            agents: vec![agent],
            protocol: None,
        }
    }

    fn proved<C: Communication>(
        communication: C,
        scheme: C::Scheme,
        bound: C::Bound,
        floor: Option<Floor>,
    ) -> OptimumProof<C> {
        OptimumProof { communication, prior: 0, agent: 0, objective: Objective::agent(0), floor, scheme, bound }
    }

    #[test]
    fn optima_are_certified_at_all_magnitudes_and_floors() {
        let settings = Settings::default();
        for seed in 0..80 {
            let instance = random(seed);
            let view = instance.typed_view(0, 0).unwrap();
            let (none, full) = (view.no_information().1, view.full_information());
            let share = [None, Some(0.0), Some(0.5), Some(0.9)][seed as usize % 4];
            let floor = share.map(|share| none + share * (full - none));
            let game = WholeGame::new(&view, &Objective::agent(0), floor).unwrap();
            let with = |multiplier: f64| floor.map(|value| Floor { value, multiplier });

            let experiment::Found { scheme, tree, slope, .. } = experiment::solve(&game, &settings).unwrap();
            let proof = proved(Experiment, scheme, tree, with(slope));
            let (once, verdict) = proof.certify(&instance).unwrap();
            assert!(verdict.certified(), "{seed}: {:?}", verdict.failures);

            let mechanism::Found { scheme, multipliers, slope } = mechanism::solve(&game, &settings).unwrap();
            let proof = proved(Mechanism, scheme, multipliers, with(slope));
            let (more, verdict) = proof.certify(&instance).unwrap();
            assert!(verdict.certified(), "{seed}: {:?}", verdict.failures);
            // A mechanism can do whatever an experiment can do.
            assert!(more.claims.upper_bound >= once.claims.agent_values[0], "{seed}");
        }
    }
}
