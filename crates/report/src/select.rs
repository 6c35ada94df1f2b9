//! Chooses the results that get their own pages.

use crate::tables::Tables;
use std::collections::HashSet;

/// The number of results that get their own pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// At most this many.
    Most(usize),
    /// All.
    All,
}

/// A page: the rows of one unit and prior, and why it was chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen {
    /// The rows: one or, for frontiers, one per agent.
    pub rows: Vec<usize>,
    pub why: &'static str,
    /// The name of the page's file.
    pub file: String,
}

/// Rows that belong on one page: those with the same unit and prior.
fn groups(tables: &Tables) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = vec![];
    let key = |row: usize| (tables.units[row], tables.number("prior", row).map(|prior| prior as u64));
    for row in 0..tables.rows() {
        match groups.last_mut() {
            Some(group) if key(group[0]) == key(row) => group.push(row),
            _ => groups.push(vec![row]),
        }
    }
    groups
}

/// Chooses results that are not certified or ended early, then those nearest to their bounds, then
/// those that took longest, then the first in order.
pub(crate) fn choose(tables: &Tables, pages: Pages) -> Vec<Chosen> {
    if !tables.request().reads_instances() {
        return vec![];
    }
    let groups = groups(tables);
    let most = match pages {
        Pages::All => usize::MAX,
        Pages::Most(most) => most,
    };
    let mut taken: HashSet<usize> = HashSet::new();
    let mut chosen: Vec<(usize, &'static str)> = vec![];
    let mut take = |wanted: Vec<usize>, share: usize, why: &'static str| {
        let mut room = share.min(most.saturating_sub(chosen.len()));
        for group in wanted {
            if room > 0 && taken.insert(group) {
                chosen.push((group, why));
                room -= 1;
            }
        }
    };
    let all = 0..groups.len();
    if most >= groups.len() {
        take(all.collect(), usize::MAX, "every result has one");
    } else {
        let unsure = |&group: &usize| {
            groups[group]
                .iter()
                .any(|&row| tables.certified(row) == Some(false) || !tables.text("stopped", row).is_empty())
        };
        take(all.clone().filter(unsure).collect(), usize::MAX, "not certified, or ended early");
        let gap = |group: usize| {
            let row = groups[group][0];
            Some(tables.number("worst_user_value", row)? - tables.number("bound", row)?)
        };
        let seconds = |group: usize| tables.timing(tables.units[groups[group][0]]).map(|timing| timing.seconds);
        take(least(all.clone(), gap), (most / 4).max(1), "lowest equilibrium nearest to the bound");
        take(least(all.clone(), |group| seconds(group).map(|s| -s)), (most / 4).max(1), "took longest");
        take(all.collect(), usize::MAX, "first in order");
    }
    chosen.sort_unstable_by_key(|&(group, _)| group);
    let page = |(group, why): (usize, &'static str)| {
        let rows = groups[group].clone();
        let prior = tables.number("prior", rows[0]).filter(|&prior| prior > 0.0);
        let prior = prior.map_or_else(String::new, |prior| format!("-prior-{prior}"));
        Chosen { file: format!("unit-{:06}{prior}.html", tables.units[rows[0]]), rows, why }
    };
    chosen.into_iter().map(page).collect()
}

/// The groups that have a number, the smallest first.
fn least(all: std::ops::Range<usize>, of: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
    let mut sorted: Vec<(f64, usize)> =
        all.filter_map(|group| Some((of(group).filter(|x| x.is_finite())?, group))).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    sorted.into_iter().map(|(_, group)| group).collect()
}
