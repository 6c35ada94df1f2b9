//! The tests of `suasion-table`, in one program.

mod common;
mod formats;
mod merge;
mod mutations;
mod named;
mod refusals;
