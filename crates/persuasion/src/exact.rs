//! Small games against a user of several types, in exact arithmetic: slow and sure.
//!
//! Floating point decides ties by its roundings, and so do the rows that are tightened a little against them. Where the
//! result of a fast method does not convince (`doubt`), and cannot be mended (`follow`), the game as it is given is solved again in whole numbers (`game`):
//! its menus by column generation (`menu`), its conversation as one program (`conversation`).
//!
//! *Roundings.* What is saved are binary64 numbers, so the rows are bent by more than they round: **relaxed**, the program
//! gives multipliers that prove its bound after they are rounded; **tightened**, it gives a scheme that is obeyed after its
//! probabilities are. Where a tie makes the two programs differ, the scheme is that of the program **as it is**, and is
//! obeyed but for the last digits of its probabilities.

pub(crate) mod conversation;
pub(crate) mod doubt;
pub(crate) mod follow;
pub(crate) mod game;
pub(crate) mod menu;
mod round;
mod told;

use dashu::base::Abs;
use dashu::integer::IBig;
use dashu::rational::RBig;
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
    /// An entry of a row that asks for a sum of at most 0; all such rows are multiplied by [`Bend::one`].
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

/// Which of two programs the scheme is of: the tightened one, unless that loses what matters. Takes the values of the relaxed
/// program, of the tightened one, and of the program as it is, if that is to be worked out.
fn prefers_tightened(relaxed: &RBig, tightened: &RBig, spread: &RBig, plain: impl FnOnce() -> Option<RBig>) -> bool {
    let lost = (relaxed - tightened).to_f64().value();
    if lost <= NEAR * spread.to_f64().value() {
        return true;
    }
    plain().is_none_or(|plain| lost <= 4.0 * (relaxed - plain).to_f64().value())
}

/// The power of two times which an objective comes before another one: no less than `2^60` times what is lost of it matters.
fn precedence(first: &IBig, second: &IBig) -> usize {
    use dashu::base::BitTest;
    (second.bit_len() + 64).saturating_sub(first.bit_len())
}
