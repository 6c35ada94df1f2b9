//! The state of the whole run: threads, limits and interruption.

use crate::arguments::Common;
use crate::failure::Failure;
use std::time::Duration;
use suasion_lp::Interrupt;
use suasion_persuasion::{Settings, Stopped};

/// The largest number of threads, more than any machine has cores.
const MOST_THREADS: usize = 4096;

/// How to work and how to print.
pub struct Session {
    pub json: bool,
    pub certificates: bool,
    /// The requested number of threads; `None` for one per core.
    pub threads: Option<usize>,
    pub settings: Settings,
}

impl Session {
    /// Sets up threads and the handler of SIGINT, SIGTERM and SIGHUP: the first signal ends the
    /// work cleanly, the second at once.
    pub fn new(common: &Common) -> Result<Self, Failure> {
        if let Some(threads) = common.threads {
            if !(1..=MOST_THREADS).contains(&threads) {
                return Err(Failure::Usage(format!("--threads: found {threads}, expected from 1 to {MOST_THREADS}")));
            }
            let mut pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            if threads == 1 {
                // With one thread, use this one, so that it does not wait for another.
                pool = pool.use_current_thread();
            }
            let pool = pool.build_global();
            pool.map_err(|cause| Failure::Usage(format!("--threads {threads}: {cause}")))?;
        }
        let mut settings = match common.time_limit {
            None => Settings::default(),
            Some(seconds) => {
                let limit = Duration::try_from_secs_f64(seconds).map_err(|_| {
                    Failure::Usage(format!("--time-limit: found {seconds}, expected a number of seconds, at least 0"))
                })?;
                Settings::with_time_limit(limit)
            }
        };
        settings.verbose = common.verbose;
        settings.memory = common.memory.as_deref().map(bytes).transpose()?;
        let interrupt = settings.interrupt.clone();
        let handler = move || on_signal(&interrupt);
        ctrlc::set_handler(handler).map_err(|cause| Failure::Usage(format!("no handler for signals: {cause}")))?;
        Ok(Self { json: common.json, certificates: !common.no_certificates, threads: common.threads, settings })
    }

    /// The reason to stop now, if there is one.
    pub fn stop_reason(&self) -> Option<String> {
        self.settings.stopped().map(|reason| reason.to_string())
    }

    /// Whether the user interrupted the run.
    pub fn interrupted(&self) -> bool {
        self.settings.stopped() == Some(Stopped::Interrupted)
    }
}

fn on_signal(interrupt: &Interrupt) {
    if interrupt.is_raised() {
        std::process::exit(1);
    }
    interrupt.raise();
    eprintln!("interrupted: finishing; interrupt again to end at once");
}

/// Parses a number of bytes, such as `512M` or `8G`.
fn bytes(text: &str) -> Result<u64, Failure> {
    let refused = || Failure::Usage(format!("--memory: found {text:?}, expected a number of bytes such as 512M or 8G"));
    let trimmed = text.trim().trim_end_matches(['b', 'B']).trim_end_matches('i');
    let (number, shift) = match trimmed.chars().last().map(|unit| unit.to_ascii_uppercase()) {
        Some('K') => (&trimmed[..trimmed.len() - 1], 10),
        Some('M') => (&trimmed[..trimmed.len() - 1], 20),
        Some('G') => (&trimmed[..trimmed.len() - 1], 30),
        Some('T') => (&trimmed[..trimmed.len() - 1], 40),
        _ => (trimmed, 0),
    };
    let number: f64 = number.trim().parse().map_err(|_| refused())?;
    let bytes = number * (1_u64 << shift) as f64;
    if bytes.is_finite() && (1.0..1e18).contains(&bytes) { Ok(bytes as u64) } else { Err(refused()) }
}
