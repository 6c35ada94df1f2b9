//! Hashes by which changed texts and prompts are seen.

use twox_hash::XxHash3_64;

/// Sixteen hexadecimal digits that depend on every byte.
pub(crate) fn digest(text: &str) -> String {
    format!("{:016x}", XxHash3_64::oneshot(text.as_bytes()))
}
