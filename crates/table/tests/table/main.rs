//! The tests of `suasion-table`, in one program.

mod common;
mod formats;
mod merge;
mod named;
mod refusals;
