//! The tests of `suasion-cli`, in one program.

mod all_agents_commands;
mod batch;
mod batch_faults;
mod bench;
mod catalog;
mod commands;
mod common;
mod conversation_commands;
mod converse;
mod forgeries;
mod hull;
mod label;
mod label_faults;
mod label_llm;
mod label_models;
mod pages;
mod quantal_competition;
mod quantal_user;
mod report;
mod slurm;
mod slurm_commands;
mod studies;
mod study;
mod typed;
mod typed_games;
mod verify;
