//! Scores: what an answer of a model is worth.

use crate::personas::Answer;
use crate::reply::{Position, Reply};

/// How a score came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It is the expected value over the probabilities of the answers.
    LogProbs,
    /// It is that of the answer that the model wrote.
    Parsed,
}

impl Method {
    /// What it is called in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LogProbs => "logprobs",
            Self::Parsed => "parsed",
        }
    }
}

/// What an answer is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// In `[0, 1]`.
    pub value: f64,
    /// How it came about.
    pub method: Method,
    /// How much of the probability was on answers that count, where that is known.
    pub mass: Option<f64>,
}

/// Less probability than this on all answers together says nothing about which one is meant.
const LEAST_MASS: f64 = 1e-3;

/// What a reply is worth by the answers that count; none if it has none of them.
///
/// Where the endpoint tells probabilities, the first position counts whose token is an answer; where no token is one, the position with the
/// most probability on answers. Else the first answer in the text counts.
#[must_use]
pub fn score(reply: &Reply, answers: &[Answer]) -> Option<Score> {
    let chosen = reply.positions.iter().find(|position| find(&position.token, answers).is_some());
    if let Some(position) = chosen {
        return expected(position, answers);
    }
    let most = reply.positions.iter().filter_map(|position| expected(position, answers));
    let most = most.reduce(|best, next| if next.mass > best.mass { next } else { best });
    let enough = most.filter(|score| score.mass.is_some_and(|mass| mass >= LEAST_MASS));
    enough.or_else(|| parsed(&reply.text, answers))
}

/// The expected value over the answers at a position. Tokens that are the same answer add up.
fn expected(position: &Position, answers: &[Answer]) -> Option<Score> {
    let (mut mass, mut sum) = (0.0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for (token, probability) in &position.alternatives {
        if let Some(answer) = find(token, answers) {
            mass += probability;
            sum += probability * answer.score;
            least = least.min(answer.score);
            most = most.max(answer.score);
        }
    }
    // Rounding must not lead out of the answers' range, nor to more than all of the probability.
    (mass > 0.0).then(|| Score {
        value: (sum / mass).clamp(least, most),
        method: Method::LogProbs,
        mass: Some(f64::min(mass, 1.0)),
    })
}

/// The first word of a text that is an answer.
fn parsed(text: &str, answers: &[Answer]) -> Option<Score> {
    // A point within a number is part of it: 4.5 is not the answer 4.
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-' && c != '_');
    let mut found = words.filter_map(|word| find(word.trim_matches(['.', '-', '_']), answers));
    found.next().map(|answer| Score { value: answer.score, method: Method::Parsed, mass: None })
}

/// The answer that a token is, if it is one.
fn find<'a>(token: &str, answers: &'a [Answer]) -> Option<&'a Answer> {
    // Some servers show tokens as their vocabulary has them, with marks for spaces.
    let word = token.trim_matches(|c: char| c.is_whitespace() || c == '\u{2581}' || c == '\u{120}' || c == '\u{10a}');
    answers
        .iter()
        .find(|answer| answer.text == word)
        .or_else(|| answers.iter().find(|answer| same_answer(&answer.text, word)))
}

/// Whether two texts are the same answer: as they stand, or, if they are longer than a letter, whatever their case. `a` is an article and `A` a grade.
pub(crate) fn same_answer(a: &str, b: &str) -> bool {
    a == b || (a.chars().nth(1).is_some() && a.to_lowercase() == b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(all: &[(&str, f64)]) -> Vec<Answer> {
        all.iter().map(|&(text, score)| Answer { text: text.into(), score }).collect()
    }

    fn position(token: &str, all: &[(&str, f64)]) -> Position {
        Position { token: token.into(), alternatives: all.iter().map(|&(token, p)| (token.into(), p)).collect() }
    }

    fn reply(text: &str, positions: Vec<Position>) -> Reply {
        Reply { text: text.into(), positions, ..Reply::default() }
    }

    #[test]
    fn tokens_of_one_answer_add_up() {
        let five = answers(&[("1", 0.0), ("5", 1.0)]);
        let shares = [("5", 0.5), (" 5", 0.1), ("1", 0.2), ("The", 0.2)];
        let score = score(&reply("5", vec![position("5", &shares)]), &five).unwrap();
        assert!((score.value - 0.75).abs() < 1e-15 && (score.mass.unwrap() - 0.8).abs() < 1e-15);
        assert_eq!(score.method, Method::LogProbs);
    }

    #[test]
    fn the_first_token_that_is_an_answer_counts() {
        let yes = answers(&[("Yes", 1.0), ("No", 0.0)]);
        let first = position(" ", &[(" ", 0.9), ("No", 0.1)]);
        let second = position("yes", &[("yes", 0.6), ("No", 0.2)]);
        let value = |positions| score(&reply("", positions), &yes).map(|score| score.value);
        assert_eq!(value(vec![first.clone(), second.clone()]), Some(0.6 / (0.6 + 0.2)));
        // Where none is an answer, the one counts that most nearly is.
        let vague = position("The", &[("The", 0.5), ("Yes", 0.3), ("No", 0.1)]);
        assert!((value(vec![first, vague]).unwrap() - 0.75).abs() < 1e-15);
        assert_eq!(value(vec![position("The", &[("The", 0.5), ("Yes", 1e-5)])]), None);
    }

    #[test]
    fn the_first_answer_in_a_text_counts() {
        let five = answers(&[("1", 0.0), ("4", 0.75), ("5", 1.0), ("great", 1.0)]);
        let value = |text: &str| score(&reply(text, vec![]), &five).map(|score| score.value);
        assert_eq!(value("Rating: 4/5."), Some(0.75));
        assert_eq!(value("**1**"), Some(0.0));
        assert_eq!(value("Great, 1 of many"), Some(1.0));
        for none in ["", "no idea", "4.5", "10", "41", "greatest"] {
            assert_eq!(value(none), None, "{none}");
        }
        let letters = answers(&[("A", 1.0), ("B", 0.0)]);
        assert_eq!(score(&reply("a B", vec![]), &letters).map(|score| score.value), Some(0.0));
    }
}
