//! How long this process waits for cores that other programs use, if the system reports it.

use std::ops::{Add, Sub};

/// Nanoseconds over all current threads: on a core, and ready but waiting for one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scheduled {
    ran: f64,
    waited: f64,
}

/// The values that Linux reports. `None` on other systems.
pub(super) fn scheduled() -> Option<Scheduled> {
    // The clock of a running thread lags some milliseconds behind unless the thread yields.
    std::thread::yield_now();
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    // A thread that has ended meanwhile has no file any more.
    let texts = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    texts.filter_map(|text| parse(&text)).reduce(Add::add)
}

fn parse(text: &str) -> Option<Scheduled> {
    let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().ok());
    Some(Scheduled { ran: numbers.next()??, waited: numbers.next()?? })
}

impl Add for Scheduled {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { ran: self.ran + other.ran, waited: self.waited + other.waited }
    }
}

impl Sub for Scheduled {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { ran: self.ran - other.ran, waited: self.waited - other.waited }
    }
}

impl Scheduled {
    /// The time on a core, in seconds.
    pub(super) fn seconds(self) -> f64 {
        1e-9 * self.ran
    }

    /// The share of the time that was spent waiting; `None` if no time has passed.
    pub(super) fn share(self) -> Option<f64> {
        let all = self.ran + self.waited;
        (all > 0.0).then(|| (self.waited / all).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let (before, after) = (parse("100 20 1\n").unwrap(), parse("400 120 9\n").unwrap());
        assert_eq!((after - before).share(), Some(0.25));
        assert!(((after - before).seconds() - 3e-7).abs() < 1e-20);
        assert_eq!((before - before).share(), None);
        assert_eq!(parse("1\n"), None);
        assert_eq!(parse("a b c\n"), None);
    }
}
