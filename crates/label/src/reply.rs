//! The answer of an endpoint.

use serde_json::Value;

/// The parts of an answer that are used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelReply {
    /// The model that claims to have answered.
    pub model: Option<String>,
    /// What the model wrote.
    pub text: String,
    /// The tokens that the model wrote, each with its alternatives. Empty if the endpoint does not
    /// report them.
    pub positions: Vec<AnswerPosition>,
    /// The number of tokens read.
    pub tokens_in: u64,
    /// The number of tokens written.
    pub tokens_out: u64,
    /// Whether the answer was cut off by the limit on tokens.
    pub cut: bool,
}

/// A token that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerPosition {
    /// The token.
    pub token: String,
    /// The most likely tokens at this position, with their probabilities. They include the token
    /// that was written.
    pub alternatives: Vec<(String, f64)>,
}

impl ModelReply {
    /// Reads the JSON of a chat or a completion.
    ///
    /// # Errors
    /// What is wrong, if the text is not JSON or lacks a required part.
    pub fn parse(body: &str) -> Result<Self, String> {
        Self::read(body, &short)
    }

    /// Like [`ModelReply::parse`]. `shown` turns a server's text into what messages may show of it.
    pub(crate) fn read(body: &str, shown: &dyn Fn(&str) -> String) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(body).map_err(|cause| format!("no JSON ({cause}): {:?}", shown(body)))?;
        let Some(choice) = value.pointer("/choices/0").filter(|choice| choice.is_object()) else {
            return Err(format!("JSON without choices: {:?}", shown(message(&value).unwrap_or(body))));
        };
        let text = choice.pointer("/message/content").or_else(|| choice.get("text"));
        let text = match text {
            Some(Value::String(text)) => text.clone(),
            // A model that ends at once writes nothing. Some servers report this as null.
            Some(Value::Null) => String::new(),
            _ => return Err("a choice without text".into()),
        };
        let count = |place: &str| value.pointer(place).and_then(Value::as_u64).unwrap_or(0);
        Ok(Self {
            model: value.get("model").and_then(Value::as_str).map(str::to_owned),
            text,
            positions: choice.get("logprobs").map(positions).unwrap_or_default(),
            tokens_in: count("/usage/prompt_tokens"),
            tokens_out: count("/usage/completion_tokens"),
            cut: choice.get("finish_reason").and_then(Value::as_str) == Some("length"),
        })
    }
}

/// The server's own error message, if it has the usual form.
pub(crate) fn message(value: &Value) -> Option<&str> {
    let found = value.pointer("/error/message").or_else(|| value.get("error")).or_else(|| value.get("message"));
    found.and_then(Value::as_str)
}

/// The beginning of a text, on one line.
pub(crate) fn short(text: &str) -> String {
    const SHOWN: usize = 160;
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN + 1).collect();
    if line.chars().count() > SHOWN { line.chars().take(SHOWN).chain("...".chars()).collect() } else { line }
}

fn positions(logprobs: &Value) -> Vec<AnswerPosition> {
    match logprobs.get("content").and_then(Value::as_array) {
        Some(content) => content.iter().filter_map(of_content).collect(),
        None => of_columns(logprobs),
    }
}

/// The form that chats use: a list of tokens with their alternatives. Some servers also use it for
/// completions.
fn of_content(entry: &Value) -> Option<AnswerPosition> {
    let token = |entry: &Value| Some(entry.get("token")?.as_str()?.to_owned());
    let log = |entry: &Value| entry.get("logprob").and_then(Value::as_f64);
    let top = entry.get("top_logprobs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let others = top.iter().filter_map(|entry| Some((token(entry)?, log(entry)?)));
    Some(position(token(entry)?, log(entry), others.collect()))
}

/// The form that completions use: lists of tokens, of their logarithms, and of maps from token to
/// logarithm.
fn of_columns(logprobs: &Value) -> Vec<AnswerPosition> {
    let list = |name: &str| logprobs.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (tokens, own, top) = (list("tokens"), list("token_logprobs"), list("top_logprobs"));
    let each = |(at, token): (usize, &Value)| {
        let token = token.as_str()?.to_owned();
        let others = top.get(at).and_then(Value::as_object);
        let others: Vec<(String, f64)> = others
            .map(|others| others.iter().filter_map(|(token, log)| Some((token.clone(), log.as_f64()?))).collect())
            .unwrap_or_default();
        Some(position(token, own.get(at).and_then(Value::as_f64), others))
    };
    tokens.iter().enumerate().filter_map(each).collect()
}

/// A token with its alternatives, which need not include it. The model would not choose a token
/// without a logarithm, but it stands in the text.
fn position(token: String, log: Option<f64>, mut others: Vec<(String, f64)>) -> AnswerPosition {
    if !others.iter().any(|(other, _)| *other == token) {
        others.push((token.clone(), log.unwrap_or(f64::NEG_INFINITY)));
    }
    let probability = |(token, log): (String, f64)| (token, log.min(0.0).exp());
    AnswerPosition { token, alternatives: others.into_iter().map(probability).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_shapes_are_the_same() {
        let (a, b) = (0.5_f64.ln(), 0.25_f64.ln());
        let chat = json!({"model": "m", "usage": {"prompt_tokens": 7, "completion_tokens": 1}, "choices": [{
            "message": {"content": "5"},
            "logprobs": {"content": [{"token": "5", "logprob": a, "top_logprobs": [
                {"token": "5", "logprob": a}, {"token": "4", "logprob": b}]}]}}]});
        let completion = json!({"model": "m", "usage": {"prompt_tokens": 7, "completion_tokens": 1}, "choices": [{
            "text": "5",
            "logprobs": {"tokens": ["5"], "token_logprobs": [a], "top_logprobs": [{"4": b}]}}]});
        let chat = ModelReply::parse(&chat.to_string()).unwrap();
        let mut completion = ModelReply::parse(&completion.to_string()).unwrap();
        completion.positions[0].alternatives.reverse();
        assert_eq!(chat, completion);
        assert_eq!((chat.text.as_str(), chat.tokens_in, chat.tokens_out), ("5", 7, 1));
        assert_eq!(chat.positions[0].alternatives[1], ("4".into(), 0.25));
    }

    #[test]
    fn what_is_no_answer_is_said() {
        let problem = |body: &str| ModelReply::parse(body).unwrap_err();
        assert!(problem("<html>busy</html>").starts_with("no JSON"));
        assert_eq!(problem(r#"{"error": {"message": "overloaded"}}"#), r#"JSON without choices: "overloaded""#);
        assert_eq!(problem(r#"{"choices": [{}]}"#), "a choice without text");
        assert!(ModelReply::parse(r#"{"choices": [{"text": "4", "logprobs": null}]}"#).unwrap().positions.is_empty());
        assert!(short(&"x".repeat(999)).len() < 200);
    }

    #[test]
    fn what_the_limit_of_tokens_cut_off_is_known() {
        let cut = |reason: Value| {
            let body = json!({"choices": [{"text": "4.", "finish_reason": reason}]});
            ModelReply::parse(&body.to_string()).unwrap().cut
        };
        assert_eq!([json!("length"), json!("stop"), json!(null)].map(cut), [true, false, false]);
    }

    #[test]
    fn a_token_without_a_logarithm_stays_in_the_text() {
        let content = json!([{"token": "Un", "logprob": null}, {"token": "kind", "logprob": 0.0, "top_logprobs": []}]);
        let body = json!({"choices": [{"text": "Unkind", "logprobs": {"content": content}}]});
        let positions = ModelReply::parse(&body.to_string()).unwrap().positions;
        let tokens: Vec<&str> = positions.iter().map(|position| position.token.as_str()).collect();
        assert_eq!((tokens, positions[0].alternatives[0].1), (vec!["Un", "kind"], 0.0));
    }
}
