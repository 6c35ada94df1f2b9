//! The tests of `suasion-model`, in one program.

mod bad_input;
mod conversation_rules;
mod generate;
mod informed_values;
mod joint_information;
mod mutations;
mod protocol;
mod round_trip;
mod views;
