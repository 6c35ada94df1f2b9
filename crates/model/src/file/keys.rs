//! Finds keys that appear twice in one object of a JSON document.
//!
//! JSON does not define what such a document means, and readers differ: some take the first value,
//! some the last, and some refuse. So no document that is read here may repeat a key. One pass over
//! the text finds repeated keys without parsing numbers.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// An object with more keys than this keeps them in a set.
const FEW: usize = 16;

/// A key that appears twice in one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatedKey {
    /// The object's place within the document, such as `agents[0]`. Empty for the document itself.
    pub place: String,
    /// The key.
    pub key: String,
    /// Line and column of the second appearance, counted from 1.
    pub position: (usize, usize),
}

impl fmt::Display for RepeatedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found the key {:?} twice in one object, expected every key once", self.key)
    }
}

impl RepeatedKey {
    /// The first key of a JSON document that appears twice in its object. In text that is not JSON,
    /// it finds what it can.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut open: Vec<Open<'_>> = vec![];
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let end = end_of_string(bytes, at);
                    if let Some(Open::Object { keys, last, awaits_key: awaits @ true }) = open.last_mut() {
                        *awaits = false;
                        let key = unescaped(&text[at..end]);
                        last.clone_from(&key);
                        if !keys.insert(key.clone()) {
                            open.pop();
                            return Some(Self::at(text, at, &open, key.into_owned()));
                        }
                    }
                    at = end;
                    continue;
                }
                b'{' => open.push(Open::Object { keys: Keys::default(), last: Cow::Borrowed(""), awaits_key: true }),
                b'[' => open.push(Open::List(0)),
                b'}' | b']' => drop(open.pop()),
                b',' => match open.last_mut() {
                    Some(Open::Object { awaits_key, .. }) => *awaits_key = true,
                    Some(Open::List(index)) => *index += 1,
                    None => {}
                },
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn at(text: &str, offset: usize, outside: &[Open<'_>], key: String) -> Self {
        let place = outside.iter().fold(String::new(), |place, open| match open {
            Open::List(index) => format!("{place}[{index}]"),
            Open::Object { last, .. } if place.is_empty() => last.to_string(),
            Open::Object { last, .. } => format!("{place}.{last}"),
        });
        Self { place, key, position: line_and_column(text, offset) }
    }
}

/// The line and column of a byte, counted from 1.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    (line, before.chars().rev().take_while(|&c| c != '\n').count() + 1)
}

/// An object or list that has begun and not ended.
enum Open<'t> {
    Object {
        keys: Keys<'t>,
        /// The key whose value is being read.
        last: Cow<'t, str>,
        /// Whether the next string is a key.
        awaits_key: bool,
    },
    /// A list, with the index of the entry that is being read.
    List(usize),
}

/// The keys of an object seen so far.
enum Keys<'t> {
    Few(Vec<Cow<'t, str>>),
    Many(HashSet<Cow<'t, str>>),
}

impl Default for Keys<'_> {
    fn default() -> Self {
        Self::Few(vec![])
    }
}

impl<'t> Keys<'t> {
    /// Adds a key. Returns whether the key is new.
    fn insert(&mut self, key: Cow<'t, str>) -> bool {
        match self {
            Self::Few(keys) if keys.contains(&key) => false,
            Self::Few(keys) if keys.len() < FEW => {
                keys.push(key);
                true
            }
            Self::Few(keys) => {
                let mut many: HashSet<Cow<'t, str>> = keys.drain(..).collect();
                many.insert(key);
                *self = Self::Many(many);
                true
            }
            Self::Many(keys) => keys.insert(key),
        }
    }
}

/// The index after the quotation mark that closes the string that opens at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The text that a quoted string stands for. One key can be written in several ways.
fn unescaped(quoted: &str) -> Cow<'_, str> {
    if quoted.contains('\\')
        && let Ok(key) = serde_json::from_str::<String>(quoted)
    {
        return Cow::Owned(key);
    }
    let inside = quoted.strip_prefix('"').unwrap_or(quoted);
    Cow::Borrowed(inside.strip_suffix('"').unwrap_or(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, String, (usize, usize))> {
        RepeatedKey::find(text).map(|RepeatedKey { place, key, position }| (place, key, position))
    }

    #[test]
    fn keys_that_come_twice() {
        let cases = [
            (r#"{"a": 1, "a": 1}"#, "", "a", (1, 10)),
            ("{\"a\": [1, {\"b\": {}, \"c\": 2,\n \"b\": 3}]}", "a[1]", "b", (2, 2)),
            (r#"[[], {"x": {"a": "b", "b": [], "\u0061": 2}}]"#, "[1].x", "a", (1, 32)),
            (r#"{"é": {"q\"": 0, "q\"": 0}}"#, "é", "q\"", (1, 18)),
            (r#"{"": 1, "": 2}"#, "", "", (1, 9)),
        ];
        for (text, place, key, position) in cases {
            assert_eq!(found(text), Some((place.into(), key.into(), position)), "{text}");
        }
    }

    #[test]
    fn keys_that_come_once() {
        for text in [
            r#"{"a": {"a": {"a": ["a", "a"]}}, "b": "a", "c": "{\"c\": 1, \"c\": 2}"}"#,
            r#"[{"a": 1}, {"a": 1}]"#,
            r#"{"a": "\\", "b": "\"", "A": ",", "c": ["{", "}", "a"]}"#,
            "",
            "3",
            "\"",
            "{\"",
            "{\"a\\",
            "]]}}",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    /// Objects with any number of keys: first all keys are distinct, then one appears twice.
    #[test]
    fn many_keys() {
        for count in [1, FEW - 1, FEW, FEW + 1, 5000] {
            let keys: Vec<String> = (0..count).map(|k| format!("\"k{k}\": {k}")).collect();
            let good = format!("{{{}}}", keys.join(", "));
            assert_eq!(found(&good), None);
            for twice in [0, count / 2, count - 1] {
                let bad = format!("{{{}, \"k{twice}\": 0}}", keys.join(", "));
                assert_eq!(found(&bad).map(|(_, key, _)| key), Some(format!("k{twice}")), "{count}");
            }
        }
    }

    /// Deep documents use little time and do not overflow the stack.
    #[test]
    fn deep() {
        let text = format!("{}{}", "{\"a\": [".repeat(100_000), "]}".repeat(100_000));
        assert_eq!(found(&text), None);
    }
}
