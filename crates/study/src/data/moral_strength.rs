//! MoralStrength (Araque, Gatti & Kalimeri 2020): words that annotators rated from 1 to 9 on moral foundations.

use super::lines::Lines;
use super::{DataError, Item, Items};
use std::path::Path;

/// Reads a file with the columns `lemma`, `foundation` and `rating`. The human utility is the rating, scaled to `[0, 1]`.
///
/// # Errors
/// If the file is not what it should be, or rates a word twice on one foundation.
pub fn read(path: &Path) -> Result<Items, DataError> {
    let mut items = vec![];
    Lines::with_header(path, &["lemma", "foundation", "rating"])?.each(|line| {
        let (lemma, foundation, rating) = (line.text(0)?, line.text(1)?, line.number(2, 1.0, 9.0)?);
        let name = format!("{foundation}-{lemma}");
        items.push(Item { name, text: format!("{lemma}. Foundation: {foundation}"), human: (rating - 1.0) / 8.0 });
        Ok(())
    })?;
    Items::new("moral-strength", "rating on a moral foundation, from 1 (0) to 9 (1)".into(), items, path)
}
