//! The tests of `suasion-results`, in one program.

mod contradictions;
mod program;
mod records;
mod saved;
