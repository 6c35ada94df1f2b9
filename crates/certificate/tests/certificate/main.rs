//! The tests of `suasion-certificate`, in one program.

mod alignment;
mod common;
mod competition;
mod conversation_rules;
mod quantal_bound;
mod quantal_offers;
mod reference;
mod tampering;
mod typed;
mod typed_competition;
