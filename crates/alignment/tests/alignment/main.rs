//! The tests of `suasion-alignment`, in one program.

mod agreement;
mod common;
mod known_answers;
mod scales;
