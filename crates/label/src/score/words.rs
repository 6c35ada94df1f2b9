//! Words: what of a text may be an answer, and which tokens are whole words of it.

use crate::reply::Position;

/// Within a word they are part of it, at its ends they are not: 4.5 is not the answer 4, but `4.` is.
const JOINTS: [char; 3] = ['.', '-', '_'];

/// The words of a text. Of one that was cut off, a number with nothing but its point behind it is none: 4. may have been meant to be 4.5.
pub(super) fn words(text: &str, cut: bool) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || JOINTS.contains(&c);
    let is_half = cut && text.strip_suffix('.').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
    let text = if is_half { text.trim_end_matches(is_part) } else { text };
    text.split(move |c| !is_part(c)).map(|word| word.trim_matches(JOINTS)).filter(|word| !word.is_empty())
}

/// Spaces, and the marks for them of servers that show tokens as their vocabulary has them.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ['\u{2581}', '\u{120}', '\u{10a}'].contains(&c)
}

/// A token without spaces around it.
pub(super) fn bare(token: &str) -> &str {
    token.trim_matches(is_space)
}

/// The tokens that were written, one after the other.
pub(super) struct Written {
    /// Marks of spaces are spaces in it.
    text: String,
    /// Where each token begins, and where the last one ends, in bytes.
    starts: Vec<usize>,
}

impl Written {
    pub fn new(positions: &[Position]) -> Self {
        let (mut text, mut starts) = (String::new(), vec![0]);
        for Position { token, .. } in positions {
            text.extend(token.chars().map(|c| if is_space(c) { ' ' } else { c }));
            starts.push(text.len());
        }
        Self { text, starts }
    }

    /// Whether another token in the place of one would not go on with the word before it.
    pub fn may_begin(&self, at: usize, token: &str) -> bool {
        let before = self.text[..self.starts[at]].trim_end_matches(JOINTS);
        token.starts_with(is_space) || !before.ends_with(char::is_alphanumeric)
    }

    /// Whether a token is not a part of a longer word.
    pub fn is_whole(&self, at: usize) -> bool {
        let (token, after) = self.text[self.starts[at]..].split_at(self.starts[at + 1] - self.starts[at]);
        let goes_on = after.trim_start_matches(JOINTS).starts_with(char::is_alphanumeric);
        self.may_begin(at, token) && (token.ends_with(is_space) || !goes_on)
    }
}
