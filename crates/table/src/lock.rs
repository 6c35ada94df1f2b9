//! One writer at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// A file that no other process has locked as long as this is kept. It is let go of when the process ends, however it does; the file stays.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock cannot be had.
#[derive(Debug)]
pub enum Unlocked {
    /// Another process has it, which says who it is.
    Held(String),
    /// The file cannot be written, or not be locked.
    Fault(io::Error),
}

impl From<io::Error> for Unlocked {
    fn from(cause: io::Error) -> Self {
        Self::Fault(cause)
    }
}

impl Lock {
    /// Takes the lock of a file, which is made if it is not there, and writes into it who has it.
    ///
    /// # Errors
    /// If another has it, or the file cannot be written.
    pub fn take(path: &Path) -> Result<Self, Unlocked> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Unlocked::Held(told(&mut file).unwrap_or_default())),
            Err(TryLockError::Error(cause)) => return Err(cause.into()),
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "process {}{host}", std::process::id())?;
        Ok(Self { _file: file })
    }

    /// Who has the lock of a file, if anyone does.
    #[must_use]
    pub fn holder(path: &Path) -> Option<String> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => told(&mut file).ok(),
            _ => None,
        }
    }
}

fn told(file: &mut File) -> io::Result<String> {
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
