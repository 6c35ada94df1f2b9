//! Reads and checks files of personas.

use super::{Answer, Example, ITEM, Persona, Personas};
use crate::LabelError;
use crate::score::{answer_in, same_answer};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::HashSet;
use std::path::Path;

const FORMAT: &str = "suasion-personas/1";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(default)]
    domain: String,
    #[serde(default, rename = "about")]
    _about: String,
    system: Option<String>,
    question: Option<String>,
    answers: Option<Answers>,
    examples: Option<Vec<FileExample>>,
    personas: Vec<FilePersona>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePersona {
    name: String,
    group: Option<String>,
    system: Option<String>,
    question: Option<String>,
    answers: Option<Answers>,
    examples: Option<Vec<FileExample>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileExample {
    item: String,
    answer: String,
}

/// Answers in the order of the file. Answers with equal names are kept; a map would lose them.
#[derive(Clone)]
struct Answers(Vec<Answer>);

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Answers;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("answers with their scores, as in {\"Yes\": 1, \"No\": 0}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answers, A::Error> {
                let mut answers = vec![];
                while let Some((text, score)) = map.next_entry()? {
                    answers.push(Answer { text, score });
                }
                Ok(Answers(answers))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

pub(super) fn read(path: &Path) -> Result<Personas, LabelError> {
    let bad = |problem: String| LabelError::bad(path, problem);
    let text = std::fs::read_to_string(path).map_err(LabelError::read(path))?;
    let file: File = parse(&text).map_err(bad)?;
    if file.format != FORMAT {
        return Err(bad(format!("format: found {:?}, expected {FORMAT:?}", file.format)));
    }
    if file.personas.is_empty() {
        return Err(bad("personas: found none, expected at least one".into()));
    }
    let mut names = HashSet::new();
    let mut all = vec![];
    for (at, persona) in file.personas.iter().enumerate() {
        let place = format!("personas[{at}]");
        let name = &persona.name;
        if !is_name(name) {
            let expected = "lowercase letters, digits and hyphens, as in strict-critic";
            return Err(bad(format!("{place}.name: found {name:?}, expected {expected}")));
        }
        if !names.insert(name.clone()) {
            let first = file.personas.iter().position(|other| other.name == *name).unwrap_or_default();
            let problem =
                format!("found {name:?}, which is already the name of personas[{first}], expected another name");
            return Err(bad(format!("{place}.name: {problem}")));
        }
        all.push(complete(&file, persona).map_err(|problem| bad(format!("{place} ({name}): {problem}")))?);
    }
    Ok(Personas { domain: file.domain, all })
}

fn parse(text: &str) -> Result<File, String> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|cause| {
        let place = cause.path().to_string();
        let cause = cause.into_inner();
        if cause.classify() == serde_json::error::Category::Data && place != "." {
            format!("{place}: {cause}")
        } else {
            cause.to_string()
        }
    })
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(fits) && !["item", "human"].contains(&name)
}

/// Completes a persona with the defaults of its file.
fn complete(file: &File, own: &FilePersona) -> Result<Persona, String> {
    let question = own.question.as_ref().or(file.question.as_ref());
    let question = question.ok_or("question: found none here or at the top, expected one")?.clone();
    let found = question.matches(ITEM).count();
    if found != 1 {
        return Err(format!("question: found {ITEM} {found} times, expected it exactly once"));
    }
    let answers = own.answers.as_ref().or(file.answers.as_ref());
    let answers = answers.ok_or("answers: found none here or at the top, expected at least two")?.0.clone();
    check_answers(&answers).map_err(|problem| format!("answers: {problem}"))?;
    let examples = own.examples.as_ref().or(file.examples.as_ref()).cloned().unwrap_or_default();
    let mut shown = vec![];
    for (at, FileExample { item, answer }) in examples.into_iter().enumerate() {
        if !answers.iter().any(|known| known.text == answer) {
            let known: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
            return Err(format!("examples[{at}].answer: found {answer:?}, expected one of {}", known.join(", ")));
        }
        if item.trim().is_empty() {
            return Err(format!("examples[{at}].item: found nothing, expected a text"));
        }
        shown.push(Example { item, answer });
    }
    let system = own.system.as_ref().or(file.system.as_ref()).filter(|system| !system.is_empty()).cloned();
    Ok(Persona { name: own.name.clone(), group: own.group.clone(), system, question, answers, examples: shown })
}

fn check_answers(answers: &[Answer]) -> Result<(), String> {
    if answers.len() < 2 {
        return Err(format!("found {}, expected at least two", answers.len()));
    }
    for (at, Answer { text, score }) in answers.iter().enumerate() {
        if text.is_empty() || text.trim() != text {
            return Err(format!("found {text:?}, expected a word or a number without spaces around it"));
        }
        if !(0.0..=1.0).contains(score) {
            return Err(format!("{text}: found {score}, expected a score from 0 to 1"));
        }
        if answer_in(text, false, answers).is_none_or(|read| read.text != *text) {
            // In the text of a model, it would be missed or taken for another answer.
            let expected = "one word or number, as a model would write it";
            return Err(format!("found {text:?}, expected {expected}"));
        }
        if let Some(other) = answers[..at].iter().find(|other| same_answer(&other.text, text)) {
            return Err(format!(
                "found {:?} and {text:?}, which are the same answer, expected them to differ",
                other.text
            ));
        }
    }
    Ok(())
}
