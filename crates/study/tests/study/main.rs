//! The tests of `suasion-study`, in one program.

mod competition;
mod data;
mod judges;
mod scaling_grid;
mod scaling_laws;
