//! `suasion hull reduce`.

use super::input::Input;
use crate::arguments::HullReduce;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::session::Session;
use serde::Serialize;
use suasion_regression::Reduction;

/// What a factor file has in it.
#[derive(Serialize)]
pub struct Summary<'a> {
    rows: u64,
    dropped: u64,
    target: &'a str,
    agents: &'a [String],
    groups: usize,
    factors: usize,
    output: String,
}

impl<'a> Summary<'a> {
    pub fn new(reduction: &'a Reduction, output: &std::path::Path) -> Self {
        Self {
            rows: reduction.rows(),
            dropped: reduction.dropped,
            target: &reduction.columns.target,
            agents: &reduction.columns.agents,
            groups: reduction.groups().len(),
            factors: reduction.cells.len(),
            output: output.display().to_string(),
        }
    }

    pub fn print(&self, session: &Session) -> Result<(), Failure> {
        if session.json {
            return json(self);
        }
        let Self { rows, dropped, target, agents, factors, output, .. } = self;
        let dropped = if *dropped == 0 { String::new() } else { format!(" ({dropped} more were left out: no value)") };
        line(&format!("{target} by {} agents: {rows} rows{dropped} in {factors} factors; wrote {output}", agents.len()))
    }
}

pub fn run(arguments: &HullReduce, session: &Session) -> Result<bool, Failure> {
    let reduction = reduced(arguments, session)?;
    Summary::new(&reduction, &arguments.output).print(session)?;
    Ok(true)
}

/// Reads the table and writes its factors.
pub fn reduced(arguments: &HullReduce, session: &Session) -> Result<Reduction, Failure> {
    let reduction = match Input::open(&arguments.table, arguments.blocks.block_by.as_ref(), Some(&arguments.output))? {
        Input::Data(data) => data.reduce(arguments.blocks.count()?, session)?,
        Input::Factors(_) => {
            let problem = "found a factor file, expected a table; `suasion hull merge` adds factor files up".into();
            return Err(Failure::Bad { file: arguments.table.data.join(" "), problem });
        }
    };
    reduction.write(&arguments.output)?;
    Ok(reduction)
}
