#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! Each module is one library. What most programs need stands at the root as well: a game
//! ([`Instance`]), what is computed about it ([`persuade`], [`frontier`], [`BestAgentGame`],
//! [`align`]), limits of the computation ([`Settings`]), and the proof of what was found
//! ([`Proof`], [`Certificate`], [`Verdict`]).

#[cfg(feature = "games")]
#[doc(inline)]
pub use {
    suasion_alignment as alignment, suasion_certificate as certificate, suasion_equilibrium as equilibrium,
    suasion_exact as exact, suasion_model as model, suasion_persuasion as persuasion, suasion_results as results,
};
#[cfg(feature = "tables")]
#[doc(inline)]
pub use {suasion_regression as regression, suasion_table as table};

#[cfg(feature = "games")]
pub use {
    suasion_alignment::{AlignOptions, Alignment, align},
    suasion_certificate::{Certificate, Proof, Verdict},
    suasion_equilibrium::BestAgentGame,
    suasion_lp::{Interrupt, Settings, Stopped},
    suasion_model::{Instance, Matrix, Objective, Party},
    suasion_persuasion::{Frontier, Optimum, frontier, persuade},
    suasion_results::verify_record,
};
