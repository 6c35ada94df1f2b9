//! Random games with numbers that decide nothing, solved as the commands do and compared with exact
//! optima.
//!
//! Unused actions at -1e6 to -1e12, functions of the state alone, rare states, states without mass,
//! duplicates, positive factors from 1e-12 to 1e12 and permutations come in all combinations. What
//! is certified and off by more than a millionth of what is at stake is wrong. Every game is drawn
//! again from its kind and its seed.

pub mod align;
pub mod disguise;
pub mod draw;
pub mod equilibria;
pub mod folded;
pub mod judge;
pub mod persuade;
pub mod quantal;
pub mod stackelberg;
pub mod typed;
pub mod watch;

use std::fmt::Display;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};
use suasion_certificate::Verdict;
use suasion_lp::Settings;

/// The time limit of the solver.
const LIMIT: Duration = Duration::from_secs(10);
/// A game that takes longer than this has no end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a game is solved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `persuade`, with and without a floor.
    Persuade,
    /// `persuade --menu`.
    Menu,
    /// `persuade --conversation`.
    Conversation,
    /// `stackelberg`.
    Stackelberg,
    /// `align`.
    Align,
    /// `equilibria` of the best-agent game.
    Equilibria,
    /// `persuade --quantal`.
    Quantal,
}

/// What became of a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Certified, and right.
    Right,
    /// Certified, and wrong: how.
    Wrong(String),
    /// Not certified, or no result: why.
    Uncertified(String),
}

impl Outcome {
    /// What comes of comparing a certified result.
    fn of(check: Result<(), String>) -> Self {
        check.map_or_else(Self::Wrong, |()| Self::Right)
    }

    /// What comes of a verdict that has failures.
    fn failed(verdict: &Verdict) -> Self {
        let failures: Vec<String> = verdict.failures.iter().map(ToString::to_string).collect();
        Self::Uncertified(failures.join("; "))
    }
}

fn uncertified(cause: &dyn Display) -> Outcome {
    Outcome::Uncertified(cause.to_string())
}

fn settings() -> Settings {
    Settings::with_time_limit(LIMIT)
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Persuade,
        Self::Menu,
        Self::Conversation,
        Self::Stackelberg,
        Self::Align,
        Self::Equilibria,
        Self::Quantal,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Persuade => "persuade",
            Self::Menu => "menu",
            Self::Conversation => "conversation",
            Self::Stackelberg => "stackelberg",
            Self::Align => "align",
            Self::Equilibria => "equilibria",
            Self::Quantal => "quantal",
        }
    }

    /// The game of a seed, bare if nothing is to decide nothing: what was done to it, in words, and
    /// what became of it.
    #[must_use]
    pub fn play(self, seed: u64, bare: bool) -> (String, Outcome) {
        let play = match self {
            Self::Persuade => persuade::play,
            Self::Menu => typed::play_menu,
            Self::Conversation => typed::play_conversation,
            Self::Stackelberg => stackelberg::play,
            Self::Align => align::play,
            Self::Equilibria => equilibria::play,
            Self::Quantal => quantal::play,
        };
        catch_unwind(|| play(seed, bare)).unwrap_or_else(|payload| {
            let message = payload.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("of no words");
            (String::new(), Outcome::Uncertified(format!("a panic: {message}")))
        })
    }
}

/// A game that went wrong.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its seed.
    pub seed: u64,
    /// What was done to it.
    pub words: String,
    /// What is wrong.
    pub problem: String,
}

/// What became of many games.
#[derive(Clone, Debug)]
pub struct Count {
    /// How many there were.
    pub games: usize,
    /// Those that are wrong and certified.
    pub wrong: Vec<Case>,
    /// Those that are not certified.
    pub uncertified: Vec<Case>,
    /// How long it took, games and oracle together.
    pub time: Duration,
}

/// Plays so many games of a kind, from a seed on, in parallel. Bare games have no numbers that
/// decide nothing, and test the oracle.
#[must_use]
pub fn measure(kind: Kind, games: usize, seed: u64, bare: bool) -> Count {
    let start = Instant::now();
    let given_up = || (String::new(), Outcome::Uncertified("it does not end".into()));
    let all = watch::play_all(seed..seed + games as u64, PATIENCE, move |seed| kind.play(seed, bare), given_up);
    let mut count = Count { games, wrong: vec![], uncertified: vec![], time: start.elapsed() };
    for (seed, (words, outcome)) in all {
        match outcome {
            Outcome::Right => {}
            Outcome::Wrong(problem) => count.wrong.push(Case { seed, words, problem }),
            Outcome::Uncertified(problem) => count.uncertified.push(Case { seed, words, problem }),
        }
    }
    count
}
