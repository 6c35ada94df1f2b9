//! The tests of `suasion-lp`, in one program.

mod common;
mod exact;
mod integer;
mod known;
mod limits;
mod warm;
