//! Words: which parts of a text may be answers, and which tokens are whole words.

use crate::reply::AnswerPosition;

/// Inside a word these characters are part of it; at its ends they are not. 4.5 is not the answer
/// 4, but `4.` is.
const JOINTS: [char; 3] = ['.', '-', '_'];

/// The words of a text. If the text was cut off, a number that ends in a point is not a word: `4.`
/// may have been the beginning of 4.5.
pub(super) fn words(text: &str, cut: bool) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || JOINTS.contains(&c);
    let is_half = cut && text.strip_suffix('.').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
    let text = if is_half { text.trim_end_matches(is_part) } else { text };
    text.split(move |c| !is_part(c)).map(|word| word.trim_matches(JOINTS)).filter(|word| !word.is_empty())
}

/// Spaces, and the marks that some servers show for spaces in their tokens.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ['\u{2581}', '\u{120}', '\u{10a}'].contains(&c)
}

/// A token without the spaces around it.
pub(super) fn bare(token: &str) -> &str {
    token.trim_matches(is_space)
}

/// The tokens that were written, joined.
pub(super) struct Written {
    /// The text, with marks of spaces replaced by spaces.
    text: String,
    /// Where each token begins, and where the last one ends, in bytes.
    starts: Vec<usize>,
}

impl Written {
    pub fn new(positions: &[AnswerPosition]) -> Self {
        let (mut text, mut starts) = (String::new(), vec![0]);
        for AnswerPosition { token, .. } in positions {
            text.extend(token.chars().map(|c| if is_space(c) { ' ' } else { c }));
            starts.push(text.len());
        }
        Self { text, starts }
    }

    /// Whether another token in this place would begin a word, rather than continue the word before
    /// it.
    pub fn may_begin(&self, at: usize, token: &str) -> bool {
        let before = self.text[..self.starts[at]].trim_end_matches(JOINTS);
        token.starts_with(is_space) || !before.ends_with(char::is_alphanumeric)
    }

    /// Whether a token is not part of a longer word.
    pub fn is_whole(&self, at: usize) -> bool {
        let (token, after) = self.text[self.starts[at]..].split_at(self.starts[at + 1] - self.starts[at]);
        let goes_on = after.trim_start_matches(JOINTS).starts_with(char::is_alphanumeric);
        self.may_begin(at, token) && (token.ends_with(is_space) || !goes_on)
    }
}
