//! How much memory there is. A computation that does not fit is refused before it starts.

use crate::Settings;

/// A computation needs more memory than there is.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("about {} of memory, and there are {}", Bytes(*needed), Bytes(*available))]
pub struct Shortage {
    /// The number of bytes needed.
    pub needed: f64,
    /// The number of bytes available.
    pub available: f64,
}

impl Settings {
    /// How many bytes a computation may use: what the machine has left, or less if these settings
    /// or the system say so.
    #[must_use]
    pub fn available_memory(&self) -> f64 {
        let limit = self.memory.map_or(f64::INFINITY, |bytes| bytes as f64);
        limit.min(left_on_machine()).min(address_space())
    }

    /// Refuses a computation that needs more bytes than are available.
    ///
    /// # Errors
    /// If it needs more.
    pub fn check_memory(&self, needed: f64) -> Result<(), Shortage> {
        let available = self.available_memory();
        if needed > available { Err(Shortage { needed, available }) } else { Ok(()) }
    }
}

/// The memory that the system can give without swapping; infinite if the system does not say.
fn left_on_machine() -> f64 {
    let kibibytes = first_number("/proc/meminfo", "MemAvailable:");
    kibibytes.map_or(f64::INFINITY, |number| number * 1024.0)
}

/// The limit on the address space of the process; infinite if there is none.
fn address_space() -> f64 {
    first_number("/proc/self/limits", "Max address space").unwrap_or(f64::INFINITY)
}

/// The first number after a key at the start of a line.
fn first_number(file: &str, key: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// A number of bytes, displayed for a person.
struct Bytes(f64);

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const MEBI: f64 = 1024.0 * 1024.0;
        match self.0 / MEBI {
            m if m < 1.0 => write!(f, "{:.0} KiB", m * 1024.0),
            m if m < 1024.0 => write!(f, "{m:.0} MiB"),
            m => write!(f, "{:.1} GiB", m / 1024.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let settings = Settings { memory: Some(1 << 20), ..Settings::default() };
        assert_eq!(settings.check_memory(1e6), Ok(()));
        let refused = settings.check_memory(3e9).unwrap_err();
        assert_eq!(refused.to_string(), "about 2.8 GiB of memory, and there are 1 MiB");
        assert!(Settings::default().available_memory() > 1e6);
        assert!(Settings::default().check_memory(1e30).is_err());
    }
}
