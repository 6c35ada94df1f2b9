//! MoralStrength (Araque, Gatti & Kalimeri 2020): words that annotators rated from 1 to 9 on moral
//! foundations.

use super::lines::DataLines;
use super::{DataError, DataItem, Items};
use std::collections::HashMap;
use std::path::Path;

/// Reads a file with the columns `lemma`, `foundation` and `rating`. The name of an item combines
/// its foundation and its row, counted from 1. The human utility is the rating, scaled to `[0, 1]`.
/// If a word has several ratings on one foundation, as in some of the published files, it is their
/// mean. A lemma on several foundations is a group.
///
/// # Errors
/// If the file is not valid.
pub fn read(path: &Path) -> Result<Items, DataError> {
    let mut items: Vec<(DataItem, f64)> = vec![];
    let (mut places, mut lemmas) = (HashMap::new(), HashMap::new());
    let mut row = 0;
    DataLines::with_header(path, &["lemma", "foundation", "rating"])?.each(|line| {
        let (lemma, foundation, rating) = (line.text(0)?, line.text(1)?, line.number(2, 1.0, 9.0)?);
        row += 1;
        let place = *places.entry((foundation.to_owned(), lemma.to_owned())).or_insert(items.len());
        if place == items.len() {
            let next = lemmas.len();
            // The name does not contain the word, because labels are published without their texts.
            let name = format!("{foundation}-{row}");
            let group = *lemmas.entry(lemma.to_owned()).or_insert(next);
            items.push((DataItem { name, text: format!("{lemma}. Foundation: {foundation}"), human: 0.0, group }, 0.0));
        }
        let (item, count) = &mut items[place];
        *count += 1.0;
        item.human += ((rating - 1.0) / 8.0 - item.human) / *count;
        Ok(())
    })?;
    let items = items.into_iter().map(|(item, _)| item).collect();
    Items::new(
        "moral-strength",
        "rating on a moral foundation, from 1 (0) to 9 (1)".into(),
        items,
        path,
        vec![path.into()],
    )
}
