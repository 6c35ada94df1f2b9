//! Many instances: plans, shards, workers, stores of results.
//!
//! - A [`Plan`] says what is done to which instances, cut into [`Unit`]s with estimates of what they take. A [`Shard`] is a share of it.
//! - [`run()`] hands units to workers, processes of their own ([`serve`]), and writes what they say into a [`Store`]: at once into a journal, later into
//!   parts, so that nothing that is done is lost when it is killed.
//! - [`Store::survey`] tells how far all shards are, and [`Store::merge`] makes one set of tables of them.
//! - [`Jobs`] are the same on a cluster: an array of tasks, each a shard, and a job that merges.
//!
//! What is asked about an instance is a [`Request`](suasion_results::Request). How it is answered is not known here: workers do it, and tell their results as the JSON
//! that the command prints.
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
pub use merge::Merged;
pub use part::Kind;
pub use plan::{Outlook, Plan, Unit};
pub use record::{FailureKind, UnitFailure};
pub use run::{RunOptions, State, run};
pub use shard::{Shard, deal};
pub use slurm::{Jobs, Scripts, SlurmOptions, Task};
pub use store::{Progress, ShardSurvey, Store, Survey};
pub use worker::{Job, Setup, serve};
