//! `suasion hull reduce`.

use super::input::Input;
use crate::arguments::HullReduce;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::session::Session;
use serde::Serialize;
use std::path::Path;
use suasion_regression::Reduction;
use suasion_results::{Format, ReduceResult};

/// The content of a factor file, as the command prints it.
#[derive(Serialize)]
pub struct Reduced {
    format: Format,
    /// Always `hull_reduce`.
    kind: &'static str,
    #[serde(flatten)]
    pub result: ReduceResult,
}

impl Reduced {
    pub fn new(result: ReduceResult) -> Self {
        Self { format: Format, kind: "hull_reduce", result }
    }

    pub fn print(&self, session: &Session) -> Result<(), Failure> {
        if session.json {
            return json(self);
        }
        let ReduceResult { rows, dropped, target, agents, factors, output, .. } = &self.result;
        let dropped = if *dropped == 0 { String::new() } else { format!(" ({dropped} more were left out: no value)") };
        line(&format!("{target} by {} agents: {rows} rows{dropped} in {factors} factors; wrote {output}", agents.len()))
    }
}

/// A summary of a factor file.
pub fn summary(reduction: &Reduction, output: &Path) -> ReduceResult {
    ReduceResult {
        table: None,
        rows: reduction.rows(),
        dropped: reduction.dropped,
        target: reduction.columns.target.clone(),
        agents: reduction.columns.agents.clone(),
        groups: reduction.groups().len(),
        factors: reduction.cells.len(),
        output: output.display().to_string(),
    }
}

pub fn run(arguments: &HullReduce, session: &Session) -> Result<bool, Failure> {
    let reduction = reduced(arguments, session)?;
    Reduced::new(summary(&reduction, &arguments.output)).print(session)?;
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
