//! One writer at a time.

use crate::LabelError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Takes the lock of a store, a file beside it. It is let go of when the process ends, however it does; the file stays.
pub(crate) fn lock(store: &Path) -> Result<File, LabelError> {
    let mut path = store.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let write = LabelError::write(&path);
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(&write)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(LabelError::Busy { path: store.into(), holder: holder.trim().into() });
        }
        Err(TryLockError::Error(cause)) => return Err(write(cause)),
    }
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
    file.set_len(0).map_err(&write)?;
    file.rewind().map_err(&write)?;
    writeln!(file, "process {}{host}", std::process::id()).map_err(&write)?;
    Ok(file)
}
