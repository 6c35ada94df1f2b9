//! When calls may be made: within the limit per minute, not before a server accepts calls again,
//! and not after the run has ended.

use crate::LabelError;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a thread sleeps before it checks whether the run has ended.
const SLICE: Duration = Duration::from_millis(20);

/// The pace that all threads share.
pub(crate) struct Pace<'a> {
    stop: &'a (dyn Fn() -> Option<String> + Sync),
    /// Why the run ended, once it has.
    ended: Mutex<Option<String>>,
    not_before: Mutex<Option<Instant>>,
    limiter: Option<DefaultDirectRateLimiter>,
    clock: DefaultClock,
}

/// Locks a mutex, even if a thread died while it lock it. All data behind these mutexes is valid at
/// any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Pace<'a> {
    pub fn new(per_minute: Option<u32>, stop: &'a (dyn Fn() -> Option<String> + Sync)) -> Result<Self, LabelError> {
        let limiter = match per_minute.map(NonZeroU32::new) {
            None => None,
            Some(None) => return Err(LabelError::option("--per-minute", &0, "at least 1 call")),
            // Calls are spread evenly, so that servers with limits per second see no bursts.
            Some(Some(calls)) => Some(RateLimiter::direct(Quota::per_minute(calls).allow_burst(NonZeroU32::MIN))),
        };
        let (ended, not_before) = (Mutex::new(None), Mutex::new(None));
        Ok(Self { stop, ended, not_before, limiter, clock: DefaultClock::default() })
    }

    /// Ends the run. Only the first reason is kept.
    pub fn end(&self, reason: String) {
        lock(&self.ended).get_or_insert(reason);
    }

    /// Why the run ended, if it has.
    pub fn ended(&self) -> Option<String> {
        if let Some(reason) = (self.stop)() {
            self.end(reason);
        }
        lock(&self.ended).clone()
    }

    /// Keeps all threads from calling for this long.
    pub fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut not_before = lock(&self.not_before);
        if not_before.is_none_or(|before| before < until) {
            *not_before = Some(until);
        }
    }

    /// Sleeps. Returns false if the run has ended.
    pub fn sleep(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            if self.ended().is_some() {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(SLICE));
        }
    }

    /// Waits until a call may be made. Returns false if the run has ended.
    pub fn turn(&self) -> bool {
        loop {
            let until = *lock(&self.not_before);
            let left = until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
            if !self.sleep(left) {
                return false;
            }
            if !left.is_zero() {
                // Another thread may have extended the wait meanwhile.
                continue;
            }
            match self.limiter.as_ref().map(RateLimiter::check) {
                None | Some(Ok(())) => return true,
                Some(Err(early)) => {
                    if !self.sleep(early.wait_time_from(self.clock.now())) {
                        return false;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_spread() {
        let go_on = || None;
        let pace = Pace::new(Some(1200), &go_on).unwrap();
        let start = Instant::now();
        assert!((0..5).all(|_| pace.turn()));
        assert!(start.elapsed() >= Duration::from_millis(200));
        assert!(Pace::new(Some(0), &go_on).is_err());
    }

    #[test]
    fn all_wait_for_the_longest() {
        let go_on = || None;
        let pace = Pace::new(None, &go_on).unwrap();
        let start = Instant::now();
        pace.hold(Duration::from_millis(120));
        pace.hold(Duration::from_millis(10));
        assert!(pace.turn() && start.elapsed() >= Duration::from_millis(120));
        pace.hold(Duration::from_secs(60));
        pace.end("enough".into());
        pace.end("more".into());
        assert!(!pace.turn());
        assert_eq!(pace.ended().as_deref(), Some("enough"));
    }
}
