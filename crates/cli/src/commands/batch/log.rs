//! Logs of a run.

use crate::arguments::LogName;
use std::io::stderr;
use tracing::level_filters::LevelFilter;

/// Writes what happens to standard error from now on; with `verbose`, every unit.
pub fn begin(format: LogName, verbose: bool) {
    let level = if verbose { LevelFilter::DEBUG } else { LevelFilter::INFO };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(stderr).with_target(false);
    // Another subscriber is none of ours; then its log it is.
    let _ = match format {
        LogName::Text => log.with_ansi(false).try_init(),
        LogName::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
}
