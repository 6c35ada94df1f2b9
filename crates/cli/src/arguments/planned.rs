//! Requests from the arguments of a batch.

use super::{Arguments, BatchPlan, BatchWork, Command, Hull, HullBlocks, HullReduce, HullTable, MissingName, More};
use crate::failure::Failure;
use clap::Parser;
use std::path::PathBuf;
use suasion_results::{ReduceRequest, Request};

impl HullReduce {
    pub fn request(&self) -> ReduceRequest {
        ReduceRequest {
            target: self.table.target.clone(),
            agents: self.table.agents.clone(),
            sample_weight: self.table.sample_weight.clone(),
            by: self.table.by.clone(),
            drop_missing: matches!(self.table.missing, MissingName::Drop),
            blocks: self.blocks.blocks,
            block_by: self.blocks.block_by.clone(),
        }
    }

    /// The arguments for a request, with a table and an output file.
    pub fn asked(request: &ReduceRequest, data: String, output: PathBuf) -> Self {
        Self {
            table: HullTable {
                data: vec![data],
                target: request.target.clone(),
                agents: request.agents.clone(),
                sample_weight: request.sample_weight.clone(),
                by: request.by.clone(),
                missing: if request.drop_missing { MissingName::Drop } else { MissingName::Refuse },
            },
            blocks: HullBlocks { blocks: request.blocks, block_by: request.block_by.clone() },
            output,
        }
    }
}

/// A placeholder for the file while the options of a batch are parsed.
const FILE: &str = "FILE";

impl BatchPlan {
    /// The request that the options of the batch make.
    pub fn request(&self) -> Result<Request, Failure> {
        let (words, output): (&[&str], &[&str]) = match self.work {
            BatchWork::Solve => (&["solve"], &[]),
            BatchWork::Equilibria => (&["equilibria"], &[]),
            BatchWork::Align => (&["align"], &[]),
            BatchWork::Frontier => (&["frontier"], &[]),
            // The batch chooses the output.
            BatchWork::HullReduce => (&["hull", "reduce"], &["-o", FILE]),
        };
        let usage = |problem: String| Failure::Usage(format!("options of {}: {problem}", words.join(" ")));
        let options = self.options.iter().map(String::as_str);
        let all = ["suasion"].iter().chain(words).copied().chain(options).chain(output.iter().copied());
        let parsed = Arguments::try_parse_from(all.chain(["--", FILE])).map_err(|cause| {
            // Leave out what clap adds for a user who typed the whole command.
            let message = cause.to_string();
            let first = message.lines().next().unwrap_or_default();
            usage(first.strip_prefix("error: ").unwrap_or(first).to_owned())
        })?;
        let common = &parsed.common;
        let refused = [
            ("--json", common.json),
            ("--threads", common.threads.is_some()),
            ("--time-limit", common.time_limit.is_some()),
            ("--memory", common.memory.is_some()),
            ("--verbose", common.verbose),
            ("--no-certificates", common.no_certificates),
        ];
        if let Some((option, _)) = refused.iter().find(|(_, given)| *given) {
            return Err(usage(format!("{option} is an option of the run, not of the plan")));
        }
        let no_prior = |given: Option<usize>| match given {
            Some(_) => Err(usage("--prior is not allowed in a batch; all priors are done".into())),
            None => Ok(()),
        };
        let no_files = |files: usize| match files {
            1 => Ok(()),
            _ => Err(usage("found files, expected only options; the batch has its own files".into())),
        };
        match parsed.command {
            Command::Solve(arguments) => no_files(arguments.files.len()).map(|()| Request::Solve(arguments.request())),
            Command::Equilibria(arguments) => {
                no_prior(arguments.prior).map(|()| Request::Equilibria(arguments.request()))
            }
            Command::Frontier(arguments) => {
                no_prior(arguments.one.prior).map(|()| Request::Frontier(arguments.request()))
            }
            Command::Align(arguments) => Ok(Request::Align(arguments.request())),
            Command::More(More::Hull(Hull::Reduce(arguments))) => {
                no_files(arguments.table.data.len()).map(|()| Request::HullReduce(arguments.request()))
            }
            _ => Err(usage("found the options of another command".into())),
        }
    }
}
