//! Tables of labels, with a row per item and a column per agent.

use crate::LabelError;
use crate::items::Item;
use crate::score::Method;
use crate::store::{LabelStore, SetSummary};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use suasion_table::{ColumnValues, NamedColumn, write_file, write_parquet};

/// Summary of an exported table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exported {
    /// The names of the sets.
    pub sets: Vec<String>,
    /// The number of items.
    pub items: usize,
    /// The number of agents.
    pub agents: usize,
    /// The number of labels.
    pub labels: usize,
    /// The number of missing labels.
    pub missing: usize,
    /// How many of the missing labels exist for another text of their item.
    pub stale: usize,
    /// How many labels come from answers that were parsed.
    pub parsed: usize,
}

/// Writes the labels of some sets, or of all, as a table with a row per item, in the order in which
/// the items were first seen. The columns are `item` and one per agent. If `items` is given, the
/// table has only these items, in their order, with the labels of their texts, and it has the
/// column `human`. The file is Parquet or CSV, depending on the ending of its name.
///
/// # Errors
/// If there are no such sets, two columns would have the same name, an item has labels of several
/// texts and `items` does not choose one, or the file cannot be written.
pub fn export(
    store: &LabelStore,
    path: &Path,
    wanted: &[String],
    items: Option<&[Item]>,
    output: &Path,
) -> Result<Exported, LabelError> {
    let ending = output.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let is_csv = match ending.as_deref() {
        Some("parquet") => false,
        Some("csv") => true,
        _ => return Err(LabelError::option("--output", &output.display(), "a name that ends in .parquet or .csv")),
    };
    let sets = choose(path, store.sets()?, wanted)?;
    let names = match items {
        Some(items) => items.iter().map(|item| item.name.clone()).collect(),
        None => store.items()?,
    };
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut done = Exported {
        sets: sets.iter().map(|set| set.set.clone()).collect(),
        items: names.len(),
        agents: 0,
        labels: 0,
        missing: 0,
        stale: 0,
        parsed: 0,
    };
    let mut columns: Vec<(String, String, Vec<Option<f64>>)> = vec![];
    let mut texts: Vec<Option<String>> = match items {
        Some(items) => items.iter().map(|item| Some(item.hash.clone())).collect(),
        None => vec![None; names.len()],
    };
    // Columns and rows with a label of another text.
    let mut others: HashSet<(usize, usize)> = HashSet::new();
    for set in &sets {
        let mut agents = HashMap::new();
        for agent in store.agents(&set.set)? {
            let model = &set.model;
            let name = if sets.len() > 1 { format!("{agent}@{model}") } else { agent.clone() };
            if columns.iter().any(|(other, ..)| *other == name) {
                let problem = format!("has two sets with the agent {name}; choose one with --set");
                return Err(LabelError::bad(path, problem));
            }
            let meaning = format!("score of {agent} by {model}, set {}", set.set);
            agents.insert(agent, columns.len());
            columns.push((name, meaning, vec![None; names.len()]));
        }
        store.labels(&set.set, |label| {
            let (Some(&column), Some(&item)) = (agents.get(&label.agent), places.get(label.item.as_str())) else {
                return;
            };
            if *texts[item].get_or_insert_with(|| label.hash.clone()) != label.hash {
                others.insert((column, item));
                return;
            }
            columns[column].2[item] = Some(label.score);
            done.labels += 1;
            done.parsed += usize::from(label.method == Method::Parsed);
        })?;
    }
    if let (None, Some(&(_, item))) = (items, others.iter().min_by_key(|(_, item)| item)) {
        let found = format!("nothing, where {} has labels of several texts of {:?}", path.display(), names[item]);
        return Err(LabelError::option("--items", &found, "a table of items that says which text is meant"));
    }
    done.stale = others.iter().filter(|&&(column, item)| columns[column].2[item].is_none()).count();
    done.agents = columns.len();
    // Without `items`, items that none of these sets has labeled belong to something else.
    let kept: Vec<usize> = (0..names.len())
        .filter(|&row| items.is_some() || columns.iter().any(|(.., scores)| scores[row].is_some()))
        .collect();
    done.items = kept.len();
    done.missing = done.items * done.agents - done.labels;
    let mut table =
        vec![NamedColumn::from(("item", ColumnValues::Texts(kept.iter().map(|&row| names[row].clone()).collect())))];
    if let Some(items) = items {
        let human = ColumnValues::Maybe(items.iter().map(|item| item.human).collect());
        table.push(NamedColumn::from(("human", human)).with("utility", "the human's utility"));
    }
    for (name, meaning, scores) in columns {
        let scores = ColumnValues::Maybe(kept.iter().map(|&row| scores[row]).collect());
        table.push(NamedColumn::from((name, scores)).with("utility", meaning));
    }
    if is_csv {
        write_file(output, &csv(&table).map_err(|cause| LabelError::bad(output, cause))?)?;
    } else {
        let about =
            [("format", "suasion-labels/1".to_owned()), ("sets", serde_json::to_string(&sets).unwrap_or_default())];
        write_parquet(output, &table, &about)?;
    }
    Ok(done)
}

/// The chosen sets, each given by its name or the beginning of its name.
fn choose(path: &Path, all: Vec<SetSummary>, wanted: &[String]) -> Result<Vec<SetSummary>, LabelError> {
    if all.is_empty() {
        return Err(LabelError::bad(path, "has no sets, expected at least one"));
    }
    if wanted.is_empty() {
        return Ok(all);
    }
    let mut chosen: Vec<SetSummary> = vec![];
    for name in wanted {
        let found: Vec<&SetSummary> = all.iter().filter(|set| set.set.starts_with(name.as_str())).collect();
        match found[..] {
            [set] if chosen.contains(set) => {}
            [set] => chosen.push(set.clone()),
            _ => {
                let names: Vec<&str> = all.iter().map(|set| set.set.as_str()).collect();
                return Err(LabelError::option("--set", name, format!("one of {}", names.join(", "))));
            }
        }
    }
    Ok(chosen)
}

/// Names and numbers as CSV. A missing number is an empty cell.
fn csv(table: &[NamedColumn]) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let message = |cause: csv::Error| cause.to_string();
    writer.write_record(table.iter().map(|column| &column.name)).map_err(message)?;
    for row in 0..table.first().map_or(0, |column| column.values.rows()) {
        let field = |column: &NamedColumn| match &column.values {
            ColumnValues::Texts(texts) => texts[row].clone(),
            ColumnValues::Maybe(numbers) => numbers[row].map(|x| format!("{x:?}")).unwrap_or_default(),
            _ => String::new(),
        };
        writer.write_record(table.iter().map(field)).map_err(message)?;
    }
    writer.into_inner().map_err(|cause| cause.to_string())
}
