//! Scores of a model's answers.

mod words;

use crate::personas::Answer;
use crate::reply::{AnswerPosition, ModelReply};
use words::{Written, bare, words};

/// How a score was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It is the expected score over the probabilities of the answers.
    LogProbs,
    /// It is the score of the answer that the model wrote.
    Parsed,
}

impl Method {
    /// Its name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LogProbs => "logprobs",
            Self::Parsed => "parsed",
        }
    }
}

/// The score of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The score, in `[0, 1]`.
    pub value: f64,
    /// How it was computed.
    pub method: Method,
    /// The probability of all valid answers together, if known.
    pub mass: Option<f64>,
}

/// If the valid answers have less probability than this together, their probabilities do not show
/// which one the model meant.
const LEAST_MASS: f64 = 1e-3;

/// The score of a reply, given the valid answers. Returns `None` if the reply has none of them.
///
/// If the endpoint reports probabilities, the score comes from the first position whose token is an
/// answer and a whole word of the text. If there is no such token, the first answer in the text
/// counts. If the text has none either, the position with the most probability on answers counts.
#[must_use]
pub fn score(reply: &ModelReply, answers: &[Answer]) -> Option<Score> {
    let written = Written::new(&reply.positions);
    let chosen = (0..reply.positions.len()).find_map(|at| {
        let answer = find(&reply.positions[at].token, answers)?;
        written.is_whole(at).then_some((at, answer))
    });
    if let Some((at, answer)) = chosen {
        return Some(expected(&reply.positions[at], at, &written, answers).unwrap_or_else(|| plainly(answer)));
    }
    if let Some(answer) = answer_in(&reply.text, reply.cut, answers) {
        return Some(plainly(answer));
    }
    let all = reply.positions.iter().enumerate();
    let most = all.filter_map(|(at, position)| expected(position, at, &written, answers));
    let most = most.reduce(|best, next| if next.mass > best.mass { next } else { best });
    most.filter(|score| score.mass.is_some_and(|mass| mass >= LEAST_MASS))
}

/// The score of an answer that the model wrote.
fn plainly(answer: &Answer) -> Score {
    Score { value: answer.score, method: Method::Parsed, mass: None }
}

/// The expected score over the answers at a position. Tokens that stand for the same answer add up.
/// Returns `None` if no answer has any probability, or if the endpoint reports only the token that
/// was written: one answer is not a distribution.
fn expected(position: &AnswerPosition, at: usize, written: &Written, answers: &[Answer]) -> Option<Score> {
    if position.alternatives.iter().all(|(token, _)| *token == position.token) {
        return None;
    }
    let (mut mass, mut sum) = (0.0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for (token, probability) in &position.alternatives {
        // For the token that was written, it is known how the text continues.
        let counts = if *token == position.token { written.is_whole(at) } else { written.may_begin(at, token) };
        if let Some(answer) = find(token, answers).filter(|_| counts) {
            mass += probability;
            sum += probability * answer.score;
            least = least.min(answer.score);
            most = most.max(answer.score);
        }
    }
    // Rounding must not lead outside the range of the answers, or above probability one.
    (mass > 0.0).then(|| Score {
        value: (sum / mass).clamp(least, most),
        method: Method::LogProbs,
        mass: Some(f64::min(mass, 1.0)),
    })
}

/// The first word of a text that is an answer. `cut` says whether the text was cut off.
pub(crate) fn answer_in<'a>(text: &str, cut: bool, answers: &'a [Answer]) -> Option<&'a Answer> {
    words(text, cut).find_map(|word| find(word, answers))
}

/// The answer that a token stands for, if it does.
fn find<'a>(token: &str, answers: &'a [Answer]) -> Option<&'a Answer> {
    let word = bare(token);
    answers
        .iter()
        .find(|answer| answer.text == word)
        .or_else(|| answers.iter().find(|answer| same_answer(&answer.text, word)))
}

/// Whether two texts are the same answer: they are equal, or they are longer than a letter and
/// equal up to case. `a` is an article, and `A` is a grade.
pub(crate) fn same_answer(a: &str, b: &str) -> bool {
    a == b || (a.chars().nth(1).is_some() && a.to_lowercase() == b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(all: &[(&str, f64)]) -> Vec<Answer> {
        all.iter().map(|&(text, score)| Answer { text: text.into(), score }).collect()
    }

    fn position(token: &str, all: &[(&str, f64)]) -> AnswerPosition {
        AnswerPosition { token: token.into(), alternatives: all.iter().map(|&(token, p)| (token.into(), p)).collect() }
    }

    fn reply(text: &str, positions: Vec<AnswerPosition>) -> ModelReply {
        ModelReply { text: text.into(), positions, ..ModelReply::default() }
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
        // If no token is an answer, the position closest to an answer counts.
        let vague = position("The", &[("The", 0.5), ("Yes", 0.3), ("No", 0.1)]);
        assert!((value(vec![first, vague]).unwrap() - 0.75).abs() < 1e-15);
        assert_eq!(value(vec![position("The", &[("The", 0.5), ("Yes", 1e-5)])]), None);
    }

    /// The score of tokens that are all nearly certain, with a little probability left for another
    /// answer.
    fn of_tokens(tokens: &[&str], other: &str, all: &[(&str, f64)]) -> Option<f64> {
        let positions = tokens.iter().map(|&token| position(token, &[(token, 0.99), (other, 1e-4)])).collect();
        score(&reply(&tokens.concat(), positions), &answers(all)).map(|score| score.value)
    }

    #[test]
    fn a_part_of_a_word_is_no_answer() {
        let kind = [("kind", 1.0), ("mean", 0.0), ("allow", 1.0), ("4", 0.75), ("1", 0.25), ("10", 0.5)];
        let value = |tokens: &[&str]| of_tokens(tokens, "x", &kind);
        for none in [&["Un", "kind"][..], &["\u{2581}Un", "kind"], &["Dis", "allow"], &["kind", "ly"], &["4", ".5"]] {
            assert_eq!(value(none), None, "{none:?}");
        }
        assert_eq!(of_tokens(&["1", "0"], "x", &[("1", 0.25), ("5", 1.0)]), None);
        assert_eq!(of_tokens(&["4", ".", "5"], "x", &[("4", 0.25), ("5", 1.0)]), None);
        // An answer of several tokens is read from the text, whatever its first token is.
        assert_eq!(value(&["1", "0"]), Some(0.5));
        // The next position may hold an answer.
        assert_eq!(value(&["Un", "kind", ":", " mean"]), Some(0.0));
        for whole in
            [&["It", " is", " kind"][..], &["kind", "."], &["kind", "\u{120}of"], &["kind", " "], &["**", "kind", "**"]]
        {
            assert_eq!(value(whole), Some(1.0), "{whole:?}");
        }
        assert_eq!(value(&["4", ".", " 5"]), Some(0.75));
    }

    #[test]
    fn an_alternative_within_a_word_is_no_answer() {
        // After `Un`, `kind` is certain but is not an answer. A `mean` that begins a word is one.
        let kind = answers(&[("kind", 1.0), ("mean", 0.0)]);
        let positions = vec![
            position("Un", &[("Un", 1.0), ("x", 0.0)]),
            position("kind", &[("kind", 0.9), ("kin", 0.05), (" mean", 0.05)]),
        ];
        let score = score(&reply("Unkind", positions), &kind).unwrap();
        assert_eq!((score.value, score.mass), (0.0, Some(0.05)));
    }

    #[test]
    fn the_written_token_alone_is_no_distribution() {
        let yes = answers(&[("Yes", 1.0), ("No", 0.0)]);
        let parsed = Some(Score { value: 1.0, method: Method::Parsed, mass: None });
        assert_eq!(score(&reply("Yes", vec![position("Yes", &[("Yes", 0.9)])]), &yes), parsed);
        // A position where no answer has any probability does not count either.
        assert_eq!(score(&reply("Yes", vec![position("Yes", &[("Yes", 0.0), ("The", 1.0)])]), &yes), parsed);
        // If the probabilities are all on other tokens, the text still counts.
        assert_eq!(
            score(&reply("Rating:Yes", vec![position("Rating:Yes", &[("Rating:Yes", 0.9), ("The", 0.1)])]), &yes),
            parsed
        );
    }

    #[test]
    fn a_number_that_was_cut_off_at_its_point_is_none() {
        let five = answers(&[("4", 0.75), ("5", 1.0)]);
        let value =
            |text: &str, cut: bool| score(&ModelReply { cut, ..reply(text, vec![]) }, &five).map(|score| score.value);
        assert_eq!((value("4.", false), value("4.", true)), (Some(0.75), None));
        assert_eq!(
            (value("4. ", true), value("4", true), value("It is 5. 4.", true)),
            (Some(0.75), Some(0.75), Some(1.0))
        );
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
