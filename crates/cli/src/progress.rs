//! Progress on standard error, if that is a terminal.

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;

/// A bar that counts to `length`. It is hidden for short work and for pipes.
pub fn bar(length: usize, what: &str) -> ProgressBar {
    if length < 2 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length as u64);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}  {per_sec}  {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A bar that counts rows of a table. It is hidden for short tables and for pipes.
pub fn rows(length: u64, what: &str) -> ProgressBar {
    if length < 200_000 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len} rows  {rate}  {eta} left");
    if let Ok(style) = style {
        bar.set_style(style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
        }));
    }
    bar.set_message(what.to_owned());
    bar
}

/// A counter for an unknown total.
pub fn counter(what: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{msg} {human_pos}  {per_sec}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A bar for the units of a batch, with a message about the rest.
pub fn units(shown: bool) -> ProgressBar {
    let bar = if shown { ProgressBar::new(0) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len}, {msg}") {
        bar.set_style(style);
    }
    bar
}
