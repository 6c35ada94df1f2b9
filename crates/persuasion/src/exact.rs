//! Small games against a user of several types, in exact arithmetic: slow and sure.
//!
//! Floating point decides ties by its roundings, and so do the rows that are tightened a little
//! against them. Where the result of a fast method does not convince (`doubt`), and cannot be
//! mended (`follow`), the game as it is given is solved again in whole numbers (`game`): experiments
//! by column generation (`experiment`), mechanisms as one program (`mechanism`).
//!
//! *Roundings.* What is saved are binary64 numbers, so the rows are bent by more than they round:
//! **relaxed**, the program gives multipliers that prove its bound after they are rounded;
//! **tightened**, it gives a scheme that is obeyed after its probabilities are. Where a tie makes
//! the two programs differ, the scheme is that of the program **as it is**, and is obeyed but for
//! the last digits of its probabilities.

pub(crate) mod doubt;
pub(crate) mod experiment;
pub(crate) mod follow;
pub(crate) mod game;
pub(crate) mod mechanism;
mod round;
mod told;

use dashu::base::{Abs, BitTest};
use dashu::integer::IBig;
use dashu::rational::RBig;
use game::WholeGame;
use suasion_lp::Settings;
use suasion_lp::exact::{Step, Tableau};

/// More pivots than this are not made in one program.
const MOST: usize = 2_000;
/// Rows are bent by this power of two of their entries.
const BITS: usize = 49;
/// The loss of a tightened program that does not matter, relative to what is at stake.
const NEAR: f64 = 1e-10;

/// How rows are bent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bend {
    /// More is obeyed.
    Relaxed,
    /// Not at all.
    No,
    /// Less is obeyed.
    Tightened,
}

impl Bend {
    /// An entry of a row that asks for a sum of at most 0; all such rows are multiplied by
    /// [`Bend::one`].
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

    /// What an entry of one becomes that is not bent.
    fn one(self) -> IBig {
        IBig::ONE << self.power()
    }
}

/// Makes pivots until there is no better point; none, if that takes too long.
fn finish(tableau: &mut Tableau, settings: &Settings) -> Option<()> {
    for _ in 0..MOST {
        if settings.stopped().is_some() {
            return None;
        }
        match tableau.step() {
            Step::Moved => {}
            Step::Optimal => return Some(()),
            Step::Unbounded(_) => return None,
        }
    }
    None
}

/// The value of a program.
fn value(tableau: &Tableau) -> RBig {
    RBig::from_parts_signed(tableau.objective().clone(), tableau.denominator().clone())
}

/// What is at stake: how far the optimum, full and no information are apart.
fn spread(game: &WholeGame, optimum: &RBig) -> f64 {
    let (full, none) = (RBig::ZERO, RBig::from(game.uninformed()));
    let (high, low) = (optimum.max(&full).max(&none), optimum.min(&full).min(&none));
    (high - low).to_f64().value()
}

/// The program that the scheme is of, given the value of the relaxed one: the tightened one, unless
/// that loses what matters; then the program as it is. None, if time is up.
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

/// The power of two times which an objective comes before another one: no less than `2^60` times
/// what is lost of it matters.
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

    /// A random game of two types, whose parties have units of their own; some have a state that is
    /// rare, and a penalty.
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
            // What an experiment can do, a mechanism can.
            assert!(more.claims.upper_bound >= once.claims.agent_values[0], "{seed}");
        }
    }
}
