//! Repeats calls until they succeed or cannot succeed any more.

use crate::endpoint::Fault;
use crate::pace::Pace;
use backon::{BackoffBuilder, ExponentialBuilder};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest wait between tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// If a server asks for a longer wait than this, the run ends.
const LONGEST_ASKED: Duration = Duration::from_secs(900);

/// How often and how soon to try again.
pub(crate) struct Retry<'a> {
    pub pace: &'a Pace<'a>,
    pub retries: usize,
    pub first_wait: Duration,
    /// The number of successful calls, over all threads.
    pub successes: AtomicU64,
}

/// Why there is no answer.
pub(crate) enum CallError {
    /// The run has ended.
    Ended,
    /// The last try failed.
    Fault(Fault),
}

impl<'a> Retry<'a> {
    pub fn new(pace: &'a Pace<'a>, retries: usize, first_wait: Duration) -> Self {
        Self { pace, retries, first_wait, successes: AtomicU64::new(0) }
    }

    fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        let waits = ExponentialBuilder::new().with_jitter().with_factor(2.0);
        let waits = waits.with_min_delay(self.first_wait).with_max_delay(LONGEST_WAIT);
        waits.with_max_times(self.retries).build()
    }

    /// Calls until there is an answer. Also returns the number of tries. `on_problem` receives
    /// problems on the way.
    pub fn call<T>(
        &self,
        on_problem: &dyn Fn(&str),
        mut call: impl FnMut() -> Result<T, Fault>,
    ) -> (Result<T, CallError>, u64) {
        let mut waits = self.waits();
        let mut seen = self.successes.load(Ordering::Relaxed);
        for tries in 1.. {
            if !self.pace.turn() {
                return (Err(CallError::Ended), tries - 1);
            }
            let fault = match call() {
                Ok(answer) => {
                    self.successes.fetch_add(1, Ordering::Relaxed);
                    return (Ok(answer), tries);
                }
                Err(fault) => fault,
            };
            let (problem, asked, shared) = match &fault {
                Fault::Absent(problem) => (problem, None, false),
                Fault::Busy(problem, asked) => (problem, *asked, true),
                Fault::Broken(problem, asked) => (problem, *asked, asked.is_some()),
                Fault::Refused(_) | Fault::Final(_) => return (Err(CallError::Fault(fault)), tries),
            };
            if self.pace.ended().is_some() {
                return (Err(CallError::Ended), tries);
            }
            on_problem(problem);
            if let Some(asked) = asked.filter(|asked| *asked > LONGEST_ASKED) {
                let problem = format!("{problem}; it asks to wait for {} s", asked.as_secs());
                return (Err(CallError::Fault(Fault::Final(problem))), tries);
            }
            let now = self.successes.load(Ordering::Relaxed);
            if shared && now != seen {
                // The server is busy with our other calls, so it has not gone away.
                (seen, waits) = (now, self.waits());
            }
            let Some(wait) = waits.next() else { return (Err(CallError::Fault(fault)), tries) };
            if shared {
                // If the requested wait is zero, or its time has passed by our clock, the calls
                // must not follow each other without a pause.
                self.pace.hold(asked.unwrap_or_default().max(wait));
            } else if !self.pace.sleep(wait) {
                return (Err(CallError::Ended), tries);
            }
        }
        (Err(CallError::Ended), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// The seconds that three such failing calls take.
    fn seconds(asked: Option<Duration>) -> f64 {
        let go_on = || None;
        let pace = Pace::new(None, &go_on).unwrap();
        let retry = Retry::new(&pace, 2, Duration::from_millis(40));
        let start = Instant::now();
        let (answer, tries) = retry.call::<()>(&|_| {}, || Err(Fault::Busy("429".into(), asked)));
        assert!(tries == 3 && matches!(answer, Err(CallError::Fault(Fault::Busy(..)))));
        start.elapsed().as_secs_f64()
    }

    #[test]
    fn the_longer_of_both_waits_counts() {
        // 40 and 80 ms, whatever the server asks for.
        for asked in [None, Some(Duration::ZERO), Some(Duration::from_millis(1))] {
            assert!(seconds(asked) >= 0.12, "{asked:?}");
        }
        assert!(seconds(Some(Duration::from_millis(200))) >= 0.4);
    }

    #[test]
    fn a_run_that_is_to_end_tries_nothing_again() {
        let go_on = || None;
        let pace = Pace::new(None, &go_on).unwrap();
        let retry = Retry::new(&pace, 0, Duration::from_millis(1));
        let (answer, tries) = retry.call::<()>(&|_| {}, || {
            pace.end("enough".into());
            Err(Fault::Broken("cut".into(), None))
        });
        assert!(tries == 1 && matches!(answer, Err(CallError::Ended)));
    }
}
