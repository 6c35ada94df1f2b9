//! A lock file, so that there is one writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// A lock on a file, held as long as this value lives. The lock is released when the process ends,
/// in whatever way; the file stays.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock could not be taken.
#[derive(Debug)]
pub enum Unlocked {
    /// Another process holds it; the text describes that process.
    Held(String),
    /// The file cannot be written or locked.
    Fault(io::Error),
}

impl From<io::Error> for Unlocked {
    fn from(cause: io::Error) -> Self {
        Self::Fault(cause)
    }
}

impl Lock {
    /// Takes the lock of a file, and writes into it who holds it. The file is created if it does
    /// not exist.
    ///
    /// # Errors
    /// If another process holds the lock, or if the file cannot be written.
    pub fn take(path: &Path) -> Result<Self, Unlocked> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Unlocked::Held(description(&mut file).unwrap_or_default())),
            Err(TryLockError::Error(cause)) => return Err(cause.into()),
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "process {}{host}", std::process::id())?;
        Ok(Self { _file: file })
    }

    /// The description of the process that holds the lock of a file, if any does.
    #[must_use]
    pub fn holder(path: &Path) -> Option<String> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => description(&mut file).ok(),
            _ => None,
        }
    }
}

fn description(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_eq!(Lock::holder(&path), None);
        let lock = Lock::take(&path).unwrap();
        let own = format!("process {}", std::process::id());
        assert!(Lock::holder(&path).unwrap().starts_with(&own));
        assert!(matches!(Lock::take(&path), Err(Unlocked::Held(holder)) if holder.starts_with(&own)));
        drop(lock);
        assert_eq!(Lock::holder(&path), None);
        Lock::take(&path).unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(Unlocked::Fault(_))));
    }
}
