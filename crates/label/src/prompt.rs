//! Prompts: what is sent for a persona and an item.

use crate::personas::{ITEM, Persona};
use serde_json::{Value, json};

/// The kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A chat, through `chat/completions`.
    Chat,
    /// A text to continue, through `completions`.
    Completions,
}

impl Way {
    /// Its name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
        }
    }

    /// Its path below the base address.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Chat => "chat/completions",
            Self::Completions => "completions",
        }
    }
}

/// How a model is asked. Together with the personas and the model, this determines every score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The kind of request.
    pub way: Way,
    /// The number of alternatives requested at each token; 0 for none.
    pub top: u32,
    /// The largest number of tokens that the model may write.
    pub tokens: u32,
}

impl Asking {
    /// The body of a call. The parts that all items of a persona share come first, and the item
    /// comes last, so that servers need to read the shared parts only once.
    #[must_use]
    pub fn body(&self, model: &str, persona: &Persona, item: &str) -> Value {
        let mut body = json!({"model": model, "temperature": 0, "max_tokens": self.tokens, "stream": false});
        match self.way {
            Way::Chat => {
                body["messages"] = messages(persona, item);
                if self.top > 0 {
                    body["logprobs"] = json!(true);
                    body["top_logprobs"] = json!(self.top);
                }
            }
            Way::Completions => {
                body["prompt"] = json!(text(persona, item));
                if self.top > 0 {
                    body["logprobs"] = json!(self.top);
                }
            }
        }
        body
    }

    /// The prompt in readable form.
    #[must_use]
    pub fn shown(&self, persona: &Persona, item: &str) -> String {
        match self.way {
            Way::Completions => text(persona, item),
            Way::Chat => {
                let turns: Vec<String> =
                    turns(persona, item).map(|(role, content)| format!("{role}: {content}")).collect();
                turns.join("\n")
            }
        }
    }
}

fn ask(persona: &Persona, item: &str) -> String {
    persona.question.replacen(ITEM, item, 1)
}

/// The turns of a chat: (speaker, text).
fn turns(persona: &Persona, item: &str) -> impl Iterator<Item = (&'static str, String)> {
    let system = persona.system.iter().map(|system| ("system", system.clone()));
    let examples = persona
        .examples
        .iter()
        .flat_map(|example| [("user", ask(persona, &example.item)), ("assistant", example.answer.clone())]);
    system.chain(examples).chain([("user", ask(persona, item))])
}

fn messages(persona: &Persona, item: &str) -> Value {
    turns(persona, item).map(|(role, content)| json!({"role": role, "content": content})).collect()
}

/// The prompt as one text.
fn text(persona: &Persona, item: &str) -> String {
    let system = persona.system.iter().cloned();
    let examples = persona.examples.iter().map(|example| format!("{} {}", ask(persona, &example.item), example.answer));
    let parts: Vec<String> = system.chain(examples).chain([ask(persona, item)]).collect();
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personas::Example;

    #[test]
    fn a_prompt_ends_with_its_item() {
        let persona = Persona {
            name: "p".into(),
            group: None,
            system: Some("You judge.".into()),
            question: "Film: {item}\nRating:".into(),
            answers: vec![],
            examples: vec![Example { item: "Up".into(), answer: "4".into() }],
        };
        let asking = Asking { way: Way::Completions, top: 20, tokens: 2 };
        let body = asking.body("m", &persona, "{item}");
        assert_eq!(body["prompt"], "You judge.\n\nFilm: Up\nRating: 4\n\nFilm: {item}\nRating:");
        assert_eq!((&body["logprobs"], &body["max_tokens"]), (&json!(20), &json!(2)));
        let chat = Asking { way: Way::Chat, top: 0, ..asking }.body("m", &persona, "Heat");
        assert!(chat.get("logprobs").is_none());
        let roles: Vec<_> = chat["messages"].as_array().unwrap().iter().map(|turn| turn["role"].clone()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "user"]);
        assert_eq!(chat["messages"][3]["content"], "Film: Heat\nRating:");
    }
}
