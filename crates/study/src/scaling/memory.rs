//! The memory of this process, if the system reports it.

/// The resident bytes of this process: now, and at the peak since it began or since the last
/// [`reset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resident {
    pub(super) now: u64,
    pub(super) most: u64,
}

/// The values that Linux reports. `None` on other systems.
pub(super) fn resident() -> Option<Resident> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Resets the peak to the current memory. If the system does not allow that, the peak stays.
pub(super) fn reset() {
    if cfg!(target_os = "linux") {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
}

fn parse(status: &str) -> Option<Resident> {
    let bytes = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    Some(Resident { now: bytes("VmRSS:")?, most: bytes("VmHWM:")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status() {
        let text = "Name:\tsuasion\nVmHWM:\t    5120 kB\nVmRSS:\t    4096 kB\nThreads:\t1\n";
        assert_eq!(parse(text), Some(Resident { now: 4096 << 10, most: 5120 << 10 }));
        assert_eq!(parse("Name:\tsuasion\n"), None);
        assert_eq!(parse("VmHWM:\t many kB\nVmRSS:\t 1 kB\n"), None);
    }
}
