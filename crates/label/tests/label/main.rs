//! The tests of `suasion-label`, in one program.

mod runs;
