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
//! A [`Request`] is the question about each instance. This crate does not answer it: workers do,
//! and return results as the JSON that the command prints.

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
mod request;
mod run;
mod shard;
mod slurm;
mod store;
mod worker;

pub use error::BatchError;
pub use fields::UnitResult;
pub use merge::Merged;
pub use part::Kind;
pub use plan::{Outlook, Plan, Unit};
pub use record::{FailureKind, UnitFailure};
pub use request::{
    AlignRequest, EquilibriaRequest, FrontierRequest, GameName, ProtocolRequest, ReduceRequest, Request, SearchRequest,
    SolveRequest,
};
pub use run::{RunOptions, State, run};
pub use shard::{Shard, deal};
pub use slurm::{Jobs, Scripts, SlurmOptions, Task};
pub use store::{Progress, ShardSurvey, Store, Survey};
pub use worker::{Job, Setup, serve};
