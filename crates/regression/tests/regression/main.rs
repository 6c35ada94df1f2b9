//! The tests of `suasion-regression`, in one program.

mod curves;
mod factors;
mod fit_properties;
mod fits;
mod nearest;
mod peers;
mod store;
mod tables;
