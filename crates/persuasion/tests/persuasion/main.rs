//! The tests of `suasion-persuasion`, in one program.

mod agreement;
mod common;
mod experiment;
mod known_answers;
mod many_observations;
mod mechanism;
mod quantal;
mod quantal_scale;
mod sender_frontier;
mod sender_quantal;
mod shapes;
mod stackelberg;
mod stackelberg_scale;
mod typed_scale;
mod typed_time;
