//! The picture of the weights.

use super::result::FitResult;
use suasion_plot::{Bars, Content, Figure, Panel, Row, Style};
use suasion_regression::ColumnRoles;

/// The largest number of groups with a panel.
const SHOWN: usize = 12;

/// A panel for each of the first groups.
pub fn figure(results: &[FitResult<'_>], columns: &ColumnRoles) -> Figure {
    let fitted: Vec<_> =
        results.iter().filter_map(|result| Some((result.group, result.fitted.as_ref().ok()?))).collect();
    let panel = |(group, fitted): &(Option<&str>, &super::Fitted)| Panel {
        title: group.map_or_else(|| format!("{} by {} agents", columns.target, columns.agents.len()), str::to_owned),
        content: Content::Bars(Bars {
            label: "weight".into(),
            styles: vec![Style::Blue, Style::Vermillion],
            rows: columns
                .agents
                .iter()
                .enumerate()
                .map(|(agent, name)| Row {
                    name: name.clone(),
                    lengths: vec![fitted.nnls.weights[agent], fitted.simplex.weights[agent]],
                })
                .collect(),
        }),
    };
    let hidden = fitted.len().saturating_sub(SHOWN);
    Figure {
        panels: fitted.iter().take(SHOWN).map(panel).collect(),
        legend: vec![(Style::Blue, "non-negative".into()), (Style::Vermillion, "convex (weights sum to 1)".into())],
        note: if hidden == 0 { String::new() } else { format!("{hidden} more groups are in weights.csv") },
    }
}
