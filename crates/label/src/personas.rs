//! Personas: the roles in which a model judges items, and the questions it answers.

mod file;

use crate::LabelError;
use crate::digest::digest;
use serde::Serialize;
use std::path::Path;

/// The placeholder for the item in a question.
pub const ITEM: &str = "{item}";

/// A role in which a model judges items, with everything that enters its prompts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Persona {
    /// Its name, unique in its file. It becomes the name of the agent.
    pub name: String,
    /// The group of the persona. It does not enter prompts.
    #[serde(skip)]
    pub group: Option<String>,
    /// The system prompt: what the model is told about its role.
    pub system: Option<String>,
    /// The question. It holds `{item}` exactly once.
    pub question: String,
    /// The valid answers, each with its score in `[0, 1]`.
    pub answers: Vec<Answer>,
    /// Example questions about other items with their answers. They come before the question.
    pub examples: Vec<Example>,
}

/// A valid answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The model's answer, a single word.
    pub text: String,
    /// Its score, in `[0, 1]`.
    pub score: f64,
}

/// An example: an item with its answer.
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
    /// The domain of the items.
    pub domain: String,
    /// All personas, in the order of the file.
    pub all: Vec<Persona>,
}

impl Personas {
    /// Reads a file in the format `suasion-personas/1`.
    ///
    /// # Errors
    /// If the file cannot be read, is not JSON, has unknown keys, or a persona is not valid.
    pub fn read(path: &Path) -> Result<Self, LabelError> {
        file::read(path)
    }

    /// Everything that enters prompts, as JSON. The order of personas and answers does not change
    /// it.
    #[must_use]
    pub fn prompts(&self) -> String {
        let mut all: Vec<Persona> = self.all.clone();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        for persona in &mut all {
            persona.answers.sort_by(|a, b| a.text.cmp(&b.text));
        }
        serde_json::to_string(&all).unwrap_or_default()
    }

    /// The hash of everything that enters prompts.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.prompts())
    }
}
