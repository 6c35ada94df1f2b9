//! The text output of a benchmark.

use crate::failure::Failure;
use crate::output::{line, table};
use suasion_study::scaling::{Along, Quantity, ScalingFindings, ScalingOutcome, ScalingRow, ScalingSeries, Work};

/// A table and a summary for each series.
pub fn all(found: &ScalingFindings) -> Result<(), Failure> {
    for (number, series) in found.series.iter().enumerate() {
        let rows: Vec<&ScalingRow> = found.rows_of(number).collect();
        if rows.is_empty() {
            continue;
        }
        line(&title(series))?;
        let threads = series.along == Along::Threads;
        let last = if threads { ["speed-up", "efficiency"] } else { ["memory of the work", "peak of the process"] };
        let header = [&[series.along.name(), "median", "quartiles", "processor", "repeats x runs"][..], &last].concat();
        line(&table(&header, rows.iter().map(|row| cells(row, threads)).collect()).to_string())?;
        for quantity in Quantity::ALL {
            if let Some(law) = law(found, number, quantity) {
                line(&law)?;
            }
        }
        for row in &rows {
            if let Some(problem) = problem(row) {
                line(&format!("{} {}: {problem}", series.along.name(), row.value()))?;
            }
        }
        let waiting = rows.iter().filter_map(|row| row.measurement()?.waiting).fold(0.0, f64::max);
        if waiting > 0.05 {
            line(&format!("threads waited up to {:.0} % of their time for busy cores", 100.0 * waiting))?;
        }
        line("")?;
    }
    Ok(())
}

fn title(series: &ScalingSeries) -> String {
    let mut others = vec![];
    if let Some(point) = series.points.first() {
        let mut say = |along: Along, words: String| {
            let size = series.along == Along::Size && matches!(along, Along::States | Along::Actions);
            if series.along != along && !size {
                others.push(words);
            }
        };
        let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        if series.work == Work::Hull {
            say(Along::Rows, plural(point.rows, "row"));
        } else {
            say(Along::States, plural(point.states, "state"));
            say(Along::Actions, plural(point.actions, "action"));
        }
        if series.work != Work::Kernel {
            say(Along::Agents, plural(point.agents, "agent"));
        }
        if series.work == Work::Kernel {
            say(Along::Priors, plural(point.priors, "prior"));
        }
        say(Along::Threads, plural(point.threads, "thread"));
        if series.work != Work::Hull {
            others.push(point.family.name().into());
        }
    }
    format!("{} against {}: {}", series.work.name(), against(series.along), others.join(", "))
}

fn against(along: Along) -> &'static str {
    match along {
        Along::Size => "size, the number of states and that of actions",
        other => other.name(),
    }
}

fn cells(row: &ScalingRow, threads: bool) -> Vec<String> {
    let none = || "-".to_owned();
    let Some(found) = row.measurement() else {
        return vec![row.value().to_string(), row.status().replace('-', " "), none(), none(), none(), none(), none()];
    };
    let quartiles = found.quartiles().map(|(low, high)| format!("{} to {}", seconds(low), seconds(high)));
    let (left, right) = if threads {
        (row.speed_up.map(|x| format!("{x:.2}")), row.efficiency.map(|x| format!("{:.0} %", 100.0 * x)))
    } else {
        (found.memory.map(|memory| bytes(memory.work)), found.memory.map(|memory| bytes(memory.peak)))
    };
    vec![
        row.value().to_string(),
        found.median().map_or_else(none, seconds),
        quartiles.unwrap_or_else(none),
        found.processor.map_or_else(none, seconds),
        format!("{} x {}", found.seconds.len(), found.runs),
        left.unwrap_or_else(none),
        right.unwrap_or_else(none),
    ]
}

fn law(found: &ScalingFindings, series: usize, quantity: Quantity) -> Option<String> {
    let fit = found.fit(series, quantity)?;
    let law = fit.law;
    let beside = match fit.along {
        Along::States => fit.actions.map(|actions| format!(" at {actions} actions")),
        Along::Actions => fit.states.map(|states| format!(" at {states} states")),
        _ => None,
    };
    let squared = law.r_squared.map(|r| format!(", R² {r:.3}")).unwrap_or_default();
    Some(format!(
        "{} grows as {}^{:.2} [{:.2}, {:.2}]{}: {} points from {} to {}{squared}; the last step alone {:.2}",
        quantity.name(),
        fit.along.name(),
        law.exponent,
        law.low,
        law.high,
        beside.unwrap_or_default(),
        law.points,
        law.from,
        law.to,
        law.last_step
    ))
}

fn problem(row: &ScalingRow) -> Option<String> {
    match &row.outcome {
        ScalingOutcome::Measured(_) => None,
        ScalingOutcome::TimedOut => Some("it took longer than --each allows".into()),
        ScalingOutcome::Skipped => {
            Some("left out, since it is at least as large as one that took too long or crashed".into())
        }
        ScalingOutcome::Crashed(problem) => Some(format!("its process crashed, {problem}")),
        ScalingOutcome::Failed(problem) => Some(problem.clone()),
    }
}

/// To three digits, in a suitable unit.
fn seconds(seconds: f64) -> String {
    let (size, unit) = match seconds {
        s if s < 1e-3 => (1e6 * s, "us"),
        s if s < 1.0 => (1e3 * s, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", digits(size))
}

fn bytes(bytes: u64) -> String {
    let kib = bytes as f64 / 1024.0;
    match kib {
        k if k < 1024.0 => format!("{} KiB", digits(k)),
        k if k < 1024.0 * 1024.0 => format!("{} MiB", digits(k / 1024.0)),
        k => format!("{} GiB", digits(k / (1024.0 * 1024.0))),
    }
}

fn digits(x: f64) -> String {
    match x {
        x if x < 9.995 => format!("{x:.2}"),
        x if x < 99.95 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}
