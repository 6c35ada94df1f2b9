//! How much memory this process has, where the system tells.

/// Bytes of this process that are in memory: now, and the most since it began or [`reset`] was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resident {
    pub(super) now: u64,
    pub(super) most: u64,
}

/// As Linux tells it; none elsewhere.
pub(super) fn resident() -> Option<Resident> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Lets the most be what is there now. Where that is not possible the most stays what it is.
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
        let told = "Name:\tsuasion\nVmHWM:\t    5120 kB\nVmRSS:\t    4096 kB\nThreads:\t1\n";
        assert_eq!(parse(told), Some(Resident { now: 4096 << 10, most: 5120 << 10 }));
        assert_eq!(parse("Name:\tsuasion\n"), None);
        assert_eq!(parse("VmHWM:\t many kB\nVmRSS:\t 1 kB\n"), None);
    }
}
