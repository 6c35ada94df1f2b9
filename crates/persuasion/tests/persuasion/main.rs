//! The tests of `suasion-persuasion`, in one program.

mod agreement;
mod common;
mod conversation;
mod known_answers;
mod many_menus;
mod menu;
mod quantal;
mod quantal_scale;
mod shapes;
mod stackelberg;
mod stackelberg_scale;
mod talk_frontier;
mod talk_quantal;
mod typed_scale;
mod typed_time;
