//! What is done to an instance of a batch: one of the other commands, with the options that the plan gives it.

use crate::arguments::{Align, Arguments, Command, Equilibria, Frontier, Hull, HullReduce, Solve};
use crate::commands::hull::reduce::{Summary, reduced};
use crate::commands::{Game, align, equilibria, frontier, solve};
use crate::failure::Failure;
use crate::output::text;
use crate::result::Saved;
use crate::session::Session;
use clap::Parser;
use serde::Serialize;
use std::path::{Path, PathBuf};
use suasion_batch::{FailureKind, Job, Setup, UnitFailure, Work};
use suasion_model::Instance;

/// What is said of a table of a batch.
#[derive(Serialize)]
struct Reduced<'a> {
    table: &'a str,
    #[serde(flatten)]
    summary: Summary<'a>,
}

/// Stands for the file while options are looked at.
const FILE: &str = "FILE";

/// The command of a batch with its options.
pub enum Task {
    Solve(Solve),
    Equilibria(Equilibria),
    Frontier(Frontier),
    Align(Align),
    HullReduce(HullReduce),
}

impl Task {
    /// Understands the options as the command does.
    pub fn new(work: &Work) -> Result<Self, Failure> {
        let command = work.command.words().join(" ");
        let mut words: Vec<&str> = vec!["suasion"];
        words.extend(work.command.words());
        words.extend(work.options.iter().map(String::as_str));
        // The output is the batch's matter.
        words.extend(if work.command.reads_instances() { &["--", FILE][..] } else { &["-o", FILE, "--", FILE][..] });
        let usage = |problem: String| Failure::Usage(format!("options of {command}: {problem}"));
        let parsed = Arguments::try_parse_from(&words).map_err(|cause| {
            // Without what clap adds for who has typed the whole command.
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
        let prior = |given: Option<usize>| match given {
            Some(_) => Err(usage("--prior is the batch's matter; all priors are done".into())),
            None => Ok(()),
        };
        match parsed.command {
            Command::Solve(arguments) => {
                only(&arguments.files).map_err(usage)?;
                solve::check(&arguments)?;
                Ok(Self::Solve(arguments))
            }
            Command::Equilibria(arguments) => {
                prior(arguments.prior)?;
                equilibria::check(&arguments)?;
                Ok(Self::Equilibria(arguments))
            }
            Command::Frontier(arguments) => {
                prior(arguments.one.prior)?;
                frontier::check(&arguments)?;
                Ok(Self::Frontier(arguments))
            }
            Command::Align(arguments) => Ok(Self::Align(arguments)),
            Command::Hull(Hull::Reduce(arguments)) => {
                only(&arguments.table.data).map_err(usage)?;
                Ok(Self::HullReduce(arguments))
            }
            _ => Err(usage("found the options of another command".into())),
        }
    }

    /// The results, as they are printed.
    pub fn results(&self, job: &Job, setup: &Setup, session: &Session) -> Result<Vec<String>, UnitFailure> {
        let failed = |cause: Failure| {
            let kind = if cause.code() == 2 { FailureKind::Input } else { FailureKind::Work };
            UnitFailure { kind, reason: cause.to_string() }
        };
        if let Self::HullReduce(arguments) = self {
            let data = setup.folder.join(&job.file);
            let name = format!("{:06}.factor", job.unit);
            let output = setup.factors.join(&name);
            let reduction = reduced(&arguments.with(&data, &output), session).map_err(failed)?;
            let row = Reduced { table: &job.file, summary: Summary::new(&reduction, Path::new(&name)) };
            return Ok(vec![text(&row).map_err(failed)?]);
        }
        let input = |reason| UnitFailure { kind: FailureKind::Input, reason };
        let json = job.text(setup).map_err(input)?;
        // Arrays are beside the file, and it is called as it was named.
        let place = setup.folder.join(job.name());
        let instance = Instance::from_json(&json, &place).map_err(|mut cause| {
            cause.file = PathBuf::from(job.name());
            input(cause.to_string())
        })?;
        let name = job.name();
        let mut game = Game::new(Path::new(&name), instance);
        let (first, end) = (job.first as usize, (job.first + job.priors) as usize);
        if end > game.instance.priors() {
            let problem = format!("found {} priors, expected at least {end} as planned", game.instance.priors());
            return Err(input(format!("{name}: {problem}")));
        }
        game.within = first..end;
        self.solved(&game, session)
            .and_then(|results| {
                results
                    .iter()
                    .map(|result| {
                        game.sound(result.about().prior, result)?;
                        text(result)
                    })
                    .collect::<Result<Vec<String>, Failure>>()
            })
            .map_err(failed)
    }

    fn solved(&self, game: &Game<'_>, session: &Session) -> Result<Vec<Saved>, Failure> {
        Ok(match self {
            Self::Solve(arguments) => {
                solve::solve(game, arguments, session, false)?.into_iter().map(Saved::Solve).collect()
            }
            Self::Equilibria(arguments) => equilibria::saved(game, arguments, session)?,
            Self::Frontier(arguments) => {
                frontier::all(game, arguments, session)?.into_iter().map(Saved::Frontier).collect()
            }
            Self::Align(arguments) => vec![Saved::Align(align::solve(game, arguments, session)?.0)],
            Self::HullReduce(_) => vec![],
        })
    }
}

/// Refuses files among the options.
fn only<F>(files: &[F]) -> Result<(), String> {
    match files.len() {
        1 => Ok(()),
        _ => Err("found files among them, expected options; files are the batch's matter".into()),
    }
}
