//! Labels: scores that a language model gives to items. This crate asks for them and stores them.
//!
//! - [`read_items`] reads the items. [`Personas`] are the roles in which a model judges them.
//!   [`Asking`] makes prompts from both.
//! - An [`Endpoint`] is any server that speaks OpenAI's protocol of chats and completions.
//!   [`ModelReply`] holds the parts of an answer that are used, and [`score()`] computes the
//!   score of an answer.
//! - [`run()`] asks for every label that a [`LabelStore`] lacks. It stores each answer at once.
//! - [`export()`] turns a store into a table of items by agents.
//!
//! # Example
//!
//! The score of a reply from which the server left out probabilities.
//!
//! ```
//! use suasion_label::{Answer, Method, ModelReply, score};
//!
//! let body = r#"{"model": "small", "choices": [{"message": {"content": "Yes."}}]}"#;
//! let answers = [("no", 0.0), ("yes", 1.0)];
//! let answers = answers.map(|(text, score)| Answer { text: text.into(), score });
//! let found = score(&ModelReply::parse(body)?, &answers).ok_or("no answer")?;
//! assert_eq!(found.value, 1.0);
//! assert_eq!(found.method, Method::Parsed);
//! # Ok::<(), String>(())
//! ```

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
pub use plan::{LabelPlan, plan};
pub use prompt::{Asking, Way};
pub use reply::{AnswerPosition, ModelReply};
pub use run::{LOOK_EVERY, LabelOptions, LabelState, run};
pub use score::{Method, Score, score};
pub use store::{LabelStore, Set, SetSummary};
