//! Standard output: tables for people, JSON lines for machines.

use crate::failure::Failure;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use suasion_results::{Record, SavedResult};

/// Prints a line. A closed pipe (`| head`) is not an error.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.map_err(Failure::Output),
    }
}

/// Prints a value as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&text(value)?)
}

/// Prints a result as a record: one line of JSON with its format.
pub fn record(result: impl Into<SavedResult>) -> Result<(), Failure> {
    json(&Record::new(result.into()))
}

/// A value as one line of JSON, without the line break.
pub fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|cause| Failure::Output(cause.into()))
}

/// A table whose first column is text and whose others are numbers.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().map(Cell::new).collect::<Vec<_>>());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A number with a readable number of digits.
pub fn number(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let text = if x.abs() >= 1e6 || x.abs() < 1e-4 { format!("{x:.4e}") } else { format!("{x:.6}") };
    if text.contains('e') || !text.contains('.') {
        return text;
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// A number relative to `stake`, the amount that can be gained or lost. Numbers that are negligible
/// relative to it are shown as 0.
pub fn beside(stake: f64, x: f64) -> String {
    const NOTHING: f64 = 1e-9;
    number(if x.abs() <= NOTHING * stake { 0.0 } else { x })
}

/// The word for whether a result is certified.
pub fn certified(yes: bool) -> &'static str {
    if yes { "yes" } else { "NO" }
}

/// Escapes control characters, so that names from files cannot control the terminal.
pub fn plain(message: &str) -> String {
    let show = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    message.chars().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nothing_beside_the_stake_is_told_as_nothing() {
        assert_eq!([5.55e-17, -5.9952e-14, 0.0, 0.25].map(|x| beside(0.7, x)), ["0", "0", "0", "0.25"]);
        // If the stake is tiny, tiny numbers are not negligible.
        assert_eq!(beside(1e-14, 5.9952e-14), "5.9952e-14");
        assert_eq!(beside(0.0, 0.0), "0");
    }
}
