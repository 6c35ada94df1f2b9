//! The page of a batch.

use crate::ReportError;
use crate::markup::{Picture, data, page, table, tile};
use crate::number::{bytes, count, percent, seconds};
use crate::pictures::{self, Shown};
use crate::select::Chosen;
use crate::tables::{Column, Tables, Timing};
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The largest number of failures to list; the table has all of them.
const MOST_FAILURES: usize = 500;
const SLOWEST: usize = 10;
/// The largest number of pages to list next to the table.
const MOST_LINKS: usize = 500;

/// The page and its pictures.
pub(crate) fn overview(
    tables: &Tables,
    chosen: &[Chosen],
    folder: &str,
) -> Result<(String, Vec<Picture>), ReportError> {
    let results = [
        pictures::values(tables)?,
        pictures::gains(tables)?,
        pictures::bound(tables)?,
        pictures::alignment(tables)?,
        pictures::vertices(tables)?,
    ];
    let results: Vec<Shown> = results.into_iter().flatten().collect();
    let times = pictures::timings(tables)?;
    let title = format!("Batch: {}", tables.request());
    let show = |shown: &Shown| shown.picture.show(&html! { (shown.caption) });
    let content = html! {
        header {
            p.soft { "suasion report" }
            h1 { (title) }
            nav aria-label="Sections" {
                a href="#results-pictures" { "Distributions" } a href="#time" { "Time" }
                a href="#failures" { "Failures" } a href="#all" { "All results" }
            }
        }
        main {
            (what(tables))
            h2 #results-pictures { "Distributions" }
            @if results.is_empty() { p { "There are no numbers to show." } }
            @for shown in &results { (show(shown)) }
            h2 #time { "Time and memory" }
            @if let Some(shown) = &times { (show(shown)) } @else { p { "No times are known." } }
            (slowest(tables))
            h2 #failures { "Failures" }
            (failures(tables))
            h2 #all { "All results" }
            (all(tables, chosen, folder))
        }
        footer { "Numbers are those of " code { "results.parquet" } ", " code { "timings.parquet" } " and " code { "failures.parquet" } " in the folder of the batch; " code { "suasion verify certificates.parquet" } " checks every result in exact arithmetic." }
    };
    let pictures = results.into_iter().chain(times).map(|shown| shown.picture).collect();
    Ok((page(&title, &content), pictures))
}

/// The request of the batch and its progress.
fn what(tables: &Tables) -> Markup {
    let plan = tables.store.plan();
    let units = plan.units.len();
    let failed = tables.failures.len();
    let done = tables.timings.len().saturating_sub(failed);
    let left = units.saturating_sub(done + failed);
    let certified = (0..tables.rows()).filter(|&row| tables.certified(row) == Some(true)).count();
    let stopped = (0..tables.rows()).filter(|&row| !tables.text("stopped", row).is_empty()).count();
    let total: f64 = tables.timings.iter().map(|timing| timing.seconds).filter(|s| s.is_finite()).sum();
    let mut times: Vec<f64> = tables.timings.iter().map(|timing| timing.seconds).collect();
    times.sort_by(f64::total_cmp);
    let peak = tables.timings.iter().map(|timing| timing.bytes).max().unwrap_or(0);
    html! {
        p {
            "The request " code { (tables.request()) } " on " (count(plan.files.len())) (if plan.files.len() == 1 { " file" } else { " files" })
            ", cut into " (count(units)) (if units == 1 { " unit" } else { " units" }) " of work."
            @if left > 0 { " " strong { (count(left)) " units are left: this is a report of a part of the batch." } }
        }
        dl.tiles {
            (tile(&count(tables.rows()), "results", false))
            @if tables.request().reads_instances() {
                (tile(&format!("{} ({})", count(certified), percent(certified, tables.rows())), "certified", certified < tables.rows()))
            }
            (tile(&format!("{} of {}", count(done), count(units)), "units done", left > 0))
            (tile(&count(failed), "units failed", failed > 0))
            @if stopped > 0 { (tile(&count(stopped), "results ended early by a limit", true)) }
            (tile(&seconds(total), "time of all units together", false))
            @if let Some(median) = times.get(times.len() / 2) { (tile(&seconds(*median), "median time of a unit", false)) }
            @if peak > 0 { (tile(&bytes(peak as f64), "most memory of a worker", false)) }
        }
    }
}

fn slowest(tables: &Tables) -> Markup {
    let plan = tables.store.plan();
    let mut timings: Vec<&Timing> = tables.timings.iter().filter(|timing| timing.unit < plan.units.len()).collect();
    timings.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then(a.unit.cmp(&b.unit)));
    let rows: Vec<Vec<String>> = timings
        .iter()
        .take(SLOWEST)
        .map(|timing| {
            let memory = if timing.bytes > 0 { bytes(timing.bytes as f64) } else { "–".into() };
            vec![plan.name(timing.unit), seconds(timing.seconds), seconds(plan.units[timing.unit].cost), memory]
        })
        .collect();
    if rows.is_empty() {
        html! {}
    } else {
        table("The units that took longest", &["instance", "time", "planned", "memory"], &rows, &[])
    }
}

fn failures(tables: &Tables) -> Markup {
    if tables.failures.is_empty() {
        return html! { p { "None." } };
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for failed in &tables.failures {
        *kinds.entry(&failed.kind).or_default() += 1;
    }
    let meaning = |kind: &str| match kind {
        "input" => "the instance cannot be read, or is not valid",
        "work" => "the command refused or could not finish it",
        "time" => "a time limit ended it without a result",
        "memory" => "it exceeded the memory limit",
        "crash" => "the worker ended unexpectedly",
        _ => "",
    };
    let rows: Vec<Vec<String>> =
        kinds.iter().map(|(kind, &n)| vec![(*kind).to_owned(), count(n), meaning(kind).into()]).collect();
    let listed = tables.failures.iter().take(MOST_FAILURES);
    let all: Vec<Vec<String>> = listed
        .map(|failed| {
            vec![failed.instance.clone(), failed.unit.to_string(), failed.kind.clone(), failed.reason.clone()]
        })
        .collect();
    let caption = if tables.failures.len() > MOST_FAILURES {
        format!("The first {MOST_FAILURES} of {}; failures.parquet has all", count(tables.failures.len()))
    } else {
        "Each with its reason".into()
    };
    html! {
        (table("Failures by kind", &["kind", "units", "meaning"], &rows, &[2]))
        details open[all.len() <= 20] {
            summary { "Units and reasons" }
            (table(&caption, &["instance", "unit", "kind", "reason"], &all, &[2, 3]))
        }
    }
}

/// A number rounded to seven digits, to keep the page small.
fn short(x: f64) -> Value {
    if x.is_finite() {
        format!("{x:.6e}")
            .parse::<f64>()
            .map_or(Value::Null, |x| if x.fract() == 0.0 && x.abs() < 1e15 { json!(x as i64) } else { json!(x) })
    } else {
        Value::Null
    }
}

/// The table of all results, which the script shows.
fn all(tables: &Tables, chosen: &[Chosen], folder: &str) -> Markup {
    let (columns, rows) = cells(tables);
    let mut pages = vec![Value::from(0); tables.rows()];
    for page in chosen {
        for &row in &page.rows {
            pages[row] = json!(page.file);
        }
    }
    let json = json!({ "columns": columns, "rows": rows, "pages": pages, "folder": folder }).to_string();
    let mut whys: BTreeMap<&str, usize> = BTreeMap::new();
    for page in chosen {
        *whys.entry(page.why).or_default() += 1;
    }
    let whys: Vec<String> = whys.iter().map(|(why, n)| format!("{why}: {}", count(*n))).collect();
    html! {
        @if tables.request().reads_instances() && tables.rows() > 0 {
            p { (count(chosen.len())) (if chosen.len() == 1 { " page" } else { " pages" }) " about single instances"
                @if !whys.is_empty() { " (" (whys.join("; ")) ")" } ". The names of instances link to them." }
        }
        p.soft { "Click a heading to sort. A filter is words of a name, and comparisons such as "
            code { "alignment_error>0.1" } " or " code { "certified=no" } "; the address keeps both." }
        div #table hidden {
            div.tools {
                label for="filter" { "Filter" } input #filter type="search" autocomplete="off" spellcheck="false";
                button #before type="button" { "Previous" } button #after type="button" { "Next" }
                span #status role="status" {}
            }
            div.scroll { table #rows { caption { "All results" } thead {} tbody {} } }
        }
        noscript { p { "The table needs JavaScript; results.parquet has the same." } }
        @if (1..=MOST_LINKS).contains(&chosen.len()) {
            details {
                summary { "Pages about single instances, and why these" }
                ul { @for page in chosen { li { a href={ (folder) "/" (page.file) } { (tables.file(page.rows[0])) } " " span.soft { "(" (page.why) ")" } } } }
            }
        }
        (data("results", &json))
    }
}

fn cells(tables: &Tables) -> (Vec<Value>, Vec<Vec<Value>>) {
    let column = |name: &str, label: &str, meaning: &str, text: bool| json!({ "name": name, "label": label, "meaning": meaning, "text": text });
    let mut columns = vec![column("instance", "instance", "the file, or the line of a file", true)];
    let priors = tables.numbers("prior").iter().any(|&prior| prior > 0.0);
    // A column with the same value in all rows is not informative.
    let same = |shown: &Column| {
        let first = shown.cells.text(0);
        first.is_some() && tables.rows() > 1 && (1..tables.rows()).all(|row| shown.cells.text(row) == first)
    };
    let wanted = |shown: &&Column| {
        !matches!(shown.name, "instance" | "digest" | "table")
            && shown.cells.is_single()
            && !shown.cells.is_blank()
            && (shown.name != "prior" || priors)
            && !same(shown)
    };
    let shown: Vec<&Column> = tables.columns.iter().filter(wanted).collect();
    for own in &shown {
        let meaning =
            if own.unit.is_empty() { own.meaning.to_owned() } else { format!("{} ({})", own.meaning, own.unit) };
        let text = !own.cells.is_number() && own.name != "certified";
        columns.push(column(own.name, &label(own.name, tables.all_exact()), &meaning, text));
    }
    columns.push(column("seconds", "seconds", "how long its unit took", false));
    let row = |row: usize| {
        let mut cells = vec![json!(tables.file(row))];
        for own in &shown {
            let text = || own.cells.text(row).map(|text| json!(text));
            let flag = || own.cells.flag(row).map(|flag| json!(flag));
            cells.push(own.cells.number(row).map(short).or_else(text).or_else(flag).unwrap_or(Value::Null));
        }
        cells.push(tables.timing(tables.units[row]).map_or(Value::Null, |timing| short(timing.seconds)));
        cells
    };
    (columns, (0..tables.rows()).map(row).collect())
}

fn label(name: &str, exact: bool) -> String {
    match name {
        "no_information" => "no info.".into(),
        "full_information" => "full info.".into(),
        "alignment_error" => "eps".into(),
        "best_agent_full_information" => "one agent's info.".into(),
        "worst_user_value" => if exact { "worst eq." } else { "lowest found" }.into(),
        "best_user_value" => if exact { "best eq." } else { "highest found" }.into(),
        other => other.replace('_', " "),
    }
}
