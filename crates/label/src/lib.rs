//! Labels: scores that a language model gives to items. This crate asks for them and stores them.
//!
//! - [`read_items`] reads the items. [`Personas`] are the roles in which a model judges them.
//!   [`Asking`] makes prompts from both.
//! - An [`Endpoint`] is any server that speaks OpenAI's protocol of chats and completions.
//!   [`Reply`] holds the parts of an answer that are used, and [`score()`] computes the score of an
//!   answer.
//! - [`run()`] asks for every label that a [`Store`] lacks. It stores each answer at once.
//! - [`export()`] turns a store into a table of items by agents.

mod digest;
mod endpoint;
mod error;
mod export;
mod items;
mod key;
mod pace;
mod personas;
mod plan;
mod prompt;
mod reply;
mod retry;
mod run;
mod score;
mod store;
mod watch;

pub use endpoint::Endpoint;
pub use error::LabelError;
pub use export::{Exported, export};
pub use items::{Item, read_items};
pub use personas::{Answer, Example, ITEM, Persona, Personas};
pub use plan::{Plan, plan};
pub use prompt::{Asking, Way};
pub use reply::{Position, Reply};
pub use run::{LOOK_EVERY, RunOptions, State, run};
pub use score::{Method, Score, score};
pub use store::{Set, SetSummary, Store};
