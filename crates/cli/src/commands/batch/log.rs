//! Logs of a run.

use crate::arguments::LogName;
use std::io::stderr;
use tracing::level_filters::LevelFilter;

/// Logs to standard error from now on; with `verbose`, every unit.
pub fn begin(format: LogName, verbose: bool) {
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(stderr).with_target(false);
    // If another subscriber is installed, it gets the log.
    let _ = match format {
        LogName::Text => log.with_ansi(false).try_init(),
        LogName::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
}
