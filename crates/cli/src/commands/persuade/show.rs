//! An optimal scheme as a table.

use crate::failure::Failure;
use crate::output::{certified, line, number, table};
use suasion_certificate::Verdict;
use suasion_results::{MessageRow, PersuadeResult, SchemeRows, SignalRow};

/// The number of rows of a scheme to show.
const SHOWN: usize = 40;
/// The table leaves out actions with a probability below this.
const SELDOM: f64 = 5e-7;

pub fn show(result: &PersuadeResult, verdict: &Verdict) -> Result<(), Failure> {
    let floor = result.floor.map_or_else(String::new, |floor| format!(", leaving the user at least {}", number(floor)));
    let (name, prior, agent) = (&result.about.name, result.about.prior, &result.agent);
    let what = match &result.scheme {
        SchemeRows::Direct(_) => format!("the optimal scheme of {agent}{floor}"),
        SchemeRows::Experiment(_) => format!("the optimal experiment of {agent}{floor}"),
        SchemeRows::Mechanism(_) => format!("the optimal mechanism of {agent}{floor}"),
        SchemeRows::Quantal(_) => {
            let eta = number(result.eta.unwrap_or_default());
            format!("the optimal scheme of {agent} for a quantal user, eta = {eta}")
        }
    };
    line(&format!("{name} (prior {prior}): {what}"))?;
    match &result.scheme {
        SchemeRows::Direct(rows) => {
            let row =
                |row: &suasion_results::SchemeRow| vec![row.state.clone(), row.signal.clone(), number(row.probability)];
            show_rows(&["in state", "recommend", "with probability"], rows.iter().map(row))?;
        }
        SchemeRows::Experiment(rows) => {
            let header = ["message", "what each type does", "in state", "with probability"];
            show_rows(&header, rows.iter().enumerate().flat_map(|(place, row)| sent(place, row)))?;
        }
        SchemeRows::Mechanism(rows) => {
            let row = |row: &suasion_results::MechanismRow| {
                vec![row.report.clone(), row.state.clone(), row.signal.clone(), number(row.probability)]
            };
            let header = ["if she reports", "in state", "recommend", "with probability"];
            show_rows(&header, rows.iter().map(row))?;
        }
        SchemeRows::Quantal(rows) => show_signals(rows)?,
    }
    line(&format!(
        "{agent} gets {} ({}), the user {}{}; certified: {}",
        number(result.agent_value),
        result.upper_bound.map_or_else(|| "no bound".into(), |bound| format!("at most {}", number(bound))),
        number(result.user_value),
        result.reference.map_or_else(String::new, |reference| format!(
            " (no information {}, full information {})",
            number(reference.no_information),
            number(reference.full_information)
        )),
        certified(result.certified)
    ))?;
    for failure in &verdict.failures {
        line(&format!("not certified: {failure}"))?;
    }
    result.stopped.as_ref().map_or(Ok(()), |stopped| line(&format!("stopped early: {stopped}")))
}

/// The rows of a signal of an experiment.
fn sent(place: usize, row: &MessageRow) -> impl Iterator<Item = Vec<String>> {
    let menu: Vec<String> = row.menu.iter().map(|does| format!("{}: {}", does.of, does.action)).collect();
    let menu = menu.join(", ");
    row.sent
        .iter()
        .map(move |sent| vec![(place + 1).to_string(), menu.clone(), sent.state.clone(), number(sent.probability)])
}

/// Prints the signals to a quantal user and her responses.
fn show_signals(rows: &[SignalRow]) -> Result<(), Failure> {
    let sent = rows.iter().enumerate().flat_map(|(k, row)| {
        row.sent.iter().map(move |sent| vec![(k + 1).to_string(), sent.state.clone(), number(sent.probability)])
    });
    show_rows(&["message", "in state", "with probability"], sent)?;
    let played = rows.iter().enumerate().flat_map(|(k, row)| {
        row.responses.iter().flat_map(move |response| {
            let often = response.actions.iter().filter(|played| played.probability >= SELDOM);
            often.map(move |played| {
                vec![(k + 1).to_string(), response.of.clone(), played.action.clone(), number(played.probability)]
            })
        })
    });
    show_rows(&["message", "type", "plays", "with probability"], played)
}

fn show_rows(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), Failure> {
    let mut rows: Vec<Vec<String>> = rows.collect();
    let count = rows.len();
    rows.truncate(SHOWN);
    line(&table(header, rows).to_string())?;
    if count > SHOWN { line(&format!("... {count} rows in all; --json prints all of them")) } else { Ok(()) }
}
