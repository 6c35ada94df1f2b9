//! How much memory there is. What does not fit is refused before it starts.

use crate::PersuadeError;
use suasion_lp::Settings;

/// Refuses a game, of so many states and actions, that takes more bytes than there are.
///
/// # Errors
/// If it does.
pub(crate) fn check(shape: (usize, usize), needed: f64, settings: &Settings) -> Result<(), PersuadeError> {
    let available = available(settings);
    if needed > available { Err(too_large(shape, needed, available)) } else { Ok(()) }
}

/// A game of so many states and actions does not fit.
pub(crate) fn too_large((states, actions): (usize, usize), needed: f64, available: f64) -> PersuadeError {
    PersuadeError::TooLarge { states, actions, needed: needed as u64, available: available as u64 }
}

/// How many bytes a computation may take: what the machine has left, or less where the settings or
/// the system say so.
pub(crate) fn available(settings: &Settings) -> f64 {
    let limit = settings.memory.map_or(f64::INFINITY, |bytes| bytes as f64);
    limit.min(left_on_machine()).min(address_space())
}

/// What the system can give without swapping; infinite where it does not tell.
fn left_on_machine() -> f64 {
    let kibibytes = first_number("/proc/meminfo", "MemAvailable:");
    kibibytes.map_or(f64::INFINITY, |number| number * 1024.0)
}

/// The limit of the process on its addresses; infinite where there is none.
fn address_space() -> f64 {
    first_number("/proc/self/limits", "Max address space").unwrap_or(f64::INFINITY)
}

/// The first number after a key at the start of a line.
fn first_number(file: &str, key: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}
