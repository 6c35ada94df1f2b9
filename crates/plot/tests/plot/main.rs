//! The tests of `suasion-plot`, in one program.

mod guides;
mod pictures;
mod report_pictures;
