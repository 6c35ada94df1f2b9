//! Personas: as whom a model is asked, and how.

mod file;

use crate::LabelError;
use crate::digest::digest;
use serde::Serialize;
use std::path::Path;

/// Where a question has its item.
pub const ITEM: &str = "{item}";

/// As whom a model is asked, with everything that goes into its prompts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Persona {
    /// Its name, unique in its file: the agent's.
    pub name: String,
    /// What it belongs to; goes into no prompt.
    #[serde(skip)]
    pub group: Option<String>,
    /// What the model is told about itself.
    pub system: Option<String>,
    /// What is asked; holds `{item}` exactly once.
    pub question: String,
    /// The answers that count, each with its score in `[0, 1]`.
    pub answers: Vec<Answer>,
    /// Answers to other items, which come before the question.
    pub examples: Vec<Example>,
}

/// An answer that counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What the model says, one token.
    pub text: String,
    /// What that is worth, in `[0, 1]`.
    pub score: f64,
}

/// A question that is answered already.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// The item's text.
    pub item: String,
    /// The answer.
    pub answer: String,
}

/// The personas of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Personas {
    /// What they judge.
    pub domain: String,
    /// All of them, in the order of the file.
    pub all: Vec<Persona>,
}

impl Personas {
    /// Reads a file of the format `suasion-personas/1`.
    ///
    /// # Errors
    /// If it cannot be read, is no JSON, has keys that there are not, or a persona is not what it should be.
    pub fn read(path: &Path) -> Result<Self, LabelError> {
        file::read(path)
    }

    /// What goes into prompts, as JSON: the same whatever the order of the personas and of their answers.
    #[must_use]
    pub fn prompts(&self) -> String {
        let mut all: Vec<Persona> = self.all.clone();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        for persona in &mut all {
            persona.answers.sort_by(|a, b| a.text.cmp(&b.text));
        }
        serde_json::to_string(&all).unwrap_or_default()
    }

    /// The hash of what goes into prompts.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.prompts())
    }
}
