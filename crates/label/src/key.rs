//! Keys. They are sent to an endpoint and never shown.

/// A shorter key is not a secret: local servers accept any word. Its letters may occur in any text.
const SHORTEST: usize = 8;

/// The key of an endpoint.
pub(crate) struct Key {
    key: String,
    /// The key as it stands in plain texts and in JSON strings.
    spellings: Vec<String>,
}

impl Key {
    pub fn new(key: String) -> Self {
        let quoted = key.escape_debug().to_string();
        let spellings = vec![quoted.replace('/', "\\/"), quoted, key.replace('/', "\\/"), key.clone()];
        Self { key, spellings }
    }

    /// The value of the `Authorization` header.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.key)
    }

    /// A text with every occurrence of the key replaced by `...`.
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
