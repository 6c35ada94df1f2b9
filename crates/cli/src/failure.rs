//! Errors that end a command before its work is done.

#[cfg(feature = "full")]
mod more;

#[cfg(feature = "full")]
pub use more::MoreFailure;
use std::path::PathBuf;
use suasion_alignment::AlignError;
use suasion_certificate::ProofError;
use suasion_equilibrium::EquilibriumError;
use suasion_model::{GenerateError, ReadError, ViewError, WriteError};
use suasion_persuasion::{PersuadeError, Stopped};

/// An error of a command, with one message.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error("{file}: {problem}")]
    Bad { file: String, problem: String },
    #[error("{0}")]
    Usage(String),
    #[error("{}: {cause}", file.display())]
    Persuade { file: PathBuf, cause: PersuadeError },
    #[error("{}: {cause}", file.display())]
    Align { file: PathBuf, cause: AlignError },
    #[error("{}: {cause}", file.display())]
    View { file: PathBuf, cause: ViewError },
    #[error("{}: its own certificate is refused, which is a bug in this program: {cause}", file.display())]
    Certificate { file: PathBuf, cause: ProofError },
    #[error("{}: the result contradicts itself, which is a bug in this program: {problem}", file.display())]
    Contradiction { file: PathBuf, problem: String },
    #[error("{}: {cause}", file.display())]
    Equilibrium { file: PathBuf, cause: EquilibriumError },
    #[cfg(feature = "full")]
    #[error(transparent)]
    More(Box<MoreFailure>),
    #[error("standard output cannot be written: {0}")]
    Output(std::io::Error),
}

impl Failure {
    /// Why the work was stopped, if it was.
    pub fn stopped(&self) -> Option<Stopped> {
        match self {
            Self::Persuade { cause: PersuadeError::Stopped(why), .. }
            | Self::Equilibrium { cause: EquilibriumError::Persuade(PersuadeError::Stopped(why)), .. } => Some(*why),
            _ => None,
        }
    }

    /// The exit code: 2 if the input or the usage is bad, 1 if the work failed.
    pub fn code(&self) -> u8 {
        match self {
            Self::Persuade { cause, .. } | Self::Equilibrium { cause: EquilibriumError::Persuade(cause), .. } => {
                if cause.is_refusal() {
                    2
                } else {
                    1
                }
            }
            Self::Align { cause: AlignError::BadSlack(_) | AlignError::TooLarge { .. }, .. } => 2,
            #[cfg(feature = "full")]
            Self::More(cause) if !cause.is_usage() => 1,
            Self::Align { .. } | Self::Certificate { .. } | Self::Contradiction { .. } => 1,
            _ => 2,
        }
    }
}
