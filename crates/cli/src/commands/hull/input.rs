//! The input of a fit: a table, or factor files made from tables.

use crate::arguments::{HullTable, MissingName};
use crate::failure::Failure;
use crate::progress::rows;
use crate::session::Session;
use std::path::{Path, PathBuf};
use suasion_regression::{ColumnRoles, Missing, Monitor, Reduction, RegressionError, reduce};
use suasion_table::{ColumnInfo, Kind, Reader, Table, expand, matching};

/// The column that names rows. No pattern matches it, even if its names are numbers.
const ITEM: &str = "item";

/// An open table, or the factors of one.
pub enum Input {
    /// A table whose rows have not been read yet.
    Data(Box<Data>),
    /// Factors from an earlier run.
    Factors(Reduction),
}

/// A table with the roles of its columns.
pub struct Data {
    pub reader: Reader,
    pub columns: ColumnRoles,
    pub missing: Missing,
}

impl Data {
    /// Reads the table once.
    pub fn reduce(&self, blocks: u32, session: &Session) -> Result<Reduction, Failure> {
        let bar = rows(self.reader.rows(), "reading");
        let monitor = Monitor { stop: &|| session.stop_reason(), progress: &|count| bar.inc(count) };
        let reduced = reduce(&self.reader, &self.columns, blocks, self.missing, &monitor);
        bar.finish_and_clear();
        Ok(reduced?)
    }
}

impl Input {
    /// Opens the input; the arguments say how to group rows and assign them to blocks. The output
    /// file must not be among the inputs.
    pub fn open(arguments: &HullTable, block_by: Option<&String>, output: Option<&Path>) -> Result<Self, Failure> {
        let paths = expand(&arguments.data)?;
        if let Some(output) = output {
            check_output(output, &paths)?;
        }
        let table = Table::open(&paths[..1])?;
        if Reduction::is_stored(&table) {
            drop(table);
            return Ok(Self::Factors(factors(&paths, arguments, block_by)?));
        }
        Ok(Self::Data(Box::new(data(&paths, table, arguments, block_by)?)))
    }
}

fn data(paths: &[PathBuf], first: Table, arguments: &HullTable, block_by: Option<&String>) -> Result<Data, Failure> {
    let name = first_name(paths);
    let Some(target) = &arguments.target else {
        return Err(Failure::Bad { file: name, problem: "name the column to fit with --target".into() });
    };
    if arguments.agents.is_empty() {
        return Err(Failure::Bad { file: name, problem: "name the agents' columns with --agents".into() });
    }
    let roles = [Some(target), arguments.sample_weight.as_ref(), arguments.by.as_ref(), block_by];
    let roles: Vec<&str> = roles.into_iter().flatten().map(String::as_str).collect();
    let free = |columns: &[ColumnInfo], file: &str| {
        let scores = columns.iter().filter(|column| column.kind != Kind::Text && column.name != ITEM);
        let names = scores.map(|column| column.name.as_str()).filter(|name| !roles.contains(name));
        named(&names.collect::<Vec<_>>(), &arguments.agents, file)
    };
    let agents = free(first.columns(), &name)?;
    if let Some(agent) = agents.iter().find(|agent| *agent == target || arguments.sample_weight.as_ref() == Some(agent))
    {
        let problem = format!("found the column {agent:?} among the agents, but it already has another role");
        return Err(Failure::Bad { file: name, problem });
    }
    let columns = ColumnRoles {
        target: target.clone(),
        agents,
        weight: arguments.sample_weight.clone(),
        by: arguments.by.clone(),
        block_by: block_by.cloned(),
    };
    let table = if paths.len() == 1 { first } else { Table::open(paths)? };
    // A pattern must match the same columns in every file.
    for (path, others) in paths.iter().zip(table.files()).skip(1) {
        let meant = free(others, &path.display().to_string())?;
        if let Some(surplus) = meant.iter().find(|name| !columns.agents.contains(name)) {
            let problem = format!("found the column {surplus:?} among the agents, but {name} does not have it");
            return Err(Failure::Bad { file: path.display().to_string(), problem });
        }
    }
    let reader = table.select(&columns.numbers(), &columns.labels())?;
    if reader.rows() == 0 {
        return Err(Failure::Bad { file: name, problem: "found no rows, expected at least 2".into() });
    }
    let missing = match arguments.missing {
        MissingName::Refuse => Missing::Refuse,
        MissingName::Drop => Missing::Drop,
    };
    Ok(Data { reader, columns, missing })
}

/// The sum of factor files, restricted to the agents that the arguments name.
fn factors(paths: &[PathBuf], arguments: &HullTable, block_by: Option<&String>) -> Result<Reduction, Failure> {
    let sum = add_up(paths)?;
    let bad = |problem: String| Failure::Bad { file: first_name(paths), problem };
    let roles = [
        ("--target", arguments.target.as_ref(), Some(&sum.columns.target)),
        ("--sample-weight", arguments.sample_weight.as_ref(), sum.columns.weight.as_ref()),
        ("--by", arguments.by.as_ref(), sum.columns.by.as_ref()),
        ("--block-by", block_by, sum.columns.block_by.as_ref()),
    ];
    for (option, wanted, stored) in roles {
        if wanted.is_some_and(|wanted| Some(wanted) != stored) {
            let found = wanted.map_or("", String::as_str);
            let stored = stored.map_or("none".into(), |name| format!("{name:?}"));
            return Err(bad(format!("{option}: found {found:?}, expected {stored}, with which the factors were made")));
        }
    }
    if arguments.agents.is_empty() {
        return Ok(sum);
    }
    let names: Vec<&str> = sum.columns.agents.iter().map(String::as_str).collect();
    let agents = named(&names, &arguments.agents, &first_name(paths))?;
    sum.select(&agents).map_err(|cause| bad(cause.to_string()))
}

/// Adds up factor files in their order.
pub fn add_up(paths: &[PathBuf]) -> Result<Reduction, Failure> {
    let mut sum: Option<Reduction> = None;
    for path in paths {
        let next = Reduction::read(path)?;
        match &mut sum {
            None => sum = Some(next),
            Some(sum) => sum
                .merge(next)
                .map_err(|cause| Failure::Bad { file: path.display().to_string(), problem: cause.to_string() })?,
        }
    }
    sum.ok_or_else(|| RegressionError::NoAgents.into())
}

/// The columns that arguments name: each argument is a column or a comma-separated list of names
/// and patterns.
fn named(columns: &[&str], arguments: &[String], file: &str) -> Result<Vec<String>, Failure> {
    const SHOWN: usize = 12;
    let mut patterns = vec![];
    for argument in arguments {
        if columns.contains(&argument.as_str()) {
            patterns.push(argument.clone());
        } else {
            patterns.extend(argument.split(',').map(|part| part.trim().to_owned()));
        }
    }
    matching(columns, &patterns).map_err(|cause| {
        let more = if columns.len() > SHOWN { ", ..." } else { "" };
        let shown = columns.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        Failure::Bad { file: file.into(), problem: format!("--agents {cause}; there are {shown}{more}") }
    })
}

/// Refuses to overwrite an input file.
pub fn check_output(output: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let Ok(output_place) = output.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == output_place)) {
        let problem = "found the output among the files that are read, expected another file".into();
        return Err(Failure::Bad { file: output.display().to_string(), problem });
    }
    Ok(())
}

fn first_name(paths: &[PathBuf]) -> String {
    paths.first().map(|path| path.display().to_string()).unwrap_or_default()
}
