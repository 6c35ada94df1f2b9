//! Labels: what a language model makes of items, asked for and stored.
//!
//! - [`read_items`] reads what is to be judged, [`Personas`] as whom a model is asked, [`Asking`] makes prompts of both.
//! - An [`Endpoint`] is any server that speaks the protocol of OpenAI's chats and completions. [`Reply`] is what is needed of its answers, and
//!   [`score()`] what an answer is worth.
//! - [`run()`] asks for every label that a [`Store`] does not have. What comes is stored at once.
//! - [`export()`] makes a table of a store: items by agents.

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
