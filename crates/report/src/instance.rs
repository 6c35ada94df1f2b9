//! The page of an instance.

mod beliefs;
mod frontiers;

use crate::ReportError;
use crate::game;
use crate::markup::{Picture, page, table};
use crate::number::{beside, bytes, maybe, number, seconds};
use crate::schemes::{self, List, Scheme, Sheet, Told};
use crate::select::Chosen;
use crate::tables::Tables;
use maud::{Markup, html};
use suasion_model::Instance;
use suasion_results::{AgentResult, Monopoly, Request, SavedResult};

/// The largest number of schemes on a page.
const MOST_SCHEMES: usize = 24;
/// Tables with more cells than this are collapsed.
const LARGE: usize = 48;
/// The largest number of rows of a table that is shown as it is.
const MOST_ROWS: usize = 400;

/// The subject of a page.
pub(crate) struct Case<'a> {
    pub tables: &'a Tables,
    pub chosen: &'a Chosen,
    /// The complete results, one for each row that can be read.
    pub results: &'a [&'a SavedResult],
    /// The instance, or why there is none.
    pub instance: Result<Instance, String>,
    pub prior: usize,
}

/// The page and its pictures.
pub(crate) fn page_of(
    case: &Case<'_>,
    home: &str,
    neighbours: (Option<&str>, Option<&str>),
) -> Result<(String, Vec<Picture>), ReportError> {
    let row = case.chosen.rows[0];
    let file = case.tables.file(row);
    let name = case.tables.text("name", row);
    let title = if name.is_empty() { file.as_str() } else { name };
    let instance = case.instance.as_ref().ok();
    let (drawn, left_out) = frontiers::draw(case)?;
    let mut told: Vec<Told> = case.results.iter().flat_map(|result| schemes::told(result, instance)).collect();
    let more = told.len().saturating_sub(MOST_SCHEMES);
    told.truncate(MOST_SCHEMES);
    let beliefs = beliefs::draw(case, &told)?;
    let content = html! {
        header {
            nav aria-label="Pages" {
                a href={ "../" (home) } { "The whole batch" }
                @if let Some(before) = neighbours.0 { a href=(before) rel="prev" { "Previous instance" } }
                @if let Some(after) = neighbours.1 { a href=(after) rel="next" { "Next instance" } }
            }
            h1 { (title) }
            p.soft { (file) }
        }
        main {
            (about(case, row))
            (values(case, row))
            @if !matches!(case.tables.request(), Request::Align(_)) {
                h2 { "Frontiers" }
                @if let Some((picture, caption)) = &drawn { (picture.show(&html! { (caption) })) }
                @if let Some(why) = &left_out { p.soft { (why) } }
            }
            (hull(case, row))
            @if !told.is_empty() {
                h2 { "Posteriors and schemes" }
                @for (picture, caption) in &beliefs { (picture.show(&html! { (caption) })) }
                @for told in &told { (shown(case, told)) }
                @if more > 0 { p.soft { (more) " more schemes are in certificates.parquet." } }
            } @else if !matches!(case.tables.request(), Request::Align(_)) {
                h2 { "Posteriors and schemes" }
                p.soft { "The result has no schemes: it was made without certificates, or its instance is needed to read them." }
            }
        }
        footer { "Certificates of all this are in " code { "certificates.parquet" } ", unit " (case.tables.units[row]) "; " code { "suasion verify" } " checks them." }
    };
    let pictures = drawn.into_iter().chain(beliefs).map(|(picture, _)| picture).collect();
    Ok((page(title, &content), pictures))
}

/// The prefix of the names of a page's pictures.
pub(crate) fn stem<'a>(case: &Case<'a>) -> &'a str {
    case.chosen.file.strip_suffix(".html").unwrap_or(&case.chosen.file)
}

fn about(case: &Case<'_>, row: usize) -> Markup {
    let tables = case.tables;
    let mut rows: Vec<Vec<String>> = vec![];
    let mut add = |what: &str, text: String| rows.push(vec![what.into(), text]);
    match &case.instance {
        Ok(instance) => {
            let types =
                if instance.types() > 1 { format!(", {} types of the user", instance.types()) } else { String::new() };
            let size = (instance.states.len(), instance.actions.len(), instance.agents.len());
            let plural = if size.2 == 1 { "agent" } else { "agents" };
            add("game", format!("{} states, {} actions, {} {plural}{types}", size.0, size.1, size.2));
            if instance.priors() > 1 {
                add("prior", format!("number {} of {}, from 0", case.prior, instance.priors()));
            }
            if let Some(source) = &instance.source {
                add("source", source.clone());
            }
        }
        Err(why) => add("instance", format!("not read: {why}")),
    }
    add("fingerprint", tables.text("digest", row).into());
    let certified = case.chosen.rows.iter().all(|&row| tables.certified(row) == Some(true));
    let has_equilibria = tables.number("worst_user_value", row).is_some();
    add("certified", said(certified, has_equilibria && !tables.exact(row)).into());
    if has_equilibria {
        let all = "exact: these are all equilibria";
        add("equilibria", if tables.exact(row) { all } else { "found: there may be others" }.into());
        for (name, what) in [("slack", "slack"), ("regret", "regret at most")] {
            if let Some(value) = tables.number(name, row) {
                add(what, beside(tables.scale(row), value));
            }
        }
    }
    let stopped = case.chosen.rows.iter().map(|&row| tables.text("stopped", row)).find(|why| !why.is_empty());
    if let Some(stopped) = stopped {
        add("ended early", stopped.into());
    }
    if let Some(timing) = tables.timing(tables.units[row]) {
        let memory =
            if timing.bytes > 0 { format!(", {} of memory", bytes(timing.bytes as f64)) } else { String::new() };
        add("unit", format!("{}; took {}{memory}", timing.unit, seconds(timing.seconds)));
    }
    table("About", &["", ""], &rows, &[1])
}

/// What is certified, if the equilibria were found by a search.
fn said(certified: bool, found: bool) -> &'static str {
    match (certified, found) {
        (true, false) => "yes: everything is proved in exact arithmetic",
        (true, true) => {
            "yes: the agents' regrets in the equilibria that were found are proved in exact arithmetic; it is not proved that there are no others"
        }
        (false, _) => "NO",
    }
}

/// Reference values and equilibria.
fn values(case: &Case<'_>, row: usize) -> Markup {
    let exact = case.tables.exact(row);
    let names = [
        ("no_information", "no information"),
        ("bound", "bound: what the hull promises her"),
        ("lower_bound", "proved lower bound"),
        ("worst_user_value", if exact { "worst equilibrium" } else { "lowest found" }),
        ("best_user_value", if exact { "best equilibrium" } else { "highest found" }),
        ("best_agent_full_information", "all that one agent alone can tell her"),
        ("full_information", "full information"),
    ];
    // Without equilibria, the column of this name means something else.
    let of = |name: &str| {
        if name == "lower_bound" && case.tables.number("worst_user_value", row).is_none() {
            None
        } else {
            case.tables.number(name, row)
        }
    };
    let rows: Vec<Vec<String>> = names
        .iter()
        .filter_map(|(name, what)| {
            let value = of(name)?;
            let gain = case.tables.gain(name, row).map(|gain| (gain * 1e6).round() / 1e6);
            Some(vec![(*what).to_owned(), beside(case.tables.scale(row), value), maybe(gain)])
        })
        .collect();
    let monopolies = monopolies(case);
    html! {
        @if !rows.is_empty() {
            h2 { "The user's value" }
            (table("In utility, and as a share of the way from no to full information", &["", "value", "share"], &rows, &[]))
        }
        @if !monopolies.is_empty() {
            (table("Each agent as a monopolist", &["agent", "its optimum", "proved upper bound", "user's value", "certified"], &monopolies, &[]))
        }
    }
}

fn monopolies(case: &Case<'_>) -> Vec<Vec<String>> {
    let Some(SavedResult::Solve(result)) = case.results.first() else { return vec![] };
    let row = |agent: &AgentResult| {
        let Monopoly { agent_value, upper_bound, user_value, certified, .. } = agent.monopoly;
        let numbers = [agent_value, upper_bound, user_value].map(|value| maybe(Some(value)));
        let certified = if certified { "yes" } else { "NO" };
        std::iter::once(agent.name.clone()).chain(numbers).chain([certified.into()]).collect()
    };
    result.agents.iter().map(row).collect()
}

fn hull(case: &Case<'_>, row: usize) -> Markup {
    let Some(error) = case.tables.number("alignment_error", row) else { return html! {} };
    let weights = case.tables.cells("alignment_weights").and_then(|cells| cells.list(row)).unwrap_or_default();
    let names = case.results.first().map(|result| schemes::names(result, case.instance.as_ref().ok()));
    let names = names.unwrap_or_default();
    let name = |agent: usize| names.get(agent).cloned().unwrap_or_else(|| format!("agent {}", agent + 1));
    let rows: Vec<Vec<String>> =
        weights.iter().enumerate().map(|(agent, &weight)| vec![name(agent), number(weight)]).collect();
    html! {
        h2 { "The hull" }
        p { "The user's utility is within eps = " strong { (beside(case.tables.scale(row), error)) } " of a combination of the agents' utilities, up to an offset; no weights bring it nearer." }
        @if !rows.is_empty() { (table("Weights in the hull", &["agent", "weight"], &rows, &[])) }
    }
}

fn shown(case: &Case<'_>, told: &Told) -> Markup {
    let values =
        told.values.iter().map(|(name, value)| format!("{name} {}", number(*value))).collect::<Vec<_>>().join(", ");
    // Observations with probability 0 are no part of the agent's scheme.
    let masses = masses(case, told.agent);
    let possible = |row: usize| masses.as_ref().and_then(|masses| masses.get(row)).is_none_or(|&mass| mass > 0.0);
    html! {
        h3 { (told.title) }
        @if !values.is_empty() { p.soft { (values) } }
        @match &told.scheme {
            Scheme::Sheet(sheet) => {
                @if sheet.observed.len() * sheet.signals.len() > LARGE {
                    details { summary { "The scheme as a table (" (sheet.observed.len()) " by " (sheet.signals.len()) ")" } (sent(sheet, &possible)) }
                } @else { (sent(sheet, &possible)) }
            }
            Scheme::List(list) => (listed(list)),
        }
    }
}

/// A scheme as a table: a row for each observation, a column for each signal.
fn sent(sheet: &Sheet, possible: &dyn Fn(usize) -> bool) -> Markup {
    let header: Vec<&str> = std::iter::once("observed").chain(sheet.signals.iter().map(String::as_str)).collect();
    let cell = |&p: &f64| if p == 0.0 { "·".to_owned() } else { number(p) };
    let rows = (0..sheet.observed.len()).filter(|&row| possible(row)).take(MOST_ROWS);
    let line =
        |row: usize| std::iter::once(sheet.observed[row].clone()).chain(sheet.sent[row].iter().map(cell)).collect();
    let rows: Vec<Vec<String>> = rows.map(line).collect();
    table("The probability of each signal", &header, &rows, &[])
}

/// A list as a table.
fn listed(List { header, texts, rows }: &List) -> Markup {
    let caption = if rows.len() > MOST_ROWS {
        format!("The first {MOST_ROWS} of {} rows", rows.len())
    } else {
        format!("{} rows", rows.len())
    };
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    html! {
        @if shown.len() > LARGE { details { summary { (caption) } (table(&caption, header, shown, texts)) } }
        @else { (table("As it is in the result", header, shown, texts)) }
    }
}

/// The prior probabilities of an agent's observations, if the instance is available.
pub(crate) fn masses(case: &Case<'_>, agent: usize) -> Option<Vec<f64>> {
    let instance = case.instance.as_ref().ok()?;
    (agent < instance.agents.len() && case.prior < instance.priors()).then(|| game::masses(instance, case.prior, agent))
}
