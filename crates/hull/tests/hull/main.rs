//! The tests of `suasion-hull`, in one program.

mod agreement;
mod align_scales;
mod common;
mod curves;
mod factors;
mod fit_properties;
mod fits;
mod known_answers;
mod nearest;
mod peers;
mod tables;
