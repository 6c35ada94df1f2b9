//! The formats that files may have.

use super::error::{Place, ReadError, check_keys, parse};
use super::form::Kind;
use std::path::Path;

/// The `format` of instance files.
pub(super) const INSTANCE: &str = "suasion/1";
/// The `format` of profiles of conversation rules.
pub(super) const PROFILE: &str = "suasion-profile/1";
/// The `format` of Stackelberg games.
pub(super) const STACKELBERG: &str = "suasion-stackelberg/1";

/// Refuses a document that claims another format, or that holds a key twice.
pub(super) fn check_format(file: &Path, text: &str, expected: &str) -> Result<(), ReadError> {
    let kind = parse::<Kind>(file, text);
    check_keys(file, text)?;
    let kind = kind?;
    let hint = match kind.format.as_deref() {
        Some(found) if found == expected => return Ok(()),
        Some(INSTANCE) => "; this is a persuasion instance, for `suasion solve`, `persuade` and `frontier`",
        Some(PROFILE) => "; this is a profile of conversation rules, for `suasion converse --profile`",
        Some(STACKELBERG) => "; this is a Stackelberg game, for `suasion stackelberg`",
        _ => "",
    };
    let found = kind.format.map_or_else(|| "no `format`".to_owned(), |found| format!("{found:?}"));
    let place = Place::default().key("format");
    Err(place.refuse(format!("found {found}, expected {expected:?}{hint}")).locate(file, text))
}
