//! Hashes that reveal changed texts and prompts.

use twox_hash::XxHash3_64;

/// Sixteen hexadecimal digits that depend on every byte.
pub(crate) fn digest(text: &str) -> String {
    format!("{:016x}", XxHash3_64::oneshot(text.as_bytes()))
}
