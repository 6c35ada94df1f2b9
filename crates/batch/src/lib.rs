//! Batches of many instances: plans, shards, workers and stores of results.
//!
//! - A [`Plan`] lists what to do with which instances, divided into [`Unit`]s with estimated times.
//!   A [`Shard`] is a share of it.
//! - [`run()`] hands units to worker processes ([`serve`]) and writes their answers to a [`Store`]:
//!   immediately to a journal, later to parts, so that finished work survives if it is killed.
//! - [`Store::survey`] reports the progress of all shards, and [`Store::merge`] merges them into
//!   one set of tables.
//! - [`Jobs`] run the same on a cluster: an array of tasks, one per shard, and a job that merges.
//!
//! A [`Request`](suasion_results::Request) is the question about each instance. This crate does not
//! answer it: workers do, and return results as the JSON that the command prints.
//!
//! # Example
//!
//! Units are dealt to shards by what each will take. Every unit is in exactly one of them.
//!
//! ```
//! use suasion_batch::Shard;
//!
//! let first: Shard = "1/2".parse()?;
//! let second: Shard = "2/2".parse()?;
//! let costs = [4.0, 1.0, 1.0, 2.0];
//! let mut units = [first.units(&costs), second.units(&costs)].concat();
//! units.sort_unstable();
//! assert_eq!(units, [0, 1, 2, 3]);
//! assert!("3/2".parse::<Shard>().is_err());
//! # Ok::<(), suasion_batch::BatchError>(())
//! ```

mod cost;
mod error;
mod fields;
mod inputs;
mod journal;
mod merge;
mod part;
mod plan;
mod process;
mod record;
mod run;
mod shard;
mod slurm;
mod store;
mod worker;

pub use error::BatchError;
pub use fields::UnitResult;
pub use merge::MergedBatch;
pub use part::PartKind;
pub use plan::{Outlook, Plan, Unit};
pub use record::{FailureKind, UnitFailure};
pub use run::{RunOptions, State, run};
pub use shard::{Shard, deal};
pub use slurm::{Jobs, Scripts, SlurmOptions, Task};
pub use store::{Progress, ShardSurvey, Store, Survey};
pub use worker::{Job, Setup, serve};
