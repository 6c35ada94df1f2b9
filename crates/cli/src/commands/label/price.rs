//! The price of calls.

use crate::failure::Failure;

/// Dollars per million tokens.
#[derive(Clone, Copy)]
pub struct Price {
    read: f64,
    written: f64,
}

impl Price {
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0);
        let both = text.split_once(',').and_then(|(read, written)| Some((number(read)?, number(written)?)));
        both.map(|(read, written)| Self { read, written }).ok_or_else(|| {
            let expected = "two numbers with a comma between them, dollars per million tokens, as in 0.15,0.60";
            Failure::Usage(format!("--price: found {text:?}, expected {expected}"))
        })
    }

    /// The cost of tokens, in dollars.
    pub fn of(self, read: f64, written: f64) -> f64 {
        (self.read * read + self.written * written) / 1e6
    }
}

/// Dollars in readable form.
pub fn dollars(cost: f64) -> String {
    if cost < 1.0 { format!("${cost:.4}") } else { format!("${cost:.2}") }
}
