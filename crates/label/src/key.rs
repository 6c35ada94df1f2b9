//! Keys: sent to an endpoint, and shown nowhere.

/// A shorter one is no secret (servers on one's own machine take any word), and its letters may be in any text.
const SHORTEST: usize = 8;

/// The key of an endpoint.
pub(crate) struct Key {
    key: String,
    /// As it stands in texts, and in JSON that is shown as it came.
    spellings: Vec<String>,
}

impl Key {
    pub fn new(key: String) -> Self {
        let quoted = key.escape_debug().to_string();
        let spellings = vec![quoted.replace('/', "\\/"), quoted, key.replace('/', "\\/"), key.clone()];
        Self { key, spellings }
    }

    /// The value of the header `Authorization`.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.key)
    }

    /// A text with `...` wherever it has the key.
    pub fn left_out(&self, text: &str) -> String {
        if self.key.len() < SHORTEST {
            return text.into();
        }
        self.spellings.iter().fold(text.into(), |text, spelling| text.replace(spelling, "..."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_left_out_however_it_is_spelled() {
        let key = Key::new("ses/am\"e-4711".into());
        for text in ["ses/am\"e-4711", r#"ses\/am\"e-4711"#, r#"ses/am\"e-4711"#, r#"ses\/am"e-4711"#] {
            assert_eq!(key.left_out(&format!("bad key {text}, {text}")), "bad key ..., ...");
        }
        assert_eq!(Key::new("x".into()).left_out("an exact word"), "an exact word");
    }
}
