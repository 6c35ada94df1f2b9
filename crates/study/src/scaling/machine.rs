//! The machine on which measurements are made.

use serde::Serialize;

/// The facts about a machine and a build that affect times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// How many threads can run at once.
    pub cores: usize,
    /// The average number of running threads over the minute before the study, if the system
    /// reports it.
    pub load: Option<f64>,
    /// Whether this is a release build. Other builds are slower.
    pub release: bool,
}

impl Machine {
    /// The machine in its current state.
    #[must_use]
    pub fn now() -> Self {
        let text = std::fs::read_to_string("/proc/loadavg").ok();
        Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            load: text.and_then(|text| text.split_whitespace().next()?.parse().ok()),
            release: !cfg!(debug_assertions),
        }
    }

    /// Why times are longer than they need to be, if they are.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let busy = self.load.filter(|load| *load > 0.5);
        let busy = busy.map(|load| format!("other programs use this machine (load {load:.1}, cores {})", self.cores));
        let slow = (!self.release).then(|| "this is a development build".into());
        let reasons: Vec<String> = busy.into_iter().chain(slow).collect();
        (!reasons.is_empty()).then(|| format!("times are longer than they need to be: {}", reasons.join("; ")))
    }
}
